"""Programs: which fits share one, and what is in it."""

from collections import OrderedDict
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import clone

from skrec.losses import BCE, BPR, Softmax
from skrec.models import GMF, KerasModel, MatrixFactorization, NeuMF
from skrec.optimizers import SGD, Adam
from skrec.programs import Program, find_program, make_program, program
from skrec.retrievers import ExactRetriever
from skrec.testing import checkerboard

WIDTHS = {"user": 2, "item": 2}


@pytest.fixture
def programs(monkeypatch):
    """An empty cache of programs."""
    fresh = OrderedDict()
    monkeypatch.setattr(program, "_programs", fresh)
    return fresh


def no_program():
    return Program(None, None, None, None)


def test_a_program_is_made_once(programs):
    first = find_program("key", no_program)
    assert find_program("key", no_program) is first
    assert find_program("other", no_program) is not first


def test_the_programs_used_least_recently_are_forgotten(programs, monkeypatch):
    monkeypatch.setattr(program, "_CACHE_SIZE", 2)
    first, second = find_program(1, no_program), find_program(2, no_program)
    assert find_program(1, no_program) is first
    find_program(3, no_program)
    assert list(programs) == [1, 3]
    assert find_program(2, no_program) is not second


@pytest.fixture
def program_of(programs, backend):
    """The program that a model would be trained with, on as many users and items; nothing is compiled."""

    def find(model, n=12):
        known = SimpleNamespace(features=None, users=range(n), items=range(n))
        return model._compiled(backend, model._loss(), known).program

    return find


def multiply(spec):
    import keras

    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users, 2)(inputs["user_id"])
    item = keras.layers.Embedding(spec.n_items, 2)(inputs["item_id"])
    return keras.Model(inputs, keras.ops.sum(user * item, axis=-1))


def test_fits_that_differ_in_nothing_that_is_compiled_share_a_program(programs, program_of):
    alike = [
        GMF(4, epochs=1, random_state=0),
        GMF(np.int64(4), epochs=2, learning_rate=0.1, n_negatives=7, random_state=1, batch_size=5, verbose=1),
        GMF(4, optimizer=Adam(learning_rate=0.2), validation_fraction=0.2, early_stopping=2, warm_start=True),
        GMF(4, negatives="popularity", retriever=ExactRetriever(), callbacks=[], device="cpu"),
        GMF(4, loss=BCE(calibration=0.5)),
    ]
    for model in alike:
        program_of(model, n=9)
        program_of(model)
    assert len(programs) == 1


def test_what_is_compiled_differs_by_structure_loss_optimizer_and_precision(programs, program_of):
    others = [
        GMF(4),
        GMF(5),
        GMF(4, loss="bpr"),
        GMF(4, loss="softmax"),
        GMF(4, loss=Softmax(temperature=0.5)),
        GMF(4, l2=0.1),
        GMF(4, dropout=0.1),
        GMF(4, optimizer="sgd"),
        GMF(4, optimizer=Adam(beta_1=0.8)),
        GMF(4, precision="mixed_bfloat16"),
        MatrixFactorization(4),
        NeuMF(4),
    ]
    assert len({id(program_of(model)) for model in others}) == len(programs) == len(others)
    # A network that takes ids has a row for each of them.
    by_id = {id(program_of(KerasModel(multiply), n)) for n in (12, 12, 13)}
    assert len(by_id) == 2


@pytest.fixture
def compilations(backend):
    """How many programs XLA has compiled, or fetched compiled from its cache on disk, while the test ran."""
    if backend.keras_name != "jax":
        pytest.skip("this process runs another backend")
    import jax

    seen, running = [], True

    def note(event, duration, **rest):
        if running and event == "/jax/core/compile/backend_compile_duration":
            seen.append(event)

    jax.monitoring.register_event_duration_secs_listener(note)
    yield seen
    running = False


@pytest.mark.filterwarnings("ignore::skrec.exceptions.BelowPopularityWarning")  # of one epoch
@pytest.mark.parametrize(
    "model",
    [
        GMF(4, epochs=1, validation_fraction=0.2, dropout=0.5),
        MatrixFactorization(4, epochs=1),
        MatrixFactorization(4, epochs=1, negatives="in-batch", batch_size=16),
    ],
    ids=["gmf, validated, with dropout", "mf", "mf, in-batch"],
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


USER = np.array([[1.0, 2.0], [0.5, -1.0], [9.0, 9.0], [0.0, 0.0]], dtype=np.float32)
ITEM = np.array([[2.0, 1.0], [-1.0, 3.0], [4.0, 4.0], [0.0, 0.0]], dtype=np.float32)


def test_scoring_and_vectors_take_weights_from_outside(backend):
    from skrec.networks import GMFNetwork

    network = GMFNetwork(0.0)
    network.build({"user": (None, 2), "item": (None, None, 2)})
    made = make_program(backend, network, WIDTHS, BCE(), SGD(), 0.1)
    weights = [np.array([[1.0], [0.5]], dtype=np.float32), np.array([0.25], dtype=np.float32)]
    expected = (USER * [1.0, 0.5]) @ ITEM.T + 0.25
    np.testing.assert_allclose(made.score(weights, [], USER, ITEM), expected, rtol=1e-5)
    own = made.score(weights, [], USER, ITEM[:, np.newaxis])
    np.testing.assert_allclose(own[:, 0], np.diag(expected), rtol=1e-5)
    user, item = made.vectors(weights, [], USER, ITEM)
    np.testing.assert_allclose(user @ item.T, expected, rtol=1e-5)
    assert (made.encode, made.read, made.temperature) == (None, None, 1.0)


def test_rows_and_histories_are_encoded_by_networks_that_do_so(backend, keras):
    class Network(keras.Layer):
        """Adds what it is told of a side, and reads a history as the sum of its rows."""

        built, dim, temperature = True, 2, 0.5

        def encode(self, side, inputs, training=False):
            return inputs["id"] + {"user": 1.0, "item": 2.0, "context": 3.0}[side]

        def read(self, inputs, training=False):
            return keras.ops.cumsum(inputs["rows"], axis=1)

        def vectors(self, user, item):
            return user * 10.0, item

        def call(self, inputs, training=False):
            return keras.ops.matmul(inputs["user"], keras.ops.transpose(inputs["item"]))

    made = make_program(backend, Network(), {"item": 2}, BPR(), SGD(), 0.0)
    for side, more in (("user", 1.0), ("item", 2.0), ("context", 3.0)):
        np.testing.assert_allclose(made.encode[side]([], [], {"id": USER}), USER + more)
    # What is read is the vector after the last place.
    np.testing.assert_allclose(made.read([], [], {"rows": USER[np.newaxis]}), 10.0 * USER.sum(axis=0)[np.newaxis])
    assert made.temperature == 0.5
    assert made.fold is None  # there are no rows of users to learn


def test_a_program_has_no_more_than_its_network_can_do(backend):
    from skrec.networks import FactorNetwork, NeuMFNetwork

    joint = NeuMFNetwork((2,), 0.0)
    joint.build({"user": (None, 2), "item": (None, None, 2)})
    made = make_program(backend, joint, WIDTHS, BCE(), Adam(), 0.0)
    assert (made.network, made.vectors, made.encode, made.read) == (joint, None, None, None)
    assert made.fold is not None
    assert make_program(backend, joint, {}, BCE(), Adam(), 0.0).fold is None
    for temperature, divisor in ((None, 1.0), (0.25, 0.25)):
        factors = FactorNetwork(0.0, False, temperature)
        factors.build(None)
        assert make_program(backend, factors, WIDTHS, BCE(), Adam(), 0.0).temperature == divisor
