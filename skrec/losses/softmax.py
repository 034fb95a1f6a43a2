"""Softmax cross-entropy."""

from typing import Any, ClassVar

from skrec._params import Positive
from skrec.losses.loss import Loss

_REFUSED = -1e9


class Softmax(Loss):
    """Cross-entropy of an event's item against negatives that a mini-batch shares: sampled softmax [1]_.

    Scores of negatives have the logQ (sampling-bias) correction [2]_. Against all items it is the full softmax.

    Parameters
    ----------
    temperature : float, default=1.0
        Divides the scores, > 0; in training alone. Models that scale vectors to length 1 have a `temperature` of their own, which scores
        keep.

    References
    ----------
    .. [1] Y. Bengio, J.-S. Senecal, "Quick Training of Probabilistic Neural Nets by Importance Sampling", AISTATS 2003.
    .. [2] X. Yi et al., "Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations", RecSys 2019, equation 3.

    Examples
    --------
    >>> from skrec.losses import Softmax
    >>> from skrec.models import SASRec
    >>> from skrec.testing import checkerboard
    >>> model = SASRec(8, 4, loss=Softmax(temperature=0.5), epochs=1, random_state=0)
    >>> model.get_params()["loss__temperature"]
    0.5
    """

    temperature: Positive = 1.0

    compares: ClassVar[bool] = True
    negatives: ClassVar[str] = "shared"
    default_negatives: ClassVar[int] = 512

    def event_losses(self, positive: Any, negative: Any, label: Any) -> Any:
        """Cross-entropy of the event's item: shape (..., 1)."""
        from keras import ops

        top = _top(positive, negative)
        total = ops.exp(positive - top) + ops.sum(ops.exp(negative - top), axis=-1, keepdims=True)
        return ops.log(total) + top - positive

    def accurate(self, positive: Any, negative: Any, label: Any) -> Any:
        """Say whether no negative scores higher."""
        from keras import ops

        return ops.cast(positive >= _top(positive, negative), positive.dtype)

    def value(self, scores: Any, shared: Any, batch: dict[str, Any]) -> tuple[Any, Any]:
        """As `Loss.value`, of scores divided by the temperature."""
        if self.temperature == 1.0:
            return super().value(scores, shared, batch)
        return super().value(scores / float(self.temperature), shared / float(self.temperature), batch)

    def fold(self, positive: Any, negative: Any, label: Any, pool: dict[str, Any]) -> Any:
        """As `Loss.fold`; the sum over the negatives is the same for all of a user's events, and computed once."""
        from keras import ops

        positive, negative = positive / float(self.temperature), negative / float(self.temperature)
        masked = ops.where(pool["free"] > 0, negative + pool["log_share"], _REFUSED)
        top = ops.stop_gradient(
            ops.maximum(ops.max(masked, axis=1, keepdims=True), ops.max(positive, axis=1, keepdims=True))
        )
        total = ops.sum(ops.exp(masked - top), axis=1, keepdims=True)
        return ops.log(ops.exp(positive - top) + total) + top - positive


def _top(positive: Any, negative: Any) -> Any:
    """The highest score of each event, shape (..., 1): taken off, so that no exponential overflows."""
    from keras import ops

    return ops.maximum(ops.stop_gradient(ops.max(negative, axis=-1, keepdims=True)), ops.stop_gradient(positive))
