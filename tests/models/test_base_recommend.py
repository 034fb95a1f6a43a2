"""What every model promises of recommend and similar_items: each argument, shown on EASE."""

import copy
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone

from skrec import EASE, Popularity
from skrec.exceptions import InvalidDataError, InvalidIdTypeError, InvalidParameterError, UnknownIdWarning
from skrec.queries import CatalogueRanker

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
    found = answer.to_frame()
    return found.to_dict(as_series=False) if isinstance(found, pl.DataFrame) else found.to_dict("list")


class TestUsers:
    def test_by_default_every_user_of_fit_in_first_seen_order(self, model):
        answer = model.recommend(k=2)
        assert answer.users.tolist() == ["ann", "bob", "eve", "zoe"]
        assert frame(answer) == frame(model.recommend(["ann", "bob", "eve", "zoe"], k=2))

    @pytest.mark.parametrize(
        "users",
        [
            ("zoe", "new"),
            np.array(["zoe", "new"]),
            np.array(["zoe", "new"], dtype=object),
            pd.Series(["zoe", "new"], index=[5, 5]),
            pd.Categorical(["zoe", "new"]),
            pl.Series(["zoe", "new"]),
            pa.array(["zoe", "new"]),
            pd.DataFrame({"user_id": ["zoe", "new"], "age": [30, 40]}),
            pl.DataFrame({"age": [30, 40], "user_id": ["zoe", "new"]}),
        ],
        ids=lambda users: f"{type(users).__module__}.{type(users).__name__}",
    )
    def test_every_form(self, model, users):
        answer = model.recommend(users, k=3)
        assert answer.users.tolist() == ["zoe", "new"]
        assert frame(answer) == frame(model.recommend(["zoe", "new"], k=3))

    def test_a_scalar_is_one_user(self, model):
        assert model.recommend("zoe", k=2).users.tolist() == ["zoe"]
        numbered = clone(model).fit([(1, 10), (2, 20)])
        for user in (1, np.int32(1), np.array(1)):
            assert lists(numbered.recommend(user)) == [[20]]

    def test_users_asked_twice_are_answered_twice(self, model):
        answer = model.recommend(["bob", "new", "bob", "new", "ann"], k=2)
        assert answer.users.tolist() == ["bob", "new", "bob", "new", "ann"]
        one = {user: lists(model.recommend([user], k=2))[0] for user in ("bob", "new", "ann")}
        assert lists(answer) == [one[user] for user in answer.users]

    @pytest.mark.parametrize("users", [[], np.array([]), pd.DataFrame({"user_id": []}), pl.Series([])])
    def test_nobody(self, model, users):
        answer = model.recommend(users, k=3, items=["a"], exclude_items=["b"])
        assert answer.items.shape == (0, 3)
        assert len(answer.to_frame()) == 0

    def test_cold_users_get_the_popular_items(self, model):
        assert lists(model.recommend(["new"])) == [list("abcde")]
        assert lists(model.recommend(["new"], k=2, exclude_items=["a"])) == [["b", "c"]]

    def test_ids_of_another_kind_warn(self, model):
        with pytest.warns(
            UnknownIdWarning, match="All user ids are unknown: they are of kind int, and those of fit of kind"
        ):
            assert lists(model.recommend([1], k=1)) == [["a"]]

    @pytest.mark.parametrize(
        ("users", "error", "message"),
        [
            (
                pd.DataFrame({"who": ["ann"]}),
                InvalidDataError,
                r"users is a frame without a column 'user_id'.*\['who'\]",
            ),
            ([None], InvalidDataError, r"'users' contains NaN or null ids in rows \[0\]"),
            (["ann", 1], InvalidIdTypeError, "'users' holds ids of mixed kinds"),
            ([["ann"]], InvalidIdTypeError, "'users' holds a list in row 0"),
            (np.array([["ann"]]), InvalidDataError, "users must be one-dimensional"),
        ],
    )
    def test_bad_users(self, model, users, error, message):
        with pytest.raises(error, match=message):
            model.recommend(users)


class TestK:
    @pytest.mark.parametrize("k", [0, -1, 2.0, 2.5, True, None, "3", np.float64(2), np.nan])
    def test_bad_k(self, model, k):
        message = rf"The 'k' parameter of {type(model).__name__}.recommend must be an int in the range \[1, inf\). Got "
        with pytest.raises(InvalidParameterError, match=message):
            model.recommend(k=k)

    def test_the_sentence(self, model):
        name = type(model).__name__
        with pytest.raises(InvalidParameterError) as caught:
            model.recommend(k=0)
        assert (
            str(caught.value)
            == f"The 'k' parameter of {name}.recommend must be an int in the range [1, inf). Got 0 instead."
        )

    @pytest.mark.parametrize("k", [1, 2, np.int64(2), np.uint8(3), 5, 50])
    def test_lists_are_at_most_k_long_and_prefixes_of_longer_ones(self, model, k):
        answer, whole = model.recommend(k=k), model.recommend(k=99)
        assert answer.items.shape == answer.scores.shape == (4, k)
        assert lists(answer) == [row[:k] for row in lists(whole)]
        assert answer.lengths.tolist() == [min(k, length) for length in whole.lengths]

    def test_short_lists_are_short(self, model):
        answer = model.recommend(["ann", "eve"], k=4)
        assert answer.lengths.tolist() == [3, 2]
        assert answer.items[1, 2:].tolist() == [None, None]
        assert np.isnan(answer.scores[1, 2:]).all()
        assert len(answer.to_frame()) == 5


class TestItems:
    @pytest.mark.parametrize(
        "items",
        [
            ["d", "c", "zzz", "c"],
            ("c", "d"),
            np.array(["c", "d"]),
            pd.Series(["c", "d"]),
            pl.Series(["d", "c"]),
            pa.array(["d", "c"]),
            pd.DataFrame({"item_id": ["c", "d"], "genre": [1, 2]}),
            pl.DataFrame({"item_id": ["c", "d"]}),
        ],
        ids=lambda items: f"{type(items).__module__}.{type(items).__name__}",
    )
    def test_only_these(self, model, items):
        assert [set(row) for row in lists(model.recommend(["ann", "zoe", "eve"], items=items))] == [
            {"c", "d"},
            {"d"},
            {"c"},
        ]

    def test_the_order_among_them_is_that_without(self, model):
        whole = lists(model.recommend(["ann"]))[0]
        assert lists(model.recommend(["ann"], items=["e", "d", "c"])) == [whole]

    @pytest.mark.parametrize(
        "items", [[], ["zzz"], pd.DataFrame({"item_id": []}), pd.DataFrame({"user_id": [], "item_id": []})]
    )
    def test_none_of_them_left_gives_empty_lists(self, model, items):
        answer = model.recommend(["ann", "new"], k=2, items=items)
        assert answer.lengths.tolist() == [0, 0]
        assert answer.items.shape == (2, 2)

    def test_one_item(self, model):
        assert lists(model.recommend(["ann", "new"], items="d")) == [["d"], ["d"]]

    @pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
    def test_candidates_per_user(self, model, library):
        pairs = library({"user_id": ["ann", "new", "ann", "bob", "out"], "item_id": ["e", "d", "a", "zzz", "c"]})
        assert lists(model.recommend(["new", "ann", "bob", "ann"], items=pairs)) == [["d"], ["e"], [], ["e"]]
        assert lists(model.recommend(["ann"], items=pairs, exclude_seen=False)) != [["e"]]

    def test_a_frame_without_item_ids(self, model):
        for name in ("items", "exclude_items"):
            with pytest.raises(InvalidDataError, match=rf"{name} is a frame without a column 'item_id'.*\['user_id'\]"):
                model.recommend(**{name: pd.DataFrame({"user_id": ["ann"]})})

    def test_ids_of_another_kind_warn(self, model):
        for name in ("items", "exclude_items"):
            with pytest.warns(UnknownIdWarning, match="All item ids are unknown"):
                model.recommend(["ann"], **{name: [1, 2]})

    @pytest.mark.parametrize("name", ["items", "exclude_items"])
    def test_bad_items(self, model, name):
        with pytest.raises(InvalidDataError, match=rf"'{name}' contains NaN or null ids in rows \[1\]"):
            model.recommend(**{name: ["a", None]})
        with pytest.raises(InvalidIdTypeError, match=f"'{name}' holds a tuple in row 0"):
            model.recommend(**{name: [("ann", "a")]})


class TestExclude:
    @pytest.mark.parametrize(
        "items", [["c", "zzz"], "c", np.array(["c"]), pd.DataFrame({"item_id": ["c"]}), pl.Series(["c"])]
    )
    def test_for_everybody(self, model, items):
        assert [set(row) for row in lists(model.recommend(["ann", "new"], exclude_items=items))] == [
            set("de"),
            set("abde"),
        ]

    @pytest.mark.parametrize("items", [[], ["zzz"], pd.DataFrame({"user_id": [], "item_id": []})])
    def test_nothing(self, model, items):
        assert frame(model.recommend(exclude_items=items)) == frame(model.recommend())

    @pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
    def test_pairs(self, model, library):
        pairs = library({"user_id": ["ann", "new", "ann", "out"], "item_id": ["e", "a", "e", "b"]})
        answer = lists(model.recommend(["new", "ann", "bob"], exclude_items=pairs))
        assert [set(row) for row in answer] == [set("bcde"), set("cd"), set("bde")]

    def test_pairs_exclude_beside_seen_items(self, model):
        pairs = pd.DataFrame({"user_id": ["ann"], "item_id": ["c"]})
        assert set(lists(model.recommend(["ann"], exclude_items=pairs, exclude_seen=False))[0]) == set("abde")

    def test_allowed_and_excluded_at_once(self, model):
        assert lists(model.recommend(["ann", "new"], items=["a", "c", "d"], exclude_items=["d"])) == [["c"], ["a", "c"]]

    def test_seen_items_may_come_back(self, model):
        answer = model.recommend(exclude_seen=False)
        assert [set(row) for row in lists(answer)] == [set("abcde")] * 4
        assert model.recommend(exclude_seen=np.bool_(False)).lengths.tolist() == [5] * 4

    @pytest.mark.parametrize("value", [1, 0, None, "no"])
    def test_exclude_seen_is_a_bool(self, model, value):
        with pytest.raises(InvalidParameterError, match=r"The 'exclude_seen' parameter of .*\.recommend must be"):
            model.recommend(exclude_seen=value)


def test_equal_scores_are_in_first_seen_order_of_the_items(model):
    model = clone(model).fit([(1, 30), (2, 10), (3, 20), (4, 40)])  # nothing tells them apart
    assert lists(model.recommend(k=2)) == [[10, 20], [30, 20], [30, 10], [30, 10]]
    assert lists(model.recommend([9], k=3)) == [[30, 10, 20]]


def test_scores_descend_and_are_finite(model):
    for scores, length in zip((answer := model.recommend()).scores, answer.lengths, strict=True):
        assert np.isfinite(scores[:length]).all()
        assert (np.diff(scores[:length]) <= 0).all()


@pytest.mark.parametrize("size", [1, 2, 3])
def test_blocks_change_nothing(model, monkeypatch, size):
    arguments = {
        "users": ["zoe", "new", "ann", "zoe", "eve", "bob"],
        "items": pd.DataFrame({"user_id": ["zoe", "ann", "new"] * 2, "item_id": list("adceab")}),
        "exclude_items": ["e"],
        "history": [("new", "b"), ("bob", "a")],
    }
    whole, similar = frame(model.recommend(**arguments)), None
    if hasattr(model, "similar_items"):
        similar = frame(model.similar_items(list("abzcde")))
    monkeypatch.setattr(CatalogueRanker, "block_size", size)
    assert frame(model.recommend(**arguments)) == whole
    if similar is not None:
        assert frame(model.similar_items(list("abzcde"))) == similar


def test_copies_and_pickles_recommend_the_same(model):
    before = frame(model.recommend())
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), clone(model).fit(ROWS)):
        assert frame(other.recommend()) == before
    assert not hasattr(clone(model), "histories_")


@pytest.mark.parametrize("dtype", [np.int32, np.uint64, "category", "Int64"])
def test_integer_ids_come_back_as_integers(model, dtype):
    rows = pd.DataFrame({"user_id": [1, 2, 3], "item_id": [2**31 - 5, 7, 7]}).astype(dtype)
    answer = clone(model).fit(rows.assign(price=[0.5, 1.5, 2.5])).recommend([1, 2], k=1)
    assert answer.items.dtype.kind in "iu"
    assert answer.users.dtype.kind in "iu"
    assert answer.items.tolist() == [[7], [2**31 - 5]]


class TestSimilarItems:
    def test_an_item_is_not_similar_to_itself_and_unknown_ones_are_to_nothing(self, model):
        answer = model.similar_items(["a", "zzz", "b", "a"], k=3)
        assert answer.users.tolist() == ["a", "zzz", "b", "a"]
        assert lists(answer)[0][0] == "b"
        assert lists(answer)[1] == []
        assert "a" not in lists(answer)[0]
        assert lists(answer)[0] == lists(answer)[3]

    def test_one_item_is_a_scalar(self, model):
        assert lists(model.similar_items("a", k=2)) == lists(model.similar_items(["a"], k=2))

    @pytest.mark.parametrize("k", [0, 1.0, True])
    def test_bad_k(self, model, k):
        with pytest.raises(InvalidParameterError, match=r"The 'k' parameter of \w+\.similar_items must be an int in"):
            model.similar_items("a", k=k)

    def test_popularity_has_none(self):
        assert not hasattr(Popularity().fit(ROWS), "similar_items")
