import pytest
from hypothesis import given
from hypothesis import strategies as st

from skrec.programs import MAX_STEPS, MIN_SIZE, bucket


@pytest.mark.parametrize(
    ("n", "size"), [(0, 1), (1, 1), (2, 2), (3, 4), (5, 6), (6, 6), (7, 8), (9, 12), (13, 16), (17, 24), (97, 128)]
)
def test_sizes_are_rounded_to_powers_of_two_and_three_quarters_of_them(n, size):
    assert bucket(n) == size


@pytest.mark.parametrize(("n", "size"), [(1024, 1024), (1025, 1152), (1682, 1792), (12_101, 12_288)])
def test_large_sizes_are_rounded_up_by_an_eighth_at_most(n, size):
    assert bucket(n) == size


@given(st.integers(1, 10**9))
def test_a_rounded_size_holds_n_and_wastes_at_most_half_of_it(n):
    assert n <= bucket(n) <= max(1.5 * n, n + 1)
    assert bucket(bucket(n)) == bucket(n)
    if n > 1024:
        assert bucket(n) <= 1.125 * n + 1


def test_the_smallest_size_and_the_most_steps_are_sizes_themselves():
    assert bucket(MIN_SIZE) == MIN_SIZE
    assert bucket(MAX_STEPS) == MAX_STEPS
