"""Servers with ids that were added: what cold users get of cold items, and where each list comes from."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from skrec.queries import SOURCES, Query
from skrec.serving import HistoryUsers, Scorer, Server, TableUsers

N = 12
COUNTS = np.array([5.0, 9.0, 1.0, 0.0, 7.0, 3.0, 2.0, 8.0, 6.0, 4.0, 10.0, 11.0])


def serve(found):
    """Make a server around a scorer, where some items are more popular than others; one that reads histories comes with how it reads."""
    scorer, *reading = found if isinstance(found, tuple) else (found,)
    scorer = Scorer(replace(scorer.learned, item_counts=COUNTS), scorer.setup)
    return Server(HistoryUsers(scorer, *reading) if reading else TableUsers(scorer))


COLD_ITEMS = pd.DataFrame(
    {"item_id": [70, 71, 72, 73], "colour": ["white", "black", "white", None], "size": [3, 9, 40, 1]}
)


class TestColdUsersAndColdItems:
    """Nothing is known of the user, and of the items nothing but their features."""

    @pytest.fixture(params=["tower", "fields", "sasrec"])
    def grown(self, request):
        return serve(request.getfixturevalue(request.param)).with_ids(items=COLD_ITEMS)

    def expected(self, grown, ask):
        """Cold items by falling mean score that the users of fit give them, where scores are linear in the user."""
        return np.argsort(-grown.score(ask(range(N)))[:, N:].mean(axis=0), kind="stable") + N

    @pytest.mark.parametrize("kind", ["tower", "sasrec"])
    def test_cold_items_are_ranked_by_what_users_of_fit_make_of_their_features(self, request, kind, ask):
        grown = serve(request.getfixturevalue(kind)).with_ids(items=COLD_ITEMS)
        query = ask([-1], allowed=np.arange(N, N + 4))
        codes, scores, _ = grown.rank(query, 4)
        np.testing.assert_array_equal(codes[0], self.expected(grown, ask))
        assert len(set(scores[0].tolist())) == 4

    def test_their_order_follows_features_and_not_the_table(self, grown, ask):
        scores = grown.rank(ask([-1], allowed=np.arange(N, N + 4)), 4)[1]
        assert np.isfinite(scores).all()
        assert (np.diff(scores[0]) < 0).all()
        turned = COLD_ITEMS.iloc[::-1]
        other = serve_again(grown, turned).rank(ask([-1], allowed=np.arange(N, N + 4)), 4)
        np.testing.assert_allclose(other[1], scores, rtol=1e-5, atol=1e-6)

    def test_items_with_events_come_first_and_those_without_any_last(self, grown, ask):
        codes, scores, lengths = grown.rank(ask([-1, 3]), 99)
        popular = np.argsort(-COUNTS, kind="stable")
        np.testing.assert_array_equal(codes[0, : N - 1], popular[:-1])
        assert set(codes[0, N - 1 : N + 3]) == set(range(N, N + 4))
        assert codes[0, N + 3] == popular[-1]
        assert (np.diff(scores[0, : lengths[0]]) <= 0).all()

    def test_pairs_have_the_scores_of_lists(self, grown, ask):
        codes, scores, _ = grown.rank(ask([-1]), N + 4)
        found = grown.score_pairs(np.full(N + 4, -1), codes[0])
        np.testing.assert_allclose(found, scores[0], rtol=1e-6)

    def test_nobody_else_is_scored_otherwise(self, grown, ask):
        plain, query = serve_again(grown), ask([3, -1])
        np.testing.assert_array_equal(plain.rank(query, 4)[0], grown.rank(replace(query, allowed=np.arange(N)), 4)[0])

    def test_where_no_item_has_an_event_they_are_ranked_still(self, tower, ask):
        scorer = Scorer(replace(tower.learned, item_counts=np.zeros(N)), tower.setup)
        grown = Server(TableUsers(scorer)).with_ids(items=COLD_ITEMS)
        codes, _, _ = grown.rank(ask([-1], allowed=np.arange(N, N + 4)), 4)
        np.testing.assert_array_equal(codes[0], self.expected(grown, ask))


def serve_again(server, items=None):
    """Make a server of what was learned before ids were added."""
    scorer = server._scorer
    while scorer._before is not None:
        scorer = scorer._before
    return Server(server._source.over(scorer)).with_ids(items=items)


class TestSources:
    def sources(self, server, query, k=4):
        return SOURCES[server.sources(query, server.rank(query, k))].tolist()

    @pytest.mark.parametrize("kind", ["gmf", "neumf", "tower", "fields", "sasrec"])
    def test_each_list_says_where_it_comes_from(self, request, kind, ask, past):
        mixed = ask([3, 8, -1, 5, -1], past([[], [1, 5], [2, 4, 6], [], []]), rows=(1, 2))
        server = serve(request.getfixturevalue(kind))
        assert self.sources(server, mixed) == ["model", "fold-in", "fold-in", "model", "popular"]
        assert SOURCES[server.similar_sources(np.array([0]))].tolist() == ["model"]

    @pytest.mark.parametrize("kind", ["tower", "fields"])
    def test_users_known_by_features_alone_say_so(self, request, kind, board, ask, past):
        users = board.users.head(3).assign(user_id=[70, 71, 72])
        server = serve(request.getfixturevalue(kind)).with_ids(users=users)
        histories = past([[], [], [], [3]])
        query = Query(
            np.arange(4),
            np.array([3, N, N + 1, N + 2]),
            histories,
            np.array([False, False, True, True]),
            None,
            None,
            None,
        )
        query = replace(query, histories=replace(histories, indptr=np.array([0, 0, 0, 0, 1])))
        assert self.sources(server, query) == ["model", "features", "features", "fold-in"]

    @pytest.mark.parametrize("kind", ["tower", "sasrec"])
    def test_lists_of_cold_items_alone_come_from_features(self, request, kind, ask):
        server = serve(request.getfixturevalue(kind)).with_ids(items=COLD_ITEMS)
        assert self.sources(server, ask([-1, 3], allowed=np.arange(N, N + 4))) == ["features", "model"]
        assert self.sources(server, ask([-1], allowed=np.arange(N - 1, N + 4))) == ["popular"]
        assert self.sources(server, ask([-1], allowed=np.arange(0))) == ["popular"]
        assert SOURCES[server.similar_sources(np.array([0, N]))].tolist() == ["model", "features"]


def test_added_items_are_candidates_of_similar_ones_where_they_are_allowed(tower):
    grown = serve(tower).with_ids(items=COLD_ITEMS)
    codes, _, lengths = grown.rank_similar(np.array([N, 2]), 9, np.array([2, N, N + 1, N + 2]))
    assert lengths.tolist() == [3, 3]
    assert [set(row[:3]) for row in codes] == [{2, N + 1, N + 2}, {N, N + 1, N + 2}]
    whole = grown.rank_similar(np.array([3]), N)
    allowed = grown.rank_similar(np.array([3]), N, np.arange(N))
    for part, other in zip(whole, allowed, strict=True):
        np.testing.assert_array_equal(part, other)
