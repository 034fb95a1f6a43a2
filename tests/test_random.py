import numpy as np
import pytest

from skrec._random import generator, keras_seed


def test_an_int_gives_the_same_stream_in_every_call():
    assert generator(7).integers(1000, size=5).tolist() == generator(7).integers(1000, size=5).tolist()
    assert generator(7).integers(1000, size=5).tolist() != generator(8).integers(1000, size=5).tolist()


def test_none_gives_a_fresh_one():
    assert generator(None).integers(2**62) != generator(None).integers(2**62)


def test_a_generator_is_used_as_it_is():
    rng = np.random.default_rng(0)
    assert generator(rng) is rng


def test_a_random_state_is_drawn_from():
    first, second = np.random.RandomState(0), np.random.RandomState(0)
    draws = generator(first).integers(2**62), generator(first).integers(2**62)
    assert draws[0] != draws[1]
    assert draws == (generator(second).integers(2**62), generator(second).integers(2**62))


@pytest.mark.parametrize("random_state", [0, None, np.random.RandomState(0)])
def test_the_global_state_is_untouched(random_state):
    np.random.seed(3)  # noqa: NPY002 - the global state is what this test is about
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    keras_seed(generator(random_state))
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_seeds_of_layers_are_plain_ints_in_range_and_differ():
    rng = generator(0)
    seeds = [keras_seed(rng) for _ in range(100)]
    assert all(type(seed) is int and 0 <= seed < 2**31 for seed in seeds)
    assert len(set(seeds)) == 100
