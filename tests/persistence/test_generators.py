import numpy as np
import pytest

from skrec.persistence._expectations import BrokenInvariantError
from skrec.persistence._generators import BIT_GENERATORS, make_generator


@pytest.mark.parametrize("name", BIT_GENERATORS)
@pytest.mark.parametrize("old", [False, True])
def test_a_generator_draws_on_where_it_was(name, old):
    bits = getattr(np.random, name)(3)
    drawing = np.random.RandomState(bits) if old else np.random.Generator(bits)
    drawing.normal(size=3)
    state = drawing.get_state(legacy=False) if old else drawing.bit_generator.state
    again = make_generator(type(drawing).__name__, state)
    np.testing.assert_array_equal(again.normal(size=5), drawing.normal(size=5))


def mersenne(**inner):
    return {"bit_generator": "MT19937", "state": {"key": np.zeros(624, dtype=np.uint32), "pos": 0, **inner}}


def philox(**changes):
    return {**np.random.Philox(0).state, **changes}


@pytest.mark.parametrize(
    ("kind", "state", "said"),
    [
        ("Generator", mersenne(pos=625), "points behind its numbers"),
        ("RandomState", mersenne(pos=-1), "points behind its numbers"),
        ("Generator", mersenne(pos="x"), "points behind its numbers"),
        ("Generator", mersenne(key=np.zeros(3, dtype=np.uint32)), "the key of a random generator has shape"),
        ("Generator", mersenne(key=np.zeros(624)), "the key of a random generator is no array of uint32"),
        ("RandomState", mersenne() | {"has_gauss": 7}, "remembers a senseless number"),
        ("Generator", philox(buffer_pos=5), "points behind its buffer"),
        ("Generator", philox(buffer=np.zeros(2, dtype=np.uint64)), "the buffer of a random generator has shape"),
        ("Generator", philox(has_uint32=2), "senseless has_uint32"),
        ("Generator", np.random.PCG64(0).state | {"state": {"state": -1, "inc": 1}}, "no number of 128 bits"),
        ("Generator", {"bit_generator": "os"}, "unknown random generator"),
        ("system", mersenne(), "unknown random generator"),
        ("Generator", None, "has no state"),
        ("Generator", {"bit_generator": "SFC64"}, "has no inner state"),
    ],
)
def test_a_state_that_is_none_is_told(kind, state, said):
    with pytest.raises(BrokenInvariantError, match=said):
        make_generator(kind, state)
