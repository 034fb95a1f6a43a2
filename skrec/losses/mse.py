"""Squared error of ratings."""

from typing import Any, ClassVar

import numpy as np

from skrec.losses.loss import Loss
from skrec.typing import Floats, Scores


class MSE(Loss):
    """Squared error of ratings, which are centred by their mean."""

    negatives: ClassVar[str] = "none"
    target: ClassVar[str] = "rating"
    default_negatives: ClassVar[int] = 1
    metric: ClassVar[str] = "rmse"

    def event_losses(self, positive: Any, negative: Any, label: Any) -> Any:
        """Squared error: shape (..., 1)."""
        errors = positive - label
        return errors * errors

    def accurate(self, positive: Any, negative: Any, label: Any) -> Any:
        """Say whether the error is below a half."""
        from keras import ops

        return ops.cast(ops.abs(positive - label) < 0.5, positive.dtype)

    def fold(self, positive: Any, negative: Any, label: Any, pool: dict[str, Any]) -> Any:
        """As `Loss.fold`, without negatives."""
        return (positive - label) ** 2

    def output(self, scores: Floats, rating_mean: float) -> Scores:
        """Ratings: the mean is added back."""
        return scores + np.float32(rating_mean)

    def prior(self, share: Floats, rating_mean: float) -> Scores:
        """Shares, less the mean that `output` adds."""
        return (share - rating_mean).astype(np.float32)

    def prior_of_unknown(self, rating_mean: float) -> float:
        """No share."""
        return 0.0 - rating_mean
