"""What every model promises of recommend's `history` and `context`, shown on EASE."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone

from skrec import EASE, Interactions
from skrec.exceptions import InvalidDataError, UnknownIdWarning

# By popularity: a 3, b 2, c 2, d 1, e 1.
ROWS = [
    ("ann", "a"),
    ("ann", "b"),
    ("bob", "a"),
    ("bob", "c"),
    ("eve", "a"),
    ("eve", "b"),
    ("eve", "d"),
    ("zoe", "c"),
    ("zoe", "e"),
]


@pytest.fixture(scope="module")
def model():
    """A fitted model; tests don't change it."""
    return EASE(regularization=1.0).fit(ROWS)


def lists(recommendations):
    """Each user's items without the filling of short lists."""
    rows = zip(recommendations.items, recommendations.lengths, strict=True)
    return [row[:length].tolist() for row, length in rows]


def frame(answer):
    return answer.to_frame().to_dict("list")


class TestHistory:
    HISTORY = pd.DataFrame({"user_id": ["ann", "new", "new"], "item_id": ["d", "b", "zzz"]})

    @pytest.mark.parametrize(
        "history",
        [HISTORY, pl.from_pandas(HISTORY), pa.Table.from_pandas(HISTORY), HISTORY.to_numpy(), Interactions(HISTORY)],
        ids=["pandas", "polars", "pyarrow", "array", "Interactions"],
    )
    def test_it_replaces_what_fit_knows_for_known_and_new_users(self, model, history):
        answer = model.recommend(["ann", "new", "bob", "cold"], history=history)
        assert [set(row) for row in lists(answer)] == [set("abce"), set("acde"), set("bde"), set("abcde")]
        assert lists(answer)[3] == list("abcde")
        assert lists(answer)[2] == lists(model.recommend(["bob"]))[0]

    def test_without_users_those_of_the_history_are_answered(self, model):
        assert model.recommend(history=self.HISTORY, k=1).users.tolist() == ["ann", "new"]

    def test_a_user_with_the_history_of_another_gets_the_same(self, model):
        copied = pd.DataFrame({"user_id": ["new"] * 2, "item_id": ["b", "a"]})
        assert frame(model.recommend(["new"], history=copied)) == {
            **frame(model.recommend(["ann"])),
            "user_id": ["new"] * 3,
        }

    def test_it_is_not_kept(self, model):
        before = frame(model.recommend())
        model.recommend(history=self.HISTORY)
        assert frame(model.recommend()) == before

    def test_users_asked_twice(self, model):
        answer = model.recommend(["new", "ann", "new"], history=self.HISTORY)
        assert lists(answer)[0] == lists(answer)[2] != lists(answer)[1]

    def test_only_unknown_items_make_a_cold_user(self, model):
        answer = model.recommend(["ann"], history=[("ann", "zzz")])
        assert lists(answer) == [list("abcde")]

    def test_events_of_weight_0_are_not_there(self, model):
        history = pd.DataFrame({"user_id": ["ann", "ann"], "item_id": ["d", "e"], "weight": [1.0, 0.0]})
        assert frame(model.recommend(["ann"], history=history)) == frame(model.recommend(["ann"], history=history[:1]))
        assert lists(model.recommend(["ann"], history=history[1:])) == [list("abcde")]

    def test_zeros_are_negatives_where_labels_are_binary(self, model):
        history = pd.DataFrame({"user_id": ["new"] * 2, "item_id": ["b", "c"], "rating": [1, 0]})
        answer = model.recommend(history=history)
        assert set(lists(answer)[0]) == set("ade")
        liked = model.recommend(history=history[:1], exclude_items=["c"])
        assert frame(answer) == frame(liked)

    def test_zeros_are_low_ratings_where_fit_knew_others(self, model):
        rated = clone(model).fit([(user, item, 5 if item == "a" else 3) for user, item in ROWS])
        history = pd.DataFrame({"user_id": ["new"] * 2, "item_id": ["b", "c"], "rating": [1, 0]})
        unrated = history[["user_id", "item_id"]]
        assert frame(rated.recommend(history=history)) == frame(rated.recommend(history=unrated))

    @pytest.mark.parametrize("form", [pd.DataFrame, Interactions])
    def test_what_a_zero_means_was_decided_in_fit_and_not_by_who_else_is_asked_about(self, model, form):
        mine = pd.DataFrame({"user_id": ["new"] * 2, "item_id": ["b", "c"], "rating": [1, 0]})
        others = pd.concat([mine, pd.DataFrame({"user_id": ["other"], "item_id": ["a"], "rating": [4]})])
        alone, together = (model.recommend(["new"], history=form(events)) for events in (mine, others))
        assert frame(alone) == frame(together)

    @pytest.mark.parametrize(
        ("history", "message"),
        [
            (HISTORY[:0], "history has no events. Pass at least one, or leave history out"),
            ([], "history has no events"),
            (Interactions(HISTORY)[[]], "history has no events"),
            (HISTORY[["item_id"]], "history has no column 'user_id'. Add one"),
            (HISTORY[["user_id"]], "no column 'item_id'"),
            (HISTORY.assign(item_id=None), "'item_id' contains NaN or null ids"),
            (5, "Got int instead"),
        ],
    )
    def test_bad_histories(self, model, history, message):
        with pytest.raises(InvalidDataError, match=message):
            model.recommend(["ann"], history=history)

    def test_ids_of_another_kind_warn(self, model):
        with pytest.warns(UnknownIdWarning, match="All item ids are unknown"):
            assert lists(model.recommend(history=[("ann", 1)])) == [list("abcde")]


class TestContext:
    @pytest.mark.parametrize(
        "context",
        [pd.DataFrame({"hour": [1, 2]}), pl.DataFrame({"hour": [1, 2]}), {"hour": [1, 2]}, [[1], [2]], np.ones((2, 3))],
    )
    def test_models_without_context_pass_it_by(self, model, context):
        assert frame(model.recommend(["ann", "ann"], context=context)) == frame(model.recommend(["ann", "ann"]))

    @pytest.mark.parametrize("context", [pd.DataFrame({"hour": [1, 2]}), [[1], [2], [3]]])
    def test_another_length(self, model, context):
        with pytest.raises(
            InvalidDataError, match=r"context has \d rows, and 1 users are asked about. Pass one row per user"
        ):
            model.recommend(["ann"], context=context)

    def test_what_is_no_frame(self, model):
        with pytest.raises(InvalidDataError, match="context must be a frame with one row per user.*Got int instead"):
            model.recommend(["ann"], context=5)
