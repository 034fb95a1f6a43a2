"""Whether learned weights and a network belong together: a file may bring any of the one with any parameters for the other."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from skrec.exceptions import BackendCapabilityError, BackendMismatchError, SavedFileError
from skrec.models._compiled import Compiled
from skrec.programs import Program, Weights
from skrec.serving import Learned
from skrec.training import Lesson

__all__ = ["for_weights", "to_learn_on"]

_TIMES, _MORE = 20, 2**22
_STATES = 1024
"""How many numbers the states of dropout may be."""


def for_weights(make: Callable[[Learned], Compiled], learned: Learned, owner: str) -> tuple[Program, Learned]:
    """Make a network for weights that were learned before.

    Parameters
    ----------
    make : callable
    learned : Learned
    owner : str
        Class of the model.

    Returns
    -------
    program : Program
    learned : Learned
        The same; with other states of dropout, which serving doesn't use, where another dropout was set after fit.

    Raises
    ------
    SavedFileError
        If it can't be made, or has other weights: no memory is taken for more than there are.
    """
    from skrec.networks import is_random_state

    weights = learned.weights
    compiled = _made(lambda: make(learned), _size(weights) + _STATES, owner)
    trained, fixed = compiled.network.trainable_variables, compiled.network.non_trainable_variables
    if _shapes(trained) != _shapes(weights.network):
        raise _misfit(
            owner, f"the network has weights of {_shapes(trained)}, and those learned are of {_shapes(weights.network)}"
        )
    if _shapes(fixed) == _shapes(weights.fixed):
        return compiled.program, learned
    if not all(map(is_random_state, fixed)) or len(weights.fixed) > _STATES:
        raise _misfit(owner, f"the network keeps {_shapes(fixed)}, and what was learned is of {_shapes(weights.fixed)}")
    states = [np.array(variable.numpy()) for variable in fixed]
    return compiled.program, replace(learned, weights=replace(weights, fixed=states))


def _shapes(weights: Any) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in weights]


def _size(weights: Weights) -> int:
    return sum(weight.size for weight in (*weights.network, *weights.fixed))


def to_learn_on(make: Callable[[], Compiled], lesson: Lesson, model: Any) -> Compiled:
    """Make a network that learns on; if nobody has used what it learned before, as after loading, not one that is many times as large."""
    if lesson.before is None or not lesson.grows or vars(model).get("_kept"):
        return make()
    return _made(make, _TIMES * _size(lesson.before.weights) + _MORE, type(model).__name__)


def _made(make: Callable[[], Compiled], most: int, owner: str) -> Compiled:
    from skrec.networks import weights_at_most

    try:
        with weights_at_most(most):
            return make()
    except (BackendMismatchError, BackendCapabilityError, SavedFileError):
        raise
    except Exception as error:  # whatever a network's builder raises of parameters that aren't those of fit
        raise _misfit(owner, " ".join(str(error).split())[:300] or type(error).__name__) from error


def _misfit(owner: str, reason: str) -> SavedFileError:
    return SavedFileError(
        f"What this {owner} has learned doesn't belong to its parameters ({reason}). Fit it again if you changed these; else the file it "
        "was loaded from is damaged: save it anew."
    )
