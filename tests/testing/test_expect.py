import numpy as np
import pytest

from skrec.exceptions import InvalidDataError
from skrec.testing._expect import brief, close, expect, expect_close, expect_equal, expect_finite, expect_raises


def test_an_expectation_that_is_met_passes_and_another_one_says_its_sentence():
    expect(True, "never read")
    with pytest.raises(AssertionError, match="^A sentence.$"):
        expect([], "A sentence.")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([1, 2], np.array([1, 2])),
        ([np.nan, 1.0], [np.nan, 1.0]),
        (["a", None], np.array(["a", None], dtype=object)),
        (3, 3),
        ([], []),
        ([[1, "x"]], [[1, "x"]]),
    ],
)
def test_equal_things_are_equal(found, expected):
    expect_equal(found, expected, "It")


@pytest.mark.parametrize(
    ("found", "expected", "message"),
    [
        ([1, 2], [1, 3], r"It must be \[1, 3\]. Got \[1, 2\] instead."),
        ([1, 2], [1, 2, 3], r"It must be of shape \(3,\). Got shape \(2,\) instead: \[1, 2\]."),
        ([np.nan], [1.0], r"It must be \[1.0\]. Got \[nan\] instead."),
        (["a"], [None], r"It must be \[None\]. Got \['a'\] instead."),
        ("one", "other", "It must be 'other'. Got 'one' instead."),
    ],
)
def test_unequal_things_are_said(found, expected, message):
    with pytest.raises(AssertionError, match=message):
        expect_equal(found, expected, "It")


def test_numbers_may_differ_by_rounding_and_no_more():
    expect_close([1.0, np.nan, -np.inf], [1.00005, np.nan, -np.inf], "It")
    assert close([1.0, 2.0], [1.0, 2.1]).tolist() == [True, False]
    with pytest.raises(AssertionError, match=r"It must, up to rounding, be \[1.001\]. Got \[1.0\] instead."):
        expect_close([1.0], [1.001], "It")
    with pytest.raises(AssertionError, match=r"It must be of shape \(1,\)"):
        expect_close(1.0, [1.0], "It")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, np.inf], "It must be finite"),
        ([np.nan], "It must be finite"),
        (["a"], "It must be numbers. Got dtype <U1"),
    ],
)
def test_what_is_not_finite_is_said(values, message):
    expect_finite([1, 2], "It")
    with pytest.raises(AssertionError, match=message):
        expect_finite(values, "It")


def refuse(error):
    raise error


def test_an_error_that_is_expected_passes():
    expect_raises((ValueError,), lambda: refuse(InvalidDataError("The column 'x' is empty.")), "It", mentions="'x'")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: 5, "It must raise ValueError or KeyError. Nothing was raised, and the result is 5."),
        (
            lambda: refuse(TypeError("oh")),
            "It must raise ValueError or KeyError. Got TypeError instead, which says: oh",
        ),
        (lambda: refuse(ValueError("")), "with a sentence that helps. Got no sentence."),
        (lambda: refuse(ValueError("no idea")), "The error that It raises must mention 'k'. It says: no idea"),
    ],
)
def test_another_error_or_none_is_said(call, message):
    with pytest.raises(AssertionError, match=message):
        expect_raises((ValueError, KeyError), call, "It", mentions="k")


def test_long_values_are_shortened():
    assert len(brief(list(range(1000)))) < 100
    assert brief("x" * 1000).count("x") < 150
    assert brief([1, 2]) == "[1, 2]"


def test_of_many_values_the_first_that_differs_is_said():
    expected = np.arange(40).reshape(2, 20)
    found = expected.copy()
    found[1, 3:5] = -1
    with pytest.raises(
        AssertionError, match=r"^It must be 23 at position \(1, 3\). Got -1 instead; 2 of 40 values are others.$"
    ):
        expect_equal(found, expected, "It")
    with pytest.raises(
        AssertionError, match=r"^It must, up to rounding, be 23.0 at position 3. Got -1.0 instead; 2 of 20"
    ):
        expect_close(found[1], expected[1], "It")
