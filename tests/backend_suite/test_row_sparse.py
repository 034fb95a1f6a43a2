"""Optimizers that touch nothing but the rows of a batch, compiled by the backend."""

import numpy as np
import pytest

from skrec.models._program import initial_state, make_program, read_state
from skrec.models._rows import distinct_rows
from skrec.optimizers import SGD, Adagrad, Adam

RATE = 0.1


class Tables:
    """Two small tables under a squared loss, trained for some steps by the compiled program."""

    def __init__(self, backend, optimizer):
        from skrec.networks import LOSSES, FactorNetwork

        self.backend, self.optimizer = backend, optimizer
        network = FactorNetwork(0.0, False, None)
        network.build(None)
        self.program = make_program(self.backend, network, {"user": 2, "item": 2}, LOSSES["mse"], optimizer, 0.0)
        rng = np.random.default_rng(3)
        self.first = {side: rng.normal(size=(5, 2)).astype(np.float32) for side in ("user", "item")}

    def train(self, users, items, labels, n_steps):
        """Train on the first batches of some of shape (3, 6); gives tables and slots as they are afterwards."""
        state = initial_state(self.backend, self.first, [], [], self.optimizer, RATE)
        batches = {
            **rows_of("user", np.array(users, dtype=np.int32)),
            **rows_of("item", np.array(items, dtype=np.int32)[..., np.newaxis]),
            "label": np.array(labels, dtype=np.float32)[..., np.newaxis],
            "weight": np.ones((*np.shape(users), 1), dtype=np.float32),
        }
        state, _ = self.program.train(state, batches, n_steps)
        tables = read_state(self.backend, state, {"user": 2, "item": 2})[0]
        return tables, {side: self.slots(table) for side, table in state["tables"].items()}

    def slots(self, table):
        """What the optimizer remembers: it stands behind each row."""
        packed = self.backend.read_table(table, 2 * (1 + len(self.optimizer.slots)))
        return dict(zip(self.optimizer.slots, np.split(packed, 1 + len(self.optimizer.slots), axis=1)[1:], strict=True))


def rows_of(side, ids):
    """Fields of a batch that say which rows of a table it uses, and where among these each of its ids stands."""
    rows, counts, positions = distinct_rows(ids.reshape(len(ids), -1), 4, 5)
    return {f"{side}_rows": rows, f"{side}_count": counts, side: positions.reshape(ids.shape)}


def dense(optimizer, tables, users, items, labels):
    """The same in NumPy: gradients of whole tables, and the rule for all rows in each step."""
    tables = {side: table.astype(np.float64) for side, table in tables.items()}
    slots = {side: {name: np.zeros((5, 2)) for name in optimizer.slots} for side in tables}
    for number, (u, i, label) in enumerate(zip(users, items, labels, strict=True), start=1):
        errors = (tables["user"][u] * tables["item"][i]).sum(axis=1) - label
        gradients = {side: np.zeros((5, 2)) for side in tables}
        np.add.at(gradients["user"], u, 2.0 * errors[:, np.newaxis] * tables["item"][i] / len(u))
        np.add.at(gradients["item"], i, 2.0 * errors[:, np.newaxis] * tables["user"][u] / len(u))
        for side in tables:
            tables[side], slots[side] = optimizer.update(
                tables[side], gradients[side], slots[side], RATE, float(number)
            )
    return tables


OPTIMIZERS = {"adam": Adam(), "adagrad": Adagrad(), "sgd": SGD()}


@pytest.fixture(scope="module")
def tables(backend):
    return {name: Tables(backend, optimizer) for name, optimizer in OPTIMIZERS.items()}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_row_sparse_training_is_dense_training_where_every_row_occurs_in_every_batch(tables, name):
    users = np.array([[0, 1, 2, 3, 3, 0], [3, 2, 1, 0, 0, 1], [1, 0, 3, 2, 2, 2]])
    items = np.array([[0, 1, 2, 3, 0, 0], [0, 1, 2, 3, 1, 1], [2, 3, 0, 1, 0, 0]])
    labels = np.random.default_rng(4).normal(size=users.shape)
    trained, _ = tables[name].train(users, items, labels, 3)
    expected = dense(OPTIMIZERS[name], tables[name].first, users, items, labels)
    for side in ("user", "item"):
        np.testing.assert_allclose(trained[side], expected[side], rtol=1e-3, atol=1e-5)


def test_rows_that_no_batch_touches_keep_their_values_and_moments(tables):
    # User 1 and item 0 occur in the first step only, users 2 and 3 and items 2 and 3 never; the third step isn't run.
    users, items = [[0, 1] * 3, [0, 0] * 3, [2, 3] * 3], [[0, 1] * 3, [1, 1] * 3, [2, 3] * 3]
    labels = np.random.default_rng(5).normal(size=(3, 6))
    once, slots_once = tables["adam"].train(users, items, labels, 1)
    twice, slots_twice = tables["adam"].train(users, items, labels, 2)
    for side, never, first_only in (("user", [2, 3], 1), ("item", [2, 3], 0)):
        np.testing.assert_array_equal(twice[side][never], tables["adam"].first[side][never])
        np.testing.assert_array_equal(twice[side][first_only], once[side][first_only])
        assert not np.array_equal(once[side][first_only], tables["adam"].first[side][first_only])
        assert not np.array_equal(twice[side], once[side])
        for name in Adam.slots:
            assert not slots_twice[side][name][never].any()
            np.testing.assert_array_equal(slots_twice[side][name][first_only], slots_once[side][name][first_only])
            assert slots_once[side][name][first_only].any()
