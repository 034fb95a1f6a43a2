"""Losses of scored candidates, by name.

Each is a function of ``(scores, shared, batch)`` and gives ``(loss, accuracy)``, two scalars. `scores` has shape (batch, 1 + n):
the event's item, then its own negatives; `shared`, of shape (batch, m), scores negatives that the whole batch shares, or is None.
``batch`` holds ``item`` (batch, 1 + n) and ``shared`` (m,) where there are some: ids, or numbers that are equal where ids are;
``weight`` (batch, 1 or 1 + n); under bce and mse ``label`` (batch, 1 + n); and ``shared_log_count`` (m,) beside ``shared``.
"""

from collections.abc import Callable
from typing import Any

from keras import ops

Loss = Callable[[Any, Any, dict[str, Any]], tuple[Any, Any]]


def _mean(values: Any, weights: Any) -> Any:
    """Weighted mean; 0 where all weights are 0, as in a batch of padding."""
    return ops.sum(values * weights) / ops.maximum(ops.sum(weights), 1e-9)


def bce(scores: Any, shared: Any, batch: dict[str, Any]) -> tuple[Any, Any]:
    """Binary cross-entropy of the labels, on logits: equation 7 of He et al., "Neural Collaborative Filtering", WWW 2017."""
    labels, weights = batch["label"], batch["weight"]
    # max(s, 0) - s y + log(1 + exp(-|s|)) is -y log p - (1 - y) log(1 - p) without overflow.
    losses = ops.maximum(scores, 0.0) - scores * labels + ops.log1p(ops.exp(-ops.abs(scores)))
    right = ops.cast(ops.equal(scores > 0, labels > 0.5), scores.dtype)
    return _mean(losses, weights), _mean(right, weights)


def bpr(scores: Any, shared: Any, batch: dict[str, Any]) -> tuple[Any, Any]:
    """Bayesian personalised ranking: BPR-Opt of Rendle et al., UAI 2009, averaged over the negatives."""
    differences = scores[:, :1] - scores[:, 1:]
    weights = batch["weight"][:, :1] * ops.ones_like(differences)
    right = ops.cast(differences > 0, scores.dtype)
    return _mean(ops.softplus(-differences), weights), _mean(right, weights)


def softmax(scores: Any, shared: Any, batch: dict[str, Any]) -> tuple[Any, Any]:
    """Cross-entropy of the event's item against negatives shared by the batch; over all items it is the full softmax.

    A negative stands for the items that weren't drawn, too: the logarithm of how often it is drawn on average is taken off its score,
    so that the sum over the negatives estimates the sum over all items without bias: sampled softmax as in Bengio and Senecal, "Quick
    Training of Probabilistic Neural Nets by Importance Sampling", AISTATS 2003; for negatives out of the batch, equation 3 of Yi et
    al., "Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations", RecSys 2019.
    """
    positive = scores[:, :1]
    shared = shared - ops.expand_dims(batch["shared_log_count"], 0)
    hit = ops.equal(batch["item"][:, :1], ops.expand_dims(batch["shared"], 0))
    shared = ops.where(hit, -1e9, shared)
    top = ops.maximum(ops.stop_gradient(ops.max(shared, axis=1, keepdims=True)), ops.stop_gradient(positive))
    total = ops.exp(positive - top) + ops.sum(ops.exp(shared - top), axis=1, keepdims=True)
    losses = ops.log(total) + top - positive
    right = ops.cast(positive >= top, scores.dtype)
    weights = batch["weight"][:, :1]
    return _mean(losses, weights), _mean(right, weights)


def mse(scores: Any, shared: Any, batch: dict[str, Any]) -> tuple[Any, Any]:
    """Squared error of the ratings; what counts as accurate is an error below a half."""
    errors = scores[:, :1] - batch["label"][:, :1]
    weights = batch["weight"][:, :1]
    right = ops.cast(ops.abs(errors) < 0.5, scores.dtype)
    return _mean(errors * errors, weights), _mean(right, weights)


LOSSES: dict[str, Loss] = {"bce": bce, "bpr": bpr, "softmax": softmax, "mse": mse}
"""The losses by name."""
