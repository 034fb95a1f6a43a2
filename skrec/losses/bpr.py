"""Bayesian personalised ranking."""

from typing import Any, ClassVar

from skrec.losses.loss import Loss


class BPR(Loss):
    """Bayesian personalised ranking: BPR-Opt [1]_, averaged over the negatives.

    References
    ----------
    .. [1] S. Rendle et al., "BPR: Bayesian Personalized Ranking from Implicit Feedback", UAI 2009. https://arxiv.org/abs/1205.2618
    """

    compares: ClassVar[bool] = True
    per: ClassVar[str] = "negative"
    default_negatives: ClassVar[int] = 1

    def event_losses(self, positive: Any, negative: Any, label: Any) -> Any:
        """Logistic loss of the difference to each negative: shape (..., n)."""
        from keras import ops

        return ops.softplus(-(positive - negative))

    def accurate(self, positive: Any, negative: Any, label: Any) -> Any:
        """Say of each negative whether it scores lower."""
        from keras import ops

        return ops.cast(positive - negative > 0, positive.dtype)
