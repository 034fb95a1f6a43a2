"""Held-out events, and how well the weights of an epoch do on them."""

from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from skrec.data import EncodedEvents, Histories
from skrec.metrics import ndcg
from skrec.plugin import RankedLists
from skrec.typing import Codes

_K = 10
_MAX_USERS = 10_000


def split_events(
    events: EncodedEvents, fraction: float, rng: np.random.Generator
) -> tuple[EncodedEvents, EncodedEvents]:
    """Hold events out at random, but never a user's or an item's last one.

    Parameters
    ----------
    events : EncodedEvents
    fraction : float
        Share to hold out, in [0, 1).
    rng : numpy.random.Generator

    Returns
    -------
    train, held_out : EncodedEvents
    """
    if fraction == 0.0:
        return events, events.take(np.zeros(len(events), dtype=bool))
    held_out = rng.random(len(events)) < fraction
    for codes, size in ((events.users, events.n_users), (events.items, events.n_items)):
        left = np.bincount(codes[~held_out], minlength=size)
        held_out &= left[codes] > 0
    return events.take(~held_out), events.take(held_out)


class Validation:
    """Measures ``val_ndcg@10`` over the full catalogue, ``val_rmse`` under loss "mse", or ``val_auc`` of labels without drawn negatives.

    Parameters
    ----------
    model : KerasRecommender
    train, held_out : EncodedEvents
        Items of `train` are excluded from a user's list, as seen.

    Notes
    -----
    Of more than 10,000 users with held-out events, the first 10,000 are ranked.
    """

    def __init__(self, model: Any, train: EncodedEvents, held_out: EncodedEvents) -> None:
        self._model, self._held_out = model, held_out
        self._rates = model.loss == "mse"
        # Where labels are all there is to learn from, it is them that are predicted.
        self._labels = model.loss == "bce" and model._n_negatives() == 0
        self._name = "val_rmse" if self._rates else "val_auc" if self._labels else f"val_ndcg@{_K}"
        relevant = held_out.take(held_out.positive)
        self._users: Codes = np.unique(relevant.users)[:_MAX_USERS]
        self._seen = Histories.group(train).seen()
        rows = np.searchsorted(self._users, relevant.users)
        inside = (rows < len(self._users)) & (self._users[np.minimum(rows, len(self._users) - 1)] == relevant.users)
        self._keys = np.unique(rows[inside] * np.int64(max(1, held_out.n_items)) + relevant.items[inside])
        self._n_relevant = np.bincount(self._keys // max(1, held_out.n_items), minlength=len(self._users))

    def quality(self, logs: dict[str, float]) -> float:
        """The metric of an epoch, so that more is better."""
        return -logs[self._name] if self._rates else logs[self._name]

    def measure(self, weights: Any) -> dict[str, float]:
        """Compute the metric of weights."""
        self._model._adopt(weights)
        if self._rates:
            held_out = self._held_out
            predicted = self._model._predict(held_out.users, held_out.items) - np.float32(self._model.rating_mean_)
            errors = predicted - held_out.ratings
            return {self._name: float(np.sqrt(np.average(errors**2, weights=held_out.weights)))}
        if self._labels:
            return {self._name: self._auc()}
        if len(self._users) == 0:
            return {self._name: 0.0}
        return {self._name: float(ndcg(self._lists()).mean())}

    def _auc(self) -> float:
        """Area under the ROC curve of the held-out labels; a half where there is one label only."""
        held_out = self._held_out
        if held_out.positive.all() or not held_out.positive.any():
            return 0.5
        predicted = self._model._predict(held_out.users, held_out.items, held_out.context)
        return float(roc_auc_score(held_out.positive, predicted, sample_weight=held_out.weights))

    def _lists(self) -> RankedLists:
        """Rank the catalogue for the users with held-out events."""
        items = []
        size = self._model._block_size()
        for start in range(0, len(self._users), size):
            items.append(self._model._best(self._users[start : start + size], self._seen, _K))
        best = np.concatenate(items)
        keys = np.arange(len(best))[:, np.newaxis] * np.int64(max(1, self._held_out.n_items)) + best
        hits = np.isin(keys, self._keys) & (best >= 0)
        return RankedLists(hits, self._n_relevant, best, _K, np.ones(self._held_out.n_items))
