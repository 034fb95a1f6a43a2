import numpy as np
import pandas as pd
import pytest

from skrec import Interactions, Popularity
from skrec.data import Vocabulary
from skrec.exceptions import InvalidDataError, LabelWarning
from skrec.metrics import relevant_items
from skrec.metrics._relevance import Relevant, rates_zero, seen_pairs


class TestRelevantItems:
    CATALOGUE = Vocabulary(list("abcd"), "item")

    def read(self, rows, y=None, zero_is_low=False, **columns):
        frame = pd.DataFrame(rows, columns=["user_id", "item_id"]).assign(**columns)
        return relevant_items(Interactions(frame), y, self.CATALOGUE, zero_is_low)

    def test_pairs_count_once_and_users_keep_their_order(self):
        users, rows, items, n_relevant = self.read([("eve", "b"), ("ann", "c"), ("eve", "b"), ("eve", "a")])
        assert users.tolist() == ["eve", "ann"]
        assert sorted(zip(rows, items, strict=True)) == [(0, 0), (0, 1), (1, 2)]
        assert n_relevant.tolist() == [2, 1]

    def test_items_unknown_to_fit_are_relevant_but_can_not_be_hit(self):
        users, rows, items, n_relevant = self.read([("eve", "zzz"), ("eve", "a"), ("ann", "yyy")])
        assert users.tolist() == ["eve", "ann"]
        assert (rows.tolist(), items.tolist()) == ([0], [0])
        assert n_relevant.tolist() == [2, 1]

    @pytest.mark.parametrize("labels", [[0, 1, 1], [False, True, True], np.array([0.0, 1.0, 1.0])])
    @pytest.mark.parametrize("where", ["y", "rating"])
    def test_zeros_are_not_relevant_where_labels_are_binary(self, labels, where):
        rows = [("ann", "a"), ("ann", "b"), ("eve", "c")]
        given = {"y": labels} if where == "y" else {"rating": labels}
        assert self.read(rows, **given)[3].tolist() == [1, 1]

    def test_users_without_relevant_items_are_left_out(self):
        users, *_ = self.read([("ann", "a"), ("eve", "b")], y=[0, 1])
        assert users.tolist() == ["eve"]
        assert len(self.read([("ann", "a")], y=[0])[0]) == 0

    def test_other_labels_are_relevant_above_0_and_all_where_fit_rates_0(self):
        rows = [("ann", "a"), ("ann", "b"), ("ann", "c")]
        assert self.read(rows, y=[0, 5, -1])[3].tolist() == [1]
        assert self.read(rows, y=[0, 5, -1], zero_is_low=True)[3].tolist() == [3]
        assert self.read(rows, rating=[0, 2, 1], zero_is_low=True)[3].tolist() == [3]

    def test_booleans_are_labels_whatever_fit_rates(self):
        rows = [("ann", "a"), ("ann", "b")]
        assert self.read(rows, y=[False, True], zero_is_low=True)[3].tolist() == [1]
        assert self.read(rows, y=pd.Series([False, True]), zero_is_low=True)[3].tolist() == [1]

    @pytest.mark.parametrize(
        ("labels", "message"), [([0, 1], "zeros here are low ratings.*pass booleans"), ([-1, 1], "-1 counts as liked")]
    )
    def test_what_counts_as_relevant_and_looks_otherwise_is_warned_of(self, labels, message):
        rows = [("ann", "a"), ("ann", "b")]
        with pytest.warns(LabelWarning, match=message):
            assert self.read(rows, y=labels, zero_is_low=True)[3].tolist() == [2]
        assert self.read(rows, y=labels)[3].tolist() == [1]

    def test_labels_given_win_over_ratings(self):
        assert self.read([("ann", "a"), ("ann", "b")], y=[1, 0], rating=[1, 1])[3].tolist() == [1]

    def test_labels_are_checked(self):
        with pytest.raises(InvalidDataError, match="y has 1 entries, and X has 2 events"):
            self.read([("ann", "a"), ("ann", "b")], y=[1])
        with pytest.raises(InvalidDataError, match=r"y contains NaN or infinity in rows \[1\]"):
            self.read([("ann", "a"), ("ann", "b")], y=[1, np.nan])


FIT = [("ann", "a", 4.0), ("ann", "b", 0.0), ("bob", "c", 2.0)]


def test_zero_is_rated_where_fit_saw_it_among_others():
    assert rates_zero(Popularity().fit(FIT))
    assert not rates_zero(Popularity().fit(FIT, [1, 0, 1]))
    assert not rates_zero(Popularity().fit(FIT, [1, 5, 4]))
    assert not rates_zero(Popularity().fit([("ann", "a")]))
    assert not rates_zero(object())


class TestSeenPairs:
    RELEVANT = Relevant.of(Interactions([("ann", "a"), ("new", "a"), ("ann", "q"), ("bob", "b"), ("ann", "b")]))

    def seen(self, history=None):
        return seen_pairs(Popularity().fit(FIT), self.RELEVANT, history).tolist()

    def test_pairs_of_fit_are_seen_and_no_others(self):
        assert self.seen() == [True, False, False, False, True]

    @pytest.mark.parametrize("kind", [list, pd.DataFrame, Interactions])
    def test_a_history_replaces_that_of_its_users(self, kind):
        rows = [("ann", "b"), ("ann", "q"), ("new", "a"), ("other", "b")]
        history = pd.DataFrame(rows, columns=["user_id", "item_id"]) if kind is pd.DataFrame else kind(rows)
        assert self.seen(history) == [False, True, False, False, True]

    def test_events_of_weight_0_are_not_seen_but_replace(self):
        rows = {"user_id": ["ann", "new"], "item_id": ["a", "a"], "weight": [0.0, 1.0]}
        assert self.seen(pd.DataFrame(rows)) == [False, True, False, False, False]

    def test_a_session_is_what_the_only_user_saw(self):
        relevant = Relevant.of(Interactions([("ann", "a"), ("ann", "b")]))
        assert seen_pairs(Popularity().fit(FIT), relevant, ["b", "c"]).tolist() == [False, True]

    def test_a_recommender_that_keeps_no_histories_has_seen_nothing(self):
        assert seen_pairs(object(), self.RELEVANT).tolist() == [False] * 5


class TestWhatIsRelevantToOneDoesNotDependOnTheOthers:
    """Fit on ratings 0 to 4, or on labels; then ann's events alone, and among those of others."""

    TEST = (("ann", "c", 0.0), ("ann", "b", 1.0), ("bob", "a", 4.0), ("bob", "b", 0.0))

    @pytest.mark.parametrize("fit", [[4, 0, 2], [1, 0, 1], [5, 1, 3], None], ids=["0 to 4", "labels", "1 to 5", "none"])
    def test_in_any_slice_of_the_test_set(self, fit):
        model = Popularity().fit([pair[:2] for pair in FIT], fit)
        X = Interactions(list(self.TEST))

        def relevant(rows):
            found = Relevant.of(X[rows], None, rates_zero(model))
            return {(found.users.ids[row], item) for row, item in zip(found.rows, found.items, strict=True)}

        whole = relevant([0, 1, 2, 3])
        assert whole == {("ann", "b"), ("bob", "a")} | ({("ann", "c"), ("bob", "b")} if fit == [4, 0, 2] else set())
        for rows in ([2, 3], [0, 2], [1, 2], [3, 2, 1]):
            assert relevant(rows) == {(user, item) for user, item, _ in [self.TEST[row] for row in rows]} & whole
        assert relevant([2]) | relevant([1]) <= whole
