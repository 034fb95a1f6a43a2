import numpy as np
import pytest
from sklearn.base import clone
from skrec.models._program import Program, find_program, initial_state, make_program, read_state
from skrec.models._rows import distinct_rows

from skrec.backends import find_backend, start
from skrec.models import GMF, MatrixFactorization, _program
from skrec.optimizers import SGD, Adam
from skrec.retrievers import ExactRetriever
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
    plain.set_params(negatives="popularity", n_negatives=None, retriever=ExactRetriever()).fit(board)
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

    network = GMFNetwork(0.0)
    network.build({"user": (None, 2), "item": (None, None, 2)})
    return make_program(find_backend(), network, WIDTHS, LOSSES["mse"], SGD(), 0.1)


def first_state(optimizer=None):
    weights = [np.array([[1.0], [0.5]], dtype=np.float32), np.array([0.25], dtype=np.float32)]
    return initial_state(find_backend(), {"user": USER, "item": ITEM}, weights, [], optimizer or SGD(), RATE)


WIDTHS = {"user": 2, "item": 2}


def rows_of(side, ids):
    """Fields of a batch that say which rows of a table it uses, and where among these each of its ids stands."""
    ids = np.array(ids, dtype=np.int32)
    rows, counts, positions = distinct_rows(ids.reshape(len(ids), -1), 3, 4)
    return {f"{side}_rows": rows, f"{side}_count": counts, side: positions.reshape(ids.shape)}


# The second event is padding; the second step isn't run.
BATCHES = {
    **rows_of("user", [[0, 3], [2, 2]]),
    **rows_of("item", [[[1], [3]], [[2], [2]]]),
    "label": np.array([[[1.0], [0.0]], [[1.0], [1.0]]], dtype=np.float32),
    "weight": np.array([[[1.0], [0.0]], [[1.0], [1.0]]], dtype=np.float32),
}


def test_a_step_by_hand(penalised):
    state, losses = penalised.train(first_state(), BATCHES, 1)
    tables, (kernel, bias), _ = read_state(find_backend(), state, WIDTHS)
    # Score 1 * (-1) * 1 + 2 * 3 * 0.5 + 0.25 = 2.25, error 1.25; the penalty is 0.1 / 2 of the squared rows.
    user, item, error = USER[0], ITEM[1], 1.25
    squares = (user**2).sum() + (item**2).sum()
    np.testing.assert_allclose(np.asarray(losses)[:1], [[error**2 + 0.05 * squares, 0.0]], rtol=1e-6)
    weights = np.array([1.0, 0.5])
    np.testing.assert_allclose(tables["user"][0], user - RATE * (2 * error * weights * item + 0.1 * user), rtol=1e-5)
    np.testing.assert_allclose(tables["item"][1], item - RATE * (2 * error * weights * user + 0.1 * item), rtol=1e-5)
    np.testing.assert_allclose(kernel[:, 0], weights - RATE * 2 * error * user * item, rtol=1e-5)
    np.testing.assert_allclose(bias, [0.25 - RATE * 2 * error], rtol=1e-5)
    np.testing.assert_array_equal(tables["user"][1:], USER[1:])
    np.testing.assert_array_equal(tables["item"][[0, 2, 3]], ITEM[[0, 2, 3]])


def test_how_many_of_a_chunks_steps_are_run_is_up_to_the_caller(penalised):
    one, figures_of_one = penalised.train(first_state(), BATCHES, 1)
    two, figures_of_two = penalised.train(first_state(), BATCHES, 2)
    losses_of_one, losses_of_two = np.asarray(figures_of_one)[:1], np.asarray(figures_of_two)[:2]
    assert losses_of_one.shape == (1, 2)
    assert losses_of_two.shape == (2, 2)
    np.testing.assert_allclose(losses_of_one[0], losses_of_two[0], rtol=1e-6)
    again, _ = penalised.train(one, {name: array[::-1] for name, array in BATCHES.items()}, 1)
    tables, expected = (read_state(find_backend(), state, WIDTHS)[0] for state in (again, two))
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

    network = NeuMFNetwork((2,), 0.0)
    network.build({"user": (None, 2), "item": (None, None, 2)})
    program = make_program(find_backend(), network, {"user": 2, "item": 2}, LOSSES["bce"], Adam(), 0.0)
    assert program.vectors is None
    assert program.fold is None


def test_a_state_starts_with_slots_at_zero_and_is_read_back(keras):
    state = first_state(Adam())
    assert float(keras.ops.convert_to_numpy(state["step"])) == 0.0
    assert float(keras.ops.convert_to_numpy(state["rate"])) == RATE
    for slots in state["weight_slots"]:
        assert sorted(slots) == ["first", "second"]
        assert not any(np.any(keras.ops.convert_to_numpy(slot)) for slot in slots.values())
    # A row and its moments stand side by side.
    packed = find_backend().read_table(state["tables"]["user"], 6)
    np.testing.assert_array_equal(packed, np.concatenate([USER, np.zeros((4, 4))], axis=1))
    tables, weights, fixed = read_state(find_backend(), state, WIDTHS)
    np.testing.assert_array_equal(tables["user"], USER)
    np.testing.assert_array_equal(weights[1], [0.25])
    assert fixed == []


@pytest.fixture
def compilations(keras):
    """How many programs XLA has compiled, or fetched compiled from its cache on disk, while the test ran."""
    if find_backend().keras_name != "jax":
        pytest.skip("this process runs another backend")
    import jax

    seen, running = [], True

    def note(event, duration, **rest):
        if running and event == "/jax/core/compile/backend_compile_duration":
            seen.append(event)

    jax.monitoring.register_event_duration_secs_listener(note)
    yield seen
    running = False


@pytest.mark.parametrize(
    "model",
    [
        GMF(4, epochs=2),
        GMF(4, epochs=2, validation_fraction=0.2, dropout=0.5),
        MatrixFactorization(4, epochs=2),
        MatrixFactorization(4, epochs=2, negatives="in-batch", batch_size=16),
    ],
    ids=["gmf", "gmf, validated, with dropout", "mf", "mf, in-batch"],
)
def test_a_fold_of_slightly_other_size_compiles_nothing_anew(programs, compilations, model):
    events = checkerboard(40).events
    answers = []
    for seed in range(3):
        # Another number of events, of users and of items; as in cross-validation, a few more or less.
        fold = events.sample(len(events) - 7 * seed, random_state=seed).query(
            f"user_id != {seed} and item_id < 40 - {seed}"
        )
        fitted = clone(model).fit(fold)
        answers.append(fitted.recommend([7], k=3).scores)
        fitted.predict(fold), fitted.similar_items([5])
        if seed == 0:
            assert compilations  # or else this test sees nothing
            compilations.clear()
    assert compilations == []
    assert len(programs) == 1
    assert not np.array_equal(answers[0], answers[1])
