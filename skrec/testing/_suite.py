"""Running a suite: from a name or a class to an object, and from a failed check to a sentence."""

import contextlib
import io
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from skrec.exceptions import BackendMismatchError, BackendNotAvailableError
from skrec.plugin import lookup
from skrec.testing._expect import expect

Check = Callable[[Any], None]
"""A check takes what is checked, and raises where a promise isn't kept."""

_SEED = 20_240_229

_NO_FAULT_OF_THE_PLUGIN = (BackendMismatchError, BackendNotAvailableError)


def made(kind: str, subject: Any) -> Any:
    """Make what is to be checked of a registered name or of a class; an instance, or a function, stays as it is."""
    if isinstance(subject, str):
        subject = lookup(kind, subject)
    if not isinstance(subject, type):
        return subject
    try:
        return subject()
    except Exception as error:
        raise AssertionError(
            f"{subject.__name__} must be possible to make without arguments, which raised {type(error).__name__}: {error}. "
            "To check it with arguments, pass an instance."
        ) from error


def expect_kind(subject: Any, interface: type, what: str) -> None:
    """Expect an object of an interface."""
    expect(
        isinstance(subject, interface),
        f"{what} must be an object of skrec.plugin.{interface.__name__}, a class of it that can be made without arguments, or a "
        f"name registered by a plugin. Got {subject!r} instead.",
    )


def run_suite(checks: Iterable[Check], subject: Any, label: str) -> None:
    """Run checks one after the other, up to the first that fails."""
    for check in checks:
        run_check(check, subject, label)


def run_check(check: Check, subject: Any, label: str) -> None:
    """Run one check; whatever goes wrong is an AssertionError that names the plugin and the check."""
    name = getattr(check, "__name__", repr(check))
    try:
        check(subject)
    except _NO_FAULT_OF_THE_PLUGIN:
        raise
    except AssertionError as error:
        raise AssertionError(f"{label} fails {name}: {error}") from error
    except Exception as error:
        raise AssertionError(
            f"{label} fails {name}: it raised {type(error).__name__} where nothing should be raised: {error}"
        ) from error


@contextlib.contextmanager
def without_side_effects(what: str) -> Iterator[None]:
    """Expect a block to print nothing and to leave the global random states of NumPy and Python as they are."""
    kept = np.random.get_state(), random.getstate()  # noqa: NPY002 - they are looked at, and put back
    # States that nothing else sets, so that even setting them to what they were is noticed.
    np.random.seed(_SEED)  # noqa: NPY002
    random.seed(_SEED)
    before = _states()
    printed, complained = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(complained):
            yield
        after = _states()
    finally:
        np.random.set_state(kept[0])  # noqa: NPY002
        random.setstate(kept[1])
    text = printed.getvalue() + complained.getvalue()
    expect(not text, f"{what} must print nothing. It printed {text[:200]!r}.")
    for whose, one, other in zip(("NumPy's", "Python's"), before, after, strict=True):
        expect(
            one == other,
            f"{what} must leave {whose} global random state alone. Draw from numpy.random.default_rng(random_state) instead.",
        )


def _states() -> tuple[Any, Any]:
    name, keys, *rest = np.random.get_state()  # noqa: NPY002
    return (name, np.asarray(keys).tobytes(), *rest), random.getstate()
