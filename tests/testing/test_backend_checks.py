import numpy as np
import pytest

from skrec.backends import find_backend, start
from skrec.exceptions import BackendMismatchError, BackendNotAvailableError
from skrec.plugin import Capabilities, lookup
from skrec.testing import check_backend


@pytest.fixture(scope="module")
def kind():
    """The class of this process' backend; its faults are made by inheriting from it."""
    backend = find_backend()
    start(backend)
    return type(backend)


def test_the_backend_of_this_process_passes(kind):
    check_backend(kind)
    check_backend(find_backend())


def test_it_passes_by_its_name(kind):
    check_backend(kind.keras_name)


def test_another_backend_says_how_it_is_checked(kind):
    other = next(name for name in ("tensorflow", "torch", "jax") if name != kind.keras_name)
    if not lookup("backends", other)().is_available():
        pytest.skip(f"{other} isn't installed")
    with pytest.raises(BackendMismatchError, match=f"Start a new process.*SKREC_BACKEND={other} in the environment"):
        check_backend(other)


def with_fault(kind, **attributes):
    return type("Faulty", (kind,), attributes)()


def test_one_that_is_not_installed_says_what_to_run(kind):
    absent = with_fault(kind, is_available=lambda self: False)
    with pytest.raises(BackendNotAvailableError, match="Faulty can't be checked without .* Run: pip install"):
        check_backend(absent)


def serves_only(kind):
    """A backend that computes no gradients, and says so."""

    def refuse(*arguments, **options):
        raise NotImplementedError("This backend only serves. Fit on another one.")

    return with_fault(
        kind, capabilities=Capabilities(train=False, jit=False), value_and_grad=refuse, compile_steps=refuse
    )


def test_a_backend_that_only_serves_passes(kind):
    check_backend(serves_only(kind))


def test_one_that_says_that_it_only_serves_must_refuse_to_train(kind):
    silent = with_fault(kind, capabilities=Capabilities(train=False))
    with pytest.raises(
        AssertionError, match="value_and_grad, where capabilities.train is False, must raise|must raise"
    ):
        check_backend(silent)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"install": ""}, "The class attribute 'install' must be a text"),
        ({"capabilities": {"train": True}}, "'capabilities' must be a skrec.plugin.Capabilities"),
        ({"is_available": lambda self: 1}, "is_available must give True or False. Got 1"),
        ({"version": lambda self: "unknown"}, "version must give the framework's version"),
        ({"devices": lambda self: ["gpu:0"]}, "'cpu' must always be among the devices"),
        (
            {"devices": lambda self: ["CUDA0", "cpu"]},
            r"Devices are called 'cpu', or by kind and number as 'gpu:0'. Got \['CUDA0'\]",
        ),
        ({"default_device": lambda self: "tpu:7"}, "default_device must give one of"),
        (
            {"compile_forward": lambda self, function: lambda *inputs: function(*inputs)},
            "check_forward_takes_and_gives_arrays",
        ),
        (
            {"compile_top_k": lambda self, items, n: lambda users, exclude: _ignores(users, items, n)},
            "check_top_k_finds_the_largest_inner_products: The products of compile_top_k for 40 users",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_broken_backends_are_caught_with_a_sentence(kind, attributes, message):
    with pytest.raises(AssertionError, match=message):
        check_backend(with_fault(kind, **attributes))


def _ignores(users, items, n):
    """Search without looking at what is to be left out."""
    products = users @ items.T
    positions = np.argsort(-products, axis=1)[:, :n]
    return positions, np.take_along_axis(products, positions, axis=1)


def test_what_is_no_backend_is_told():
    with pytest.raises(AssertionError, match="A backend must be an object of skrec.plugin.Backend"):
        check_backend(5)
