"""How events of every form are read, and which type their ids have afterwards."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skrec import Interactions

BIG = 2**53 + 1  # the first integer that a float64 can't hold


def ids_of(X, side="user_id"):
    return X.events[side].to_list()


INT_COLUMNS = {
    "int": [3, 1, 2],
    "int8": np.array([3, 1, 2], dtype=np.int8),
    "int32": np.array([3, 1, 2], dtype=np.int32),
    "uint64": np.array([3, 1, 2], dtype=np.uint64),
    "object": pd.Series([3, 1, 2], dtype=object),
    "nullable Int64": pd.array([3, 1, 2], dtype="Int64"),
    "nullable UInt8": pd.array([3, 1, 2], dtype="UInt8"),
    "pyarrow": pd.array([3, 1, 2], dtype="int64[pyarrow]"),
    "category": pd.Categorical([3, 1, 2]),
    "category of floats": pd.Categorical([3.0, 1.0, 2.0]),
    "whole float": [3.0, 1.0, 2.0],
    "whole Float64": pd.array([3, 1, 2], dtype="Float64"),
}
STR_COLUMNS = {
    "str": ["c", "a", "b"],
    "object": pd.Series(["c", "a", "b"], dtype=object),
    "str dtype": pd.Series(["c", "a", "b"], dtype="str"),
    "string dtype": pd.array(["c", "a", "b"], dtype="string"),
    "pyarrow string": pd.array(["c", "a", "b"], dtype=pd.ArrowDtype(pa.string())),
    "pyarrow large string": pd.array(["c", "a", "b"], dtype=pd.ArrowDtype(pa.large_string())),
    "category": pd.Categorical(["c", "a", "b"]),
}


@pytest.mark.parametrize("name", INT_COLUMNS)
@pytest.mark.parametrize("side", ["user_id", "item_id"])
def test_integer_ids_of_every_dtype_are_integers_afterwards(name, side):
    frame = pd.DataFrame({"user_id": ["x", "y", "z"], "item_id": ["x", "y", "z"], "price": [0.5, 1.5, np.nan]})
    frame[side] = INT_COLUMNS[name]
    column = Interactions(frame).events[side]
    assert column.to_list() == [3, 1, 2]
    assert all(isinstance(value, int) for value in column.to_list())
    dtype = column.dtype.categories.dtype if name.startswith("category") else column.dtype
    assert dtype.kind in "iu"


@pytest.mark.parametrize("name", STR_COLUMNS)
@pytest.mark.parametrize("side", ["user_id", "item_id"])
def test_string_ids_of_every_dtype_are_strings_afterwards(name, side):
    frame = pd.DataFrame({"user_id": [1, 2, 3], "item_id": [1, 2, 3]})
    frame[side] = STR_COLUMNS[name]
    assert ids_of(Interactions(frame), side) == ["c", "a", "b"]


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.uint16, np.uint64, np.int64])
def test_numpy_integer_dtypes_are_kept(dtype):
    frame = pd.DataFrame({"user_id": np.array([1, 2], dtype=dtype), "item_id": [1, 2]})
    assert Interactions(frame).events["user_id"].dtype == dtype


def test_booleans_are_the_integers_0_and_1():
    X = Interactions(pd.DataFrame({"user_id": [True, False], "item_id": [1, 2]}))
    assert ids_of(X) == [1, 0]
    assert X.events["user_id"].dtype == np.int64


def forms_of(users, items, ratings):
    """The same events in every form that Interactions takes."""
    columns = {"user_id": users, "item_id": items, "rating": ratings}
    rows = list(zip(users, items, ratings, strict=True))
    array = np.empty((len(rows), 3), dtype=object)
    array[:] = rows
    return {
        "pandas": pd.DataFrame(columns),
        "pandas with another index": pd.DataFrame(columns, index=[7] * len(rows)),
        "polars": pl.DataFrame(columns),
        "pyarrow": pa.table(columns),
        "tuples": rows,
        "lists": [list(row) for row in rows],
        "tuple of tuples": tuple(rows),
        "object array": array,
        "Interactions": Interactions(pd.DataFrame(columns)),
    }


@pytest.mark.parametrize("users", [[BIG, BIG + 2, 5], ["u1", "u2", "u3"]], ids=["int", "str"])
@pytest.mark.parametrize("form", forms_of([1], [1], [1.5]))
def test_every_form_gives_the_same_events(form, users):
    items = [10, BIG + 4, 30]
    X = Interactions(forms_of(users, items, [4.5, 3.0, 1.0])[form])
    assert ids_of(X) == users
    assert ids_of(X, "item_id") == items
    assert X.events["rating"].to_list() == [4.5, 3.0, 1.0]
    assert list(X.events.columns) == ["user_id", "item_id", "rating"]
    assert X.events.index.equals(pd.RangeIndex(3))


def test_an_int_id_stays_an_int_beside_float_context():
    X = Interactions(pd.DataFrame({"user_id": [BIG, 2], "item_id": [1, 2], "price": [0.5, np.nan]}))
    assert ids_of(X) == [BIG, 2]
    assert X.events["user_id"].dtype == np.int64


@pytest.mark.parametrize("library", [pl.DataFrame, pa.table])
def test_ids_beyond_float_precision_survive_nulls_in_other_columns(library):
    frame = library({"user_id": [BIG, BIG + 2], "item_id": [1, 2], "price": [None, 1.5], "age": [None, BIG]})
    X = Interactions(frame)
    assert ids_of(X) == [BIG, BIG + 2]
    assert X.events["age"].iloc[1] == BIG
    assert X.events["age"].isna().to_list() == [True, False]


def test_unsigned_polars_integers_beyond_int64_survive_nulls():
    column = pl.Series([2**64 - 1, None], dtype=pl.UInt64)
    X = Interactions(pl.DataFrame({"user_id": [2**63 + 1, 1], "item_id": [1, 2], "size": column}))
    assert ids_of(X) == [2**63 + 1, 1]
    assert X.events["size"].iloc[0] == 2**64 - 1


def test_polars_128_bit_integers_are_integers():
    X = Interactions(pl.DataFrame({"user_id": pl.Series([BIG, 2], dtype=pl.Int128), "item_id": [1, 2]}))
    assert ids_of(X) == [BIG, 2]


@pytest.mark.parametrize(
    "column",
    [
        pl.Series(["b", "a"], dtype=pl.Categorical),
        pl.Series(["b", "a"], dtype=pl.Enum(["a", "b", "c"])),
    ],
)
def test_polars_categories_are_read(column):
    X = Interactions(pl.DataFrame({"user_id": column, "item_id": [1, 2]}))
    assert ids_of(X) == ["b", "a"]


ARROW_STRINGS = [pa.array(["b", "a"]).dictionary_encode(), pa.array(["b", "a"]).cast(pa.string_view())]


@pytest.mark.parametrize("column", ARROW_STRINGS, ids=["dictionary", "string_view"])
def test_arrow_strings_of_every_layout_are_read(column):
    assert ids_of(Interactions(pa.table({"user_id": column, "item_id": [1, 2]}))) == ["b", "a"]
    frame = pd.DataFrame(
        {"user_id": pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([column]))), "item_id": [1, 2]}
    )
    assert ids_of(Interactions(frame)) == ["b", "a"]
    assert ids_of(Interactions(frame, users=frame[["user_id"]])) == ["b", "a"]


def test_arrow_dictionaries_of_integers_are_integers():
    column = pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.array([BIG, 5]).dictionary_encode()]))
    assert ids_of(Interactions(pd.DataFrame({"user_id": column, "item_id": [1, 2]}))) == [BIG, 5]


def test_float_arrays_of_whole_numbers_give_integer_ids():
    X = Interactions(np.array([[1.0, 2.0, 3.5], [2.0, 3.0, 4.0]]))
    assert [X.events[name].dtype.kind for name in ("user_id", "item_id", "rating")] == ["i", "i", "f"]


def test_arrays_may_hold_fractional_ids_because_the_checks_of_scikit_learn_pass_some():
    assert ids_of(Interactions(np.array([[1.5, 2.0], [0.5, 3.0]]))) == [1.5, 0.5]


def test_string_arrays_hold_string_ids_and_numbers_as_text():
    X = Interactions(np.array([["a", "x", "3.5"], ["b", "y", "4"]]))
    assert ids_of(X) == ["a", "b"]
    assert X.events["rating"].to_list() == [3.5, 4.0]


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
def test_columns_are_renamed(library):
    frame = library({"when": [9, 8], "film": ["x", "y"], "who": [1, 2], "stars": [4.0, 5.0], "device": ["tv", "web"]})
    X = Interactions(frame, user="who", item="film", rating="stars", timestamp="when")
    assert list(X.events.columns) == ["user_id", "item_id", "rating", "timestamp", "device"]
    assert X.context_columns == ["device"]
    assert (ids_of(X), ids_of(X, "item_id")) == ([1, 2], ["x", "y"])
    assert X.events["timestamp"].to_list() == [9, 8]


def test_columns_may_swap_their_names():
    frame = pd.DataFrame({"user_id": ["x"], "item_id": [1]})
    X = Interactions(frame, user="item_id", item="user_id")
    assert (ids_of(X), ids_of(X, "item_id")) == ([1], ["x"])


def test_columns_named_by_numbers_can_be_named():
    X = Interactions(pd.DataFrame({0: [0.5], 1: ["x"], 2: [1]}), user=2, item=1)
    assert list(X.events.columns) == ["user_id", "item_id", "0"]


def test_tables_are_renamed_with_the_events_and_put_their_ids_first():
    events = pd.DataFrame({"who": [1], "film": ["x"]})
    users, items = pd.DataFrame({"age": [30], "who": [1]}), pl.DataFrame({"genre": ["a", "b"], "film": ["x", "z"]})
    X = Interactions(events, users, items, user="who", item="film")
    assert list(X.users.columns) == ["user_id", "age"]
    assert list(X.items.columns) == ["item_id", "genre"]
    assert X.items["item_id"].to_list() == ["x", "z"]


def test_tables_may_lack_ids_and_hold_others():
    X = Interactions([(1, "x")], users=pd.DataFrame({"user_id": [5]}), items=pd.DataFrame({"item_id": []}))
    assert (len(X.users), len(X.items)) == (1, 0)


def test_tables_can_be_added_to_and_replaced_in_interactions():
    first = Interactions([(1, "x")], users=pd.DataFrame({"user_id": [1], "age": [30]}))
    second = Interactions(first, items=pd.DataFrame({"item_id": ["x"]}))
    assert second.users.equals(first.users)
    assert list(second.items.columns) == ["item_id"]
    assert Interactions(second, users=pd.DataFrame({"user_id": [2]})).users["user_id"].to_list() == [2]


class TestByPosition:
    def test_arrays_are_user_item_rating_timestamp_and_context(self):
        X = Interactions([(1, "x", 4.0, 9, "tv"), (2, "y", 5.0, 8, "web")])
        assert list(X.events.columns) == ["user_id", "item_id", "rating", "timestamp", "context_4"]

    @pytest.mark.parametrize(
        "names",
        [
            range(5),
            [f"col_{n}" for n in range(5)],
            [f"column_{n}" for n in range(5)],
            [f"x{n}" for n in range(5)],
            list("01234"),
        ],
        ids=str,
    )
    def test_frames_whose_names_carry_no_meaning_are_too(self, names):
        X = Interactions(pd.DataFrame([(1, "x", 4.0, 9, "tv")], columns=names))
        last = names[4] if isinstance(names[4], str) else "context_4"
        assert list(X.events.columns) == ["user_id", "item_id", "rating", "timestamp", last]

    def test_so_are_frames_that_polars_and_numpy_numbered(self):
        assert list(Interactions(pl.DataFrame([[1, 2], [3, 4]])).events.columns) == ["user_id", "item_id"]
        numbered = pd.DataFrame([(1, 2)], columns=np.arange(2, dtype=np.int8))
        assert list(Interactions(numbered).events.columns) == ["user_id", "item_id"]

    def test_whole_floats_are_no_obstacle(self):
        assert ids_of(Interactions(pd.DataFrame({"x1": [1.0, 2.0], "x2": [3.0, 4.0]}))) == [1, 2]

    @pytest.mark.parametrize("order", [["x1", "x2", "timestamp", "rating"], ["x1", "x2", "rating", "timestamp"]])
    def test_columns_with_known_names_are_what_they_are_called(self, order):
        frame = pd.DataFrame({"x1": [1], "x2": [2], "rating": [4.5], "timestamp": [100]})[order]
        X = Interactions(frame)
        assert (X.events["rating"].to_list(), X.events["timestamp"].to_list()) == ([4.5], [100])

    def test_a_weight_is_no_rating(self):
        X = Interactions(pd.DataFrame({"x1": [1], "x2": [2], "weight": [0.5]}))
        assert list(X.events.columns) == ["user_id", "item_id", "weight"]

    def test_a_named_rating_is_found(self):
        X = Interactions(pd.DataFrame({0: [1], 1: [2], "stars": [4.5]}), rating="stars")
        assert X.events["rating"].to_list() == [4.5]


TIMES = pd.to_datetime(["2020-01-02", "2020-01-01"])


@pytest.mark.parametrize(
    "column",
    [
        TIMES,
        TIMES.as_unit("s"),
        TIMES.tz_localize("Europe/Berlin"),
        pd.array(TIMES, dtype="timestamp[us][pyarrow]"),
        pd.array([day.date() for day in TIMES], dtype=pd.ArrowDtype(pa.date32())),
    ],
    ids=["ns", "s", "zone", "pyarrow", "pyarrow date"],
)
def test_datetimes_are_timestamps(column):
    X = Interactions(pd.DataFrame({"user_id": [1, 2], "item_id": [1, 2], "timestamp": column}))
    assert isinstance(X.events["timestamp"].dtype, (np.dtype, pd.DatetimeTZDtype))
    assert [f"{time:%Y-%m-%d}" for time in X.events["timestamp"]] == ["2020-01-02", "2020-01-01"]


@pytest.mark.parametrize("library", [pl.DataFrame, pa.table])
@pytest.mark.parametrize("kind", [datetime.datetime, datetime.date])
def test_datetimes_of_other_libraries_are_timestamps(library, kind):
    X = Interactions(library({"user_id": [1], "item_id": [2], "timestamp": [kind(2020, 1, 2)]}))
    assert X.events["timestamp"].to_list() == [pd.Timestamp(2020, 1, 2)]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["2020-01-02", "2020-01-01"], ["2020-01-02 00:00:00", "2020-01-01 00:00:00"]),
        (["2020-01-02 10:00", "2020-01-01T09:30:15.5"], ["2020-01-02 10:00:00", "2020-01-01 09:30:15.500000"]),
        (
            ["2020-01-02T10:00:00Z", "2020-01-02T10:00:00+01:00"],
            ["2020-01-02 10:00:00+00:00", "2020-01-02 09:00:00+00:00"],
        ),
    ],
    ids=["dates", "times", "offsets"],
)
@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table, "category", "arrow"])
def test_texts_of_iso_8601_are_timestamps(library, texts, expected):
    columns = {"user_id": [1, 2], "item_id": [1, 2], "ts": texts}
    if isinstance(library, str):
        dtype = "category" if library == "category" else pd.ArrowDtype(pa.string())
        frame = pd.DataFrame(columns).astype({"ts": dtype})
    else:
        frame = library(columns)
    assert [str(time) for time in Interactions(frame, timestamp="ts").events["timestamp"]] == expected


def test_texts_that_are_numbers_stay_numbers():
    X = Interactions(pd.DataFrame({"user_id": [1, 2], "item_id": [1, 2], "timestamp": ["20200101", "5"]}))
    assert X.events["timestamp"].to_list() == [20200101, 5]


def test_dates_of_python_are_timestamps():
    X = Interactions(pd.DataFrame({"user_id": [1], "item_id": [1], "timestamp": [datetime.date(2020, 1, 2)]}))
    assert X.events["timestamp"].to_list() == [pd.Timestamp(2020, 1, 2)]


def test_polars_datetimes_keep_their_zone():
    times = pl.Series([datetime.datetime(2020, 1, 2)]).dt.replace_time_zone("Europe/Berlin")
    X = Interactions(pl.DataFrame({"user_id": [1], "item_id": [2], "timestamp": times}))
    assert X.events["timestamp"].iloc[0] == pd.Timestamp(2020, 1, 2, tz="Europe/Berlin")


@pytest.mark.parametrize(
    "ratings",
    [[1, 2], [True, False], ["1", "2"], pd.array([1, 2], dtype="Int64"), pd.Categorical([1, 2]), [np.float32(1), 2]],
)
def test_ratings_of_every_dtype_become_plain_numbers(ratings):
    X = Interactions(pd.DataFrame({"user_id": [1, 2], "item_id": [1, 2], "rating": ratings}))
    assert X.events["rating"].to_numpy().dtype.kind in "iufb"
    assert X.events["rating"].astype(float).to_list() == [float(value) for value in ratings]
