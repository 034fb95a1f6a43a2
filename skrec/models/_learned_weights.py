"""Whether learned weights and a network belong together: a file may bring any of the one with any parameters for the other."""

from collections.abc import Callable
from typing import Any

from skrec.exceptions import BackendCapabilityError, BackendMismatchError, SavedFileError
from skrec.models._compiled import Compiled
from skrec.programs import Weights
from skrec.serving import Learned

__all__ = ["for_weights", "to_learn_on"]

_TIMES, _MORE = 20, 2**22


def for_weights(make: Callable[[], Compiled], weights: Weights, owner: str) -> Compiled:
    """Make a network for weights that were learned before.

    Parameters
    ----------
    make : callable
    weights : Weights
    owner : str
        Class of the model.

    Raises
    ------
    SavedFileError
        If it can't be made, or has other weights: no memory is taken for more than there are.
    """
    compiled = _made(make, sum(weight.size for weight in (*weights.network, *weights.fixed)), owner)
    network = compiled.network
    pairs = (network.trainable_variables, weights.network), (network.non_trainable_variables, weights.fixed)
    for variables, learned in pairs:
        wanted, found = [tuple(variable.shape) for variable in variables], [weight.shape for weight in learned]
        if wanted != found:
            raise _misfit(owner, f"the network's weights have shapes {wanted}, and those learned {found}")
    return compiled


def to_learn_on(make: Callable[[], Compiled], before: Learned | None, kept: Any, owner: str) -> Compiled:
    """Make a network that learns on; if nobody has used what it learned before, as after loading, not one that is many times as large."""
    if before is None or kept:
        return make()
    n_weights = sum(weight.size for weight in (*before.weights.network, *before.weights.fixed))
    return _made(make, _TIMES * n_weights + _MORE, owner)


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
