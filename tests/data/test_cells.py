import numpy as np
import pandas as pd
import pytest

from skrec.data import blame_missing, is_missing, named, place
from skrec.data._cells import place_of_missing
from skrec.exceptions import InvalidDataError

FRAME = pd.DataFrame({"price": [1.0, None, 3.0], "title": ["a", "b", None]})


@pytest.mark.parametrize("cell", [None, np.nan, pd.NA, pd.NaT], ids=repr)
def test_a_cell_of_any_kind_of_nothing_is_missing(cell):
    assert is_missing(pd.Series(["a", cell], dtype=object)).tolist() == [False, True]


def test_a_row_of_several_columns_is_missing_where_one_is():
    assert is_missing(FRAME).tolist() == [False, True, True]
    assert is_missing(FRAME["price"]).tolist() == [False, True, False]


def test_a_cell_is_named_by_position_label_and_column():
    assert place(pd.Series([1, 2]), 1) == "Row 1 of the column"
    assert place(pd.Series([1, 2], name="age"), 1) == "Row 1 of column 'age'"
    assert place(pd.Series([1, 2], index=[7, 9], name="age"), 1) == "Row 1 (index 9) of column 'age'"
    assert place(pd.Series([1, 2], index=["u", "v"], name=3), 0) == "Row 0 (index 'u') of column '3'"
    assert place(FRAME, 2) == "Row 2 of columns ['price', 'title']"
    assert place_of_missing(FRAME, 2) == "Row 2 of column 'title'"
    assert named(FRAME["price"]) == "column 'price'"


def test_an_error_is_put_down_to_a_missing_cell_only_where_there_is_one():
    error = TypeError("'float' object is not iterable")
    message = (
        "Row 2 of column 'title' is missing, and Odd raised TypeError: 'float' object is not iterable. Fill missing"
    )
    with pytest.raises(InvalidDataError, match=message):
        blame_missing("Odd", FRAME["title"], [0, 2], error)
    with pytest.raises(InvalidDataError, match="Row 1 of column 'price' is missing"):
        blame_missing("Odd", FRAME, range(3), error)
    blame_missing("Odd", FRAME["title"], [0, 1], error)
