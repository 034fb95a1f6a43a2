import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skrec.encoders import CategoryEncoder, DatetimeEncoder, TagsEncoder, TextEncoder, VectorEncoder, choose_encoder
from skrec.encoders._column import is_missing, read_column, read_columns, read_numbers, shown
from skrec.exceptions import InvalidDataError


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["a", None, "b"]),
        pd.Series(["a", None, "b"], dtype=object),
        pd.DataFrame({"x": ["a", None, "b"]}),
        pl.Series("x", ["a", None, "b"]),
        pl.DataFrame({"x": ["a", None, "b"]}),
        pa.table({"x": ["a", None, "b"]}),
        pa.chunked_array([["a", None, "b"]]),
        np.array(["a", None, "b"], dtype=object),
        ["a", None, "b"],
        ("a", None, "b"),
        pd.Index(["a", None, "b"], dtype=object),
    ],
    ids=lambda column: f"{type(column).__module__.partition('.')[0]}-{type(column).__name__}",
)
def test_a_column_of_any_library_is_read(column):
    series = read_column(column)
    assert is_missing(series).tolist() == [False, True, False]
    assert series.dropna().tolist() == ["a", "b"]


def test_arrays_of_more_axes_are_columns_of_arrays():
    series = read_column(np.arange(24).reshape(2, 3, 4))
    assert [cell.shape for cell in series] == [(3, 4), (3, 4)]
    assert read_column([np.zeros(2), np.zeros(2), None]).map(type).tolist() == [np.ndarray, np.ndarray, type(None)]
    assert read_column([[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]]


def test_lists_of_numbers_become_numbers_and_mixed_ones_stay_what_they_are():
    assert read_column([1, 2]).dtype == np.int64
    assert read_column([1, "2"]).tolist() == [1, "2"]
    assert len(read_column([])) == 0


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("text", "A column must be a Series, a list or an array with a cell for each row. Got str instead"),
        (np.float64(3.0), "Got a single value instead; put it in a list"),
        (pd.DataFrame({"a": [1], "b": [2]}), r"An encoder takes one column. Got a frame with columns \['a', 'b'\]"),
    ],
    ids=["string", "scalar", "frame"],
)
def test_what_is_no_column_is_refused(column, message):
    with pytest.raises(InvalidDataError, match=message):
        read_column(column)


def test_cells_are_shown_shortly():
    assert shown(np.zeros((2, 3), dtype=np.float32)) == "an array of shape (2, 3) and dtype float32"
    assert shown(np.int64(3)) == "3"
    assert len(shown("x" * 1_000_000)) < 100


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1.0, np.nan]),
        pd.Series([1, pd.NA], dtype="Int64"),
        pd.Series([True, pd.NA], dtype="boolean"),
        pd.Series(["1", None]),
        pd.Series([" 1.0 ", ""], dtype=object),
        pd.Series([np.float32(1), None], dtype=object),
        pd.Series(["1", None], dtype="category"),
    ],
    ids=lambda column: f"{column.dtype}",
)
def test_numbers_of_any_dtype_are_read_and_missing_ones_are_nan(column):
    numbers = read_numbers(column)
    assert numbers.dtype == np.float64
    np.testing.assert_array_equal(numbers, [1.0, np.nan])


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([1.0, np.inf], "Row 1 of the column is infinite, and a finite number or a missing one is expected"),
        (["1", "-inf"], "Row 1 of the column is infinite"),
        ([1, 10**400], "Row 1 of the column is infinite"),
        ([1, "1,5"], "Row 1 of the column is '1,5', and a number is expected. Mend it, or use the encoder 'category'"),
        ([1, [2]], r"Row 1 of the column is \[2\], and a number is expected"),
        ([1, 1j], "Row 0 of the column is .1.0j., and a number is expected"),
        (pd.to_datetime(["2000-01-01"]), "The column holds dates or times. Use the encoder 'datetime'"),
        (pd.Series(pd.to_timedelta([1]), name="gap"), "Column 'gap' holds dates or times"),
    ],
    ids=str,
)
def test_what_is_no_finite_number_is_refused(cells, message):
    with pytest.raises(InvalidDataError, match=message):
        read_numbers(read_column(cells))


def arrow(cells, kind):
    return pd.Series(cells, dtype=pd.ArrowDtype(kind), name="added", index=[7, 8, 9])


DAYS = [datetime.date(2000, 1, 1), None, datetime.date(2001, 1, 1)]
MOMENTS = [datetime.datetime(2000, 1, 1), None, datetime.datetime(2001, 1, 1)]


@pytest.mark.parametrize(
    ("column", "encoder"),
    [
        (arrow(DAYS, pa.date32()), DatetimeEncoder()),
        (arrow(DAYS, pa.date64()), DatetimeEncoder()),
        (arrow(MOMENTS, pa.timestamp("s")), DatetimeEncoder()),
        (arrow(MOMENTS, pa.timestamp("us", "Europe/Paris")), DatetimeEncoder()),
        (arrow(["2000-01-01", None, "2001-01-01"], pa.string()), DatetimeEncoder()),
        (arrow(["a", None, "b"], pa.large_string()), TextEncoder(min_count=1)),
        (arrow(["a", None, "b"], pa.large_string()), CategoryEncoder()),
        (arrow(MOMENTS, pa.timestamp("us")), CategoryEncoder()),
        (arrow([True, None, False], pa.bool_()), CategoryEncoder()),
        (arrow([["a", None], None, ["b"]], pa.list_(pa.string())), TagsEncoder()),
        (arrow([[1.0, 2.0], None, [3.0, 4.0]], pa.list_(pa.float64())), VectorEncoder()),
        (arrow([[1.0, 2.0], None, [3.0, 4.0]], pa.list_(pa.float32(), 2)), VectorEncoder()),
    ],
    ids=lambda value: str(getattr(value, "dtype", type(value).__name__)),
)
def test_arrow_columns_with_a_missing_cell_are_read_as_columns_of_objects_are(column, encoder):
    cells = [None if cell is pd.NA or cell is pd.NaT else cell for cell in column.tolist()]
    expected = encoder.fit(pd.Series(cells, dtype=object)).transform(pd.Series(cells, dtype=object))
    np.testing.assert_array_equal(encoder.fit(column).transform(column), expected)
    assert np.array_equal(encoder.transform(column.iloc[[1]]), expected[[1]])
    assert choose_encoder(column).fit(column).transform(column).shape[0] == 3
    assert read_column(column).index.tolist() == [7, 8, 9]
    assert read_column(column).name == "added"


def test_a_category_of_lists_in_arrow_is_refused_by_row():
    with pytest.raises(
        InvalidDataError, match=r"Row 0 \(index 7\) of column 'added' is .*, and a category is one string"
    ):
        CategoryEncoder().fit(arrow([["a"], None, ["b"]], pa.list_(pa.string())))


def test_sparse_columns_are_read():
    sparse = pd.Series(pd.arrays.SparseArray([1.0, np.nan, 3.0]))
    np.testing.assert_array_equal(read_numbers(read_column(sparse)), [1.0, np.nan, 3.0])


def test_several_columns_are_a_frame_and_one_is_a_column():
    frame = pd.DataFrame({"a": [1, 2], 3: arrow(DAYS, pa.date32()).array[:2]})
    assert list(read_columns(frame).columns) == ["a", "3"]
    assert read_columns(frame)["3"].tolist() == [DAYS[0], None]
    assert read_columns(frame[["a"]]).name == "a"
    assert read_columns(pl.DataFrame({"a": [1], "b": [2]})).shape == (1, 2)
    assert read_columns([1, 2]).tolist() == [1, 2]


@pytest.mark.parametrize("cells", [["a", "\ud800"], np.array(["a", "\ud800"], dtype=object), [["a"], "\ud800"]])
def test_text_with_half_a_pair_of_surrogates_is_read(cells):
    assert read_column(cells).iloc[1] == "\ud800"


def test_masked_cells_and_durations_are_no_numbers():
    with pytest.raises(InvalidDataError, match="masked cells, in rows \\[1\\]"):
        read_column(np.ma.masked_array([1, 2], mask=[False, True]))
    with pytest.raises(InvalidDataError, match="and a number is expected"):
        read_numbers(pd.Series([1, np.timedelta64(3)], dtype=object))
