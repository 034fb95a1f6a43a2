"""The step that learns rows of new users, against its gradient by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from skrec.losses import BCE
from skrec.optimizers import SGD, Adam
from skrec.programs import make_program
from skrec.programs.fold import RATE, FoldStep

WIDTHS = {"user": 2, "item": 2}


@pytest.fixture(scope="module")
def program(backend):
    """Inner products under cross-entropy."""
    from skrec.networks import FactorNetwork

    network = FactorNetwork(0.0, False, None)
    network.build(None)
    return make_program(backend, network, WIDTHS, BCE(), SGD(), 0.0)


@pytest.fixture
def first():
    """Three users with up to three events each; the last has none."""
    rng = np.random.default_rng(6)
    prior = np.array([0.3, -0.2], dtype=np.float32)
    return {
        "rows": np.tile(prior, (3, 1)),
        "slots": {name: np.zeros((3, 2), dtype=np.float32) for name in Adam.slots},
        "prior": prior,
        "pull": np.float32(0.7),
        "weights": [],
        "fixed": [],
        "items": rng.normal(size=(3, 3, 2)).astype(np.float32),
        "labels": np.array([[1, 1, 1], [1, 0, 1], [0, 0, 0]], dtype=np.float32),
        "event_weights": np.array([[1, 0.5, 2], [0.2, 0.3, 0], [0, 0, 0]], dtype=np.float32),
        "negatives": rng.normal(size=(4, 2)).astype(np.float32).T,
        "item": np.ones((1, 2), dtype=np.float32),
        "free": np.array([[1, 1, 0, 1], [1, 0, 1, 1], [1, 1, 1, 1]], dtype=np.float32),
        "n_negatives": np.float32(4.0),
        "log_share": np.float32(0.0),
        "step": np.float32(0.0),
        "features": {},
    }


@pytest.fixture
def run(program, keras):
    """Run some steps; gives rows and figures."""

    def tensors(value):
        if isinstance(value, dict):
            return {name: tensors(entry) for name, entry in value.items()}
        return value if isinstance(value, list) else keras.ops.convert_to_tensor(value)

    def steps(state, n_steps):
        batches = {"step": np.arange(4, dtype=np.int32)}
        after, figures = program.fold(tensors(state), batches, n_steps)
        return np.array(keras.ops.convert_to_numpy(after["rows"])), np.asarray(keras.ops.convert_to_numpy(figures))

    return steps


def sigmoid(scores):
    return 1.0 / (1.0 + np.exp(-scores))


def by_hand(state, n_steps):
    """Adam on each user's own loss, in double precision."""
    state = {
        name: value.astype(np.float64) for name, value in state.items() if isinstance(value, np.ndarray | np.float32)
    }
    rows = state["rows"].copy()
    slots = {name: np.zeros_like(rows) for name in Adam.slots}
    for step in range(1, n_steps + 1):
        gradient = np.zeros_like(rows)
        for user, row in enumerate(rows):
            weights, free = state["event_weights"][user], state["free"][user]
            count = max(weights.sum(), 1e-6)
            wrong = sigmoid(state["items"][user] @ row) - state["labels"][user]
            against = state["negatives"] @ (free * sigmoid(row @ state["negatives"]) / free.sum())
            of_events = (wrong[:, np.newaxis] * state["items"][user] + 4.0 * against) / 5.0
            gradient[user] = (weights @ of_events + 2.0 * state["pull"] * (row - state["prior"])) / count
        rows, slots = Adam().update(rows, gradient, slots, RATE, float(step))
    return rows


def test_steps_follow_adam_on_the_loss_of_the_history_and_the_pull_to_the_prior(run, first):
    for n_steps in (1, 4):
        rows, figures = run(first, n_steps)
        np.testing.assert_allclose(rows[:2], by_hand(first, n_steps)[:2], rtol=1e-4, atol=1e-6)
    assert np.isfinite(figures).all()
    assert figures[3, 0] < figures[0, 0]
    assert (figures[:, 0] == figures[:, 1]).all()


def test_who_has_no_event_keeps_the_prior_row(run, first):
    np.testing.assert_array_equal(run(first, 4)[0][2], first["prior"])


def test_a_strong_pull_keeps_rows_near_the_prior(run, first):
    far, near = (np.abs(run(first | {"pull": np.float32(pull)}, 4)[0] - first["prior"]).max() for pull in (0.0, 1e3))
    assert near < far


def test_users_do_not_influence_each_other(run, first):
    others = {name: value.copy() if isinstance(value, np.ndarray) else value for name, value in first.items()}
    others["items"][1:], others["labels"][1:], others["event_weights"][1:] = 5.0, 0.0, 9.0
    np.testing.assert_array_equal(run(others, 4)[0][0], run(first, 4)[0][0])


def test_what_weighs_nothing_counts_for_nothing(run, first):
    changed = first | {"items": first["items"].copy(), "negatives": first["negatives"].copy()}
    changed["items"][1, 2] = 9.0  # of weight 0
    np.testing.assert_array_equal(run(changed, 4)[0][1], run(first, 4)[0][1])
    changed["negatives"][:, 2] = 9.0  # the first user has that item
    np.testing.assert_allclose(run(changed, 4)[0][0], run(first, 4)[0][0], rtol=1e-6)


def test_a_row_is_encoded_with_the_users_features_and_stands_beside_the_context(keras):
    class Network:
        def encode(self, side, inputs, training):
            assert (side, training) == ("user", False)
            return inputs["id"] + inputs["age"]

    step = FoldStep(None, Network(), SimpleNamespace(negatives="none"))
    rows, age, context = np.ones((2, 3), np.float32), np.full((2, 1), 2.0, np.float32), np.zeros((2, 1), np.float32)
    assert step._user(rows, {}) is rows
    rows, age, context = (keras.ops.convert_to_tensor(array) for array in (rows, age, context))
    alone = step._user(rows, {"user": {"age": age}})
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(alone), np.full((2, 3), 3.0))
    beside = step._user(rows, {"user": {"age": age}, "context": context})
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(beside), [[3.0, 3.0, 3.0, 0.0]] * 2)
