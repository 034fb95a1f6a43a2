"""Rankers on a catalogue of five items, with scores and similarities that are written down."""

import numpy as np
import pytest
from scipy import sparse

from skrec.data import Histories, Vocabulary
from skrec.queries import SOURCES, CatalogueRanker, Query, Ranker, join_lists, rank_scores
from skrec.queries import ranker as ranker_module

# What users 0, 1 and 2 have seen; user 1 likes nothing of it, and user 2 has no event.
SEEN = [[0, 3], [1], []]
POPULARITY = np.array([0.5, 0.4, 0.3, 0.2, 0.1], dtype=np.float32)


def histories(lists, disliked=()):
    items = np.array([item for row in lists for item in row], dtype=np.int64)
    owners = np.repeat(np.arange(len(lists)), [len(row) for row in lists])
    ones = np.ones(len(items), dtype=np.float32)
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in lists])]).astype(np.int64)
    positive = ~np.isin(owners, disliked)
    return Histories(indptr, items, ones, positive, None, np.zeros(len(items), dtype=np.int64), 5)


STORED = histories(SEEN, disliked=[1])


def query_of(users, past=None, folded=None, **options):
    """Ask about users by code."""
    users = np.array(users)
    past = STORED.take(users) if past is None else past
    folded = np.zeros(len(users), dtype=bool) if folded is None else np.array(folded)
    options = {"allowed": None, "candidates": None, "excluded": None, **options}
    return Query(users, users, past, folded, **options)


@pytest.fixture
def asked():
    """Queries that were scored."""
    return []


@pytest.fixture
def make(asked):
    """A ranker whose scores are 10 times the user plus the item."""

    def score(query):
        asked.append(query)
        return (10.0 * query.users[:, np.newaxis] + np.arange(5)).astype(np.float32)

    def similarity(items):
        return -np.abs(items[:, np.newaxis] - np.arange(5)).astype(np.float32)

    def ranker(reads_histories=True):
        users, items = Vocabulary(["ann", "bob", "eve"], "user"), Vocabulary(list("abcde"), "item")
        return CatalogueRanker(users, items, STORED, POPULARITY, score, similarity, reads_histories=reads_histories)

    return ranker


def test_who_has_no_positive_event_gets_the_popular_items_where_scores_follow_from_histories(make):
    codes, scores, lengths = make().rank(query_of([0, 1, 2, -1]), 2)
    assert codes.tolist() == [[4, 3], [0, 1], [0, 1], [0, 1]]
    np.testing.assert_allclose(scores, [[4.0, 3.0], *[[0.5, 0.4]] * 3], rtol=1e-6)
    assert lengths.tolist() == [2, 2, 2, 2]


def test_elsewhere_only_strangers_and_empty_histories_handed_in_are_cold(make):
    past = histories([[0], [], [], [2]])
    codes, _, _ = make(reads_histories=False).rank(query_of([0, 2, -1, 1], past, [False, False, False, True]), 1)
    assert codes.tolist() == [[4], [4], [0], [4]]
    emptied = query_of([0], histories([[]]), [True])
    assert make(reads_histories=False).rank(emptied, 1)[0].tolist() == [[0]]


def test_where_everybody_is_cold_nothing_is_scored(make, asked):
    codes, _, _ = make().rank(query_of([1, -1]), 3)
    assert codes.tolist() == [[0, 1, 2]] * 2
    assert asked == []


def test_pairs_have_the_scores_of_the_catalogue_and_unknown_items_0(make):
    users, items = np.array([0, -1, 0, 2, 0]), np.array([1, 1, -1, 4, 4])
    np.testing.assert_allclose(make().score_pairs(users, items), [1.0, 0.4, 0.0, 0.1, 4.0], rtol=1e-6)


def test_pairs_score_each_user_once_in_blocks(make, asked, monkeypatch):
    monkeypatch.setattr(ranker_module, "_BLOCK_BYTES", 2 * 4 * 5)  # two users a block
    users, items = np.array([0, 2, 1, 0, -1, 1]), np.array([4, 0, 3, 2, 0, 0])
    found = make(reads_histories=False).score_pairs(users, items)
    np.testing.assert_allclose(found, [4.0, 20.0, 13.0, 2.0, 0.5, 10.0])
    assert [query.users.tolist() for query in asked] == [[-1, 0], [1, 2]]
    assert asked[1].histories.row(0).tolist() == [1]


def test_no_pairs_have_no_scores(make):
    assert make().score_pairs(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)).shape == (0,)


def test_items_are_similar_to_others_and_never_to_themselves(make):
    codes, scores, lengths = make().rank_similar(np.array([2, 0]), 9)
    assert codes[:, :4].tolist() == [[1, 3, 0, 4], [1, 2, 3, 4]]
    assert scores[:, :4].tolist() == [[-1.0, -1.0, -2.0, -2.0], [-1.0, -2.0, -3.0, -4.0]]
    assert lengths.tolist() == [4, 4]


def test_scores_come_out_as_they_are(make):
    scores = np.array([1.0, 2.0], dtype=np.float32)
    assert make().output(scores) is scores


@pytest.mark.parametrize(("n_items", "size"), [(1, 1024), (16384, 1024), (2**20, 16), (2**25, 1)])
def test_a_block_has_room_for_the_scores_of_at_most_1024_users(make, n_items, size):
    ranker = make()
    ranker.items = range(n_items)
    assert ranker.block_size == size


def test_a_ranker_must_say_how_it_ranks():
    with pytest.raises(TypeError, match="abstract methods.*rank.*rank_similar.*score_pairs"):
        Ranker()


def test_candidates_excluded_and_allowed_items_are_all_left_to_choose_from():
    scores = np.tile(np.arange(5, dtype=np.float32), (2, 1))
    candidates = sparse.csr_array(np.array([[1, 1, 0, 1, 0], [0, 0, 0, 0, 1]], dtype=bool))
    excluded = sparse.csr_array(np.array([[0, 0, 0, 1, 0], [0, 0, 0, 0, 0]], dtype=bool))
    codes, chosen, lengths = rank_scores(scores.copy(), query_of([0, 1], candidates=candidates, excluded=excluded), 3)
    assert lengths.tolist() == [2, 1]
    assert codes[0, :2].tolist() == [1, 0]
    assert chosen[1, :1].tolist() == [4.0]
    allowed = query_of([0, 1], allowed=np.array([0, 2, 3]), excluded=excluded)
    codes, _, lengths = rank_scores(scores.copy(), allowed, 3)
    assert lengths.tolist() == [2, 3]
    assert [row[:length].tolist() for row, length in zip(codes, lengths, strict=True)] == [[2, 0], [3, 2, 0]]


def test_lists_of_blocks_are_joined_without_their_padding():
    first = np.array([[3, 1], [2, -1]]), np.array([[9.0, 8.0], [7.0, np.nan]], np.float32), np.array([2, 1])
    second = np.array([[4, 0, 9]]), np.array([[6.0, 5.0, 0.0]], np.float32), np.array([2])
    codes, scores, lengths = join_lists([first, second])
    assert codes.tolist() == [3, 1, 2, 4, 0]
    assert scores.tolist() == [9.0, 8.0, 7.0, 6.0, 5.0]
    assert lengths.tolist() == [2, 1, 2]
    assert [part.dtype for part in join_lists([])] == [np.int64, np.float32, np.int64]
    assert [len(part) for part in join_lists([])] == [0, 0, 0]


def sources_of(ranker, query):
    return SOURCES[ranker.sources(query, ranker.rank(query, 2))].tolist()


def test_a_ranker_says_where_each_list_comes_from(make):
    past = histories([[0, 3], [2], [], [], [1]])
    query = query_of([0, 1, 2, -1, -1], past, [False, True, True, False, True])
    assert sources_of(make(), query) == ["model", "fold-in", "popular", "popular", "fold-in"]
    assert sources_of(make(), query_of([1, 2])) == ["popular", "popular"]
    # Where scores follow from more than histories, users of fit are known by them.
    assert sources_of(make(reads_histories=False), query_of([1, 2, -1])) == ["model", "model", "popular"]
    assert SOURCES[make().similar_sources(np.array([0, 4]))].tolist() == ["model", "model"]


def test_similar_items_are_chosen_from_those_allowed(make):
    codes, scores, lengths = make().rank_similar(np.array([2, 0]), 9, np.array([0, 2, 4]))
    assert lengths.tolist() == [2, 2]
    assert codes[:, :2].tolist() == [[0, 4], [2, 4]]
    assert scores[:, :2].tolist() == [[-2.0, -2.0], [-2.0, -4.0]]
