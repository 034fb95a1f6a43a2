import numpy as np
import pandas as pd
import pytest

from skrec.encoders import VectorEncoder
from skrec.exceptions import InvalidDataError

ROWS = np.random.default_rng(0).normal(3.0, 0.2, size=(50, 6)).astype(np.float32)


@pytest.mark.parametrize(
    "column",
    [ROWS, list(ROWS), ROWS.tolist(), pd.Series(list(ROWS)), [tuple(row) for row in ROWS]],
    ids=lambda c: type(c).__name__,
)
def test_vectors_are_centered_and_scaled_as_a_whole(column):
    rows = VectorEncoder().fit_transform(column)
    assert rows.shape == (50, 7)
    assert rows.dtype == np.float32
    centered = ROWS - ROWS.mean(axis=0)
    np.testing.assert_allclose(rows[:, :6], centered / np.sqrt((centered**2).mean()), rtol=1e-3, atol=1e-4)
    np.testing.assert_array_equal(rows[:, 6], 0.0)


def test_numbers_may_be_handed_on_as_they_are():
    rows = VectorEncoder(standardize=False).fit_transform(ROWS)
    np.testing.assert_array_equal(rows[:, :6], ROWS)


def test_a_missing_vector_is_zeros_and_flagged():
    encoder = VectorEncoder().fit([[1.0, 2.0], None])
    np.testing.assert_array_equal(encoder.transform([None, [1.0, 2.0]]), [[0, 0, 1], [0, 0, 0]])
    np.testing.assert_array_equal(VectorEncoder().fit([[1.0, 2.0]]).transform([None]), [[0, 0, 0]])


def test_vectors_that_are_all_missing_need_a_width():
    with pytest.raises(InvalidDataError, match="All vectors are missing, .* Pass VectorEncoder.width=...."):
        VectorEncoder().fit([None, None])
    np.testing.assert_array_equal(VectorEncoder(width=2).fit([None]).transform([None]), [[0, 0, 1]])


def test_equal_vectors_give_zeros():
    np.testing.assert_allclose(VectorEncoder().fit_transform([[0.1, 1e9]] * 5), 0.0, atol=1e-6)


def test_wild_entries_are_cut():
    assert VectorEncoder().fit(ROWS).transform([[1e30] * 6]).max() == 10.0


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ([1.0, 2.0, 3.0], r"has shape \(3,\), and a vector of 2 numbers is expected, as in the other rows"),
        ([[1.0, 2.0]], r"has shape \(1, 2\), and a vector of 2 numbers"),
        (5.0, r"has shape \(\), and a vector of 2 numbers"),
        ("ab", "is 'ab', and a list or an array of 2 numbers is expected"),
        (["a", "b"], "is .* and a list or an array of 2 numbers is expected"),
        ([1.0, [2.0]], "is .* and a list or an array of 2 numbers is expected"),
        ({"a": 1}, "is .* and a list or an array of 2 numbers is expected"),
        ([1.0, np.nan], "holds NaN or infinity. Leave the whole cell missing"),
        ([1.0, 1e300], "holds NaN or infinity"),
    ],
    ids=str,
)
def test_other_cells_are_refused_naming_row_and_column(objects, cell, message):
    column = objects([[1.0, 2.0], cell], name="embedding")
    with pytest.raises(InvalidDataError, match=f"Row 1 .index 'id1'. of column 'embedding' {message}"):
        VectorEncoder().fit(column)
    with pytest.raises(InvalidDataError, match=f"Row 1 .index 'id1'. of column 'embedding' {message}"):
        VectorEncoder().fit([[0.0, 1.0]]).transform(column)


def test_the_width_asked_for_is_checked():
    with pytest.raises(InvalidDataError, match=r"Row 0 of the column has shape \(2,\), and a vector of 3 numbers"):
        VectorEncoder(width=3).fit([[1.0, 2.0]])


def test_a_hidden_layer_bends_what_is_else_linear(embed):
    def bend(hidden):
        encoder = VectorEncoder(hidden=hidden, standardize=False).fit([[0.0, 0.0]])
        low, middle, high = embed(encoder, encoder.transform([[-1.0, 1.0], [0.0, 0.0], [1.0, -1.0]]))
        return np.abs(low + high - 2 * middle).max()

    assert bend(0) < 1e-5
    assert bend(8) > 1e-2


def test_complex_numbers_are_refused():
    with pytest.raises(InvalidDataError, match="Row 1 of the column is .*, and a list or an array of 2 numbers is exp"):
        VectorEncoder().fit([np.ones(2), np.ones(2) * 1j])
