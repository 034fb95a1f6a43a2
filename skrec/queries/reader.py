"""From the arguments of ``recommend`` to a query."""

from dataclasses import dataclass, replace
from functools import cached_property
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
    few_ids,
    is_frame,
    to_pandas,
)
from skrec.exceptions import InvalidDataError
from skrec.queries.past import ManyEvents, Past, check_times, few_events
from skrec.queries.query import Query
from skrec.typing import Codes, Ids, Mask

__all__ = ["QueryReader", "ids_of"]


@dataclass(frozen=True)
class Asked:
    """The distinct users of one call.

    Attributes
    ----------
    ids : ndarray of shape (n,)
    codes : ndarray of shape (n,), int64
        Among the users of fit; -1 for those who weren't there.
    rows : ndarray of shape (n_asked,), int64, or None
        Where each user asked about stands among the distinct ones; None where all are distinct.
    """

    ids: Ids
    codes: Codes
    rows: Codes | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The distinct users' own vocabulary, to translate what frames say of them."""
        return Vocabulary(self.ids, "user")


class QueryReader:
    """Reads the arguments of ``recommend`` against the vocabularies and histories of fit.

    Parameters
    ----------
    user_vocabulary, item_vocabulary : Vocabulary
    histories : Histories
        Stored histories, in order of the user codes.
    times : {"numbers", "datetimes"}, optional
        What the timestamps of fit are, where scores depend on the time between events.
    """

    def __init__(
        self, user_vocabulary: Vocabulary, item_vocabulary: Vocabulary, histories: Histories, times: str | None = None
    ) -> None:
        self._times = times
        self._user_vocabulary = user_vocabulary
        self._item_vocabulary = item_vocabulary
        self._histories = histories

    def read(self, users: Any, items: Any, exclude_items: Any, exclude_seen: bool, history: Any, context: Any) -> Query:
        """Translate one call's arguments."""
        session = session_of(history)
        past = None if history is None or session is not None else _read_history(history)
        if self._times is not None and history is not None:
            check_times(session, past, self._times)
        asked = self._read_users(users, past) if session is None else self._read_owner(users)
        histories, folded = self._histories.take(asked.codes), np.zeros(len(asked), dtype=bool)
        if session is not None:
            histories, folded = self._of_session(histories, session), np.ones(1, dtype=bool)
        elif past is not None:
            histories, folded = self._replace(histories, past, asked)
        allowed, candidates = self._read_items(items, asked)
        excluded = self._read_excluded(exclude_items, asked)
        if exclude_seen:
            seen = self._histories.seen_by(asked.codes) if history is None else histories.seen()
            excluded = seen if excluded is None else excluded.maximum(seen)
        query = Query(asked.ids, asked.codes, histories, folded, allowed, candidates, excluded)
        return _with_context(query if asked.rows is None else query.take(asked.rows), context)

    def _read_users(self, users: Any, past: Past | None) -> Asked:
        few = few_ids(past.users() if users is None and past is not None else users)
        if few is not None and len(set(few.tolist())) == len(few):
            codes = self._user_vocabulary.encode_few(few)
            if codes is not None:
                return Asked(few, codes)
        ids = self._ids_of_users(users, past)
        asked = Vocabulary(ids.drop_duplicates(), "user")
        rows = asked.encode(ids)
        distinct = len(asked) == len(ids) and bool((rows == np.arange(len(ids))).all())
        return Asked(asked.ids, self._user_vocabulary.encode(asked.ids), None if distinct else rows)

    def _ids_of_users(self, users: Any, past: Past | None) -> "pd.Series[Any]":
        if users is None:
            return pd.Series(self._user_vocabulary.ids if past is None else past.users())
        if is_frame(users):
            frame = to_pandas(users, "users")
            if USER not in frame.columns:
                raise InvalidDataError(
                    f"users is a frame without a column 'user_id'; its columns are {list(frame.columns)}."
                )
            return check_ids(frame[USER], USER) if len(frame) else as_ids([], USER)
        return as_ids(users, "users")

    def _read_owner(self, users: Any) -> Asked:
        """Read whose session it is: nobody's that is known, called 0, unless one user is named."""
        if users is None:
            return Asked(np.zeros(1, dtype=np.int64), np.full(1, -1, dtype=np.int64))
        asked = self._read_users(users, None)
        if len(asked) != 1 or asked.rows is not None:
            n = len(asked) if asked.rows is None else len(asked.rows)
            raise InvalidDataError(
                f"history is a list of item ids, which is one session, and {n} users are asked about. Ask about one user, "
                "or pass a frame with the columns user_id and item_id."
            )
        return asked

    def _of_session(self, stored: Histories, session: Any) -> Histories:
        """Make the history of one user out of item ids, oldest first."""
        codes = self._codes(session, "history")
        codes = codes[codes >= 0]
        n = len(codes)
        return Histories(
            np.array([0, n], dtype=np.int64),
            codes,
            np.ones(n, dtype=np.float32),
            np.ones(n, dtype=bool),
            None,
            np.zeros(n, dtype=np.int64),
            stored.n_items,
        )

    def _codes(self, items: Any, name: str) -> Codes:
        """Translate item ids."""
        few = few_ids(items)
        codes = None if few is None else self._item_vocabulary.encode_few(few)
        return self._item_vocabulary.encode(as_ids(items, name)) if codes is None else codes

    def _replace(self, stored: Histories, past: Past, asked: Asked) -> tuple[Histories, Mask]:
        """Put the histories handed in where they replace the stored ones."""
        # What a zero means was decided in fit, and not by whose events stand beside it.
        events = past.encode(asked.vocabulary, self._item_vocabulary, self._histories.graded)
        events = events.take(events.users >= 0)
        folded = np.bincount(events.users, minlength=len(asked)) > 0
        new = Histories.group(events.take(events.weights > 0))  # as in fit, weight 0 counts for nothing
        return _merge(new, stored, folded), folded

    def _read_items(self, items: Any, asked: Asked) -> tuple[Codes | None, Any]:
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
        codes = self._codes(items, "items")
        return np.unique(codes[codes >= 0]), None

    def _read_excluded(self, exclude_items: Any, asked: Asked) -> Any:
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
        codes = self._codes(exclude_items, "exclude_items")
        codes = np.unique(codes[codes >= 0])
        row = sparse.csr_array(
            (np.ones(len(codes), dtype=bool), codes, [0, len(codes)]), shape=(1, len(self._item_vocabulary))
        )
        return row[np.zeros(len(asked), dtype=np.int64)] if len(asked) else self._pairs(None, asked)

    def _pairs(self, frame: pd.DataFrame | None, asked: Asked) -> Any:
        """Make a boolean matrix of (user, item) pairs; unknown ones are left out."""
        shape = (len(asked), len(self._item_vocabulary))
        if frame is None or len(frame) == 0:
            return sparse.csr_array(shape, dtype=bool)
        rows = asked.vocabulary.encode(check_ids(frame[USER], USER))
        columns = self._item_vocabulary.encode(check_ids(frame[ITEM], ITEM))
        known = (rows >= 0) & (columns >= 0)
        ones = np.ones(int(known.sum()), dtype=np.int32)
        return sparse.coo_array((ones, (rows[known], columns[known])), shape=shape).tocsr().astype(bool)


def _read_history(history: Any) -> Past:
    few = few_events(history)
    if few is not None:
        return few
    if hasattr(history, "__len__") and getattr(history, "ndim", 1) != 0 and len(history) == 0:
        raise InvalidDataError("history has no events. Pass at least one, or leave history out.")
    if is_frame(history):
        frame = to_pandas(history, "history")
        if USER not in frame.columns and ITEM in frame.columns:
            raise InvalidDataError(
                "history has no column 'user_id'. Add one, so that each event belongs to a user asked about."
            )
    return ManyEvents(history if isinstance(history, Interactions) else Interactions(history))


def _merge(new: Histories, stored: Histories, folded: Mask) -> Histories:
    """Take each row from `new` where folded, else from `stored`."""
    if folded.all():
        return new if stored.ratings is not None else replace(new, ratings=None)
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
        stored.graded,
    )
    rows = np.arange(len(folded))
    return both.take(np.where(folded, rows, rows + len(folded)))


def _with_context(query: Query, context: Any) -> Query:
    if context is None:
        return query
    if isinstance(context, (list, tuple)) and len({len(row) for row in context if isinstance(row, (list, tuple))}) > 1:
        raise InvalidDataError("The rows of context have different lengths. Give each the same columns.")
    if isinstance(context, (set, frozenset)):
        raise InvalidDataError(
            "context is a set, and must be a frame with one row per user asked about, in their order."
        )
    try:
        frame = to_pandas(context, "context") if is_frame(context) else pd.DataFrame(context)
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        if isinstance(error, InvalidDataError):
            raise
        raise InvalidDataError(
            f"context must be a frame with one row per user asked about. Got {type(context).__name__} instead: {error}"
        ) from None
    if len(frame) != len(query):
        raise InvalidDataError(
            f"context has {len(frame)} rows, and {len(query)} users are asked about. Pass one row per user."
        )
    return replace(query, context=frame)


def session_of(history: Any) -> Any:
    """Take a history that is one session: a flat list, array or column of item ids; None for anything else."""
    if isinstance(history, (np.ndarray, pd.Series, pd.Index)):
        return history if history.ndim == 1 and len(history) else None
    if isinstance(history, (list, tuple)) and history:
        return history if all(isinstance(entry, (str, int, np.integer, np.str_)) for entry in history) else None
    return None


def ids_of(items: Any, name: str = "items") -> Any:
    """Take item ids out of an argument of `similar_items`."""
    if not is_frame(items):
        return items
    frame = to_pandas(items, name)
    if ITEM not in frame:
        raise InvalidDataError(f"{name} is a frame without a column 'item_id'; its columns are {list(frame.columns)}.")
    return frame[ITEM]
