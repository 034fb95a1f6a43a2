import numpy as np
import pytest

from skrec.backends import find_backend, start
from skrec.losses import BCE
from skrec.models._compiled import find_compiled
from skrec.optimizers import Adam
from skrec.serving import ModelFeatures


class Described:
    """Stands for encoded features: all that is asked of them is a key."""

    def __init__(self, *key):
        self._key = key

    def key(self):
        return self._key


@pytest.fixture
def find(monkeypatch):
    """Finds programs among those of this test, for networks of a width; notes how many networks were built."""
    backend = find_backend()
    start(backend)
    from skrec.networks import FactorNetwork
    from skrec.programs import program

    monkeypatch.setattr(program, "_programs", type(program._programs)())
    built = []

    def build(structure, features=None):
        def make():
            built.append(FactorNetwork(0.0, True, None))
            built[-1].build(None)
            return built[-1]

        return find_compiled(backend, structure, make, features, {"user": 3, "item": 3}, BCE(), Adam(), 0.0)

    build.built = built
    return build


def test_a_structure_is_built_and_compiled_once(find):
    first, second = find("a"), find("a")
    assert first.program is second.program
    assert first.network is second.network is first.program.network
    assert len(find.built) == 1
    assert find("b").program is not first.program


def test_with_features_each_fit_has_a_network_of_its_own_and_shares_the_program(find):
    first, second = find("a", Described("genres")), find("a", Described("genres"))
    assert first.program is second.program
    assert first.network is not second.network
    assert first.network is first.program.network
    assert find("a", Described("plot")).program is not first.program


def test_features_without_any_column_are_as_none(find):
    first, second = find("a", Described()), find("a")
    assert first.program is second.program
    assert len(find.built) == 1


def test_features_of_a_model_have_such_a_key():
    features = ModelFeatures({"item": []}, {"item": {}}, {"item": np.empty(0)})
    assert features.key() == ()
