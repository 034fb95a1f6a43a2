"""Loss: what a network is trained to lower, and all that follows from the choice."""

from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import Any, ClassVar, dataclass_transform

from skrec._fields import make_constructor
from skrec._params import check_parameters
from skrec._sklearn import BaseEstimator, linked
from skrec.typing import Floats, Scores

__all__ = ["Loss", "weighted_mean"]

_REFUSED = -1e9
"""Score of a negative that doesn't count."""


@linked
@dataclass_transform(eq_default=False)
class Loss(BaseEstimator, ABC):
    """A training loss of events with positives and negatives.

    A loss gives `event_losses` and says in its class attributes what it needs. Its parameters are annotated fields, as those of an
    estimator, so that ``loss__temperature`` is a grid key. Everything is written with ``keras.ops``.

    Attributes
    ----------
    compares : bool
        Whether it compares a user's items with each other, so that what these share, such as a bias of the user, cancels out. Events
        labelled as negative are no positives to compare, and left out.
    negatives : {"own", "shared", "none"}
        Negatives are drawn for each event; or for each mini-batch, whose events share them; or not at all.
    per : {"score", "negative", "event"}
        What the last axis of `event_losses` holds: a loss of the event and one of each negative; one of each negative; or one of the event.
    target : {"label", "rating"}
        What is learned of an event: 1 for a positive and 0 for a negative one, or its rating.
    centred : bool
        Whether ratings are learned without their mean, which is added to predictions.
    default_negatives : int
        How many negatives there are, unless a model's `n_negatives` says so.
    metric : str
        What is measured on held-out events: ``"ndcg@10"`` or ``"rmse"``.
    """

    compares: ClassVar[bool] = False
    negatives: ClassVar[str] = "own"
    per: ClassVar[str] = "event"
    target: ClassVar[str] = "label"
    centred: ClassVar[bool] = True
    default_negatives: ClassVar[int] = 4
    metric: ClassVar[str] = "ndcg@10"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}
    _not_compiled: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        make_constructor(cls)

    @abstractmethod
    def event_losses(self, positive: Any, negative: Any, label: Any) -> Any:
        """Compute the losses of events.

        Parameters
        ----------
        positive : tensor of shape (..., 1)
            Score of each event's item.
        negative : tensor of shape (..., n)
            Scores of its negatives; n may be 0. Under shared negatives the logQ correction is applied, and those that are no negatives
            of the event have -1e9.
        label : tensor of shape (..., 1)
            What `target` says. 1 under a loss that compares.

        Returns
        -------
        tensor of shape (..., 1), (..., n) or (..., 1 + n)
            As `per` says.
        """

    def accurate(self, positive: Any, negative: Any, label: Any) -> Any:
        """Say how much of the losses' predictions is right: numbers in [0, 1], of the shape of `event_losses`.

        By default: whether the event's item has a higher score than its best negative, under a loss that compares; whether its score is on
        the label's side of 0; or whether it misses the rating by less than a half.
        """
        from keras import ops

        if self.compares:
            right = positive >= ops.max(negative, axis=-1, keepdims=True)
        elif self.target == "label":
            right = ops.equal(positive > 0, label > 0.5)
        else:
            right = ops.abs(positive - label) < 0.5
        losses = self.event_losses(positive, negative, label)
        return ops.cast(right, losses.dtype) * ops.ones_like(losses)

    def value(self, scores: Any, shared: Any, batch: dict[str, Any]) -> tuple[Any, Any]:
        """Compute the loss of a mini-batch.

        Parameters
        ----------
        scores : tensor of shape (batch, 1 + n)
            Of each event's item, then of its own negatives.
        shared : tensor of shape (batch, m) or None
            Of the negatives that the mini-batch shares.
        batch : dict of str to tensor
            ``item`` (batch, 1 + n) and ``shared`` (m,): ids, or numbers that are equal where ids are; ``weight`` (batch, 1 or 1 + n);
            ``label`` (batch, 1 + n) where the target isn't compared; ``shared_log_count`` (m,), the logarithm of how often a shared
            negative is drawn on average.

        Returns
        -------
        loss, accuracy : scalar tensors
            Weighted means; 0 where all weights are 0, as in a mini-batch of padding.
        """
        from keras import ops

        positive = scores[:, :1]
        label = batch["label"][:, :1] if "label" in batch else ops.ones_like(positive)
        negative = scores[:, 1:] if shared is None else _corrected(shared, batch)
        losses = self.event_losses(positive, negative, label)
        weights = self._weights(batch["weight"], losses)
        return weighted_mean(losses, weights), weighted_mean(self.accurate(positive, negative, label), weights)

    @property
    def weighs_negatives(self) -> bool:
        """Whether negatives have weights of their own in a mini-batch: those of a labelled negative event count for nothing."""
        return self.negatives == "own" and not self.compares

    def _weights(self, weights: Any, losses: Any) -> Any:
        """Take the weights of losses out of those of events, (batch, 1), or of events and their negatives, (batch, 1 + n)."""
        from keras import ops

        if self.per == "event":
            return weights[:, :1]
        if self.weighs_negatives:
            return weights if self.per == "score" else weights[:, 1:]
        return weights[:, :1] * ops.ones_like(losses)

    def fold(self, positive: Any, negative: Any, label: Any, pool: dict[str, Any]) -> Any:
        """Compute the losses of the events of new users, whose negatives are one pool of items for all of a user's events.

        By default `event_losses` of each event against the whole pool.

        Parameters
        ----------
        positive, label : tensors of shape (n_users, n_events)
        negative : tensor of shape (n_users, m) or None
            None where the loss has no negatives.
        pool : dict of str to tensor
            ``free`` (n_users, m): 1 where the item isn't in the user's history, else 0; ``n_negatives``, how many negatives an event has
            in training; ``log_share``, the logarithm of how many items each of the pool stands for.

        Returns
        -------
        tensor of shape (n_users, n_events)
        """
        from keras import ops

        if negative is None:
            scores = ops.expand_dims(positive, 2)
            return self.event_losses(scores, scores[..., :0], ops.expand_dims(label, 2))[..., 0]
        free = ops.expand_dims(pool["free"], 1)
        shape = (*ops.shape(positive), ops.shape(negative)[1])
        against = ops.expand_dims(negative, 1)
        if self.negatives == "shared":
            against = ops.where(free > 0, against + pool["log_share"], _REFUSED)
        losses = self.event_losses(
            ops.expand_dims(positive, 2), ops.broadcast_to(against, shape), ops.expand_dims(label, 2)
        )
        if self.per == "event":
            return losses[..., 0]
        share = free / ops.maximum(ops.sum(free, axis=2, keepdims=True), 1e-6)
        if self.per == "negative":
            return ops.sum(losses * share, axis=2)
        drawn = pool["n_negatives"]
        return (losses[..., 0] + drawn * ops.sum(losses[..., 1:] * share, axis=2)) / (1.0 + drawn)

    def output(self, scores: Floats, rating_mean: float) -> Scores:
        """Map raw scores to output scores, by a monotone function; in NumPy. By default they stay as they are."""
        return scores

    def prior(self, share: Floats, rating_mean: float) -> Scores:
        """Give the raw scores of items for a cold user, of whom nothing is known: what `output` maps to each item's share of the users.

        Parameters
        ----------
        share : ndarray of shape (n_items,)
            In [0, 1].
        rating_mean : float
        """
        return share.astype("float32")

    def prior_of_unknown(self, rating_mean: float) -> float:
        """Give the raw score of an unknown item for a cold user."""
        return 0.0

    def positive_weight(self, n_negatives: int, n_items: int, calibration: float) -> float:
        """Weight of a positive beside its negatives, where a model has a `calibration`; 1 unless the loss reads it."""
        return 1.0

    def check(self) -> None:
        """Check the parameters.

        Raises
        ------
        InvalidParameterError
            If one breaks its constraint.
        """
        check_parameters(self._parameter_constraints, self.get_params(deep=False), type(self).__name__)

    def key(self) -> Hashable:
        """Say by what compiled programs are found again: two losses of one key compute the same.

        Parameters marked by ``NOT_COMPILED`` are no part of it.
        """
        parameters = self.get_params(deep=False).items()
        return type(self), tuple(sorted((name, value) for name, value in parameters if name not in self._not_compiled))


def weighted_mean(values: Any, weights: Any) -> Any:
    """Weighted mean; 0 where all weights are 0, as in a mini-batch of padding."""
    from keras import ops

    return ops.sum(values * weights) / ops.maximum(ops.sum(weights), 1e-9)


def _corrected(shared: Any, batch: dict[str, Any]) -> Any:
    """Apply the logQ correction, and refuse the event's own item as a negative.

    A negative stands for the items that weren't drawn, too: the logarithm of how often it is drawn on average is taken off its score,
    so that the sum over the negatives estimates the sum over all items without bias: sampled softmax as in Bengio and Senecal, "Quick
    Training of Probabilistic Neural Nets by Importance Sampling", AISTATS 2003; for negatives out of the mini-batch, equation 3 of Yi et
    al., "Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations", RecSys 2019.
    """
    from keras import ops

    shared = shared - ops.expand_dims(batch["shared_log_count"], 0)
    hit = ops.equal(batch["item"][:, :1], ops.expand_dims(batch["shared"], 0))
    return ops.where(hit, _REFUSED, shared)
