"""What ``recommend`` was asked, with every id translated."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from skrec.data import (
    ITEM,
    USER,
    Histories,
    Interactions,
    Vocabulary,
    as_ids,
    check_ids,
    encode_events,
    is_frame,
    labels_are_binary,
    to_pandas,
)
from skrec.data import Interactions as _Interactions
from skrec.exceptions import InvalidDataError
from skrec.typing import Codes, Ids, Mask, Scores

_ADAPTED = "__takes_query__"


def _ignore(n_users: int) -> None:
    """Take a report that nobody asked for."""


@dataclass(frozen=True)
class Query:
    """The users asked about, and which items may be recommended to each.

    Attributes
    ----------
    user_ids : ndarray of shape (n,)
        External ids, as asked.
    users : ndarray of shape (n,), int64
        Their codes; -1 for users that weren't in fit.
    histories : Histories of n rows
        Each user's history: the one handed in, else the stored one.
    folded : ndarray of shape (n,), bool
        True where the history was handed in.
    allowed : ndarray of shape (n_allowed,), int64, or None
        Ascending item codes that everybody may get; None for all.
    candidates : csr_array of shape (n, n_items), bool, or None
        Items that each user may get.
    excluded : csr_array of shape (n, n_items), bool, or None
        Items that a user must not get.
    context : pandas.DataFrame of n rows, or None
    report : callable
        Told how many further users have been scored, where that takes long.
    """

    user_ids: Ids
    users: Codes
    histories: Histories
    folded: Mask
    allowed: Codes | None
    candidates: Any
    excluded: Any
    context: pd.DataFrame | None = None
    report: Callable[[int], None] = _ignore

    @classmethod
    def of_codes(cls, users: Codes, histories: Histories) -> "Query":
        """Ask about users of fit by code, with their stored histories, and without any restriction.

        Parameters
        ----------
        users : ndarray of shape (n,), int64
            -1 stands for a user that wasn't in fit.
        histories : Histories of all users
        """
        return cls(users, users, histories.take(users), np.zeros(len(users), dtype=bool), None, None, None)

    def __len__(self) -> int:
        return len(self.users)

    @property
    def new(self) -> Mask:
        """Say of which users nothing that was learned holds: not in fit, or with a history handed in; shape (n,)."""
        return self.folded | (self.users < 0)

    def take(self, rows: slice | Codes) -> "Query":
        """Take some of the users, by a slice or by position."""
        positions = np.arange(len(self))[rows]
        if len(positions) == len(self) and (positions == np.arange(len(self))).all():
            return self
        return replace(
            self,
            user_ids=self.user_ids[rows],
            users=self.users[rows],
            histories=self.histories.take(positions),
            folded=self.folded[rows],
            candidates=None if self.candidates is None else self.candidates[rows],
            excluded=None if self.excluded is None else self.excluded[rows],
            context=None if self.context is None else self.context.iloc[rows],
        )


class QueryReader:
    """Reads the arguments of ``recommend`` against the vocabularies and histories of fit.

    Parameters
    ----------
    user_vocabulary, item_vocabulary : Vocabulary
    histories : Histories
        Stored histories, in order of the user codes.
    """

    def __init__(self, user_vocabulary: Vocabulary, item_vocabulary: Vocabulary, histories: Histories) -> None:
        self._user_vocabulary = user_vocabulary
        self._item_vocabulary = item_vocabulary
        self._histories = histories

    def read(self, users: Any, items: Any, exclude_items: Any, exclude_seen: bool, history: Any, context: Any) -> Query:
        """Translate one call's arguments."""
        past = None if history is None else self._read_history(history)
        ids = self._read_users(users, past)
        asked = Vocabulary(ids.drop_duplicates(), "user")
        rows = asked.encode(ids)
        codes = self._user_vocabulary.encode(asked.ids)
        histories, folded = self._histories.take(codes), np.zeros(len(asked), dtype=bool)
        if past is not None:
            histories, folded = self._replace(histories, past, asked)
        allowed, candidates = self._read_items(items, asked)
        excluded = self._read_excluded(exclude_items, asked)
        if exclude_seen:
            seen = self._histories.seen_by(codes) if past is None else histories.seen()
            excluded = seen if excluded is None else excluded.maximum(seen)
        query = Query(asked.ids, codes, histories, folded, allowed, candidates, excluded)
        if len(asked) != len(ids) or not (rows == np.arange(len(ids))).all():
            query = query.take(rows)
        return _with_context(query, context)

    def _read_users(self, users: Any, past: _Interactions | None) -> "pd.Series[Any]":
        if users is None:
            if past is not None:
                return pd.Series(pd.unique(past.events[USER]))
            return pd.Series(self._user_vocabulary.ids)
        if is_frame(users):
            frame = to_pandas(users, "users")
            if USER not in frame.columns:
                raise InvalidDataError(
                    f"users is a frame without a column 'user_id'; its columns are {list(frame.columns)}."
                )
            return check_ids(frame[USER], USER) if len(frame) else as_ids([], USER)
        return as_ids(users, "users")

    def _read_history(self, history: Any) -> _Interactions:
        if hasattr(history, "__len__") and len(history) == 0:
            raise InvalidDataError("history has no events. Pass at least one, or leave history out.")
        if is_frame(history):
            frame = to_pandas(history, "history")
            if USER not in frame.columns and ITEM in frame.columns:
                raise InvalidDataError(
                    "history has no column 'user_id'. Add one, so that each event belongs to a user asked about."
                )
        return history if isinstance(history, Interactions) else Interactions(history)

    def _replace(self, stored: Histories, past: _Interactions, asked: Vocabulary) -> tuple[Histories, Mask]:
        """Put the histories handed in where they replace the stored ones."""
        events = encode_events(past, None, None, asked, self._item_vocabulary)
        events = events.take(events.users >= 0)
        folded = np.bincount(events.users, minlength=len(asked)) > 0
        if not (events.positive.all() or stored.ratings is None or labels_are_binary(self._histories.ratings)):
            # Where fit knew other labels than 0 and 1, a zero is a low rating and no negative.
            events = replace(events, positive=np.ones(len(events), dtype=bool))
        new = Histories.group(events.take(events.weights > 0))  # as in fit, weight 0 counts for nothing
        return _merge(new, stored, folded), folded

    def _read_items(self, items: Any, asked: Vocabulary) -> tuple[Codes | None, Any]:
        if items is None:
            return None, None
        if is_frame(items):
            frame = to_pandas(items, "items")
            if ITEM not in frame.columns:
                raise InvalidDataError(
                    f"items is a frame without a column 'item_id'; its columns are {list(frame.columns)}."
                )
            if USER in frame.columns:
                return None, self._pairs(frame, asked)
            items = frame[ITEM]
        codes = self._item_vocabulary.encode(as_ids(items, "items"))
        return np.unique(codes[codes >= 0]), None

    def _read_excluded(self, exclude_items: Any, asked: Vocabulary) -> Any:
        if exclude_items is None:
            return None
        if is_frame(exclude_items):
            frame = to_pandas(exclude_items, "exclude_items")
            if ITEM not in frame.columns:
                raise InvalidDataError(
                    f"exclude_items is a frame without a column 'item_id'; its columns are {list(frame.columns)}."
                )
            if USER in frame.columns:
                return self._pairs(frame, asked)
            exclude_items = frame[ITEM]
        codes = self._item_vocabulary.encode(as_ids(exclude_items, "exclude_items"))
        codes = np.unique(codes[codes >= 0])
        row = sparse.csr_array(
            (np.ones(len(codes), dtype=bool), codes, [0, len(codes)]), shape=(1, len(self._item_vocabulary))
        )
        return row[np.zeros(len(asked), dtype=np.int64)] if len(asked) else self._pairs(None, asked)

    def _pairs(self, frame: pd.DataFrame | None, asked: Vocabulary) -> Any:
        """Make a boolean matrix of (user, item) pairs; unknown ones are left out."""
        shape = (len(asked), len(self._item_vocabulary))
        if frame is None or len(frame) == 0:
            return sparse.csr_array(shape, dtype=bool)
        rows = asked.encode(check_ids(frame[USER], USER))
        columns = self._item_vocabulary.encode(check_ids(frame[ITEM], ITEM))
        known = (rows >= 0) & (columns >= 0)
        ones = np.ones(int(known.sum()), dtype=np.int32)
        return sparse.coo_array((ones, (rows[known], columns[known])), shape=shape).tocsr().astype(bool)


def _merge(new: Histories, stored: Histories, folded: Mask) -> Histories:
    """Take each row from `new` where folded, else from `stored`."""
    joined_ratings = None
    if new.ratings is not None and stored.ratings is not None:
        joined_ratings = np.concatenate([new.ratings, stored.ratings])
    both = Histories(
        np.concatenate([new.indptr, new.indptr[-1] + stored.indptr[1:]]),
        np.concatenate([new.items, stored.items]),
        np.concatenate([new.weights, stored.weights]),
        np.concatenate([new.positive, stored.positive]),
        joined_ratings,
        np.concatenate([new.times, stored.times]),
        stored.n_items,
    )
    rows = np.arange(len(folded))
    return both.take(np.where(folded, rows, rows + len(folded)))


def _with_context(query: Query, context: Any) -> Query:
    if context is None:
        return query
    try:
        frame = to_pandas(context, "context") if is_frame(context) else pd.DataFrame(context)
    except (TypeError, ValueError) as error:
        raise InvalidDataError(
            f"context must be a frame with one row per user asked about. Got {type(context).__name__} instead: {error}"
        ) from None
    if len(frame) != len(query):
        raise InvalidDataError(
            f"context has {len(frame)} rows, and {len(query)} users are asked about. Pass one row per user."
        )
    return replace(query, context=frame)


def ids_of(items: Any) -> Any:
    """Take item ids out of what `similar_items` was asked about."""
    if not is_frame(items):
        return items
    frame = to_pandas(items, "items")
    if ITEM not in frame:
        raise InvalidDataError(f"items is a frame without a column 'item_id'; its columns are {list(frame.columns)}.")
    return frame[ITEM]


def takes_query(score: Callable[..., Scores]) -> Callable[..., Scores]:
    """Let a `_score` that takes users, histories and the mask of those handed in, as plugins wrote it before, take a query.

    It is known by its number of arguments. The result takes the three as well, for subclasses that call it so.
    """
    if getattr(score, _ADAPTED, False) or len(inspect.signature(score).parameters) != 4:
        return score

    @wraps(score)
    def _score(self: Any, *asked: Any) -> Scores:
        if len(asked) == 1:
            asked = asked[0].users, asked[0].histories, asked[0].folded
        return score(self, *asked)

    setattr(_score, _ADAPTED, True)
    return _score
