"""From what a user writes as a loss to the object."""

from typing import Any

from sklearn.base import clone

from skrec._keras_objects import is_keras_loss
from skrec.exceptions import InvalidParameterError
from skrec.losses.bce import BCE
from skrec.losses.bpr import BPR
from skrec.losses.keras_loss import KerasLoss
from skrec.losses.loss import Loss
from skrec.losses.mse import MSE
from skrec.losses.softmax import Softmax
from skrec.plugin import lookup, names

__all__ = ["find_loss"]

_BUILT_IN: dict[Any, type[Loss]] = {"bce": BCE, "bpr": BPR, "mse": MSE, "softmax": Softmax}


def find_loss(loss: Any, *, ratings: bool = True, keras: bool = False, owner: str = "find_loss") -> Loss:
    """Make the loss of a name, or a copy of one that was handed in.

    Parameters
    ----------
    loss : str, Loss, keras.losses.Loss or callable
        A built-in name, a plugin's, or an object; or one of Keras.
    ratings : bool, default=True
        Whether losses that learn ratings will do.
    keras : bool, default=False
        Whether losses of Keras will do as they are, without a `KerasLoss` around them.
    owner : str, default="find_loss"
        Named in the message.

    Returns
    -------
    Loss
        Its parameters are checked.

    Raises
    ------
    InvalidParameterError
        If it is neither, or learns ratings where that won't do.
    """
    if isinstance(loss, str) and loss in _BUILT_IN and (ratings or loss != "mse"):
        return _BUILT_IN[loss]()
    found = _found(KerasLoss(loss) if keras and _is_bare(loss) else loss, ratings, owner)
    found.check()
    if found.target == "rating" and not ratings:
        raise InvalidParameterError(_refusal(loss, ratings, owner))
    return found


def _is_bare(loss: Any) -> bool:
    """Say whether something is a loss of Keras, or a function as Keras takes for one."""
    return is_keras_loss(loss) or (callable(loss) and not isinstance(loss, (Loss, type)))


def _found(loss: Any, ratings: bool, owner: str) -> Loss:
    if isinstance(loss, Loss):
        loss.check()  # before the copy, which not every wrong parameter can be part of
        copy: Loss = clone(loss)
        return copy
    if isinstance(loss, str) and (":" in loss or loss in names("losses")):
        made: Any = lookup("losses", loss)()
    else:
        raise InvalidParameterError(_refusal(loss, ratings, owner))
    if not isinstance(made, Loss):
        raise InvalidParameterError(
            f"The loss {loss!r} of a plugin must make a skrec.losses.Loss. Got {type(made).__name__} instead."
        )
    return made


def _refusal(loss: Any, ratings: bool, owner: str) -> str:
    allowed = sorted({name for name in names("losses") if ratings or name != "mse"})
    listing = ", ".join(map(repr, allowed))
    if _is_bare(loss):
        return (
            f"The 'loss' parameter of {owner} must be a str among {{{listing}}} or a loss of skrec.losses: for one of Keras, pass "
            f"skrec.losses.KerasLoss(loss). Got {loss!r} instead."
        )
    why = ", which learns ratings" if isinstance(loss, Loss) else ""
    return f"The 'loss' parameter of {owner} must be a str among {{{listing}}} or a loss of skrec.losses. Got {loss!r} instead{why}."
