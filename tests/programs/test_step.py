"""The training step, compiled by the backend: it touches nothing but the rows of a batch. Run on the other backends, too."""

import numpy as np
import pytest

from skrec.losses import MSE, Softmax
from skrec.optimizers import SGD, Adagrad, Adam
from skrec.programs import Weights, initial_state, make_program, read_state

RATE = 0.1
WIDTHS = {"user": 2, "item": 2}
OPTIMIZERS = {"adam": Adam(), "adagrad": Adagrad(), "sgd": SGD()}


class Tables:
    """Two small tables under a squared loss, trained for some steps by the compiled program."""

    def __init__(self, backend, rows_of, optimizer):
        from skrec.networks import FactorNetwork

        self.backend, self.rows_of, self.optimizer = backend, rows_of, optimizer
        network = FactorNetwork(0.0, False, None)
        network.build(None)
        self.program = make_program(backend, network, WIDTHS, MSE(), optimizer, 0.0)
        rng = np.random.default_rng(3)
        self.first = {side: rng.normal(size=(5, 2)).astype(np.float32) for side in ("user", "item")}

    def train(self, users, items, labels, n_steps):
        """Train on the first batches of some of shape (3, 6); gives tables and slots as they are afterwards."""
        state = initial_state(self.backend, Weights(dict(self.first), [], []), self.optimizer, RATE)
        batches = {
            **self.rows_of("user", 4, user=users),
            **self.rows_of("item", 4, item=np.array(items)[..., np.newaxis]),
            "label": np.array(labels, dtype=np.float32)[..., np.newaxis],
            "weight": np.ones((*np.shape(users), 1), dtype=np.float32),
        }
        state, _ = self.program.train(state, batches, n_steps)
        tables = read_state(self.backend, state, WIDTHS).tables
        return tables, {side: self.slots(table) for side, table in state["tables"].items()}

    def slots(self, table):
        """What the optimizer remembers: it stands behind each row."""
        packed = self.backend.read_table(table, 2 * (1 + len(self.optimizer.slots)))
        return dict(zip(self.optimizer.slots, np.split(packed, 1 + len(self.optimizer.slots), axis=1)[1:], strict=True))


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


@pytest.fixture(scope="module")
def tables(backend, rows_of):
    return {name: Tables(backend, rows_of, optimizer) for name, optimizer in OPTIMIZERS.items()}


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


USER = np.array([[1.0, 2.0], [0.5, -1.0], [9.0, 9.0], [0.0, 0.0]], dtype=np.float32)
ITEM = np.array([[2.0, 1.0], [-1.0, 3.0], [4.0, 4.0], [0.0, 0.0]], dtype=np.float32)
KERNEL, BIAS = np.array([[1.0], [0.5]], dtype=np.float32), np.array([0.25], dtype=np.float32)
FAST = 0.5


@pytest.fixture(scope="module")
def penalised(backend):
    """GMF's network of two columns, under squared error with a penalty, trained by SGD."""
    from skrec.networks import GMFNetwork

    network = GMFNetwork(0.0)
    network.build({"user": (None, 2), "item": (None, None, 2)})
    return make_program(backend, network, WIDTHS, MSE(), SGD(), 0.1)


@pytest.fixture
def state(backend):
    """A state that a chunk of steps may use up."""
    return lambda network=(KERNEL, BIAS), fixed=(): initial_state(
        backend, Weights({"user": USER, "item": ITEM}, list(network), list(fixed)), SGD(), FAST
    )


@pytest.fixture(scope="module")
def batches(rows_of):
    """Two steps of two events. The second event of the first is padding."""
    return {
        **rows_of("user", 3, user=[[0, 3], [2, 2]]),
        **rows_of("item", 3, item=[[[1], [3]], [[2], [2]]]),
        "label": np.array([[[1.0], [0.0]], [[1.0], [1.0]]], dtype=np.float32),
        "weight": np.array([[[1.0], [0.0]], [[1.0], [1.0]]], dtype=np.float32),
    }


def test_a_step_by_hand(backend, penalised, state, batches):
    after, losses = penalised.train(state(), batches, 1)
    found = read_state(backend, after, WIDTHS)
    # Score 1 * (-1) * 1 + 2 * 3 * 0.5 + 0.25 = 2.25, error 1.25; the penalty is 0.1 / 2 of the squared rows.
    user, item, error = USER[0], ITEM[1], 1.25
    squares = (user**2).sum() + (item**2).sum()
    np.testing.assert_allclose(np.asarray(losses)[:1], [[error**2 + 0.05 * squares, 0.0]], rtol=1e-6)
    kernel, bias = found.network
    expected = user - FAST * (2 * error * KERNEL[:, 0] * item + 0.1 * user)
    np.testing.assert_allclose(found.tables["user"][0], expected, rtol=1e-5)
    expected = item - FAST * (2 * error * KERNEL[:, 0] * user + 0.1 * item)
    np.testing.assert_allclose(found.tables["item"][1], expected, rtol=1e-5)
    np.testing.assert_allclose(kernel[:, 0], KERNEL[:, 0] - FAST * 2 * error * user * item, rtol=1e-5)
    np.testing.assert_allclose(bias, [0.25 - FAST * 2 * error], rtol=1e-5)
    np.testing.assert_array_equal(found.tables["user"][1:], USER[1:])
    np.testing.assert_array_equal(found.tables["item"][[0, 2, 3]], ITEM[[0, 2, 3]])


def test_how_many_of_a_chunks_steps_are_run_is_up_to_the_caller(backend, penalised, state, batches):
    one, figures_of_one = penalised.train(state(), batches, 1)
    two, figures_of_two = penalised.train(state(), batches, 2)
    losses_of_one, losses_of_two = np.asarray(figures_of_one)[:1], np.asarray(figures_of_two)[:2]
    assert losses_of_one.shape == (1, 2)
    assert losses_of_two.shape == (2, 2)
    np.testing.assert_allclose(losses_of_one[0], losses_of_two[0], rtol=1e-6)
    again, _ = penalised.train(one, {name: array[::-1].copy() for name, array in batches.items()}, 1)
    tables, expected = (read_state(backend, after, WIDTHS).tables for after in (again, two))
    for side in ("user", "item"):
        np.testing.assert_allclose(tables[side], expected[side], rtol=1e-5)


def test_negatives_that_a_batch_shares_are_scored_for_every_event_and_counted_in_the_penalty(backend, rows_of, state):
    from skrec.networks import FactorNetwork

    network = FactorNetwork(0.0, False, None)
    network.build(None)
    program = make_program(backend, network, WIDTHS, Softmax(), SGD(), 0.1)
    batches = {
        **rows_of("user", 3, user=[[0, 1]]),
        **rows_of("item", 3, item=[[[1], [0]]], shared=[[0, 2, 1]]),
        "weight": np.ones((1, 2, 1), dtype=np.float32),
        "shared_log_count": np.log([[0.5, 0.25, 1.0]]).astype(np.float32),
    }
    after, figures = program.train(state(network=()), batches, 1)
    user, item = USER.astype(np.float64), ITEM.astype(np.float64)
    scores, logs, losses, gradient = user[:2] @ item[:3].T, np.log([0.5, 1.0, 0.25]), [], np.zeros((4, 2))
    for number, positive in enumerate([1, 0]):
        corrected = scores[number] - logs
        corrected[positive] = scores[number, positive]  # its own item is no negative
        shares = np.exp(corrected) / np.exp(corrected).sum()
        losses.append(-np.log(shares[positive]))
        gradient[number] = (shares @ item[:3] - item[positive]) / 2
    penalty = 0.1 / 2 * ((user[:2] ** 2).sum() + 2 * (item[:2] ** 2).sum() + (item[2] ** 2).sum())
    assert np.asarray(figures)[0, 0] == pytest.approx(np.mean(losses) + penalty, rel=1e-5)
    found = read_state(backend, after, WIDTHS).tables["user"]
    np.testing.assert_allclose(found, user - FAST * (gradient + 0.1 * np.r_[user[:2], np.zeros((2, 2))]), rtol=1e-4)


def test_histories_are_read_and_predicted_from_where_the_batch_says(backend, keras, rows_of):
    class Reader(keras.Layer):
        """After each event, a user's vector is the sum of the rows so far, times a weight."""

        dim = 2

        def build(self, shape=None):
            self.weight = self.add_weight(shape=(), initializer="ones")
            self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)

        def read(self, inputs, training=False):
            self.calls.assign(self.calls + 1.0)
            return keras.ops.cumsum(inputs["rows"], axis=1) * self.weight

        def call(self, inputs, training=False):
            return keras.ops.sum(keras.ops.expand_dims(inputs["user"], 1) * inputs["item"], axis=-1)

    network = Reader()
    network.build()
    program = make_program(backend, network, {"item": 2}, MSE(), SGD(), 0.0)
    batches = {
        **rows_of("item", 3, item=[[[2], [0]]], history=[[[0, 1], [1, 3]]]),
        "place": np.array([[1, 2]], dtype=np.int32),  # the last of the first row, and the first of the second
        "label": np.array([[[1.0], [3.0]]], dtype=np.float32),
        "weight": np.array([[[1.0], [3.0]]], dtype=np.float32),
    }
    weights = Weights({"item": ITEM}, [np.array(2.0, np.float32)], [np.array(5.0, np.float32)])
    after, figures = program.train(initial_state(backend, weights, SGD(), FAST), batches, 1)
    item = ITEM.astype(np.float64)
    users = [2.0 * (item[0] + item[1]), 2.0 * item[1]]
    errors = np.array([users[0] @ item[2] - 1.0, users[1] @ item[0] - 3.0])
    assert np.asarray(figures)[0, 0] == pytest.approx((errors[0] ** 2 + 3.0 * errors[1] ** 2) / 4.0, rel=1e-5)
    slopes = np.array([0.25, 0.75]) * 2.0 * errors
    expected = item.copy()
    expected[2] -= FAST * slopes[0] * users[0]
    expected[0] -= FAST * (slopes[0] * 2.0 * item[2] + slopes[1] * users[1])
    expected[1] -= FAST * (slopes[0] * 2.0 * item[2] + slopes[1] * 2.0 * item[0])
    found = read_state(backend, after, {"item": 2})
    np.testing.assert_allclose(found.tables["item"], expected, rtol=1e-5)
    weight = 2.0 - FAST * (slopes[0] * users[0] @ item[2] + slopes[1] * users[1] @ item[0]) / 2.0
    assert found.network[0] == pytest.approx(weight, rel=1e-5)
    assert found.fixed[0] == 6.0  # the state that a call leaves goes on to the next step


def test_rows_and_context_are_encoded_first_each_distinct_row_once(backend, keras, rows_of):
    encoded = []

    class Encoder(keras.Layer):
        """A row is scaled by its feature, and context stands beside the user's."""

        built = True

        def encode(self, side, inputs, training=False):
            encoded.append((side, tuple(inputs["x"].shape)))
            return inputs["id"] * inputs["x"] if side != "context" else inputs["x"]

        def call(self, inputs, training=False):
            user = keras.ops.expand_dims(inputs["user"], 1)
            return keras.ops.sum(user[..., :2] * inputs["item"], axis=-1) + user[..., 2]

    program = make_program(backend, Encoder(), WIDTHS, MSE(), SGD(), 0.0)
    batches = {
        **rows_of("user", 3, user=[[1, 1, 0]]),
        **rows_of("item", 3, item=[[[2], [0], [2]]]),
        "context/x": np.array([[[0.5], [0.0], [-1.0]]], dtype=np.float32),
        "label": np.zeros((1, 3, 1), dtype=np.float32),
        "weight": np.ones((1, 3, 1), dtype=np.float32),
    }
    features = {
        "user": {"x": np.array([[3.0], [2.0], [7.0], [0.0]], dtype=np.float32)},
        "item": {"x": np.array([[1.0], [7.0], [0.5], [0.0]], dtype=np.float32)},
    }
    first = initial_state(backend, Weights({"user": USER, "item": ITEM}, [], []), SGD(), FAST, features)
    after, figures = program.train(first, batches, 1)
    user, item = USER.astype(np.float64) * features["user"]["x"], ITEM.astype(np.float64) * features["item"]["x"]
    errors = np.array([user[1] @ item[2] + 0.5, user[1] @ item[0], user[0] @ item[2] - 1.0])
    assert np.asarray(figures)[0, 0] == pytest.approx((errors**2).mean(), rel=1e-5)
    slopes = 2.0 * errors / 3.0
    found = read_state(backend, after, WIDTHS).tables["user"]
    np.testing.assert_allclose(found[1], USER[1] - FAST * 2.0 * (slopes[0] * item[2] + slopes[1] * item[0]), rtol=1e-5)
    np.testing.assert_allclose(found[0], USER[0] - FAST * 3.0 * slopes[2] * item[2], rtol=1e-5)
    assert {side for side, _ in encoded} == {"user", "item", "context"}
    most = 3 if backend.fixed_shapes else 2  # where shapes are fixed, what fills the rows up is encoded, too
    assert all(shape[0] is None or shape[0] <= most for side, shape in encoded if side != "context")


def test_a_side_without_a_table_hands_its_ids_to_the_network(backend, keras):
    class Ids(keras.Layer):
        """The score of a pair is the product of their ids, times a weight."""

        def build(self, shape=None):
            self.weight = self.add_weight(shape=(), initializer="ones")

        def call(self, inputs, training=False):
            user, item = (keras.ops.cast(inputs[side], "float32") for side in ("user", "item"))
            return keras.ops.expand_dims(user, 1) * item * self.weight

    network = Ids()
    network.build()
    program = make_program(backend, network, {}, MSE(), SGD(), 0.1)
    batches = {
        "user": np.array([[2, 3]], dtype=np.int32),
        "item": np.array([[[1], [5]]], dtype=np.int32),
        "label": np.array([[[1.0], [12.0]]], dtype=np.float32),
        "weight": np.ones((1, 2, 1), dtype=np.float32),
    }
    first = initial_state(backend, Weights({}, [np.array(1.0, np.float32)], []), SGD(), 0.01)
    after, figures = program.train(first, batches, 1)
    assert np.asarray(figures)[0].tolist() == [(1.0 + 9.0) / 2.0, 0.0]  # no row, and no penalty
    assert read_state(backend, after, {}).network[0] == pytest.approx(
        1.0 - 0.01 * (2.0 * 1.0 * 2.0 + 2.0 * 3.0 * 15.0) / 2.0
    )
