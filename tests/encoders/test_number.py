import numpy as np
import pandas as pd
import pytest

from skrec.encoders import NumberEncoder
from skrec.encoders.number import mean_and_scale
from skrec.exceptions import InvalidDataError


def test_numbers_are_standardised():
    numbers = np.random.default_rng(0).normal(50.0, 7.0, size=500)
    rows = NumberEncoder().fit_transform(numbers)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows[:, 0], (numbers - numbers.mean()) / numbers.std(), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(rows[:, 1], 0.0)


def test_a_missing_number_is_the_mean_and_flagged():
    encoder = NumberEncoder().fit([1.0, None, 3.0])
    np.testing.assert_array_equal(encoder.transform([None, np.nan, "", 2.0]), [[0, 1], [0, 1], [0, 1], [0, 0]])


def test_the_flag_stays_down_where_fit_met_no_missing_number():
    np.testing.assert_array_equal(NumberEncoder().fit([1.0, 3.0]).transform([None]), [[0, 0]])


@pytest.mark.parametrize("constant", [5.0, 0.1, 0.0, -1e300, 1e-300])
def test_a_constant_column_gives_zeros(constant):
    rows = NumberEncoder().fit_transform([constant] * 7)
    np.testing.assert_allclose(rows, 0.0, atol=1e-6)


def test_a_column_that_is_all_missing_gives_flags_alone():
    encoder = NumberEncoder().fit(pd.Series([None, None], dtype=float))
    np.testing.assert_array_equal(encoder.transform([None, 3.0]), [[0, 1], [3, 0]])
    quantiles = NumberEncoder("quantile").fit(pd.Series([None, None], dtype=float))
    np.testing.assert_array_equal(quantiles.transform([None]), [[0, 1]])


@pytest.mark.parametrize("wild", [1e30, 1e308, -1e308])
def test_a_wild_number_is_cut(wild):
    encoder = NumberEncoder().fit([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(encoder.transform([wild]), [[np.sign(wild) * 10.0, 0]])


def test_huge_and_tiny_numbers_are_told_apart():
    for unit in (1e300, 1e-300):
        rows = NumberEncoder().fit_transform([1 * unit, 2 * unit, 3 * unit])
        np.testing.assert_allclose(rows[:, 0], [-np.sqrt(1.5), 0, np.sqrt(1.5)], rtol=1e-5, atol=1e-6)
    rows = NumberEncoder().fit_transform([1.7e9, 1.7e9 + 1, 1.7e9 + 2])
    np.testing.assert_allclose(rows[:, 0], [-np.sqrt(1.5), 0, np.sqrt(1.5)], rtol=1e-4, atol=1e-5)


def test_logarithms_are_standardised():
    counts = np.array([0.0, 9.0, 99.0, -9.0])
    logs = np.array([0.0, np.log(10.0), np.log(100.0), -np.log(10.0)])
    rows = NumberEncoder("log").fit_transform(counts)
    np.testing.assert_allclose(rows[:, 0], (logs - logs.mean()) / logs.std(), rtol=1e-5)


def test_ranks_are_standardised_whatever_the_distribution():
    rng = np.random.default_rng(0)
    numbers = np.exp(rng.normal(scale=3.0, size=5000))
    rows = NumberEncoder("quantile").fit_transform(numbers)[:, 0]
    assert np.corrcoef(rows, np.argsort(np.argsort(numbers)))[0, 1] > 0.999
    assert abs(rows).max() < 2.0
    assert rows.std() == pytest.approx(1.0, abs=1e-3)


def test_equal_numbers_have_the_middle_of_their_ranks():
    encoder = NumberEncoder("quantile").fit([0.0, 0.0, 0.0, 0.0, 1.0])
    ranks = encoder._scaled(np.array([-1.0, 0.0, 0.5, 1.0, 2.0]))
    np.testing.assert_allclose(ranks, [0.0, 0.4, 0.8, 0.9, 1.0])


def test_infinity_is_refused_naming_row_and_column():
    column = pd.Series([1.0, np.inf], index=["u1", "u2"], name="age")
    with pytest.raises(InvalidDataError, match="Row 1 .index 'u2'. of column 'age' is infinite"):
        NumberEncoder().fit([1.0]).transform(column)


def test_no_numbers_have_mean_0_and_scale_1():
    assert mean_and_scale(np.zeros(0)) == (0.0, 1.0)
