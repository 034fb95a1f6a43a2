"""What a model knows of its users', items' and events' features; and how ids that weren't in fit are let in by theirs."""

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
    check_columns,
    check_ids,
    encode_columns,
    missing_rows,
    to_pandas,
)
from skrec.exceptions import InvalidIdTypeError
from skrec.typing import Codes, Ids

KEYS = {"user": USER, "item": ITEM}


def n_of_fit(model: Any, side: str) -> int:
    """Number of users or items that a model has trained rows of; those behind were let in for one question."""
    return int(getattr(model, "_n_of_fit", {}).get(side, len(model.users_ if side == "user" else model.items_)))


def shared(model: Any) -> Any:
    """A copy that shares all a model has, what it computed once included, so that single attributes can be changed."""
    other = object.__new__(type(model))
    vars(other).update(vars(model))
    return other


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
        return encode_columns(fields, frame, what)

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
            for name, rows in FeatureTable(fields, frame, key).take(ids[codes]).items():
                grown[name][codes] = rows
    return grown


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
    rows = rows.assign(**{key: check_ids(rows[key], key).array}).reset_index(drop=True)
    new = rows[vocabulary.encode(rows[key]) < 0].drop_duplicates(key)
    if not len(new):
        return model
    try:
        extended = vocabulary.extend(new[key])
    except InvalidIdTypeError:  # ids of another kind are unknown, as a warning has said
        return model
    check_columns(fields, new, what)
    return _extended(model, side, extended, FeatureTable(fields, new, key).take(new[key]))


def _extended(model: Any, side: str, vocabulary: Vocabulary, encoded: dict[str, Any]) -> Any:
    """A copy of a model with further ids of one side, of whom it knows features only."""
    other = shared(model)
    n_known = len(model.users_ if side == "user" else model.items_)
    n_new = len(vocabulary) - n_known
    # What follows from all ids of fit, such as their mean, must not depend on who else is asked about.
    other._n_of_fit = {**getattr(model, "_n_of_fit", {}), side: n_known}
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
