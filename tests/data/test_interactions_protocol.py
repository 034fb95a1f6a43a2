"""Interactions as scikit-learn's X: selection, immutability, copies and representations."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold, ShuffleSplit, train_test_split
from sklearn.utils import _safe_indexing, indexable

from skrec import Interactions
from skrec.exceptions import InvalidDataError


@pytest.fixture
def X():
    events = pd.DataFrame(
        {
            "user_id": ["ann", "bob", "ann", "eve", "bob"],
            "item_id": [10, 20, 30, 10, 40],
            "rating": [1.0, 2.0, 3.0, 4.0, 5.0],
            "timestamp": [874965758, 893286638, 881250949, 879959583, 880000000],
        }
    )
    users, items = pd.DataFrame({"user_id": ["bob"], "age": [30]}), pd.DataFrame({"item_id": [10, 99]})
    return Interactions(events, users, items)


def ratings(X):
    return X.events["rating"].to_list()


def test_len_and_shape(X):
    assert len(X) == 5
    assert X.shape == (5, 4)


SELECTIONS = {
    "list": ([3, 0], [4.0, 1.0]),
    "array": (np.array([1, 1]), [2.0, 2.0]),
    "uint8": (np.array([1, 4], dtype=np.uint8), [2.0, 5.0]),
    "negative": ([-1, -5], [5.0, 1.0]),
    "range": (range(1, 3), [2.0, 3.0]),
    "mask": (np.array([True, False, False, False, True]), [1.0, 5.0]),
    "list mask": ([False, True, False, False, False], [2.0]),
    "series mask": (pd.Series([False, True, False, False, False], index=range(5, 10)), [2.0]),
    "slice": (slice(1, 4, 2), [2.0, 4.0]),
    "int": (2, [3.0]),
    "numpy int": (np.int64(-1), [5.0]),
    "nothing": ([], []),
    "empty mask": ([False] * 5, []),
}


@pytest.mark.parametrize("ellipsis", [False, True])
@pytest.mark.parametrize("name", SELECTIONS)
def test_selection_by_position(X, name, ellipsis):
    key, expected = SELECTIONS[name]
    taken = X[key, ...] if ellipsis else X[key]
    assert isinstance(taken, Interactions)
    assert ratings(taken) == expected
    assert taken.events.index.equals(pd.RangeIndex(len(expected)))
    assert taken.users is not None
    assert taken.users.equals(X.users)
    assert taken.items.equals(X.items)


@pytest.mark.parametrize("key", [5, -6, [0, 5], [-6]])
def test_positions_out_of_range(X, key):
    with pytest.raises(IndexError, match="out of range|out-of-bounds"):
        X[key]


@pytest.mark.parametrize("key", [[True, False], np.ones(6, dtype=bool), True])
def test_masks_of_another_length(X, key):
    with pytest.raises(IndexError, match=r"mask of shape .* doesn't fit 5 events"):
        X[key]


@pytest.mark.parametrize("key", [[0.5], "rating", ["rating"], None, np.array([[0, 1]])])
def test_what_is_no_position(X, key):
    with pytest.raises(IndexError, match="takes positions: integers, a boolean mask or a slice"):
        X[key]


@pytest.mark.parametrize("key", [(0, 1), (slice(None), "rating"), (0, ..., 1)])
def test_columns_can_not_be_selected(X, key):
    with pytest.raises(IndexError, match=r"columns are in X\.events"):
        X[key]


def test_iteration_ends(X):
    assert [ratings(row) for row in X] == [[1.0], [2.0], [3.0], [4.0], [5.0]]


def test_tables_ride_along_by_reference(X):
    assert X[[0, 1]]._users is X._users
    assert X[1:3]._items is X._items


def test_scikit_learn_indexes_it(X):
    assert ratings(_safe_indexing(X, np.array([4, 0]))) == [5.0, 1.0]
    assert indexable(X, [0] * 5)[0] is X
    train, test, y_train, y_test = train_test_split(X, np.arange(5), test_size=2, random_state=0)
    assert isinstance(train, Interactions)
    assert [value - 1 for value in ratings(train)] == y_train.tolist()
    assert [value - 1 for value in ratings(test)] == y_test.tolist()
    assert sorted(ratings(train) + ratings(test)) == ratings(X)


@pytest.mark.parametrize(
    "splitter", [KFold(3), KFold(2, shuffle=True, random_state=0), ShuffleSplit(2, random_state=0)]
)
def test_splitters_split_it(X, splitter):
    for train, test in splitter.split(X):
        assert ratings(X[train]) == [ratings(X)[position] for position in train]
        assert set(train) | set(test) <= set(range(5))


def test_it_can_not_be_changed(X):
    for name in ("events", "rating", "_events"):
        with pytest.raises(AttributeError, match=rf"immutable: can't set '{name}'.*\.replace"):
            setattr(X, name, 1)
    with pytest.raises(AttributeError, match="immutable: can't delete '_events'"):
        del X._events


def test_what_it_gives_can_be_changed_without_changing_it(X):
    before = X.events.copy()
    events, users = X.events, X.users
    events["rating"] = 0.0
    events.iloc[0, 0] = "zoe"
    users.loc[0, "age"] = 99
    assert X.events.equals(before)
    assert X.users["age"].to_list() == [30]
    with pytest.raises(ValueError, match="read-only"):
        X.events["rating"].to_numpy()[0] = 9


@pytest.mark.parametrize("dtype", [np.int64, np.float64])
def test_changing_its_sources_afterwards_does_not_change_it(dtype):
    array = np.array([[1, 2, 3], [4, 5, 6]], dtype=dtype)
    frame, users = pd.DataFrame({"user_id": [1, 2], "item_id": [1, 2]}), pd.DataFrame({"user_id": [1], "age": [30]})
    from_array, from_frame = Interactions(array), Interactions(frame, users)
    array[:] = 99
    frame.loc[0, "user_id"] = 99
    users.loc[0, "age"] = 99
    assert from_array.events["user_id"].to_list() == [1, 4]
    assert from_frame.events["user_id"].to_list() == [1, 2]
    assert from_frame.users["age"].to_list() == [30]


def test_copies_and_pickles(X):
    assert copy.copy(X) is X
    for other in (copy.deepcopy(X), pickle.loads(pickle.dumps(X))):
        assert other.events.equals(X.events)
        assert other.users.equals(X.users)
        assert other.items.equals(X.items)
        with pytest.raises(AttributeError, match="immutable"):
            other.events = 1
    bare = pickle.loads(pickle.dumps(Interactions([(1, 2)])))
    assert (bare.users, bare.items) == (None, None)


def test_replace_makes_a_checked_copy(X):
    changed = X.replace(rating=[5, 4, 3, 2, 1], device=list("abcde"))
    assert ratings(changed) == [5, 4, 3, 2, 1]
    assert changed.context_columns == ["device"]
    assert ratings(X) == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert changed.users.equals(X.users)
    with pytest.raises(InvalidDataError, match=r"other lengths than the 5 events: \{'rating': 2\}"):
        X.replace(rating=[1, 2])
    with pytest.raises(InvalidDataError, match=r"'rating' contains NaN or infinity in rows \[0\]"):
        X.replace(rating=[np.nan, 1, 2, 3, 4])


def test_it_can_be_an_array(X):
    array = np.asarray(X)
    assert array.shape == X.shape
    assert array[0].tolist() == ["ann", 10, 1.0, 874965758]


def test_context_is_what_is_no_known_column():
    frame = pd.DataFrame(
        {"user_id": [1], "item_id": [1], "weight": [1], "rating": [1], "timestamp": [1], "device": [1]}
    )
    assert Interactions(frame).context_columns == ["device"]


def test_repr_shows_counts_density_time_and_columns(X):
    text = repr(X)
    for part in (
        "events: 5",
        "users: 3",
        "items: 4",
        "density: 41.67%",
        "time: 1997-09-22 to 1998-04-22",
        "columns: user_id, item_id, rating, timestamp",
        "user table: 1 rows: user_id, age",
        "item table: 2 rows: item_id",
    ):
        assert part in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("times", "span"),
    [
        ([874965758, 893286638], "1997-09-22 to 1998-04-22"),
        ([893286638.5, 874965758.5], "1997-09-22 to 1998-04-22"),
        ([874965758000, 893286638000], "1997-09-22 to 1998-04-22"),
        (pd.to_datetime(["2021-05-06", "2020-01-02"]), "2020-01-02 to 2021-05-06"),
        (pd.to_datetime(["2021-05-06", "2020-01-02"]).tz_localize("UTC"), "2020-01-02 to 2021-05-06"),
        ([3, 1], "1 to 3"),
    ],
    ids=["seconds", "fractional seconds", "milliseconds", "datetimes", "zone", "steps"],
)
def test_repr_shows_times_as_dates_where_they_are(times, span):
    X = Interactions(pd.DataFrame({"user_id": [1, 2], "item_id": [1, 2], "timestamp": times}))
    assert f"time: {span};" in repr(X)
    assert f"<td>{span}</td>" in X._repr_html_()


def test_html_repr_shows_the_same_and_escapes_names(X):
    html = X._repr_html_()
    assert "<th>density</th><td>41.67%</td>" in html
    evil = Interactions(pd.DataFrame({"user_id": [1], "item_id": [1], "<script>": [1]}))._repr_html_()
    assert "<script>" not in evil
    assert "&lt;script&gt;" in evil


def test_an_empty_selection_has_representations(X):
    assert "events: 0" in repr(X[[]])
    assert "density" in X[[]]._repr_html_()
