"""What a model knows of the features of its users, items and events."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd

from skrec.data import (
    ITEM,
    USER,
    FeatureTable,
    Fields,
    Interactions,
    encode_columns,
    missing_rows,
)
from skrec.typing import Ids

KEYS = {"user": USER, "item": ITEM}


@final
@dataclass(frozen=True)
class ModelFeatures:
    """Encoded features in the order of a model's codes.

    Attributes
    ----------
    fields : dict of str to list of (str, encoder, str or list of str)
        By side, of "user", "item" and "context": name, fitted encoder and column of each feature.
    arrays : dict of str to dict of str to ndarray of shape (n + 1, ...)
        Of "user" and "item": rows by code; the last stands for somebody of whom nothing is known.
    no_context : dict of str to ndarray of shape (1, ...)
        What stands for a moment of which nothing is known.
    """

    fields: dict[str, Fields]
    arrays: dict[str, dict[str, Any]]
    no_context: dict[str, Any]

    @classmethod
    def read(
        cls, X: Interactions, users: Ids, items: Ids, sides: tuple[str, ...], before: "ModelFeatures | None" = None
    ) -> "ModelFeatures":
        """Encode what events bring along.

        Parameters
        ----------
        X : Interactions
        users, items : ndarray
            Ids in the order of their codes.
        sides : tuple of str
            What the model reads.
        before : ModelFeatures, optional
            Of the first ids, with the encoders to use: those of events that came later aren't asked. Where ids of these events have a row
            in their tables, it replaces the one known before.

        Returns
        -------
        ModelFeatures
        """
        found = X.features
        fields: dict[str, Fields] = {}
        arrays: dict[str, dict[str, Any]] = {}
        for side, ids in (("user", users), ("item", items)):
            if before is not None:
                raw = X.users if side == "user" else X.items
                fields[side] = before.fields[side]
                arrays[side] = _grown(before.arrays[side], fields[side], raw, KEYS[side], ids, X.events[KEYS[side]])
                continue
            table = None if found is None or side not in sides else getattr(found, f"{side}s")
            fields[side], arrays[side] = ([], {}) if table is None else (table.fields, table.take(ids, n_more=1))
        if before is not None:
            return cls({**fields, "context": before.fields["context"]}, arrays, before.no_context)
        context: Fields = found.context if found is not None and "context" in sides else []
        return cls({**fields, "context": context}, arrays, missing_rows(context, 1, X.events))

    def context(self, frame: pd.DataFrame | None, n: int, what: str) -> dict[str, Any] | None:
        """Encode context; rows of missing cells where there is no frame. None if the model reads none."""
        fields = self.fields["context"]
        if not fields:
            return None
        if frame is None:
            return {name: np.repeat(row, n, axis=0) for name, row in self.no_context.items()}
        return encode_columns(fields, frame, what, self.no_context)

    def key(self) -> Hashable:
        """What a network's structure depends on, besides the shapes of its weights."""
        return tuple(
            (side, name, type(encoder), repr(encoder), self._shape(side, name))
            for side, fields in sorted(self.fields.items())
            for name, encoder, _ in fields
        )

    def _shape(self, side: str, name: str) -> Any:
        array = self.arrays.get(side, {}).get(name)
        return None if array is None else (array.shape[1:], array.dtype.str)

    def layers(self, dim: int) -> dict[str, dict[str, Any]]:
        """Make the layers that embed features: by side and name, each to width `dim`."""
        return {side: {name: encoder.build(dim) for name, encoder, _ in fields} for side, fields in self.fields.items()}

    def samples(self) -> dict[str, dict[str, Any]]:
        """One row of each feature, by side and name."""
        found = {side: {name: array[-1:] for name, array in arrays.items()} for side, arrays in self.arrays.items()}
        return {**found, "context": self.no_context}


def _grown(
    arrays: dict[str, Any], fields: Fields, frame: pd.DataFrame | None, key: str, ids: Ids, met: "pd.Series[Any]"
) -> dict[str, Any]:
    """Put rows of ids that came later behind the known ones, and new rows of known ids in the place of those they had.

    Read are rows of ids that the events at hand have: tables ride along, and may hold the pictures of a whole catalogue. A new id
    without a row in the table gets that of whom nothing is known.
    """
    if not fields:
        return {}
    n_new = len(ids) - len(next(iter(arrays.values()))) + 1
    grown = {
        name: np.concatenate([array[:-1], np.repeat(array[-1:], n_new + 1, axis=0)]) for name, array in arrays.items()
    }
    if frame is not None and len(frame):
        codes = np.flatnonzero(pd.Index(ids).isin(frame.loc[frame[key].isin(met), key].to_numpy()))
        if len(codes):
            for name, rows in FeatureTable(fields, frame, key).take(ids[codes], like=arrays).items():
                grown[name][codes] = rows
    return grown
