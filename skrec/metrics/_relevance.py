"""What is relevant to whom in held-out events, and what of it the lists leave out as seen."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from skrec._warn import warn
from skrec.data import (
    ITEM,
    RATING,
    USER,
    WEIGHT,
    Interactions,
    Vocabulary,
    check_labels,
    labels_are_binary,
    liked,
    warn_of_signs,
)
from skrec.exceptions import LabelWarning, SeenItemsWarning
from skrec.typing import Codes, Ids, Mask


@dataclass(frozen=True)
class Relevant:
    """Relevant pairs of a user and an item, each once.

    Attributes
    ----------
    users : Vocabulary
        Users with at least one relevant item, in first-seen order.
    rows : ndarray of shape (n_pairs,), int64
        Each pair's position in `users`.
    items : pandas.Series of shape (n_pairs,)
        Each pair's item id.
    """

    users: Vocabulary
    rows: Codes
    items: "pd.Series[Any]"

    @classmethod
    def of(cls, X: Interactions, y: Any = None, zero_is_low: bool = False) -> "Relevant":
        """Gather what is relevant.

        Parameters
        ----------
        X : Interactions
        y : array-like of shape (n_events,), optional
            Labels; by default the column ``rating``. Without either every event is relevant.
        zero_is_low : bool, default=False
            Whether labels of 0 or less are low ratings, and relevant as all others: what `rates_zero` says of the recommender. The labels
            of one test set never decide, so that what is relevant to a user doesn't depend on who else is in it. Booleans are
            labels whatever fit has seen.

        Warns
        -----
        LabelWarning
            If zeros or labels of -1 count as relevant, and look as if they were not meant to be.
        """
        events = X.events
        given = y if y is not None else events[RATING].to_numpy() if RATING in events else None
        labels = given if y is None else check_labels(y, len(X))
        graded = zero_is_low and np.asarray(given).dtype != bool
        if graded and labels is not None:
            _warn_of(labels)
        pairs = events.loc[liked(labels, len(X), graded), [USER, ITEM]].drop_duplicates()
        return cls._of_pairs(pairs[USER].reset_index(drop=True), pairs[ITEM].reset_index(drop=True))

    @classmethod
    def _of_pairs(cls, users: "pd.Series[Any]", items: "pd.Series[Any]") -> "Relevant":
        if len(users) == 0:
            return cls(Vocabulary([], "user"), np.empty(0, dtype=np.int64), items)
        vocabulary, rows = Vocabulary.build(users, "user")
        return cls(vocabulary, rows, items)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def n_relevant(self) -> Codes:
        """Distinct relevant items of each user, shape (n_users,)."""
        return np.bincount(self.rows, minlength=len(self.users)).astype(np.int64)

    def without(self, left_out: Mask) -> "Relevant":
        """Leave pairs out, and users who have none left."""
        kept = np.flatnonzero(~left_out)
        users = pd.Series(self.users.ids[self.rows[kept]])
        return self._of_pairs(users, self.items.iloc[kept].reset_index(drop=True))

    def in_catalogue(self, catalogue: Vocabulary) -> tuple[Codes, Codes]:
        """Give rows and item codes of the pairs whose item is in a catalogue."""
        codes = catalogue.encode(self.items)
        return self.rows[codes >= 0], codes[codes >= 0]


def _warn_of(labels: Any) -> None:
    warn_of_signs(labels)
    if labels_are_binary(labels) and not np.all(labels):
        warn(
            "All labels are 0 or 1, and fit has seen other ratings, zeros among them: zeros here are low ratings, and count as "
            "relevant. If they are labels, pass booleans, for example y=ratings >= 4.",
            LabelWarning,
        )


def relevant_items(
    X: Interactions, y: Any, catalogue: Vocabulary, zero_is_low: bool = False
) -> tuple[Ids, Codes, Codes, Codes]:
    """Gather what is relevant to each user of held-out events.

    Parameters
    ----------
    X : Interactions
    y : array-like of shape (n_events,) or None
        Labels; those of 0 or less aren't relevant, unless `zero_is_low`.
    catalogue : Vocabulary
        Items of fit.
    zero_is_low : bool, default=False
        As in `Relevant.of`.

    Returns
    -------
    users : ndarray of shape (n_users,)
        Users with at least one relevant item, in first-seen order.
    rows, items : ndarrays of shape (n_pairs,), int64
        Relevant pairs of which the item is in the catalogue: positions in `users`, and item codes.
    n_relevant : ndarray of shape (n_users,), int64
        Distinct relevant items of each user, those outside the catalogue included: no list can hold them, and that is a
        miss.
    """
    found = Relevant.of(X, y, zero_is_low)
    return found.users.ids, *found.in_catalogue(catalogue), found.n_relevant


def rates_zero(recommender: Any) -> bool:
    """Say whether zero is a low rating to a fitted recommender: it learned from others than 0 and 1, of 0 or less among them."""
    histories = getattr(recommender, "histories_", None)
    return histories is not None and bool(histories.zero_is_low())


def seen_pairs(recommender: Any, relevant: Relevant, history: Any = None) -> Mask:
    """Say of each relevant pair whether the recommender leaves it out as seen.

    Parameters
    ----------
    recommender : estimator
        Fitted. One without ``histories_`` is taken to have seen nothing.
    relevant : Relevant
    history : object, optional
        What replaces the histories of fit, as in `recommend`.

    Returns
    -------
    ndarray of shape (n_pairs,), bool
    """
    if len(relevant) == 0 or not hasattr(recommender, "histories_"):
        return np.zeros(len(relevant), dtype=bool)
    catalogue: Vocabulary = recommender.item_vocabulary_
    codes = recommender.user_vocabulary_.encode(relevant.users.ids)
    items = catalogue.encode(relevant.items)
    keys = relevant.rows * np.int64(len(catalogue)) + items
    rows, seen = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    if history is not None:
        rows, seen, replaced = _handed_in(history, relevant.users, catalogue)
        codes = np.where(replaced, -1, codes)
    stored = recommender.histories_.seen_by(codes)
    rows = np.concatenate([rows, np.repeat(np.arange(len(codes)), np.diff(stored.indptr))])
    seen = np.concatenate([seen, stored.indices])
    result: Mask = np.isin(keys, rows * np.int64(len(catalogue)) + seen) & (items >= 0)
    return result


def _handed_in(history: Any, users: Vocabulary, catalogue: Vocabulary) -> tuple[Codes, Codes, Mask]:
    """Read which items a history says were seen: rows among the users, item codes, and whose history it replaces."""
    events = _events_of(history, users)
    rows, items = users.encode(events[USER]), catalogue.encode(events[ITEM])
    replaced = np.zeros(len(users), dtype=bool)
    replaced[rows[rows >= 0]] = True
    kept = (rows >= 0) & (items >= 0)
    if WEIGHT in events:
        kept &= events[WEIGHT].to_numpy() > 0
    return rows[kept], items[kept], replaced


def _events_of(history: Any, users: Vocabulary) -> pd.DataFrame:
    """Read a history; a flat list of item ids is one session, of the only user."""
    if isinstance(history, Interactions):
        return history.events
    if isinstance(history, (list, tuple, np.ndarray, pd.Series, pd.Index)) and _is_session(history) and len(users):
        return pd.DataFrame({USER: users.ids[np.zeros(len(history), dtype=np.int64)], ITEM: np.asarray(history)})
    return Interactions(history).events


def _is_session(history: Any) -> bool:
    """Say whether a history is flat; `recommend` says what is wrong with one that is neither that nor events."""
    if not isinstance(history, (list, tuple)):
        return history.ndim == 1 and len(history) > 0
    return len(history) > 0 and not any(isinstance(entry, (list, tuple, np.ndarray)) for entry in history)


def warn_all_seen(what: str = "") -> None:
    """Warn that every relevant item was left out as seen.

    Parameters
    ----------
    what : str, default=""
        Whose lists, as in ``" of EASE"``.
    """
    warn(
        f"Every relevant item was seen in fit, and left out of the lists{what} for that, so that the scores say nothing. "
        "Score held-out events; for events of fit pass exclude_seen=False, as in make_ranking_scorer('ndcg@10', exclude_seen=False), or "
        "do without their scores: return_train_score=False.",
        SeenItemsWarning,
    )
