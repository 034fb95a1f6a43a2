"""What a model knows of its users', items' and events' features; and how ids that weren't in fit are let in by theirs."""

import copy
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
import pandas as pd

from skrec.data import (
    ITEM,
    USER,
    FeatureTable,
    Fields,
    Interactions,
    Vocabulary,
    check_ids,
    encode_columns,
    missing_rows,
    to_pandas,
)
from skrec.typing import Codes, Ids

KEYS = {"user": USER, "item": ITEM}


@final
@dataclass(frozen=True)
class ModelFeatures:
    """Encoded features in the order of a model's codes.

    Attributes
    ----------
    fields : dict of str to list of (str, encoder, str)
        By side, of "user", "item" and "context": name, fitted encoder and column of each feature.
    arrays : dict of str to dict of str to ndarray of shape (n + 1, ...)
        Of "user" and "item": rows by code; the last stands for somebody of whom nothing is known.
    """

    fields: dict[str, Fields]
    arrays: dict[str, dict[str, Any]]

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
            Of the first ids, with the encoders to use: those of events that came later aren't asked.

        Returns
        -------
        ModelFeatures
        """
        found = X.features
        fields: dict[str, Fields] = {}
        arrays: dict[str, dict[str, Any]] = {}
        for side, ids in (("user", users), ("item", items)):
            raw = X.users if side == "user" else X.items
            table = None if found is None else (found.users if side == "user" else found.items)
            own = before.fields[side] if before else (table.fields if table is not None and side in sides else [])
            fields[side] = own
            n_known = 0 if before is None else len(next(iter(before.arrays[side].values()), [0])) - 1
            new = _rows(own, raw, KEYS[side], ids[n_known:])
            arrays[side] = (
                new
                if before is None
                else {name: np.concatenate([before.arrays[side][name][:-1], new[name]]) for name in new}
            )
        context: Fields = (
            before.fields["context"] if before else (found.context if found and "context" in sides else [])
        )
        return cls({**fields, "context": context}, arrays)

    def context(self, frame: pd.DataFrame | None, n: int, what: str) -> dict[str, Any] | None:
        """Encode context; rows of missing cells where there is no frame. None if the model reads none."""
        fields = self.fields["context"]
        if not fields:
            return None
        return missing_rows(fields, n) if frame is None else encode_columns(fields, frame, what)

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
        return {**found, "context": missing_rows(self.fields["context"], 1)}


def _rows(fields: Fields, frame: pd.DataFrame | None, key: str, ids: Ids) -> dict[str, Any]:
    """Encode rows of ids, and one of which nothing is known."""
    if not fields:
        return {}
    if frame is None:
        return missing_rows(fields, len(ids) + 1)
    return FeatureTable(fields, frame, key).take(ids, n_more=1)


def admit(model: Any, side: str, frame: Any, what: str) -> Any:
    """Let ids in that weren't in fit, by their features.

    Parameters
    ----------
    model : KerasRecommender
        Fitted.
    side : {"user", "item"}
    frame : frame
        With the column of ids; rows of ids of fit are ignored.
    what : str
        What the frame is, for messages.

    Returns
    -------
    KerasRecommender
        A shallow copy in which the new ids have codes behind the known ones; the model itself where there is nobody to let in.
    """
    fields, key = model.features_.fields[side], KEYS[side]
    rows = to_pandas(frame, what)
    if not len(rows) or key not in rows or not {column for _, _, column in fields} & set(rows.columns):
        return model
    vocabulary: Vocabulary = model.user_vocabulary_ if side == "user" else model.item_vocabulary_
    ids = check_ids(rows[key], key)
    new = rows.assign(**{key: ids})[vocabulary.encode(ids) < 0].drop_duplicates(key)
    if not len(new):
        return model
    encoded = FeatureTable(fields, new.reset_index(drop=True), key).take(new[key])
    return _extended(model, side, vocabulary.extend(new[key]), encoded)


def _extended(model: Any, side: str, vocabulary: Vocabulary, encoded: dict[str, Any]) -> Any:
    """A copy of a model with further ids of one side, of whom it knows features only."""
    other = copy.copy(model)
    n_new = len(vocabulary) - len(model.users_ if side == "user" else model.items_)
    arrays = {
        name: np.concatenate([array[:-1], encoded[name], array[-1:]])
        for name, array in model.features_.arrays[side].items()
    }
    other.features_ = replace(model.features_, arrays={**model.features_.arrays, side: arrays})
    table = model.tables_[side]
    other.tables_ = {
        **model.tables_,
        side: np.concatenate([table, np.zeros((n_new, table.shape[1]), dtype=table.dtype)]),
    }
    histories = model.histories_
    if side == "user":
        other.user_vocabulary_, other.users_ = vocabulary, vocabulary.ids
        indptr = np.concatenate([histories.indptr, np.full(n_new, histories.indptr[-1])])
        other.histories_ = replace(histories, indptr=indptr)
    else:
        other.item_vocabulary_, other.items_ = vocabulary, vocabulary.ids
        other.histories_ = replace(histories, n_items=len(vocabulary))
        other._n_candidates = getattr(model, "_n_candidates", len(model.items_))
        other.item_counts_ = np.concatenate([model.item_counts_, np.zeros(n_new)])
        # An index knows the items of fit only: all are searched instead.
        other.__dict__.pop("retriever_", None)
        if "retriever" in other.__dict__:
            other.retriever = "exact"
    other._serving = model._serving.extended(side)
    return other


def admit_from_tables(model: Any, X: Interactions, users: Codes, items: Codes) -> Any:
    """Let ids of events in that weren't in fit, and have a row in the events' tables."""
    for side, codes, table in (("user", users, X.users), ("item", items, X.items)):
        if (codes < 0).any() and table is not None:
            model = admit(
                model, side, table[table[KEYS[side]].isin(X.events[KEYS[side]][codes < 0])], f"The table of {side}s"
            )
    return model
