"""What ``recommend`` was asked, with every id translated."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

import numpy as np
import pandas as pd

from skrec.data import Histories
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
