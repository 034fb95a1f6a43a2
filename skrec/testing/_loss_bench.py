"""Scores, mini-batches and pools that losses are checked with, and what a loss makes of them."""

from typing import Any

import numpy as np

from skrec.backends import find_backend
from skrec.testing._expect import expect, expect_finite
from skrec.typing import Floats

N_EVENTS, N_NEGATIVES = 12, 5
_REFUSED = -1e9


def raw_ratings(loss: Any) -> bool:
    """Whether a loss learns ratings as they are, and may ask for scores that are possible ratings."""
    return bool(loss.target == "rating" and not loss.centred)


def draw_scores(loss: Any, shape: tuple[int, ...], seed: int = 0) -> Floats:
    """Draw scores as networks give them: around 0, or possible ratings."""
    rng = np.random.default_rng(seed)
    drawn = rng.uniform(0.5, 5.0, shape) if raw_ratings(loss) else rng.normal(0.0, 1.5, shape)
    return np.asarray(drawn, dtype=np.float32)


def draw_labels(loss: Any, shape: tuple[int, ...], seed: int = 1) -> Floats:
    """Draw what is learned of events: ratings, 1 where all are positives, or some labelled negatives among these."""
    rng = np.random.default_rng(seed)
    labels: Any
    if loss.target == "rating":
        labels = rng.integers(1, 6, shape) - (3.0 if loss.centred else 0.0)
    else:
        labels = np.ones(shape) if loss.compares else rng.random(shape) < 0.7
    return np.asarray(labels, dtype=np.float32)


def n_negatives(loss: Any) -> int:
    """How many negatives events have where the number doesn't matter."""
    return 0 if loss.negatives == "none" else N_NEGATIVES


def event_losses(loss: Any, positive: Any, negative: Any, label: Any) -> Floats:
    """Compute the losses of events; their form is checked."""
    return checked(loss, loss.event_losses(tensor(positive), tensor(negative), tensor(label)), positive, negative)


def checked(loss: Any, losses: Any, positive: Any, negative: Any) -> Floats:
    """Check the form of what `event_losses` gave, and give it as an array."""
    n = np.shape(negative)[-1]
    width = {"score": 1 + n, "negative": n, "event": 1}[loss.per]
    shape = (*np.shape(positive)[:-1], width)
    found: Floats = array(losses)
    expect(
        found.shape == shape,
        f"event_losses must give shape {shape} for per={loss.per!r} and {n} negatives. Got shape {found.shape} instead.",
    )
    expect_finite(found, "The losses of events")
    return found


def batch_of(loss: Any, weights: Floats, seed: int = 0) -> tuple[Floats, Floats | None, dict[str, Any]]:
    """Make a mini-batch as training does; gives the scores of events and their own negatives, those of shared ones, and the rest.

    Event number e is of item e, and all negatives are of other items.
    """
    n = len(weights)
    own = N_NEGATIVES if loss.negatives == "own" else 0
    items = np.concatenate([np.arange(n)[:, np.newaxis], 100 + np.arange(n * own).reshape(n, own)], axis=1)
    label = np.zeros((n, 1 + own), dtype=np.float32)
    label[:, :1] = draw_labels(loss, (n, 1), seed + 1)
    batch: dict[str, Any] = {"item": items.astype(np.int32), "weight": weights.reshape(n, 1).astype(np.float32)}
    if loss.weighs_negatives:  # those of a labelled negative count for nothing
        counted = batch["weight"] * label[:, :1]
        batch["weight"] = np.concatenate([batch["weight"], np.repeat(counted, own, axis=1)], axis=1)
    if not loss.compares:
        batch["label"] = label
    shared = None
    if loss.negatives == "shared":
        batch["shared"] = (100 + np.arange(N_NEGATIVES)).astype(np.int32)
        batch["shared_log_count"] = np.log(np.linspace(0.2, 1.0, N_NEGATIVES)).astype(np.float32)
        shared = draw_scores(loss, (n, N_NEGATIVES), seed + 2)
    return draw_scores(loss, (n, 1 + own), seed), shared, batch


def value(loss: Any, scores: Any, shared: Any, batch: dict[str, Any]) -> tuple[float, float]:
    """Compute loss and accuracy of a mini-batch; their form is checked."""
    tensors = {name: tensor(entry) for name, entry in batch.items()}
    found = loss.value(tensor(scores), None if shared is None else tensor(shared), tensors)
    expect(
        len(found) == 2, f"value must give the loss and the accuracy of a mini-batch. Got {len(found)} values instead."
    )
    numbers = [array(entry) for entry in found]
    for number in numbers:
        expect(number.shape == (), f"value must give two single numbers. Got shape {number.shape} instead.")
        expect_finite(number, "The loss and the accuracy of a mini-batch")
    return float(numbers[0]), float(numbers[1])


def pool_of(n_users: int, m: int) -> dict[str, Any]:
    """Make what fold-in tells of a pool of negatives, all of them free."""
    return {
        "free": np.ones((n_users, m), dtype=np.float32),
        "n_negatives": np.float32(m),
        "log_share": np.float32(0.4),
    }


def fold(loss: Any, positive: Floats, negative: Floats | None, label: Floats, pool: dict[str, Any]) -> Floats:
    """Compute the losses of events of new users; their form is checked."""
    tensors = {name: tensor(entry) for name, entry in pool.items()}
    found: Floats = array(
        loss.fold(tensor(positive), None if negative is None else tensor(negative), tensor(label), tensors)
    )
    expect(
        found.shape == positive.shape,
        f"fold must give a loss for each event, shape {positive.shape}. Got shape {found.shape} instead.",
    )
    expect_finite(found, "The losses of new users' events")
    return found


def gradient(loss: Any, positive: Any, negative: Any, label: Any) -> tuple[float, dict[str, Floats]]:
    """Differentiate the sum of the events' losses."""
    from keras import ops

    def total(parameters: Any) -> tuple[Any, Any]:
        losses = loss.event_losses(parameters["positive"], parameters["negative"], tensor(label))
        return ops.sum(losses), ()

    scores = {"positive": tensor(positive), "negative": tensor(negative)}
    found, _, gradients = find_backend().value_and_grad(total, scores)
    return float(array(found)), {name: array(entry) for name, entry in gradients.items()}


def refused(shape: tuple[int, ...]) -> Floats:
    """Scores of negatives that are none."""
    return np.full(shape, _REFUSED, dtype=np.float32)


def tensor(values: Any) -> Any:
    from keras import ops

    return ops.convert_to_tensor(values)


def array(values: Any) -> Any:
    from keras import ops

    return np.array(ops.convert_to_numpy(values))
