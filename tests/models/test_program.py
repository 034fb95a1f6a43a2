import numpy as np
import pytest

from skrec.backends import find_backend, start
from skrec.models import GMF, MatrixFactorization, _program
from skrec.models._program import Program, find_program, initial_state, make_program, read_state
from skrec.optimizers import SGD, Adam
from skrec.testing import checkerboard

RATE = 0.5


@pytest.fixture(scope="module")
def keras():
    return start(find_backend())


@pytest.fixture
def programs(monkeypatch):
    """An empty cache of programs."""
    from collections import OrderedDict

    fresh = OrderedDict()
    monkeypatch.setattr(_program, "_programs", fresh)
    return fresh


def no_program():
    return Program(None, None, None, None)


def test_a_program_is_made_once(programs):
    first = find_program("key", no_program)
    assert find_program("key", no_program) is first
    assert find_program("other", no_program) is not first


def test_the_programs_used_least_recently_are_forgotten(programs, monkeypatch):
    monkeypatch.setattr(_program, "_CACHE_SIZE", 2)
    first, second = find_program(1, no_program), find_program(2, no_program)
    assert find_program(1, no_program) is first
    find_program(3, no_program)
    assert list(programs) == [1, 3]
    assert find_program(2, no_program) is not second


def test_fits_that_differ_in_nothing_that_is_compiled_share_a_program(programs):
    board = checkerboard(12)
    plain = GMF(4, epochs=1, random_state=0).fit(board)
    assert len(programs) == 1
    GMF(np.int64(4), epochs=2, learning_rate=0.1, n_negatives=4, random_state=1, optimizer=Adam(), warm_start=True).fit(
        checkerboard(8)
    )
    plain.set_params(optimizer=Adam(learning_rate=0.2), validation_fraction=0.2, early_stopping=2).fit(board)
    assert len(programs) == 1
    backend = find_backend()
    others = [
        GMF(5),
        GMF(4, loss="bpr"),
        GMF(4, l2=0.1),
        GMF(4, dropout=0.1),
        GMF(4, optimizer="sgd"),
        GMF(4, optimizer=Adam(beta_1=0.8)),
        GMF(4, precision="mixed_bfloat16"),
        MatrixFactorization(4),
    ]
    for model in others:
        model.users_ = model.items_ = np.arange(12)
        model._program(backend)
    assert len(programs) == 1 + len(others)


USER = np.array([[1.0, 2.0], [0.5, -1.0], [9.0, 9.0], [0.0, 0.0]], dtype=np.float32)
ITEM = np.array([[2.0, 1.0], [-1.0, 3.0], [4.0, 4.0], [0.0, 0.0]], dtype=np.float32)


@pytest.fixture(scope="module")
def penalised(keras):
    """GMF's network of two columns, under squared error with a penalty, trained by SGD."""
    from skrec.networks import LOSSES, GMFNetwork

    network = GMFNetwork(0.0, 0)
    network.build({"user": (None, 2), "item": (None, None, 2)})
    return make_program(find_backend(), network, {"user": 2, "item": 2}, LOSSES["mse"], SGD(), 0.1)


def first_state(optimizer=None):
    weights = [np.array([[1.0], [0.5]], dtype=np.float32), np.array([0.25], dtype=np.float32)]
    return initial_state(find_backend(), {"user": USER, "item": ITEM}, weights, [], optimizer or SGD(), RATE)


# The second event is padding; the second step isn't run.
BATCHES = {
    "user": np.array([[0, 3], [2, 2]], dtype=np.int32),
    "item": np.array([[[1], [3]], [[2], [2]]], dtype=np.int32),
    "label": np.array([[[1.0], [0.0]], [[1.0], [1.0]]], dtype=np.float32),
    "weight": np.array([[[1.0], [0.0]], [[1.0], [1.0]]], dtype=np.float32),
}


def test_a_step_by_hand(penalised):
    state, losses = penalised.train(first_state(), BATCHES, 1)
    tables, (kernel, bias), _ = read_state(find_backend(), state)
    # Score 1 * (-1) * 1 + 2 * 3 * 0.5 + 0.25 = 2.25, error 1.25; the penalty is 0.1 / 2 of the squared rows.
    user, item, error = USER[0], ITEM[1], 1.25
    squares = (user**2).sum() + (item**2).sum()
    np.testing.assert_allclose(losses, [[error**2 + 0.05 * squares, 0.0]], rtol=1e-6)
    weights = np.array([1.0, 0.5])
    np.testing.assert_allclose(tables["user"][0], user - RATE * (2 * error * weights * item + 0.1 * user), rtol=1e-5)
    np.testing.assert_allclose(tables["item"][1], item - RATE * (2 * error * weights * user + 0.1 * item), rtol=1e-5)
    np.testing.assert_allclose(kernel[:, 0], weights - RATE * 2 * error * user * item, rtol=1e-5)
    np.testing.assert_allclose(bias, [0.25 - RATE * 2 * error], rtol=1e-5)
    np.testing.assert_array_equal(tables["user"][1:], USER[1:])
    np.testing.assert_array_equal(tables["item"][[0, 2, 3]], ITEM[[0, 2, 3]])


def test_how_many_of_a_chunks_steps_are_run_is_up_to_the_caller(penalised):
    one, losses_of_one = penalised.train(first_state(), BATCHES, 1)
    two, losses_of_two = penalised.train(first_state(), BATCHES, 2)
    assert losses_of_one.shape == (1, 2)
    assert losses_of_two.shape == (2, 2)
    np.testing.assert_allclose(losses_of_one[0], losses_of_two[0], rtol=1e-6)
    again, _ = penalised.train(one, {name: array[::-1] for name, array in BATCHES.items()}, 1)
    tables, expected = read_state(find_backend(), again)[0], read_state(find_backend(), two)[0]
    for side in ("user", "item"):
        np.testing.assert_allclose(tables[side], expected[side], rtol=1e-5)


def test_scoring_and_vectors_take_weights_from_outside(penalised):
    weights = [np.array([[1.0], [0.5]], dtype=np.float32), np.array([0.25], dtype=np.float32)]
    expected = (USER * [1.0, 0.5]) @ ITEM.T + 0.25
    np.testing.assert_allclose(penalised.score(weights, [], USER, ITEM), expected, rtol=1e-5)
    own = penalised.score(weights, [], USER, ITEM[:, np.newaxis])
    np.testing.assert_allclose(own[:, 0], np.diag(expected), rtol=1e-5)
    user, item = penalised.vectors(weights, [], USER, ITEM)
    np.testing.assert_allclose(user @ item.T, expected, rtol=1e-5)


def test_a_network_without_vectors_has_none_in_its_program(keras):
    from skrec.networks import LOSSES, NeuMFNetwork

    network = NeuMFNetwork((2,), 0.0, 0)
    network.build({"user": (None, 2), "item": (None, None, 2)})
    program = make_program(find_backend(), network, {"user": 2, "item": 2}, LOSSES["bce"], Adam(), 0.0)
    assert program.vectors is None
    assert program.fold is None


def test_a_state_starts_with_slots_at_zero_and_is_read_back(keras):
    state = first_state(Adam())
    assert float(keras.ops.convert_to_numpy(state["step"])) == 0.0
    assert float(keras.ops.convert_to_numpy(state["rate"])) == RATE
    for slots in [*state["slots"].values(), *state["weight_slots"]]:
        assert sorted(slots) == ["first", "second"]
        assert not any(np.any(keras.ops.convert_to_numpy(slot)) for slot in slots.values())
    tables, weights, fixed = read_state(find_backend(), state)
    np.testing.assert_array_equal(tables["user"], USER)
    np.testing.assert_array_equal(weights[1], [0.25])
    assert fixed == []
