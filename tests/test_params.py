from fractions import Fraction
from numbers import Integral, Real

import numpy as np
import pytest

from skrec._params import (
    NOT_COMPILED,
    Flag,
    Interval,
    Name,
    NonNegative,
    OneOf,
    Positive,
    PositiveInt,
    Seed,
    Share,
    StrOptions,
    check_parameter,
    check_parameters,
)
from skrec.exceptions import InvalidParameterError

COUNT = [Interval(Integral, 1, None, closed="left")]
SHARE = [Interval(Real, 0, 1, closed="left")]


@pytest.mark.parametrize("value", [1, 10, np.int64(3), np.uint8(3)])
def test_what_keeps_the_constraint_passes(value):
    check_parameter("k", value, COUNT, "EASE.recommend")


@pytest.mark.parametrize("value", [0, -1, 1.0, "1", None, np.float32(1), True, False])
def test_the_sentence_says_what_where_which_range_and_what_was_got(value):
    with pytest.raises(InvalidParameterError) as caught:
        check_parameter("k", value, COUNT, "EASE.recommend")
    assert str(caught.value) == (
        f"The 'k' parameter of EASE.recommend must be an int in the range [1, inf). Got {value!r} instead."
    )


def test_it_is_both_a_value_error_and_a_type_error():
    for error in (ValueError, TypeError):
        with pytest.raises(error, match="The 'k' parameter"):
            check_parameter("k", 0, COUNT, "EASE")


def test_true_is_no_number_unless_booleans_are_allowed():
    with pytest.raises(InvalidParameterError, match=r"must be a float in the range \[0.0, 1.0\)\. Got True instead"):
        check_parameter("share", True, SHARE, "X")
    check_parameter("early_stopping", True, ["boolean", *COUNT], "X")
    check_parameter("loss", True, [bool, None], "X")


def test_none_beside_an_interval():
    check_parameter("users", None, [*COUNT, None], "X")
    with pytest.raises(InvalidParameterError, match="Got True instead"):
        check_parameter("users", True, [*COUNT, None], "X")


def test_several_parameters_are_checked_at_once():
    constraints = {"k": COUNT, "kind": [StrOptions({"a", "b"})]}
    check_parameters(constraints, {"k": 1, "kind": "a"}, "X")
    with pytest.raises(InvalidParameterError, match=r"The 'kind' parameter of X must be a str among \{.*\}. Got 'c'"):
        check_parameters(constraints, {"k": 1, "kind": "c"}, "X")


def test_the_error_of_scikit_learn_does_not_shine_through():
    with pytest.raises(InvalidParameterError) as caught:
        check_parameter("k", 0, COUNT, "X")
    assert caught.value.__cause__ is None
    assert type(caught.value).__module__ == "skrec.exceptions"


@pytest.mark.parametrize(
    ("alias", "kind", "allowed", "refused"),
    [
        (PositiveInt, int, [1, np.int32(7)], [0, 1.5, None, True]),
        (Positive, float, [1e-9, 1, np.float32(2)], [0.0, -1, None, True]),
        (NonNegative, float, [0, 0.5], [-1e-9, "0", True]),
        (Share, float, [0.0, 0.999], [1.0, -0.1, True]),
        (Flag, bool, [True, np.False_], ["yes", 2]),
        (Name, str, ["", "cpu"], [None, 1]),
        (Seed, None, [None, 0, np.random.RandomState(0), np.random.default_rng(0)], [-1, "seed", 0.5]),
    ],
)
def test_an_alias_is_a_type_with_what_it_allows(alias, kind, allowed, refused):
    assert kind is None or alias.__origin__ is kind
    for value in allowed:
        check_parameter("p", value, list(alias.__metadata__), "X")
    for value in refused:
        with pytest.raises(InvalidParameterError, match="The 'p' parameter of X must be"):
            check_parameter("p", value, list(alias.__metadata__), "X")


def test_one_of_allows_the_strings_it_names():
    check_parameter("kind", "a", [OneOf("a", "b")], "X")
    with pytest.raises(InvalidParameterError, match=r"must be a str among \{.*\}. Got 'c' instead."):
        check_parameter("kind", "c", [OneOf("a", "b")], "X")


def test_the_mark_of_what_no_program_depends_on_is_written_by_its_name():
    assert repr(NOT_COMPILED) == "NOT_COMPILED"


@pytest.mark.parametrize("value", [np.timedelta64(3, "D"), np.timedelta64(3)])
def test_a_duration_is_no_number_though_numpy_counts_it_among_integers(value):
    for allowed in ([Interval(Integral, 1, None, closed="left")], [Interval(Real, 0, None, closed="neither"), None]):
        with pytest.raises(InvalidParameterError, match="The 'k' parameter of f must be .* in the range"):
            check_parameter("k", value, allowed, "f")


def test_what_cannot_be_compared_with_numbers_is_refused_by_name():
    with pytest.raises(InvalidParameterError, match="The 'share' parameter of f must be a float in the range"):
        check_parameters({"share": [Interval(Real, 0, 1, closed="left")]}, {"share": Fraction(1, 3)}, "f")


def test_an_integer_beyond_all_floats_is_no_number_to_compute_with():
    with pytest.raises(InvalidParameterError, match="The 'l2' parameter of f is beyond the largest float"):
        check_parameter("l2", 10**400, [Interval(Real, 0, None, closed="left")], "f")
