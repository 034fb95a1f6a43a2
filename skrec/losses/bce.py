"""Binary cross-entropy."""

from numbers import Real
from typing import Annotated, Any, ClassVar

import numpy as np

from skrec._params import NOT_COMPILED, Interval
from skrec.losses.loss import Loss, weighted_mean
from skrec.typing import Floats, Scores


class BCE(Loss):
    """Binary cross-entropy of labels, on logits [1]_, equation 7.

    Parameters
    ----------
    calibration : float, optional
        How far positives are weighed down as gBCE does [2]_, in [0, 1]: 0 not at all, 1 fully. None takes the model's `calibration`,
        and 0 where it has none.

    References
    ----------
    .. [1] X. He et al., "Neural Collaborative Filtering", WWW 2017. https://arxiv.org/abs/1708.05031
    .. [2] A. Petrov, C. Macdonald, "gSASRec: Reducing Overconfidence in Sequential Recommendation Trained with Negative Sampling",
       RecSys 2023, equations 10 and 11.

    Examples
    --------
    >>> from skrec.losses import BCE
    >>> from skrec.models import GMF
    >>> from skrec.testing import checkerboard
    >>> GMF(loss=BCE(calibration=0.5), epochs=1, random_state=0).fit(checkerboard(6)).n_iter_
    1
    """

    calibration: Annotated[float | None, Interval(Real, 0, 1, closed="both"), None, NOT_COMPILED] = None

    per: ClassVar[str] = "score"
    default_negatives: ClassVar[int] = 4

    def event_losses(self, positive: Any, negative: Any, label: Any) -> Any:
        """Cross-entropy of the event and of each negative: shape (..., 1 + n)."""
        return _cross_entropies(*_joined(positive, negative, label))

    def accurate(self, positive: Any, negative: Any, label: Any) -> Any:
        """Say of each score whether its side of 0 is that of the label."""
        return _right(*_joined(positive, negative, label))

    def value(self, scores: Any, shared: Any, batch: dict[str, Any]) -> tuple[Any, Any]:
        """As `Loss.value`; scores and labels come side by side already."""
        labels, weights = batch["label"], batch["weight"]
        return (
            weighted_mean(_cross_entropies(scores, labels), weights),
            weighted_mean(_right(scores, labels), weights),
        )

    def fold(self, positive: Any, negative: Any, label: Any, pool: dict[str, Any]) -> Any:
        """As `Loss.fold`; what negatives cost is the same for all of a user's events, and computed once."""
        from keras import ops

        free, drawn = pool["free"], pool["n_negatives"]
        share = free / ops.maximum(ops.sum(free, axis=1, keepdims=True), 1e-6)
        against = ops.sum(ops.softplus(negative) * share, axis=1, keepdims=True)
        return (ops.softplus(positive) - label * positive + drawn * against) / (1.0 + drawn)

    def output(self, scores: Floats, rating_mean: float) -> Scores:
        """Probabilities."""
        return (1.0 / (1.0 + np.exp(-scores.astype(np.float64)))).astype(np.float32)

    def prior(self, share: Floats, rating_mean: float) -> Scores:
        """Logits of the shares."""
        share = np.clip(share, 1e-6, 1.0 - 1e-6)
        return np.log(share / (1.0 - share)).astype(np.float32)

    def prior_of_unknown(self, rating_mean: float) -> float:
        """Logit of one user in a million."""
        return float(np.log(1e-6))

    def positive_weight(self, n_negatives: int, n_items: int, calibration: float) -> float:
        """Weight of a positive under gBCE."""
        chosen = calibration if self.calibration is None else float(self.calibration)
        if not (n_negatives and chosen):
            return 1.0
        share = min(1.0, n_negatives / max(1, n_items - 1))
        return share * (chosen * (1.0 - 1.0 / share) + 1.0 / share)


def _joined(positive: Any, negative: Any, label: Any) -> tuple[Any, Any]:
    """Put an event's score and those of its negatives side by side, and their labels."""
    from keras import ops

    scores = ops.concatenate([positive, negative], axis=-1)
    return scores, ops.concatenate([label * ops.ones_like(positive), ops.zeros_like(negative)], axis=-1)


def _cross_entropies(scores: Any, labels: Any) -> Any:
    from keras import ops

    # max(s, 0) - s y + log(1 + exp(-|s|)) is -y log p - (1 - y) log(1 - p) without overflow.
    return ops.maximum(scores, 0.0) - scores * labels + ops.log1p(ops.exp(-ops.abs(scores)))


def _right(scores: Any, labels: Any) -> Any:
    from keras import ops

    return ops.cast(ops.equal(scores > 0, labels > 0.5), scores.dtype)
