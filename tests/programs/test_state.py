import numpy as np
import pytest

from skrec.optimizers import SGD, Adam
from skrec.programs import Weights, initial_state, read_state

TABLES = {"user": np.arange(8, dtype=np.float32).reshape(4, 2), "item": np.ones((3, 1), dtype=np.float32)}
WIDTHS = {"user": 2, "item": 1}


def weights():
    return Weights({side: table.copy() for side, table in TABLES.items()}, [np.ones((2, 1), np.float32)], [np.array(7)])


@pytest.fixture
def numpy(keras):
    return keras.ops.convert_to_numpy


def test_a_state_starts_at_step_0_with_its_rate_and_with_slots_at_zero(backend, numpy):
    state = initial_state(backend, weights(), Adam(), 0.25)
    assert (float(numpy(state["step"])), float(numpy(state["rate"]))) == (0.0, 0.25)
    [slots] = state["weight_slots"]
    assert sorted(slots) == ["first", "second"]
    for slot in slots.values():
        np.testing.assert_array_equal(numpy(slot), np.zeros((2, 1)))
    # A row and its moments stand side by side.
    packed = backend.read_table(state["tables"]["user"], 6)
    np.testing.assert_array_equal(packed, np.concatenate([TABLES["user"], np.zeros((4, 4))], axis=1))
    assert state["features"] == {}


@pytest.mark.parametrize("optimizer", [Adam(), SGD()])
def test_weights_are_read_back_without_slots_as_arrays_of_their_own(backend, optimizer):
    first = weights()
    state = initial_state(backend, first, optimizer, 0.25)
    first.tables["user"][:] = -1.0
    read = read_state(backend, state, WIDTHS)
    for side, table in TABLES.items():
        np.testing.assert_array_equal(read.tables[side], table)
        assert read.tables[side].dtype == np.float32
    np.testing.assert_array_equal(read.network[0], np.ones((2, 1)))
    assert [value.tolist() for value in read.fixed] == [7]
    read.tables["user"][:], read.network[0][:] = -2.0, -2.0
    np.testing.assert_array_equal(read_state(backend, state, WIDTHS).tables["user"], TABLES["user"])


def test_a_network_without_tables_has_a_state_too(backend):
    read = read_state(backend, initial_state(backend, Weights({}, [], []), SGD(), 1.0), {})
    assert (read.tables, read.network, read.fixed) == ({}, [], [])


def test_features_go_along_by_side_and_name(backend, numpy):
    features = {"user": {"age": np.arange(4, dtype=np.float32)}, "item": {}}
    state = initial_state(backend, weights(), SGD(), 1.0, features)
    assert set(state["features"]) == {"user", "item"}
    np.testing.assert_array_equal(numpy(state["features"]["user"]["age"]), features["user"]["age"])
