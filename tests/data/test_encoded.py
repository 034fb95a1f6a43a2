import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from skrec.data import FeatureTable, encode_columns, missing_rows
from skrec.data import features as features_module
from skrec.exceptions import InvalidDataError, MissingExtraError

TITLES = pd.Series(["alien", "gilda", None, "heat"], name="title")
ITEMS = pd.DataFrame({"item_id": [1, 2, 3, 4], "title": TITLES})


class Odd:
    """An encoder of a plugin that gives whatever it is told to."""

    def __init__(self, give):
        self.give = give

    def transform(self, column):
        return self.give(column)


def lengths(column):
    """What a plugin's author may write, who hasn't met a missing text: NaN for it."""
    return column.str.len().to_numpy(dtype=np.float64)[:, np.newaxis]


def encoded(give, frame=ITEMS, like=None):
    return encode_columns([("t", Odd(give), "title")], frame, "X", None if like is None else {"t": like})["t"]


def test_a_missing_cell_that_becomes_nan_is_named_in_a_table_and_in_context():
    table = FeatureTable([("t", Odd(lengths), "title")], ITEMS, "item_id")
    message = "Row 2 of column 'title' is missing, and Odd made NaN or infinity of it. Fill missing cells first"
    with pytest.raises(InvalidDataError, match=message):
        table.take([4, 3])
    with pytest.raises(InvalidDataError, match=message):
        encoded(lengths)
    np.testing.assert_array_equal(table.take([4, 1])["t"], [[4], [5]])


def test_an_id_without_a_row_is_zeros_where_an_encoder_makes_nan_of_nothing():
    table = FeatureTable([("t", Odd(lengths), "title")], ITEMS, "item_id")
    np.testing.assert_array_equal(table.take([1, 99], n_more=1)["t"], [[5], [0], [0]])
    np.testing.assert_array_equal(missing_rows(table.fields, 2, ITEMS)["t"], np.zeros((2, 1)))


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 1e39], ids=str)
def test_a_number_that_is_not_finite_in_float32_is_named_by_row(value):
    rows = np.ones((4, 2, 2))
    rows[3, 1, 0] = value
    labelled = ITEMS.set_index(pd.Index([5, 6, 7, 8]))
    with pytest.raises(InvalidDataError, match=r"Row 3 \(index 8\) of column 'title' became NaN or infinity in Odd"):
        encoded(lambda column: rows, labelled)


def test_rows_are_counted_across_blocks(monkeypatch):
    monkeypatch.setattr(features_module, "_ROWS_AT_ONCE", 2)
    with pytest.raises(InvalidDataError, match="Row 2 of column 'title' is missing"):
        encoded(lengths)


@pytest.mark.parametrize(
    ("give", "message"),
    [
        (lambda column: np.ones((3, 2)), r"Odd gave an array of shape \(3, 2\) for 4 rows of column 'title', and an enc"),
        (lambda column: None, "Odd gave an object of type NoneType for 4 rows"),
        (lambda column: sparse.eye_array(4), "Odd gave an object of type .* for 4 rows"),
        (lambda column: np.array(["a"] * 4), "Odd gave an array of dtype <U1 for column 'title', and an encoder gives int32"),
        (lambda column: np.array([{}] * 4), "Odd gave an array of dtype object"),
        (lambda column: np.ones(4) * 1j, "Odd gave an array of dtype complex128"),
        (lambda column: np.array([1, 2, 2**40, 4]), "Row 2 of column 'title' became an integer beyond 32 bits in Odd"),
    ],
)  # fmt: skip
def test_what_is_no_array_of_numbers_with_a_row_each_is_refused(give, message):
    with pytest.raises(InvalidDataError, match=message):
        encoded(give)


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (np.float64, np.float32),
        (np.float16, np.float32),
        (bool, np.float32),
        (np.int64, np.int32),
        (np.uint16, np.int32),
        (np.uint8, np.uint8),
        (np.int32, np.int32),
    ],
)
def test_numbers_are_converted_to_what_networks_take(dtype, expected):
    found = encoded(lambda column: np.ones((len(column), 2), dtype=dtype))
    assert found.dtype == expected
    np.testing.assert_array_equal(found, np.ones((4, 2)))


def test_rows_have_the_shape_and_the_kind_that_they_had_before():
    with pytest.raises(
        InvalidDataError, match=r"Odd gave rows of shape \(3,\) for column 'title', and of shape \(2,\) bef"
    ):
        encoded(lambda column: np.ones((4, 3)), like=np.ones((1, 2), dtype=np.float32))
    with pytest.raises(InvalidDataError, match="Odd gave float32 for column 'title', and int32 before"):
        encoded(lambda column: np.ones((4, 2)), like=np.ones((1, 2), dtype=np.int32))
    old = encoded(lambda column: np.ones((4, 2)), like=np.ones((1, 2)))
    assert old.dtype == np.float64  # as a file of an earlier version may hold it


def test_an_encoder_whose_rows_change_their_shape_between_blocks_is_refused(monkeypatch):
    monkeypatch.setattr(features_module, "_ROWS_AT_ONCE", 3)
    with pytest.raises(InvalidDataError, match=r"Odd gave rows of shape \(1,\) .* and of shape \(3,\) before"):
        encoded(lambda column: np.ones((len(column), len(column))))


def test_what_an_encoder_raises_at_a_missing_cell_names_it_and_other_errors_stay():
    def first_letters(column):
        return np.array([ord(cell[0]) for cell in column], dtype=np.int32)

    with pytest.raises(InvalidDataError, match="Row 2 of column 'title' is missing, and Odd raised TypeError: "):
        encoded(first_letters)

    def broken(column):
        raise KeyError("key")

    def without_extra(column):
        raise MissingExtraError("pip install it")

    with pytest.raises(KeyError, match="key"):
        encoded(broken, ITEMS.dropna())
    with pytest.raises(MissingExtraError, match="pip install it"):
        encoded(without_extra)
