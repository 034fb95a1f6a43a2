"""KerasLoss: any loss of Keras."""

from typing import Any, ClassVar

from skrec._keras_objects import SavedKeras, describe, is_keras_loss, known_object, stand_in
from skrec._params import StrOptions
from skrec.exceptions import InvalidParameterError
from skrec.losses.bce import BCE
from skrec.losses.loss import Loss
from skrec.losses.mse import MSE
from skrec.typing import Floats, Scores

__all__ = ["KerasLoss"]

_OF_DIFFERENCES = ("MeanSquaredError", "MeanAbsoluteError", "Huber", "LogCosh")
"""Losses of ratings that depend on prediction minus rating alone."""
_OF_RATINGS = (*_OF_DIFFERENCES, "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "Poisson")
_OF_LABELS = ("BinaryCrossentropy", "BinaryFocalCrossentropy", "Hinge", "SquaredHinge")
_OF_CLASSES = (
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Circle",
    "CosineSimilarity",
    "CTC",
    "Dice",
    "KLDivergence",
    "SparseCategoricalCrossentropy",
    "Tversky",
)
"""Losses that compare several numbers of one prediction; of one number, most of them are constant."""


def _decided(*functions: Any) -> Any:
    """What other losses say in their class, decided by an object's parameters."""
    return property(*functions)


def _by_target(label: Any, rating: Any) -> Any:
    return _decided(lambda loss: rating if loss.target == "rating" else label)


class KerasLoss(Loss):
    """A loss of Keras, computed for each score by itself.

    Events are weighted as under all other losses; the `reduction` of the Keras loss is left aside. A loss of labels is computed for each
    event and its negatives, a loss of ratings for each event. Ratings are centred by their mean under MeanSquaredError,
    MeanAbsoluteError, Huber and LogCosh, which see no difference; all others are told the ratings as they are, and a network has to give
    what they ask for, such as positive scores under Poisson.

    Parameters
    ----------
    loss : keras.losses.Loss or callable
        Or ``loss(y_true, y_pred)`` of tensors of shape (n, 1), which gives shape (n,). Whether scores are logits is what its
        `from_logits` says, as in Keras: by default they are not, and the network has to end in a sigmoid. Of logits, `predict` gives
        probabilities.
    target : {"label", "rating"}, optional
        Learn 1 for positives and 0 for negatives, or ratings. Known of MeanSquaredError, MeanAbsoluteError, Huber, LogCosh,
        MeanAbsolutePercentageError, MeanSquaredLogarithmicError and Poisson, which learn ratings; and of BinaryCrossentropy,
        BinaryFocalCrossentropy, Hinge and SquaredHinge, which learn labels.

    Notes
    -----
    A loss is shared by copies of this object, and must not be changed. Keras' own copies forget the `delta` of Huber (Keras 3.15),
    and scikit-learn's searches copy all candidates: for these wrap the loss. Compiled programs of a loss that isn't Keras' own are found
    again by the very object.

    Examples
    --------
    >>> import keras
    >>> from skrec.losses import KerasLoss
    >>> from skrec.models import GMF
    >>> from skrec.testing import checkerboard
    >>> focal = keras.losses.BinaryFocalCrossentropy(from_logits=True)
    >>> GMF(loss=KerasLoss(focal), epochs=1, random_state=0).fit(checkerboard(6)).n_iter_
    1
    >>> KerasLoss(keras.losses.Huber()).target
    'rating'
    """

    target: ClassVar[str] = _decided(lambda loss: loss._find_target(), lambda loss, value: loss._set_target(value))
    negatives: ClassVar[str] = _by_target("own", "none")
    per: ClassVar[str] = _by_target("score", "event")
    default_negatives: ClassVar[int] = _by_target(4, 1)
    metric: ClassVar[str] = _by_target("ndcg@10", "rmse")
    centred: ClassVar[bool] = _decided(lambda loss: loss._name in _OF_DIFFERENCES)
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "loss": [callable, SavedKeras],
        "target": [StrOptions({"label", "rating"}), None],
    }

    def __init__(self, loss: Any, target: str | None = None) -> None:
        self.loss = loss
        self._set_target(target)

    def _set_target(self, target: str | None) -> None:
        self._target = target

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the parameters as they were passed; `target` is what follows from them."""
        return {"loss": self.loss, "target": self._target}

    def __sklearn_clone__(self) -> "KerasLoss":
        return type(self)(self.loss, self._target)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "loss": stand_in(self.loss)}

    def __skrec_state__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "loss": SavedKeras.of(self.loss)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # The constructor's parameter has the name of a property, which a file may speak of.
        super().__setstate__({name: value for name, value in state.items() if name != "target"})

    @property
    def _name(self) -> str:
        """Name of the class, where that is one of Keras."""
        if isinstance(self.loss, SavedKeras):
            return self.loss.name
        kind = type(known_object(self.loss))
        return kind.__name__ if kind.__module__.startswith("keras.") else ""

    @property
    def _from_logits(self) -> bool | None:
        """Whether scores are logits, or probabilities; None where the loss doesn't say."""
        if isinstance(self.loss, SavedKeras):
            said = self.loss.arguments.get("from_logits")
        else:
            said = getattr(known_object(self.loss), "from_logits", None)
        return None if said is None else bool(said)

    def _find_target(self) -> str:
        if self._name in _OF_CLASSES:
            raise InvalidParameterError(
                f"The 'loss' parameter of KerasLoss must be one of single scores, and {self._name} compares those of several classes. "
                "To compare an event's item with others, use skrec.losses.Softmax()."
            )
        if self._target is not None:
            return self._target
        bases = [self.loss.name] if isinstance(self.loss, SavedKeras) else _names(known_object(self.loss))
        for base in bases:
            if base in _OF_RATINGS or base in _OF_LABELS:
                return "rating" if base in _OF_RATINGS else "label"
        name = getattr(self.loss, "__name__", type(self.loss).__name__)
        raise InvalidParameterError(
            f"KerasLoss doesn't know whether {name} learns labels or ratings. Pass KerasLoss(loss, target='label') or "
            "KerasLoss(loss, target='rating')."
        )

    def check(self) -> None:
        """As `Loss.check`; refuses losses of unknown target, and those that compare the numbers of one prediction: here it has only one."""
        super().check()
        self._find_target()

    def event_losses(self, positive: Any, negative: Any, label: Any) -> Any:
        """The Keras loss of each score: shape (..., 1 + n), or (..., 1) of ratings."""
        from keras import ops

        if self.target == "rating":
            return self._of_each(label * ops.ones_like(positive), positive)
        return self._of_each(*_joined(positive, negative, label))

    def _of_each(self, labels: Any, scores: Any) -> Any:
        """Compute the loss of each score as of a prediction of one number."""
        from keras import ops

        loss = self.loss.make() if isinstance(self.loss, SavedKeras) else known_object(self.loss)
        function = loss.call if is_keras_loss(loss) else loss
        values = function(ops.reshape(labels, (-1, 1)), ops.reshape(scores, (-1, 1)))
        if len(values.shape) == 0:
            raise InvalidParameterError(
                f"The loss {loss!r} must give a number for each prediction, shape (n,) of predictions of shape (n, 1). Got a single "
                "number instead: take the mean over the last axis only."
            )
        return ops.reshape(values, ops.shape(scores))

    def accurate(self, positive: Any, negative: Any, label: Any) -> Any:
        """Say of each score whether its side of 0, or of a half among probabilities, is that of the label; or as `Loss.accurate`."""
        from keras import ops

        if self.target == "rating":
            return super().accurate(positive, negative, label)
        labels, scores = _joined(positive, negative, label)
        middle = 0.5 if self._from_logits is False else 0.0
        return ops.cast(ops.equal(scores > middle, labels > 0.5), scores.dtype)

    def _kin(self) -> Loss | None:
        """The loss whose scores mean the same; none where they stand for themselves."""
        return MSE() if self.target == "rating" else BCE() if self._from_logits else None

    def output(self, scores: Floats, rating_mean: float) -> Scores:
        """Probabilities of logits; ratings; or scores as they are."""
        kin = self._kin()
        return super().output(scores, rating_mean) if kin is None else kin.output(scores, rating_mean)

    def prior(self, share: Floats, rating_mean: float) -> Scores:
        """As under BCE, MSE or `Loss`, whichever scores mean the same."""
        kin = self._kin()
        return super().prior(share, rating_mean) if kin is None else kin.prior(share, rating_mean)

    def prior_of_unknown(self, rating_mean: float) -> float:
        """As under BCE, MSE or `Loss`, whichever scores mean the same."""
        kin = self._kin()
        return super().prior_of_unknown(rating_mean) if kin is None else kin.prior_of_unknown(rating_mean)

    def key(self) -> Any:
        """Equal for losses of equal configuration; one that holds other code is itself alone."""
        if isinstance(self.loss, SavedKeras):
            return type(self), self._target, self.loss.config
        config, foreign = describe(known_object(self.loss))
        return type(self), self._target, id(self.loss) if foreign else config


def _names(loss: Any) -> list[str]:
    """Names of a loss' class and of those of Keras that it is made from."""
    return [kind.__name__ for kind in type(loss).__mro__ if kind.__module__.startswith("keras.")]


def _joined(positive: Any, negative: Any, label: Any) -> tuple[Any, Any]:
    """Put the labels of an event and of its negatives side by side, and their scores."""
    from keras import ops

    scores = ops.concatenate([positive, negative], axis=-1)
    return ops.concatenate([label * ops.ones_like(positive), ops.zeros_like(negative)], axis=-1), scores
