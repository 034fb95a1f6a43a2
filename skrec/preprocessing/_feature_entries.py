"""Entries of FeatureEncoder: name, encoder and column of a feature, or a column alone, whose encoder is chosen."""

from numbers import Number
from typing import Any

import pandas as pd
from sklearn.base import clone

from skrec.data import Fields
from skrec.encoders import TransformerEncoder, choose_encoder
from skrec.exceptions import InvalidParameterError, SkrecError
from skrec.plugin import Encoder, lookup

AUTO = "auto"
"""The encoder that is chosen by the column's kind."""


def entries_of(wanted: Any) -> list[tuple[str, Any, Any]]:
    """Entries of a parameter, as far as it is a list of such; a column's name alone is one, too."""
    if not isinstance(wanted, (list, tuple)):
        return []
    full = [(entry, AUTO, entry) if isinstance(entry, str) else entry for entry in wanted]
    return [tuple(entry) for entry in full if isinstance(entry, (list, tuple)) and len(entry) == 3]


def is_entry(entry: tuple[Any, Any, Any]) -> bool:
    """Say whether an entry has a name, and one column, or some that are distinct."""
    name, _, column = entry
    names = column if isinstance(column, list) else [column]
    # A label of pandas is a text, a number, or a tuple of these; what can't be looked up is none.
    if not all(isinstance(one, (str, Number, tuple)) for one in names):
        return False
    return isinstance(name, str) and (not isinstance(column, list) or 0 < len(column) == len(set(map(str, column))))


def with_choices(wanted: Any, fields: Fields) -> Any:
    """A parameter with the encoders that `fit` chose; itself, if it chose none."""
    if isinstance(wanted, str):
        return list(fields) or wanted
    chosen = {(name, str(column)): encoder for name, encoder, column in fields}
    entries = entries_of(wanted)
    if not any(is_open(encoder) and (name, str(column)) in chosen for name, encoder, column in entries):
        return wanted
    return [
        (name, chosen.get((name, str(column)), encoder) if is_open(encoder) else encoder, column)
        for name, encoder, column in entries
    ]


def is_open(encoder: Any) -> bool:
    return isinstance(encoder, str) and encoder == AUTO


def parameters_of(encoder: Any) -> dict[str, Any]:
    """List the parameters of an encoder or of one of that name; none of what `fit` will choose, or refuse."""
    if isinstance(encoder, str):
        if is_open(encoder):
            return {}
        try:
            encoder = lookup("encoders", encoder)()
        except SkrecError:
            return {}
    has_some = hasattr(encoder, "get_params") and not isinstance(encoder, type)
    return dict(encoder.get_params(deep=True)) if has_some else {}


def new_encoder(encoder: Any, side: str, name: str, frame: pd.DataFrame, column: Any) -> Any:
    """A new, unfitted encoder of what a parameter names."""
    if is_open(encoder):
        if isinstance(column, list):
            raise InvalidParameterError(
                f'The encoder {name!r} of {side} in FeatureEncoder reads the columns {column}, and "auto" chooses for one column. Name an '
                "encoder that reads several, such as a transformer of scikit-learn."
            )
        return choose_encoder(frame[column])
    if isinstance(encoder, str):
        return lookup("encoders", encoder)()
    if isinstance(encoder, Encoder):
        return clone(encoder)
    if hasattr(encoder, "fit") and hasattr(encoder, "transform") and not isinstance(encoder, type):
        return TransformerEncoder(clone(encoder))
    raise InvalidParameterError(
        f"The encoder {name!r} of {side} in FeatureEncoder must be an encoder, an encoder's name, or a transformer of scikit-learn. "
        f"Got {encoder!r} instead."
    )


def changed(entry: Any, name: str, inner: str, value: Any) -> Any:
    """An entry with another encoder, or with another parameter of its encoder."""
    if isinstance(entry, str):
        if entry != name or (not inner and is_open(value)):
            return entry
        entry = (entry, AUTO, entry)
    if entry[0] != name:
        return entry
    if not inner:
        return (entry[0], value, entry[2])
    if is_open(entry[1]):
        raise InvalidParameterError(
            f"The encoder {name!r} of FeatureEncoder is chosen in fit, and has no parameter {inner!r} before. Name an encoder first."
        )
    encoder = lookup("encoders", entry[1])() if isinstance(entry[1], str) else entry[1]
    return (entry[0], encoder.set_params(**{inner: value}), entry[2])
