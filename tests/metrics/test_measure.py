import numpy as np
import pandas as pd
import polars as pl
import pytest

from skrec import EASE, Interactions, ItemKNN, Popularity
from skrec.data import Recommendations
from skrec.exceptions import InvalidDataError, SeenItemsWarning, UnknownNameError
from skrec.metrics import find_metric, measure, measure_built_in, measure_users, ndcg, parse_metric, ranked_lists
from skrec.plugin import hookimpl

# By popularity: a (3 events), b (2), c (2), d (1). Each user's unseen items, best first: ann c d, bob b d, eve b c d.
FIT = [("ann", "a"), ("ann", "b"), ("bob", "a"), ("bob", "c"), ("eve", "a"), ("zoe", "b"), ("zoe", "c"), ("zoe", "d")]


@pytest.fixture
def model():
    return Popularity().fit(FIT)


class TestNames:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [("ndcg@10", ("ndcg", 10)), ("recall", ("recall", 10)), ("skrec-keras:map@3", ("skrec-keras:map", 3))],
    )
    def test_cut_offs(self, name, expected):
        assert parse_metric(name) == expected

    @pytest.mark.parametrize("name", ["ndcg@0", "ndcg@-1", "ndcg@", "ndcg@ten", "ndcg@1.5", "ndcg@²", "ndcg@1@2"])
    def test_invalid_cut_offs(self, name):
        with pytest.raises(
            UnknownNameError, match=r"cut-off of metric 'ndcg@.*' must be an int in the range \[1, inf\)"
        ):
            parse_metric(name)

    def test_what_is_no_name(self):
        with pytest.raises(UnknownNameError, match="A metric is known by a name such as 'ndcg@10'. Got 5 instead"):
            parse_metric(5)

    def test_names_are_looked_up_among_the_plugins(self):
        assert find_metric("ndcg") is ndcg
        with pytest.raises(UnknownNameError, match="Unknown metric 'ndgc'. Did you mean 'ndcg'"):
            find_metric("ndgc")


class TestRankedLists:
    def test_hits_are_marked_at_their_ranks(self, model):
        X = Interactions([("ann", "d"), ("bob", "b"), ("eve", "a"), ("eve", "d")])
        lists = ranked_lists(model, X, 3)
        # Catalogue positions: a 0, b 1, c 2, d 3.
        assert lists.items.tolist() == [[2, 3, -1], [1, 3, -1], [1, 2, 3]]
        assert lists.hits.tolist() == [[False, True, False], [True, False, False], [False, False, True]]
        assert lists.n_relevant.tolist() == [1, 1, 2]  # eve has seen a, and it can't be listed again: a miss
        assert lists.item_counts.tolist() == [3, 2, 2, 1]
        assert lists.k == 3

    def test_options_reach_recommend(self, model):
        lists = ranked_lists(model, Interactions([("ann", "a")]), 2, exclude_seen=False)
        assert lists.items.tolist() == [[0, 1]]
        assert lists.hits.tolist() == [[True, False]]

    def test_unknown_users_get_the_popular_items(self, model):
        lists = ranked_lists(model, Interactions([("new", "a")]), 1)
        assert lists.hits.tolist() == [[True]]

    def test_no_user_with_relevant_items(self, model):
        lists = ranked_lists(model, Interactions([("ann", "c")]), 4, y=[0])
        assert lists.items.shape == lists.hits.shape == (0, 4)

    @pytest.mark.parametrize("ids", [range(100, 104), ["w", "x", "y", "z"]], ids=["int", "str"])
    def test_every_type_of_ids(self, ids):
        rename = dict(zip("abcd", ids, strict=True))
        fit = pl.DataFrame({"user_id": [user for user, _ in FIT], "item_id": [rename[item] for _, item in FIT]})
        X = Interactions([("ann", rename["d"]), ("bob", rename["b"])])
        lists = ranked_lists(Popularity().fit(fit), X, 2)
        assert lists.hits.tolist() == [[False, True], [True, False]]


class TestMeasure:
    X = Interactions([("ann", "d"), ("bob", "b"), ("eve", "a"), ("eve", "d")])

    def test_several_metrics_from_one_ranking(self, model, monkeypatch):
        calls = []
        original = Popularity.recommend
        monkeypatch.setattr(Popularity, "recommend", lambda *a, **o: calls.append(a) or original(*a, **o))
        result = measure(model, self.X, ["recall@3", "recall@1", "hit@3", "mrr@3", "precision@3", "coverage@1"])
        assert len(calls) == 1
        assert result == pytest.approx(
            {
                "recall@3": (1 + 1 + 0.5) / 3,
                "recall@1": 1 / 3,
                "hit@3": 1.0,
                "mrr@3": (1 / 2 + 1 + 1 / 3) / 3,
                "precision@3": 1 / 3,
                "coverage@1": 2 / 4,  # b and c
            }
        )
        assert list(result) == ["recall@3", "recall@1", "hit@3", "mrr@3", "precision@3", "coverage@1"]

    def test_each_cut_off_is_what_it_is_alone(self, model):
        together = measure(model, self.X, ["ndcg@1", "ndcg@2", "ndcg@5", "map@2"])
        for name, value in together.items():
            assert measure(model, self.X, [name]) == {name: value}
            assert measure_built_in(model, self.X, name) == value

    def test_one_name_and_no_name(self, model):
        assert measure(model, self.X, "recall@1") == {"recall@1": pytest.approx(1 / 3)}
        assert measure(model, self.X, []) == {}

    def test_no_user_with_relevant_items_is_0(self, model):
        assert measure(model, Interactions([("ann", "c")]), ["ndcg@3", "coverage@3"], y=[0]) == {
            "ndcg@3": 0.0,
            "coverage@3": 0.0,
        }

    def test_score_is_ndcg_at_10(self, model):
        gains = [1 / np.log2(3), 1, (1 / np.log2(4)) / (1 + 1 / np.log2(3))]
        assert model.score(self.X) == pytest.approx(np.mean(gains))
        assert model.score(self.X, [1, 0, 0, 0]) == pytest.approx(gains[0])
        with pytest.raises(InvalidDataError, match="y has 1 entries, and X has 4 events"):
            model.score(self.X, [1])

    def test_a_plugin_metric_may_take_any_cut_off(self, model, manager):
        class Toy:
            @hookimpl
            def skrec_metrics(self):
                return {"length": lambda lists: lists.lengths}

        manager.register(Toy(), "toy")
        assert measure(model, self.X, ["length@2", "toy:length@9"]) == pytest.approx(
            {"length@2": 2, "toy:length@9": 7 / 3}
        )

    def test_score_uses_the_built_in_whatever_plugins_call_theirs(self, model, manager):
        class Toy:
            @hookimpl
            def skrec_metrics(self):
                return {"ndcg": lambda lists: lists.lengths}

        manager.register(Toy(), "toy")
        assert model.score(self.X) < 1

    @pytest.mark.parametrize("name", ["ndgc@10", "losss"])
    def test_unknown_names(self, model, name):
        with pytest.raises(UnknownNameError, match=f"Unknown metric '{name.split('@')[0]}'"):
            measure(model, self.X, [name])


class TestSeen:
    """ann saw a and b, bob a and c, eve a, zoe b, c and d."""

    SEEN, MIXED = Interactions([("ann", "a"), ("bob", "c")]), Interactions([("ann", "a"), ("bob", "b"), ("bob", "c")])
    HALF = Interactions([("ann", "a"), ("ann", "c"), ("bob", "a")])

    @pytest.mark.parametrize(
        "score",
        [
            lambda model, X: measure(model, X, ["ndcg@3", "hit@3"])["ndcg@3"],
            lambda model, X: measure_built_in(model, X, "ndcg@3"),
            lambda model, X: model.score(X),
        ],
        ids=["measure", "measure_built_in", "score"],
    )
    def test_where_all_relevant_items_were_left_out_as_seen_there_is_one_warning(self, model, score):
        with pytest.warns(SeenItemsWarning, match="Every relevant item was seen in fit.*exclude_seen=False") as caught:
            assert score(model, self.SEEN) == 0.0
        assert len(caught) == 1
        assert score(model, self.MIXED) > 0  # no warning: it would be an error here

    def test_score_of_the_training_events_says_something_with_exclude_seen_false(self, model):
        assert (
            model.score(FIT, exclude_seen=False)
            == measure(model, Interactions(FIT), "ndcg", exclude_seen=False)["ndcg"]
        )
        assert model.score(FIT, exclude_seen=False) > 0.5

    def test_a_history_that_holds_all_relevant_items_warns_too(self, model):
        X = Interactions([("ann", "d")])
        assert measure(model, X, "hit@3") == {"hit@3": 1.0}
        with pytest.warns(SeenItemsWarning):
            assert measure(model, X, "hit@3", history=X) == {"hit@3": 0.0}

    def test_seen_relevant_items_are_misses_or_not_relevant(self, model):
        assert measure(model, self.HALF, "recall@3") == {"recall@3": 0.25}  # one of ann's two, none of bob's
        assert measure(model, self.HALF, "recall@3", count_seen=False) == {"recall@3": 1.0}
        measured = measure_users(model, self.HALF, "recall@3", count_seen=False)
        assert (measured.users.tolist(), measured.n_relevant.tolist()) == (["ann"], [1])

    def test_nothing_is_seen_where_seen_items_are_listed(self, model):
        for count_seen in (True, False):
            result = measure(model, self.HALF, "recall@4", count_seen=count_seen, exclude_seen=False)
            assert result == {"recall@4": 1.0}

    def test_only_seen_items_and_none_counted_is_nobody_and_a_warning(self, model):
        with pytest.warns(SeenItemsWarning):
            assert measure(model, self.SEEN, "recall@3", count_seen=False) == {"recall@3": 0.0}

    def test_values_of_users_have_the_means(self, model):
        measured = measure_users(model, self.MIXED, ["recall@3", "coverage@1"])
        assert measured.values["recall@3"].tolist() == [0.0, 0.5]
        assert measured.means() == measure(model, self.MIXED, ["recall@3", "coverage@1"])


class TestColdIds:
    """Unknown users with a row in the table are asked about with it; unknown items are candidates if the option says so."""

    USERS = pd.DataFrame({"user_id": ["new", "ann", "other"], "age": [20, 30, 40]})
    X = Interactions([("nobody", "d"), ("new", "a"), ("ann", "d"), ("other", "b")], users=USERS)

    def asked(self, model, monkeypatch, X, **options):
        calls = []
        original = Popularity.recommend
        monkeypatch.setattr(
            Popularity, "recommend", lambda self, users, k, **o: calls.append(users) or original(self, users, k, **o)
        )
        return ranked_lists(model, X, 2, **options), calls

    def test_unknown_users_are_asked_about_with_their_rows(self, model, monkeypatch):
        lists, (described, others) = self.asked(model, monkeypatch, self.X)
        assert described.to_dict("list") == {"user_id": ["new", "other"], "age": [20, 40]}
        assert others.tolist() == ["nobody", "ann"]  # of whom nothing more is known, and who was in fit
        assert lists.items.tolist() == [[0, 1], [0, 1], [2, 3], [0, 1]]
        assert lists.hits.tolist() == [[False, False], [True, False], [False, True], [False, True]]

    def test_one_question_is_asked_where_all_are_of_one_kind(self, model, monkeypatch):
        _, calls = self.asked(model, monkeypatch, self.X[[2]])
        assert [users.tolist() for users in calls] == [["ann"]]
        calls.clear()
        ranked_lists(model, self.X[[1, 3]], 2)
        assert [users["user_id"].tolist() for users in calls] == [["new", "other"]]

    def test_empty_lists_of_either_kind_of_user(self, model):
        for options in ({"items": []}, {"items": pd.DataFrame({"user_id": ["ann"], "item_id": ["d"]})}):
            lists = ranked_lists(model, self.X, 2, **options)
            assert lists.items[[0, 1, 3]].tolist() == [[-1, -1]] * 3

    def test_a_recommender_that_does_not_tell_its_users_is_asked_by_id(self, model):
        class Plain:
            items_ = model.items_

            def recommend(self, users, k):
                assert users.tolist() == ["nobody", "new", "ann", "other"]
                return model.recommend(users, k)

        assert ranked_lists(Plain(), self.X, 2).items.shape == (4, 2)

    def test_listed_items_that_were_not_in_fit_stand_behind_the_catalogue(self, model):
        class Open:
            """Lists one item that it hasn't met, before the popular ones."""

            items_, item_counts_ = model.items_, model.item_counts_

            def recommend(self, users, k, items=None):
                answer = model.recommend(users, k - 1)
                flat = [item for user in answer.items.tolist() for item in ["e", *user] if item is not None]
                return Recommendations(answer.users, np.array(flat), np.zeros(len(flat)), answer.lengths + 1, k)

            def item_vectors(self):
                return np.ones((4, 2), dtype=np.float32)

        lists = ranked_lists(Open(), Interactions([("zoe", "e"), ("new", "b"), ("new", "q")]), 3)
        assert lists.items.tolist() == [[4, 0, -1], [4, 0, 1]]
        assert lists.hits.tolist() == [[True, False, False], [False, False, True]]
        assert lists.n_relevant.tolist() == [1, 2]
        assert lists.item_counts.tolist() == [3, 2, 2, 1, 0]
        assert lists.item_vectors is None


def naive_recall(model, X, k):
    """Recall at k with sets and a loop."""
    relevant = {}
    for user, item in zip(X.events["user_id"], X.events["item_id"], strict=True):
        relevant.setdefault(user, set()).add(item)
    values = []
    for user, items in relevant.items():
        listed = [item for item in model.recommend([user], k=k).items[0] if item is not None]
        values.append(len(set(listed) & items) / len(items))
    return np.mean(values)


@pytest.mark.parametrize("model", [Popularity(), ItemKNN(), EASE(regularization=5.0)], ids=lambda m: type(m).__name__)
def test_it_equals_a_loop_on_random_events(model):
    rng = np.random.default_rng(0)
    fit = Interactions(np.column_stack([rng.integers(0, 30, 200), rng.integers(0, 20, 200)]))
    X = Interactions(np.column_stack([rng.integers(0, 40, 120), rng.integers(0, 25, 120)]))  # some are unknown to fit
    model.fit(fit)
    assert measure(model, X, ["recall@5"])["recall@5"] == pytest.approx(naive_recall(model, X, 5))
