import numpy as np
import pytest
from sklearn.base import clone

from skrec.backends import find_backend, start
from skrec.exceptions import InvalidParameterError
from skrec.optimizers import SGD, Adagrad, Adam, find_optimizer

GRADIENTS = np.random.default_rng(0).normal(size=(5, 3, 2)).astype(np.float32)
START = np.random.default_rng(1).normal(size=(3, 2)).astype(np.float32)
RATE = 0.1


@pytest.fixture(scope="module")
def keras():
    return start(find_backend())


def steps(optimizer, value, gradients, rate=RATE):
    """Apply a rule several times in NumPy."""
    slots = {name: np.zeros_like(value) for name in optimizer.slots}
    for number, gradient in enumerate(gradients, start=1):
        value, slots = optimizer.update(value, gradient, slots, rate, np.float32(number))
    return value, slots


def test_sgd_steps_against_the_gradient():
    value, slots = steps(SGD(), np.array([1.0, 2.0]), np.array([[10.0, -20.0], [1.0, 0.0]]))
    np.testing.assert_allclose(value, [1.0 - 0.1 * 11.0, 2.0 + 0.1 * 20.0])
    assert slots == {}


def test_adagrad_divides_by_the_root_of_the_summed_squares():
    value, slots = steps(Adagrad(epsilon=1e-8), np.array([1.0]), np.array([[3.0], [4.0]]))
    np.testing.assert_allclose(value, [1.0 - 0.1 * 3.0 / 3.0 - 0.1 * 4.0 / 5.0], rtol=1e-7)
    np.testing.assert_allclose(slots["squares"], [25.0])


def test_adam_corrects_the_bias_of_its_moments():
    value, slots = steps(Adam(beta_1=0.5, beta_2=0.75, epsilon=1e-12), np.array([1.0]), np.array([[2.0], [4.0]]))
    # By hand: m = 1, then 2.5; v = 1, then 4.75; corrected 2 / 1 and 2.5 / 0.75, 4 and 4.75 / 0.4375.
    expected = 1.0 - 0.1 * 2.0 / 2.0 - 0.1 * (2.5 / 0.75) / np.sqrt(4.75 / 0.4375)
    np.testing.assert_allclose(value, [expected], rtol=1e-6)
    np.testing.assert_allclose(slots["first"], [2.5])
    np.testing.assert_allclose(slots["second"], [4.75])


@pytest.mark.parametrize("name", ["Adam", "Adagrad", "SGD"])
def test_each_rule_is_that_of_keras(keras, name):
    extra = {"initial_accumulator_value": 0.0} if name == "Adagrad" else {}
    theirs = getattr(keras.optimizers, name)(learning_rate=RATE, **extra)
    variable = keras.Variable(START)
    for gradient in GRADIENTS:
        theirs.apply([keras.ops.convert_to_tensor(gradient)], [variable])
    ours, _ = steps({"Adam": Adam, "Adagrad": Adagrad, "SGD": SGD}[name](), START, GRADIENTS)
    np.testing.assert_allclose(ours, keras.ops.convert_to_numpy(variable.value), rtol=2e-4, atol=1e-5)


@pytest.mark.parametrize(("name", "kind"), [("adam", Adam), ("Adagrad", Adagrad), ("SGD", SGD)])
def test_an_optimizer_is_found_by_its_name_in_any_case(name, kind):
    assert type(find_optimizer(name)) is kind


def test_an_optimizer_handed_in_is_kept():
    optimizer = Adagrad(learning_rate=0.5)
    assert find_optimizer(optimizer) is optimizer


@pytest.mark.parametrize("wrong", ["rmsprop", 3, None])
def test_anything_else_is_refused_with_what_there_is(wrong):
    with pytest.raises(
        InvalidParameterError,
        match=r"'optimizer' parameter must be one of \['adagrad', 'adam', 'sgd'\] or an object of skrec.optimizers. ",
    ):
        find_optimizer(wrong)


@pytest.mark.parametrize(
    ("optimizer", "name"),
    [
        (Adam(learning_rate=0.0), "learning_rate"),
        (Adam(beta_1=1.0), "beta_1"),
        (Adam(beta_2=-0.1), "beta_2"),
        (Adam(epsilon=0), "epsilon"),
        (Adagrad(learning_rate=-1), "learning_rate"),
        (Adagrad(epsilon=0.0), "epsilon"),
        (SGD(learning_rate="fast"), "learning_rate"),
        (SGD(learning_rate=True), "learning_rate"),
    ],
)
def test_a_parameter_that_breaks_its_constraint_is_named(optimizer, name):
    with pytest.raises(InvalidParameterError, match=f"The '{name}' parameter of {type(optimizer).__name__} must be"):
        find_optimizer(optimizer)


def test_an_optimizer_is_a_parameter_object_that_scikit_learn_can_clone_and_set():
    optimizer = clone(Adam(beta_1=0.8)).set_params(learning_rate=0.3)
    assert optimizer.get_params() == {"learning_rate": 0.3, "beta_1": 0.8, "beta_2": 0.999, "epsilon": 1e-7}
    assert repr(SGD(learning_rate=0.1)) == "SGD(learning_rate=0.1)"


@pytest.mark.parametrize("optimizer", [Adam(), Adagrad(), SGD()])
def test_all_weights_of_a_network_are_updated_one_by_one(keras, optimizer):
    tensor = keras.ops.convert_to_tensor
    weights = [tensor(START), tensor(START[0])]
    bound = optimizer.for_network(weights)
    slots = bound.first_slots(weights)
    for number, gradient in enumerate(GRADIENTS, start=1):
        gradients = [tensor(gradient), tensor(gradient[0])]
        weights, slots = bound.update_all(weights, gradients, slots, RATE, float(number))
    expected, last = steps(optimizer, START, GRADIENTS)
    for weight, whole in zip(bound.finish(weights, slots), (expected, expected[0]), strict=True):
        np.testing.assert_allclose(keras.ops.convert_to_numpy(weight), whole, rtol=1e-5, atol=1e-6)
    assert [set(slot) for slot in slots] == [set(last)] * 2


def test_programs_are_found_again_by_all_but_the_learning_rate():
    assert Adam(0.1).key() == Adam(0.2).key() != Adam(0.1, beta_1=0.5).key()
    assert SGD().key() != Adagrad().key()
