"""The conformance suite of backends: what a backend says of itself, its devices, and inference. Training is in another file."""

import sys
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from skrec.backends import find_device, start
from skrec.exceptions import BackendNotAvailableError, DeviceNotFoundError
from skrec.plugin import Backend, Capabilities
from skrec.testing._backend_training import SERVING_ONLY_CHECKS, TRAINING_CHECKS
from skrec.testing._expect import brief, expect, expect_close, expect_equal, expect_raises
from skrec.testing._suite import expect_kind, made, run_suite

_TABLE = np.arange(12, dtype=np.float32).reshape(6, 2)


def check_backend(backend: Any) -> None:
    """Check that a backend keeps what `skrec.plugin.Backend` promises, against NumPy.

    One process runs one backend: Keras is started on the one that is checked. A backend that only serves, as its capabilities say, is
    checked for inference, and for refusing to train with a sentence.

    Parameters
    ----------
    backend : Backend, class or str
        An instance, a class that can be made without arguments, or the name that a plugin gives it.

    Raises
    ------
    AssertionError
        With the first promise that isn't kept.
    BackendMismatchError
        If this process runs another backend already; start a new one, with ``SKREC_BACKEND`` set to the backend's name.
    BackendNotAvailableError
        If the backend's framework isn't installed.
    UnknownNameError
        If no plugin provides the name.

    Examples
    --------
    >>> from skrec.backends import find_backend
    >>> from skrec.testing import check_backend
    >>> check_backend(find_backend())
    """
    subject = made("backends", backend)
    expect_kind(subject, Backend, "A backend")
    label = type(subject).__name__
    run_suite(DESCRIPTION_CHECKS, subject, label)
    if not subject.is_available():
        raise BackendNotAvailableError(f"{label} can't be checked without {subject.module}. Run: {subject.install}")
    start(subject)
    run_suite(CHECKS, subject, label)
    run_suite(TRAINING_CHECKS if subject.capabilities.train else SERVING_ONLY_CHECKS, subject, label)


def _keras() -> Any:
    return sys.modules["keras"]


def _numpy(tensor: Any) -> Any:
    return np.asarray(_keras().ops.convert_to_numpy(tensor))


def check_it_can_be_made_without_arguments(backend: Any) -> None:
    """A name stands for a class, which is made without arguments."""
    type(backend)()


def check_it_says_what_it_is(backend: Any) -> None:
    """Class attributes tell a user what to install, and skrec what to expect."""
    kind = type(backend)
    for name in ("keras_name", "module", "install"):
        text = getattr(kind, name, None)
        expect(
            isinstance(text, str) and text.strip(),
            f"The class attribute {name!r} must be a text that isn't empty. Got {text!r} instead.",
        )
    expect(
        isinstance(kind.fixed_shapes, bool), f"'fixed_shapes' must be True or False. Got {kind.fixed_shapes!r} instead."
    )
    expect(
        isinstance(kind.capabilities, Capabilities),
        f"'capabilities' must be a skrec.plugin.Capabilities. Got {kind.capabilities!r} instead.",
    )


def check_availability_is_said_without_importing_the_framework(backend: Any) -> None:
    """Every backend is asked whether it is there, and only one is imported."""
    before = backend.module in sys.modules
    found = backend.is_available()
    expect(isinstance(found, bool), f"is_available must give True or False. Got {found!r} instead.")
    expect(
        before or backend.module not in sys.modules,
        f"is_available must not import {backend.module}. Use importlib.util.find_spec instead.",
    )


def check_version_is_a_number_of_a_version(backend: Any) -> None:
    """``skrec backends`` shows it."""
    version = backend.version()
    expect(
        isinstance(version, str) and version[:1].isdigit(),
        f"version must give the framework's version as a text such as '1.2.3'. Got {version!r} instead.",
    )


def check_keras_runs_it(backend: Any) -> None:
    """Keras' name of the backend is what Keras says that it runs."""
    expect_equal(backend.keras_name, _keras().config.backend(), "'keras_name', the name by which Keras knows it,")


def check_devices_are_named_and_the_cpu_is_among_them(backend: Any) -> None:
    """``"cpu"``, ``"gpu:0"``, ``"tpu:0"``, best first; the best is the default."""
    devices = backend.devices()
    expect(
        isinstance(devices, list) and all(isinstance(name, str) for name in devices),
        f"devices must give a list of names. Got {devices!r} instead.",
    )
    expect("cpu" in devices, f"'cpu' must always be among the devices. Got {devices} instead.")
    expect(len(set(devices)) == len(devices), f"Each device may be named once. Got {devices}.")
    wrong = [name for name in devices if name != "cpu" and not _is_numbered(name)]
    expect(not wrong, f"Devices are called 'cpu', or by kind and number as 'gpu:0'. Got {wrong}.")
    best = backend.default_device()
    expect(best in devices, f"default_device must give one of {devices}. Got {best!r} instead.")


def _is_numbered(name: str) -> bool:
    kind, _, number = name.partition(":")
    return kind.isalpha() and kind.islower() and number.isdigit()


def check_device_scopes_are_entered_and_left(backend: Any) -> None:
    """Tensors are made inside; a device that isn't there is refused before."""
    for device in ("cpu", backend.default_device()):
        with backend.device_scope(device):
            expect_equal(_numpy(_keras().ops.ones((2,)) * 3.0), [3.0, 3.0], f"3 * ones((2,)), computed on {device},")
    expect_equal(find_device(backend, "auto"), backend.default_device(), "The device of device='auto'")
    expect_raises((DeviceNotFoundError,), lambda: find_device(backend, "abacus:0"), "device='abacus:0'")


def check_forward_takes_and_gives_arrays(backend: Any) -> None:
    """Under one compiled function come batches of any size and rank, nested as the function likes."""
    ops = _keras().ops

    def function(weights: Any, user: Any, item: Any) -> Any:
        return ops.sum(weights[0] * item, axis=-1), {"user": user + 1.0}

    forward = backend.compile_forward(function)
    weights = [np.array([1.0, 10.0], dtype=np.float32)]
    for item in (_TABLE, _TABLE[:4], _TABLE.reshape(2, 3, 2), _TABLE, _TABLE[:1]):
        scores, rest = forward(weights, _TABLE, item)
        expect(
            isinstance(scores, np.ndarray),
            f"compile_forward's function must give NumPy arrays. Got {type(scores).__name__} instead.",
        )
        expect_close(scores, item @ weights[0], f"What compile_forward's function gives for shape {item.shape}")
        expect_close(rest["user"], _TABLE + 1.0, "What compile_forward's function gives beside it, in a dict,")


def check_forward_gives_half_precision_as_numbers(backend: Any) -> None:
    """A model of ``precision="mixed_bfloat16"`` is served too."""
    ops = _keras().ops
    forward = backend.compile_forward(lambda values: ops.cast(values, "bfloat16") * 2.0)
    found = np.asarray(forward(_TABLE), dtype=np.float32)
    expect_close(found, _TABLE * 2.0, "Twice a table in bfloat16")


def check_top_k_finds_the_largest_inner_products(backend: Any) -> None:
    """Whatever is left out, under one compiled function for all numbers of users."""
    rng = np.random.default_rng(0)
    items, users = (rng.normal(size=(n, 5)).astype(np.float32) for n in (90, 40))
    find = backend.compile_top_k(items, 7)
    for n_users, share in ((40, None), (40, 0.0), (40, 0.4), (3, 0.05), (7, 0.9), (1, None), (8, 0.97), (0, None)):
        exclude = None if share is None else csr_array(rng.random((n_users, 90)) < share)
        positions, products = find(users[:n_users], exclude)
        what = f"of compile_top_k for {n_users} users"
        expect(positions.dtype == np.int64, f"The positions {what} must be int64. Got {positions.dtype} instead.")
        expected = users[:n_users] @ items.T
        if exclude is not None:
            expected[exclude.toarray()] = -np.inf
        expect_close(products, -np.sort(-expected, axis=1)[:, :7], f"The products {what}, best first,")
        expect_close(np.take_along_axis(expected, positions, axis=1), products, f"The products at the positions {what}")


def check_top_k_finds_all_items(backend: Any) -> None:
    """As many as there are, one among them."""
    for n_items in (1, 5):
        items = np.arange(n_items, dtype=np.float32)[:, np.newaxis]
        positions, products = backend.compile_top_k(items, n_items)(np.ones((3, 1), dtype=np.float32), None)
        expect_equal(positions, [list(range(n_items))[::-1]] * 3, f"The positions of all {n_items} items, best first,")
        expect(
            products.shape == (3, n_items),
            f"Products must be of shape (3, {n_items}). Got {brief(products.shape)} instead.",
        )


DESCRIPTION_CHECKS = (
    check_it_can_be_made_without_arguments,
    check_it_says_what_it_is,
    check_availability_is_said_without_importing_the_framework,
)

CHECKS = (
    check_version_is_a_number_of_a_version,
    check_keras_runs_it,
    check_devices_are_named_and_the_cpu_is_among_them,
    check_device_scopes_are_entered_and_left,
    check_forward_takes_and_gives_arrays,
    check_forward_gives_half_precision_as_numbers,
    check_top_k_finds_the_largest_inner_products,
    check_top_k_finds_all_items,
)
