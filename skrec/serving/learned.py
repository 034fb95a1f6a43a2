"""Learned: what a fit of a neural model learned, as one value."""

from dataclasses import dataclass, field, replace
from typing import Any, final

import numpy as np
import pandas as pd

from skrec.data import (
    FeatureTable,
    Histories,
    Interactions,
    Vocabulary,
    check_columns,
    check_ids,
    columns_of,
    to_pandas,
)
from skrec.exceptions import InvalidIdTypeError
from skrec.programs import Weights
from skrec.serving.features import KEYS, ModelFeatures
from skrec.typing import Codes, Floats

__all__ = ["Learned"]


@final
@dataclass(frozen=True)
class Learned:
    """All that serving, and a warm start, need of a fit.

    Attributes
    ----------
    users, items : Vocabulary
        Ids by code: those of fit, then those that were added by their features.
    histories : Histories of all users
    item_counts : ndarray of shape (n_items,)
        Summed weights of each item's positive events.
    weights : Weights
        Tables have a row for each code.
    features : ModelFeatures or None
    rating_mean : float
        What is added to a score under a loss of ratings.
    pool : ndarray of shape (m,)
        Codes of the items that fold-in takes its negatives from.
    n_added : dict of str to int
        How many of the users and items were added by their features, and weren't in fit.
    """

    users: Vocabulary
    items: Vocabulary
    histories: Histories
    item_counts: Any
    weights: Weights
    features: ModelFeatures | None = None
    rating_mean: float = 0.0
    pool: Codes = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    n_added: dict[str, int] = field(default_factory=lambda: {"user": 0, "item": 0})

    def ids(self, side: str) -> Vocabulary:
        """Ids of a side."""
        return self.users if side == "user" else self.items

    def n_of_fit(self, side: str) -> int:
        """Number of users or items of fit."""
        return len(self.ids(side)) - self.n_added[side]

    def part(self, side: str, rows: Any) -> dict[str, Any]:
        """Encoded features of a side, by name; code -1 stands for an id of which nothing is known."""
        assert self.features is not None
        return {name: array[rows] for name, array in self.features.arrays[side].items()}

    def context(self, frame: pd.DataFrame | None, n: int, what: str) -> dict[str, Any] | None:
        """Encode the context of n events or users; None if the network reads none."""
        return None if self.features is None else self.features.context(frame, n, what)

    @property
    def shares(self) -> Floats:
        """Each item's share of the users of fit, shape (n_items,): what a cold user is served by."""
        counts = self.item_counts
        return np.asarray(counts / max(self.n_of_fit("user"), float(counts.max(initial=0.0)) + 1.0))

    def with_ids(self, side: str, frame: Any, what: str) -> "Learned":
        """Add cold ids by their features.

        Parameters
        ----------
        side : {"user", "item"}
        frame : frame
            With the column of ids; rows of known ids are ignored.
        what : str
            What the frame is, for messages.

        Returns
        -------
        Learned
            In which the new ids have codes behind the known ones, and rows of zeros; itself where there is no id to add.
        """
        if self.features is None:
            return self
        fields, key, known = self.features.fields[side], KEYS[side], self.ids(side)
        rows = to_pandas(frame, what)
        if not len(rows) or key not in rows or not set(columns_of(fields)) & set(rows.columns):
            return self
        rows = rows.assign(**{key: check_ids(rows[key], key).array}).reset_index(drop=True)
        new = rows[known.encode(rows[key]) < 0].drop_duplicates(key)
        if not len(new):
            return self
        try:
            extended = known.extend(new[key])
        except InvalidIdTypeError:  # ids of another kind are unknown, as a warning has said
            return self
        check_columns(fields, new, what)
        return self._extended(
            side, extended, FeatureTable(fields, new, key).take(new[key], like=self.features.arrays[side])
        )

    def with_ids_of(self, X: Interactions) -> "Learned":
        """Add cold ids of events that have a row in the events' tables."""
        learned = self
        for side, table in (("user", X.users), ("item", X.items)):
            met = X.events[KEYS[side]]
            unknown = self.ids(side).encode(met) < 0
            if table is not None and unknown.any():
                rows = table[table[KEYS[side]].isin(met[unknown])]
                learned = learned.with_ids(side, rows, f"The table of {side}s")
        return learned

    def _extended(self, side: str, ids: Vocabulary, encoded: dict[str, Any]) -> "Learned":
        assert self.features is not None
        n_new = len(ids) - len(self.ids(side))
        arrays = {
            name: np.concatenate([array[:-1], encoded[name], array[-1:]])
            for name, array in self.features.arrays[side].items()
        }
        features = replace(self.features, arrays={**self.features.arrays, side: arrays})
        table = self.weights.tables.get(side)
        tables = dict(self.weights.tables)
        if table is not None:
            tables[side] = np.concatenate([table, np.zeros((n_new, table.shape[1]), dtype=table.dtype)])
        grown = replace(
            self,
            features=features,
            weights=replace(self.weights, tables=tables),
            n_added={**self.n_added, side: self.n_added[side] + n_new},
        )
        past = self.histories
        if side == "user":
            indptr = np.concatenate([past.indptr, np.full(n_new, past.indptr[-1])])
            return replace(grown, users=ids, histories=replace(past, indptr=indptr))
        counts = np.concatenate([self.item_counts, np.zeros(n_new)])
        return replace(grown, items=ids, histories=replace(past, n_items=len(ids)), item_counts=counts)
