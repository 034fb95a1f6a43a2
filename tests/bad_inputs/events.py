"""Events in every form, right and wrong, and the frame that they mean, made without skrec."""

import datetime
import math
from numbers import Integral

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from cells import ODD, Meaningless, clean_id, clean_ids, clean_number, is_number
from containers import flat
from scipy import sparse

from skrec.data import Interactions

ROLES = ("user_id", "item_id", "rating", "timestamp")


class Either(Exception):
    """Whether this means anything is a matter of taste: it may be refused, or answered."""


def columns_of(draw, users, items, n=None):
    """Columns of right events: users and items, and perhaps ratings, times, weights and context."""
    n = draw.choice([1, 2, 9, 24]) if n is None else n
    made = {"user_id": [draw.choice(users) for _ in range(n)], "item_id": [draw.choice(items) for _ in range(n)]}
    if draw.random() < 0.4:
        made["rating"] = [draw.choice(draw.choice([(0, 1), (1.0, 2.5, 5.0)])) for _ in range(n)]
        if draw.random() < 0.6:
            kind = draw.choice(["numbers", "datetimes", "texts", "dates"])
            days = [pd.Timestamp("2024-01-01") + pd.Timedelta(draw.randrange(400), "D") for _ in range(n)]
            made["timestamp"] = {
                "numbers": [draw.randrange(1000) for _ in range(n)],
                "datetimes": days,
                "texts": [day.strftime("%Y-%m-%d") for day in days],
                "dates": [day.date() for day in days],
            }[kind]
    if draw.random() < 0.2:
        made["weight"] = [draw.choice([0, 1, 2, 0.5]) for _ in range(n)]
    return made


def spoil(draw, columns):
    """Put one odd value into one cell of a column, or into all of its cells."""
    name, odd = draw.choice(sorted(columns)), draw.choice(sorted(ODD))
    values, n = list(columns[name]), len(columns[name])
    places = range(n) if draw.random() < 0.15 else [draw.randrange(n)] if n else []
    for place in places:
        values[place] = ODD[odd]
    return f"{name}: {odd}", {**columns, name: values}


def series(values):
    """A column of pandas: of what it infers, else of objects."""
    try:
        return pd.Series(values)
    except BaseException:
        return pd.Series(flat(values), dtype=object)


def frame_of(columns):
    return pd.DataFrame({name: series(values) for name, values in columns.items()})


def _typed(dtype):
    def make(draw, columns):
        frame = frame_of(columns)
        name = draw.choice(sorted(columns))
        try:
            return frame.astype({name: dtype() if callable(dtype) else dtype})
        except BaseException:
            return frame

    return make


def _polars(draw, columns):
    return pl.DataFrame({name: pl.Series(name, values, strict=False) for name, values in columns.items()})


def _arrow(draw, columns):
    return pa.table({name: pa.array(values) for name, values in columns.items()})


def _dictionary(draw, columns):
    return pa.table({name: pa.array(values).dictionary_encode() for name, values in columns.items()})


def _rows(kind):
    def make(draw, columns):
        return [kind(row) for row in zip(*columns.values(), strict=True)]

    return make


def _objects(draw, columns):
    return np.stack([flat(values) for values in columns.values()], axis=1)


def _array(draw, columns):
    return np.array(list(columns.values())).T


def _odd_index(draw, columns):
    frame = frame_of(columns)
    frame.attrs["x"] = [1]
    index = pd.MultiIndex.from_product([["a"], range(len(frame))]) if draw.random() < 0.5 else [3] * len(frame)
    return frame.set_axis(index)


def _shuffled(draw, columns):
    names = list(columns)
    draw.shuffle(names)
    return frame_of({name: columns[name] for name in names})


def _of_objects(columns):
    return pd.DataFrame({name: pd.Series(flat(values), dtype=object) for name, values in columns.items()})


class Table(pd.DataFrame):
    """A subclass of pandas' frame, as GeoDataFrame is one."""

    @property
    def _constructor(self):
        return Table


NAMED = {
    "pandas": lambda draw, columns: frame_of(columns),
    "objects": lambda draw, columns: _of_objects(columns),
    "categories": _typed("category"),
    "nullable": lambda draw, columns: frame_of(columns).convert_dtypes(),
    "arrow of pandas": lambda draw, columns: frame_of(columns).convert_dtypes(dtype_backend="pyarrow"),
    "string": _typed("string"),
    "texts": _typed(str),
    "float32": _typed("float32"),
    "int8": _typed("int8"),
    "uint64": _typed("uint64"),
    "bool": _typed("bool"),
    "polars": _polars,
    "pyarrow": _arrow,
    "dictionaries": _dictionary,
    "odd index": _odd_index,
    "shuffled": _shuffled,
    "subclass": lambda draw, columns: Table(frame_of(columns)),
    "extra column": lambda draw, columns: frame_of(columns).assign(extra=draw.choice([1, "x", None])),
    "extra objects": lambda draw, columns: frame_of(columns).assign(**{"extra": [object()] * len(columns["user_id"])}),
    "extra number as name": lambda draw, columns: frame_of(columns).assign(**{"x": 1}).rename(columns={"x": 7}),
    "Interactions": lambda draw, columns: Interactions(frame_of(columns)),
}
BY_POSITION = {
    "tuples": _rows(tuple),
    "lists": _rows(list),
    "arrays": _rows(lambda row: np.array(row, dtype=object)),
    "array": _array,
    "array of objects": _objects,
    "Fortran": lambda draw, columns: np.asfortranarray(_objects(draw, columns)),
    "numbered": lambda draw, columns: frame_of(columns).set_axis(range(len(columns)), axis=1),
}
SENSELESS = {
    "dict": lambda draw, columns: dict(columns),
    "records": lambda draw, columns: frame_of(columns).to_records(index=False),
    "dicts": lambda draw, columns: frame_of(columns).to_dict("records"),
    "generator": lambda draw, columns: (row for row in zip(*columns.values(), strict=True)),
    "set": lambda draw, columns: set(zip(*columns.values(), strict=True)),
    "lazy": lambda draw, columns: _polars(draw, columns).lazy(),
    "levels": lambda draw, columns: pd.concat({"a": frame_of(columns)}, axis=1),
    "twice": lambda draw, columns: pd.concat([frame_of(columns), frame_of(columns)[["item_id"]]], axis=1),
    "number and text": lambda draw, columns: frame_of(columns).assign(**{"7": 1, "x": 2}).rename(columns={"x": 7}),
    "one column": lambda draw, columns: frame_of(columns)[["user_id"]],
    "one row": lambda draw, columns: np.array([1, 2]),
    "ragged": lambda draw, columns: [(1, 2), (1, 2, 3)],
    "3-d": lambda draw, columns: np.zeros((2, 2, 2)),
    "sparse": lambda draw, columns: sparse.csr_array(np.eye(3)),
    "sparse matrix": lambda draw, columns: sparse.lil_matrix(np.eye(3)),
    "wide": lambda draw, columns: np.ones((4, 50)),
    "foreign": lambda draw, columns: frame_of(columns).rename(columns={"user_id": "customer", "item_id": "product"}),
    "half foreign": lambda draw, columns: frame_of(columns).rename(columns={"user_id": "customer"}),
    "capitals": lambda draw, columns: frame_of(columns).rename(columns=str.upper),
    "Series": lambda draw, columns: frame_of(columns)["user_id"],
    "no rows": lambda draw, columns: frame_of(columns).iloc[:0],
    "no rows of polars": lambda draw, columns: _polars(draw, {"user_id": [], "item_id": []}),
    "structured": lambda draw, columns: np.zeros(3, dtype=[("user_id", "i8"), ("item_id", "i8")]),
    "masked": lambda draw, columns: np.ma.masked_array([[1, 2], [3, 4]], mask=[[True, False], [False, False]]),
    "complex": lambda draw, columns: np.array([[1j, 2], [3, 4]]),
    "datetimes": lambda draw, columns: np.array([["2024", "2025"]], dtype="M8[s]"),
    "bytes": lambda draw, columns: np.array([[b"a", b"b"]]),
    "grouped": lambda draw, columns: frame_of(columns).groupby("user_id"),
    "set of columns": lambda draw, columns: pd.DataFrame({frozenset({1}): [1], "item_id": [2]}),
    "null column": lambda draw, columns: pa.table({"user_id": pa.nulls(2), "item_id": pa.array([1, 2])}),
    "lists in cells": lambda draw, columns: pa.table({"user_id": pa.array([[1], [2]]), "item_id": pa.array([1, 2])}),
    "struct": lambda draw, columns: pl.DataFrame({"user_id": [{"a": 1}], "item_id": [1]}),
    "period": lambda draw, columns: pd.DataFrame({"user_id": pd.period_range("2024", periods=2), "item_id": [1, 2]}),
    "interval": lambda draw, columns: pd.DataFrame({"user_id": pd.interval_range(0, 2), "item_id": [1, 2]}),
    "timedelta": lambda draw, columns: pd.DataFrame(
        {"user_id": pd.to_timedelta([1, 2]), "item_id": [1, 2], "rating": [1, 2]}
    ),
    "sparse column": lambda draw, columns: pd.DataFrame(
        {"user_id": pd.arrays.SparseArray([1.0, None]), "item_id": [1, 2]}
    ),
    "polars objects": lambda draw, columns: pl.DataFrame(
        {"user_id": pl.Series([object()], dtype=pl.Object), "item_id": [1]}
    ),
}


def make(draw, users, items, n=None, senseless=0.12, spoiled=0.5):
    """Make events; gives what they are, the object, and the columns that it means by name, or None where it means none."""
    columns = columns_of(draw, users, items, n)
    if draw.random() < senseless:
        name = draw.choice(sorted(SENSELESS))
        try:
            return name, SENSELESS[name](draw, columns), None
        except BaseException:
            pass
    told = ""
    if draw.random() < spoiled:
        told, columns = spoil(draw, columns)
    by_position = draw.random() < 0.3 and tuple(columns) in {ROLES[:2], ROLES[:3], ROLES}
    forms = BY_POSITION if by_position else NAMED
    name = draw.choice(sorted(forms))
    try:
        made = forms[name](draw, columns)
    except BaseException:  # what polars and PyArrow don't take
        name, made, by_position = "objects", NAMED["objects"](draw, columns), False
    return f"{name} {told}", made, (cells(made, columns), by_position)


def cells(made, columns):
    """What stands in the columns of what was made, which may be other than what was put in."""
    if isinstance(made, Interactions):
        made = made.events
    if isinstance(made, pd.DataFrame):
        names = list(columns) if list(made.columns) == list(range(len(columns))) else None
        return {(str(name) if names is None else names[name]): made[name].to_list() for name in made.columns}
    if isinstance(made, pl.DataFrame):
        return {name: made[name].to_list() for name in made.columns}
    if isinstance(made, pa.Table):
        return {name: made[name].to_pylist() for name in made.column_names}
    if isinstance(made, np.ndarray):
        return {name: made[:, place].tolist() for place, name in enumerate(columns)}
    return {name: list(values) for name, values in columns.items()}


def clean(meant, scored=False):
    """The frame that events mean; raises `Meaningless` or `Either`.

    Where they are only scored, ratings, times and weights don't matter.
    """
    if meant is None:
        raise Meaningless("no events")
    columns, by_position = meant
    if not columns.get("user_id"):
        raise Meaningless("no rows")
    made = {name: clean_ids(columns[name], fractions=by_position) for name in ("user_id", "item_id")}
    if not scored:
        if "rating" in columns:
            made["rating"] = [clean_number(value) for value in columns["rating"]]
        if "weight" in columns:
            made["weight"] = [clean_number(value) for value in columns["weight"]]
            if min(made["weight"]) < 0:
                raise Meaningless("a weight is negative")
        if "timestamp" in columns:
            made["timestamp"] = clean_times(columns["timestamp"])
    return frame_of(made)


def clean_named(meant):
    """As `clean`; columns with names can't hold ids that are fractions."""
    frame = clean(meant)
    if "f" in {frame["user_id"].dtype.kind, frame["item_id"].dtype.kind}:
        raise Either
    return frame


def clean_times(values):
    """Times as numbers, or as datetimes."""
    if any(map(_is_missing, values)):
        raise Meaningless("no time")
    if all(isinstance(value, str) for value in values):
        try:
            return [float(value) for value in values]
        except ValueError:
            pass
    days = (datetime.date, np.datetime64, str)
    if all(isinstance(value, days) for value in values):
        return _clean_dates(values)
    numbers = [value for value in values if is_number(value)]
    if len(numbers) == len(values):
        if any(isinstance(value, Integral) and abs(int(value)) >= 2**63 for value in values):
            raise Either
        return [clean_time(value) for value in values]
    if all(isinstance(value, (str, *map(type, numbers))) for value in values):
        return [clean_number(value) for value in values]
    raise Either if any(map(_is_numberlike, values)) else Meaningless("kinds of times are mixed")


def _clean_dates(values):
    if len(set(map(type, values))) > 1:
        raise Either
    try:
        found = [pd.Timestamp(value) for value in values]
    except (ValueError, OverflowError, TypeError):
        raise Meaningless("no date") from None
    if any(value is pd.NaT for value in found):
        raise Meaningless("no time")
    if any(value.tzinfo is not None or value.year < 1700 for value in found):
        raise Either
    return found


def _is_missing(value):
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _is_numberlike(value):
    try:
        float(value)
    except BaseException:
        return False
    return True


def clean_time(value):
    """A finite number; float64 holds it."""
    number = float(value)
    if not math.isfinite(number):
        raise Meaningless("not finite")
    return number


def pairs(frame):
    """The distinct ids of both columns, as far as ids of one column are of one kind."""
    return [clean_id(value) for value in frame["user_id"]], [clean_id(value) for value in frame["item_id"]]
