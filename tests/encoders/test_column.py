import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skrec.encoders._column import is_missing, place, read_column, read_numbers, shown
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


def test_a_cell_is_named_by_position_label_and_column():
    assert place(pd.Series([1, 2]), 1) == "Row 1 of the column"
    assert place(pd.Series([1, 2], name="age"), 1) == "Row 1 of column 'age'"
    assert place(pd.Series([1, 2], index=[7, 9], name="age"), 1) == "Row 1 (index 9) of column 'age'"
    assert place(pd.Series([1, 2], index=["u", "v"], name=3), 0) == "Row 0 (index 'u') of column '3'"


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
