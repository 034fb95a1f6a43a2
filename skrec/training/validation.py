"""Held-out events, and how well what was learned does on them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from skrec._warn import warn
from skrec.data import EncodedEvents, Histories
from skrec.exceptions import BelowPopularityWarning
from skrec.losses import Loss
from skrec.metrics import ndcg
from skrec.plugin import RankedLists
from skrec.queries import Query
from skrec.serving import Learned, Server
from skrec.typing import Codes

__all__ = ["Validation"]

_K = 10
_MAX_USERS = 10_000


class Validation:
    """Measures ``val_ndcg@10`` over the full catalogue, ``val_rmse`` of ratings, or ``val_auc`` of labels without drawn negatives.

    Parameters
    ----------
    loss : Loss
    n_negatives : int
    train, held_out : EncodedEvents
        Items of `train` are excluded from a user's list, as seen.
    histories : Histories
        What is known of users while the metric is measured: without the held-out events.
    serve : callable
        Makes the server of a `Learned`.
    earlier : EncodedEvents, optional
        Events before these, which count for the popularity of items.

    Notes
    -----
    Of more than 10,000 users with held-out events, the first 10,000 are ranked.
    """

    def __init__(
        self,
        loss: Loss,
        n_negatives: int,
        train: EncodedEvents,
        held_out: EncodedEvents,
        histories: Histories,
        serve: Callable[[Learned], Server],
        earlier: EncodedEvents | None = None,
    ) -> None:
        self._serve, self._held_out, self._histories = serve, held_out, histories
        self._rates = loss.metric == "rmse"
        # Without sampled negatives the task is label prediction.
        label = loss.target == "label" and not loss.compares
        self._labels = label and (n_negatives == 0 or loss.negatives == "none")
        self._name = "val_rmse" if self._rates else "val_auc" if self._labels else f"val_ndcg@{_K}"
        relevant = held_out.take(held_out.positive)
        self._users: Codes = np.unique(relevant.users)[:_MAX_USERS]
        self._seen = Histories.group(train).seen()
        self._counts = _popularity(train) + (0.0 if earlier is None else _popularity(earlier))
        rows = np.searchsorted(self._users, relevant.users)
        inside = (rows < len(self._users)) & (self._users[np.minimum(rows, len(self._users) - 1)] == relevant.users)
        self._keys = np.unique(rows[inside] * np.int64(max(1, held_out.n_items)) + relevant.items[inside])
        self._n_relevant = np.bincount(self._keys // max(1, held_out.n_items), minlength=len(self._users))

    def quality(self, logs: dict[str, float]) -> float:
        """The metric of an epoch, so that more is better."""
        return -logs[self._name] if self._rates else logs[self._name]

    def measure(self, learned: Learned) -> dict[str, float]:
        """Compute the metric of what was learned so far."""
        server = self._serve(replace(learned, histories=self._histories))
        if self._rates:
            held_out = self._held_out
            assert held_out.ratings is not None
            scores = server.output(server.score_encoded(held_out.users, held_out.items, held_out.context))
            errors = scores - np.float32(learned.rating_mean) - held_out.ratings
            return {self._name: float(np.sqrt(np.average(errors**2, weights=held_out.weights)))}
        if self._labels:
            return {self._name: self._auc(server)}
        if len(self._users) == 0:
            return {self._name: 0.0}
        return {self._name: float(ndcg(self._lists(server)).mean())}

    def compare(self, history: Mapping[str, Sequence[float]]) -> None:
        """Warn where the popular items do better on the same users than the best epoch did.

        Parameters
        ----------
        history : mapping of str to sequence of float
            By name, one figure an epoch.

        Warns
        -----
        BelowPopularityWarning
        """
        best, popular = max(history[self._name], default=np.inf), self.popular()
        if popular is not None and best < popular:
            warn(
                f"The best epoch has {self._name} = {best:.4f}, and the popular items have {popular:.4f} on the same held-out events, "
                "so that Popularity would recommend better. Train for more epochs, try another learning_rate or loss='softmax'; "
                "where users have few events each, try EASE or ItemKNN.",
                BelowPopularityWarning,
            )

    def popular(self) -> float | None:
        """Measure the items in order of popularity, without those seen; None where another metric is measured, or nobody ranked for."""
        if self._rates or self._labels or len(self._users) == 0:
            return None
        n_items = np.int64(max(1, self._held_out.n_items))
        places = np.empty(len(self._counts), dtype=np.int64)
        places[np.argsort(-self._counts, kind="stable")] = np.arange(len(places))
        rows, wanted = self._keys // n_items, places[self._keys % n_items]
        seen = self._seen[self._users]
        taken = np.sort(np.repeat(np.arange(len(self._users)), np.diff(seen.indptr)) * n_items + places[seen.indices])
        # An item's rank is its place in the order of popularity, less the seen items before it.
        before = np.searchsorted(taken, rows * n_items + wanted)
        ranks = wanted - (before - np.searchsorted(taken, rows * n_items))
        listed = (ranks < _K) & ~np.isin(rows * n_items + wanted, taken)
        hits = np.zeros((len(self._users), _K), dtype=bool)
        hits[rows[listed], ranks[listed]] = True
        lists = RankedLists(hits, self._n_relevant, np.zeros(hits.shape, dtype=np.int64), _K, self._counts)
        return float(ndcg(lists).mean())

    def _auc(self, server: Server) -> float:
        """Area under the ROC curve of the held-out labels; a half where there is one label only."""
        held_out = self._held_out
        if held_out.positive.all() or not held_out.positive.any():
            return 0.5
        predicted = server.output(server.score_encoded(held_out.users, held_out.items, held_out.context))
        return float(roc_auc_score(held_out.positive, predicted, sample_weight=held_out.weights))

    def _lists(self, server: Server) -> RankedLists:
        """Rank the catalogue for the users with held-out events."""
        items = []
        size = server.block_size
        for start in range(0, len(self._users), size):
            users = self._users[start : start + size]
            query = replace(Query.of_codes(users, self._histories), excluded=self._seen[users])
            items.append(server.best(query, _K))
        best = np.concatenate(items)
        keys = np.arange(len(best))[:, np.newaxis] * np.int64(max(1, self._held_out.n_items)) + best
        hits = np.isin(keys, self._keys) & (best >= 0)
        return RankedLists(hits, self._n_relevant, best, _K, np.ones(self._held_out.n_items))


def _popularity(events: EncodedEvents) -> Any:
    """Sum the weights of each item's positive events, shape (n_items,)."""
    return np.bincount(events.items, weights=events.weights * events.positive, minlength=events.n_items)
