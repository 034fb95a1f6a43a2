"""What Interactions refuses: each in one sentence with the column, the rows, and what to do."""

import datetime
import decimal
import uuid

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skrec import Interactions
from skrec.exceptions import InvalidDataError, InvalidIdTypeError, InvalidParameterError


def frame(**columns):
    return pd.DataFrame({"user_id": [1, 2, 3], "item_id": ["x", "y", "z"], **columns})


def test_the_error_classes_are_what_scikit_learn_and_python_would_raise():
    with pytest.raises(ValueError, match="null ids"):
        Interactions(frame(user_id=[1, None, 3]))
    with pytest.raises(TypeError, match="mixed kinds"):
        Interactions(frame(user_id=[1, "a", 3]))


ADVICE = r'Name the columns: Interactions\(events, user=".*", item=".*"\), or rename them to user_id and item_id'


@pytest.mark.parametrize(
    ("columns", "missing"),
    [(["user_id", "film"], "item_id"), (["who", "item_id"], "user_id"), (["item_id", "rating"], "user_id")],
)
@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_frame_with_exactly_one_id_column(library, columns, missing):
    data = library({name: [1] for name in columns})
    with pytest.raises(InvalidDataError, match=rf"no column '{missing}'; its columns are \['{columns[0]}'.*{ADVICE}"):
        Interactions(data)


@pytest.mark.parametrize(
    ("columns", "culprit"),
    [
        ({"rating": [4], "x1": [1]}, "rating"),
        ({"x1": [1], "timestamp": [9], "x2": [2]}, "timestamp"),
        ({"x1": [1], "weight": [1]}, "weight"),
        ({"x1": [1], "x2": [4.5]}, "x2"),
        ({"x1": pd.array([4.5], dtype="Float64"), "x2": [1]}, "x1"),
    ],
)
def test_a_frame_without_names_whose_first_two_columns_are_no_ids(columns, culprit):
    with pytest.raises(
        InvalidDataError, match=rf"neither a column 'user_id' nor 'item_id'.*'{culprit}' isn't.*{ADVICE}"
    ):
        Interactions(pd.DataFrame(columns))


def test_the_first_two_columns_are_checked_under_the_names_given():
    with pytest.raises(InvalidDataError, match="'stars' isn't an id"):
        Interactions(pd.DataFrame({"x1": [1], "stars": [4], "x2": [2]}), rating="stars")


def test_a_frame_of_one_column():
    with pytest.raises(
        InvalidDataError, match=rf"1 feature\(s\) \(columns\), while a minimum of 2 is required.*{ADVICE}"
    ):
        Interactions(pd.DataFrame({"film": [1]}))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"user": "who", "item": "film"}, rf"no columns 'who' and 'film'; its columns are \['a', 'b'\]. {ADVICE}"),
        ({"rating": "stars"}, r"no column 'stars'; its columns are \['a', 'b'\]"),
        ({"timestamp": "when"}, r"no column 'when'"),
    ],
)
def test_names_given_that_are_not_there(given, message):
    with pytest.raises(InvalidDataError, match=message):
        Interactions(pd.DataFrame({"a": [1], "b": [2]}), **given)


def test_rating_and_timestamp_named_but_not_there_beside_ids():
    with pytest.raises(InvalidDataError, match="no column 'stars'; its columns are"):
        Interactions(frame(), rating="stars")


def test_one_column_named_twice():
    with pytest.raises(InvalidDataError, match="user='who', item='who'.*four different columns"):
        Interactions(pd.DataFrame({"who": [1]}), user="who", item="who")


def test_a_renamed_column_beside_one_of_the_new_name():
    with pytest.raises(InvalidDataError, match=r"a column 'user_id' besides 'who'.*Drop or rename one"):
        Interactions(frame(who=[4, 5, 6]), user="who")


@pytest.mark.parametrize("columns", [["user_id", "item_id", "item_id"], ["user_id", "item_id", 2, "2"]])
def test_two_columns_of_one_name(columns):
    data = pd.DataFrame([range(len(columns))], columns=columns)
    with pytest.raises(InvalidDataError, match=rf"more than one column called {columns[-1]!r}. Rename or drop one"):
        Interactions(data)


@pytest.mark.parametrize("column", ["user_id", "item_id"])
@pytest.mark.parametrize(
    "values",
    [
        [1, None, 3, None],
        pd.Series(["a", None, "b", None], dtype=object),
        pd.Series([1, float("nan"), "a", pd.NA], dtype=object),
        pd.array([1, None, 3, None], dtype="Int64"),
        pd.Categorical(["a", None, "b", None]),
        pd.array(["a", None, "b", None], dtype="string"),
        pd.to_datetime(["2020-01-01", None, "2020-01-01", None]),
    ],
    ids=["float", "object", "mixed", "Int64", "category", "string", "datetime"],
)
def test_null_ids_name_the_column_and_the_rows(column, values):
    data = pd.DataFrame({"user_id": [1, 2, 3, 4], "item_id": [1, 2, 3, 4]}).assign(**{column: values})
    with pytest.raises(InvalidDataError, match=rf"Column '{column}' contains NaN or null ids in rows \[1, 3\]. Drop"):
        Interactions(data)


@pytest.mark.parametrize(
    "data",
    [
        pl.DataFrame({"user_id": [2**53 + 1, None], "item_id": [1, 2]}),
        pl.DataFrame({"user_id": pl.Series(["a", None], dtype=pl.Categorical), "item_id": [1, 2]}),
        pa.table({"user_id": [1, None], "item_id": [1, 2]}),
        [(1, 1), (None, 2)],
        np.array([[1.0, 1.0], [np.nan, 2.0]]),
        np.array([["a", 1], [None, 2]], dtype=object),
    ],
    ids=["polars", "polars category", "pyarrow", "tuples", "float array", "object array"],
)
def test_null_ids_of_every_form(data):
    with pytest.raises(InvalidDataError, match=r"'user_id' contains NaN or null ids in rows \[1\]"):
        Interactions(data)


def test_only_the_first_five_rows_are_listed():
    with pytest.raises(InvalidDataError, match=r"rows \[0, 1, 2, 3, 4\]\."):
        Interactions(pd.DataFrame({"user_id": [None] * 9, "item_id": range(9)}))


def test_mixed_kinds_name_the_column_the_counts_and_the_rarer_rows():
    message = r"'item_id' holds ids of mixed kinds: 1 strings and 2 numbers, for example in rows \[1\]. Convert them"
    with pytest.raises(InvalidIdTypeError, match=message):
        Interactions(frame(item_id=pd.Series([1, "a", 2], dtype=object)))
    with pytest.raises(InvalidIdTypeError, match=r"2 strings and 1 numbers, for example in rows \[2\]"):
        Interactions([("a", 1), ("b", 2), (7, 3)])


def test_mixed_categories_are_mixed_kinds():
    with pytest.raises(InvalidIdTypeError, match="'user_id' holds ids of mixed kinds"):
        Interactions(frame(user_id=pd.Categorical([1, "a", 2])))


@pytest.mark.parametrize(
    "value", [b"a", (1, 2), uuid.UUID(int=1), decimal.Decimal(1), {"a": 1}, datetime.date(2020, 1, 1)], ids=repr
)
def test_ids_that_are_neither_string_nor_number(value):
    message = rf"'user_id' holds a {type(value).__name__} in row 0: an id argument must be a string or a number"
    with pytest.raises(InvalidIdTypeError, match=message):
        Interactions(frame(user_id=pd.Series([value] * 3, dtype=object)))


@pytest.mark.parametrize("values", [pd.to_datetime(["2020"] * 3), pd.to_timedelta([1, 2, 3])])
def test_ids_of_a_dtype_that_can_not_identify(values):
    with pytest.raises(InvalidIdTypeError, match=r"'user_id' is of dtype .*must be a string or a number.*Convert"):
        Interactions(frame(user_id=values))


def test_complex_ids():
    with pytest.raises(InvalidIdTypeError, match="Complex data not supported: column 'user_id'"):
        Interactions(frame(user_id=[1j, 2, 3]))


def test_fractional_and_infinite_ids_of_a_frame():
    with pytest.raises(
        InvalidDataError, match=r"'item_id' holds fractional numbers in rows \[1\].*Name the id columns"
    ):
        Interactions(frame(item_id=[1.0, 2.5, 3.0]))
    with pytest.raises(InvalidDataError, match=r"'user_id' contains infinity in rows \[2\]"):
        Interactions(frame(user_id=[1.0, 2.0, np.inf]))


def test_floats_that_may_stand_for_several_integers():
    with pytest.raises(InvalidIdTypeError, match=r"floats beyond 2\*\*53 in rows \[1\].*Read the ids as integers"):
        Interactions(frame(user_id=[1.0, 2.0**53 + 2, 3.0]))


def test_integers_beyond_64_bits():
    with pytest.raises(InvalidIdTypeError, match="'user_id' holds integers beyond 64 bits. Convert the ids to strings"):
        Interactions(frame(user_id=pd.Series([2**70, 1, 2], dtype=object)))


EMPTY = [
    [],
    (),
    np.empty((0, 2)),
    pd.DataFrame({"user_id": [], "item_id": []}),
    pl.DataFrame({"user_id": [], "item_id": []}),
    pa.table({"user_id": pa.array([], pa.int64()), "item_id": pa.array([], pa.int64())}),
]


@pytest.mark.parametrize("events", EMPTY, ids=lambda events: type(events).__module__ + "." + type(events).__name__)
def test_no_events(events):
    with pytest.raises(InvalidDataError, match=r"events with 0 sample\(s\).*Pass at least one event"):
        Interactions(events)


@pytest.mark.parametrize(
    "events",
    [None, "abc", 5, {"user_id": [1], "item_id": [2]}, [{"user_id": 1}], [1, 2], ((row,) for row in "ab")],
    ids=lambda events: type(events).__name__,
)
def test_what_is_no_table_at_all(events):
    message = rf"must be a frame, a two-dimensional array.* or a list of tuples.*Got {type(events).__name__} instead"
    with pytest.raises(InvalidDataError, match=message):
        Interactions(events)


@pytest.mark.parametrize("events", [np.array([1, 2]), np.ones((2, 2, 2)), pd.Series([1, 2]), np.array(3)])
def test_arrays_that_are_not_two_dimensional(events):
    with pytest.raises(InvalidDataError, match=r"must be two-dimensional: one row an event.*Got an array of shape"):
        Interactions(events)


def test_lazy_frames():
    with pytest.raises(InvalidDataError, match=r"events is a lazy frame.*Call \.collect\(\)"):
        Interactions(pl.LazyFrame({"user_id": [1], "item_id": [2]}))


def test_rows_of_different_lengths_and_of_one_column():
    with pytest.raises(InvalidDataError, match=r"different lengths: \[2, 3\]. Give each the same columns"):
        Interactions([(1, 2), (1, 2, 3)])
    with pytest.raises(InvalidDataError, match=rf"1 feature\(s\).*{ADVICE}"):
        Interactions([(1,), (2,)])


@pytest.mark.parametrize("column", ["rating", "weight", "timestamp"])
@pytest.mark.parametrize(
    "values",
    [
        [1, np.nan, 3, np.inf],
        pd.array([1, None, 3, None], dtype="Int64"),
        pd.Series([1, None, 3, None], dtype=object),
        pd.array([1, None, 3, None], dtype="float[pyarrow]"),
    ],
    ids=["float", "Int64", "object", "pyarrow"],
)
def test_nan_in_columns_of_numbers_names_the_column_and_the_rows(column, values):
    data = pd.DataFrame({"user_id": [1, 2, 3, 4], "item_id": [1, 2, 3, 4], column: values})
    with pytest.raises(InvalidDataError, match=rf"'{column}' contains NaN or infinity in rows \[1(, 3)?\]. Drop"):
        Interactions(data)


@pytest.mark.parametrize("library", [pl.DataFrame, pa.table])
@pytest.mark.parametrize("values", [[1.5, None], [1, None]], ids=["float", "int"])
def test_null_ratings_of_other_libraries(library, values):
    with pytest.raises(InvalidDataError, match=r"'rating' contains NaN or infinity in rows \[1\]"):
        Interactions(library({"user_id": [1, 2], "item_id": [1, 2], "rating": values}))


def test_nan_ratings_in_arrays():
    with pytest.raises(InvalidDataError, match=r"'rating' contains NaN or infinity in rows \[0\]"):
        Interactions(np.array([[1, 2, np.nan], [1, 2, 3]]))


@pytest.mark.parametrize(
    "values",
    [["a", "b", "c"], [1j, 2, 3], pd.to_timedelta([1, 2, 3]), pd.to_datetime(["2020"] * 3), [[1], [2], [3]]],
    ids=["text", "complex", "timedelta", "datetime", "lists"],
)
@pytest.mark.parametrize("column", ["rating", "weight"])
def test_ratings_and_weights_that_are_no_numbers(column, values):
    with pytest.raises(InvalidDataError, match=rf"'{column}' must hold numbers, and is of dtype .*convert it"):
        Interactions(frame(**{column: values}))


@pytest.mark.parametrize(
    "values",
    [
        ["01/02/2020"] * 3,
        ["2020-01-01", "soon", "2020-01-03"],
        ["2020-01-01T10:00Z", "2020-01-01", "2020-01-01"],
        pd.period_range("2020", periods=3),
        pd.to_timedelta([1, 2, 3]),
    ],
    ids=["American", "word", "offsets and none", "period", "timedelta"],
)
def test_timestamps_that_are_neither_numbers_nor_datetimes(values):
    with pytest.raises(
        InvalidDataError, match=r"'ts' must hold numbers, .*'2024-01-31'.*pandas.to_datetime\(events\['ts'\]\)"
    ):
        Interactions(frame(ts=values), timestamp="ts")


def test_missing_datetimes():
    with pytest.raises(InvalidDataError, match=r"'timestamp' contains NaT in rows \[1\]"):
        Interactions(frame(timestamp=pd.to_datetime(["2020", None, "2021"])))


def test_negative_weights():
    with pytest.raises(InvalidDataError, match=r"'weight' is negative in rows \[0, 2\]. Weights must be >= 0"):
        Interactions(frame(weight=[-1, 0, -2.5]))


class TestTables:
    @pytest.mark.parametrize(("which", "key"), [("users", "user_id"), ("items", "item_id")])
    def test_repeated_ids(self, which, key):
        table = pd.DataFrame({key: [1, 2, 2, 1], "age": [1, 2, 3, 4]})
        message = rf"{which} has more than one row for {key} 2 \(rows \[2, 3\] repeat.*drop_duplicates\('{key}'\)"
        with pytest.raises(InvalidDataError, match=message):
            Interactions([(1, 1)], **{which: table})

    def test_repeated_string_ids_are_quoted(self):
        with pytest.raises(InvalidDataError, match="more than one row for item_id 'x'"):
            Interactions([(1, "x")], items=pl.DataFrame({"item_id": ["x", "x"]}))

    def test_null_and_mixed_ids(self):
        with pytest.raises(InvalidDataError, match=r"'user_id' contains NaN or null ids in rows \[1\]"):
            Interactions([(1, 1)], users=pd.DataFrame({"user_id": [1, None]}))
        with pytest.raises(InvalidIdTypeError, match="'user_id' holds ids of mixed kinds"):
            Interactions([(1, 1)], users=pd.DataFrame({"user_id": [1, "a"]}))

    def test_no_id_column_and_no_frame(self):
        with pytest.raises(InvalidDataError, match=r"users has no column 'user_id'; its columns are \['age'\]"):
            Interactions([(1, 1)], users=pd.DataFrame({"age": [1]}))
        with pytest.raises(InvalidDataError, match="items must be a frame with a column 'item_id'. Got list instead"):
            Interactions([(1, 1)], items=[1, 2])

    def test_a_renamed_column_beside_one_of_the_new_name(self):
        with pytest.raises(InvalidDataError, match="users has a column 'user_id' besides 'who'"):
            Interactions(
                pd.DataFrame({"who": [1], "item_id": [1]}), pd.DataFrame({"who": [1], "user_id": [1]}), user="who"
            )

    @pytest.mark.parametrize(("which", "key"), [("users", "user_id"), ("items", "item_id")])
    def test_ids_of_another_kind_than_the_events(self, which, key):
        message = f"'{key}' is of kind int in events and of kind str in {which}. Convert one"
        with pytest.raises(InvalidIdTypeError, match=message):
            Interactions([(1, 1)], **{which: pd.DataFrame({key: ["1"]})})


@pytest.mark.parametrize("name", ["user", "item", "rating", "timestamp"])
@pytest.mark.parametrize("value", [[1], {}, np.zeros(2), pd.NA, None, pd.Series([1])])
def test_names_of_columns_must_be_texts_or_numbers(name, value):
    with pytest.raises(InvalidParameterError, match=f"The '{name}' parameter of Interactions must be"):
        Interactions([(1, 2)], **{name: value})


@pytest.mark.parametrize("value", [3, np.float32(1), "abc", b"abc", None, np.array(1)])
def test_replace_takes_a_cell_for_each_event_and_no_single_value(value):
    with pytest.raises(InvalidDataError, match="Column 'rating' must have a cell for each event"):
        Interactions([(1, 2), (3, 4)]).replace(rating=value)


@pytest.mark.parametrize(
    "values",
    [pd.Series([5, 6], index=[7, 7]), pl.Series([5, 6]), pa.array([5, 6]), iter([5, 6]), pd.Categorical([5, 6])],
)
def test_replace_takes_columns_by_position_whatever_holds_them(values):
    assert Interactions([(1, 2), (3, 4)]).replace(rating=values).events["rating"].to_list() == [5, 6]


def test_a_rating_beyond_all_floats_is_refused():
    with pytest.raises(InvalidDataError, match="Column 'rating' holds integers beyond the largest float"):
        Interactions([(1, 2, 10**400), (3, 4, 1)])


@pytest.mark.parametrize("key", [np.timedelta64(1, "D"), [[1], [2, 3]]])
def test_what_is_no_position_is_an_index_error(key):
    with pytest.raises(IndexError, match="Interactions takes positions"):
        Interactions([(1, 2), (3, 4)])[key]
