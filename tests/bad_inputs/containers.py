"""Some values, as the lists, arrays, columns and oddities that users hold them in."""

import array
import collections
import tempfile

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from cells import Meaningless
from scipy import sparse


def flat(values):
    """An array of objects, one for each value."""
    made = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):
        made[place] = value
    return made


def _generator(values):
    yield from values


def _on_disk(values):
    plain = np.asarray(values)
    with tempfile.TemporaryFile() as file:  # which stays as long as it is mapped
        made = np.memmap(file, dtype=plain.dtype, shape=plain.shape or (1,), mode="w+")
    made[...] = plain
    return made


def _mapped(values):
    made = _on_disk(values)
    made.flags.writeable = False
    return made


def _with_mask(values):
    made = np.ma.masked_array(np.asarray(values), mask=False)
    made[0] = np.ma.masked
    return made


def _odd_index(values):
    return pd.Series(values, index=[7] * len(values), name="user_id")


def _two_levels(values):
    index = pd.MultiIndex.from_product([["a"], range(len(values))])
    return pd.Series(values, index=index, name=("a", 1))


def _attributes(values):
    made = pd.Series(values)
    made.attrs["x"] = {"y": object}
    return made


PLAIN = {
    "list": list,
    "tuple": tuple,
    "deque": collections.deque,
    "generator": _generator,
    "iterator": lambda values: iter(list(values)),
    "map": lambda values: map(lambda value: value, values),
    "array": np.asarray,
    "objects": flat,
    "reversed array": lambda values: np.asarray(values)[::-1][::-1],
    "read only": _mapped,
    "on disk": _on_disk,
    "Series": pd.Series,
    "Series of objects": lambda values: pd.Series(flat(values), dtype=object),
    "Series with odd index": _odd_index,
    "Series with two levels": _two_levels,
    "Series with attrs": _attributes,
    "Index": pd.Index,
    "Categorical": pd.Categorical,
    "categories": lambda values: pd.Series(values, dtype="category"),
    "nullable": lambda values: pd.array(values, dtype="Int64"),
    "nullable floats": lambda values: pd.Series(values, dtype="Float64"),
    "string": lambda values: pd.Series(values, dtype="string"),
    "arrow of pandas": lambda values: pd.Series(values, dtype=pd.ArrowDtype(pa.array(values).type)),
    "pd.array": lambda values: pd.array(values),
    "polars": lambda values: pl.Series("user_id", values),
    "polars objects": lambda values: pl.Series("user_id", values, dtype=pl.Object),
    "polars categories": lambda values: pl.Series("user_id", values, dtype=pl.Categorical),
    "pyarrow": pa.array,
    "chunks": lambda values: pa.chunked_array([values[:1], values[1:]]),
    "dictionary": lambda values: pa.array(values).dictionary_encode(),
    "float32": lambda values: np.asarray(values, dtype=np.float32),
    "int8": lambda values: np.asarray(values, dtype=np.int8),
    "big endian": lambda values: np.asarray(values, dtype=">i8"),
    "array.array": lambda values: array.array("q", values),
    "texts": lambda values: np.asarray(values, dtype=np.str_),
    "StringDType": lambda values: np.asarray(values, dtype=np.dtypes.StringDType()),
    "set": set,
    "keys": dict.fromkeys,
    "masked, none of it": lambda values: np.ma.masked_array(np.asarray(values), mask=False),
}
"""What means the values in their order; what is not made of some values is made of objects instead."""

SENSELESS = {
    "nested": lambda values: [list(values)],
    "columns": lambda values: [[value] for value in values],
    "2-d": lambda values: np.asarray(values).reshape(1, -1),
    "3-d": lambda values: np.asarray(values).reshape(1, 1, -1),
    "masked": _with_mask,
    "sparse": lambda values: sparse.csr_array(np.atleast_2d(np.asarray(values, dtype=float))),
    "sparse 1-d": lambda values: sparse.coo_array(np.asarray(values, dtype=float)),
    "structured": lambda values: np.array([(value,) for value in values], dtype=[("user_id", "i8")]),
    "records": lambda values: np.rec.array([(value,) for value in values], dtype=[("user_id", "i8")]),
    "bytes": lambda values: np.asarray(values, dtype="S"),
    "complex": lambda values: np.asarray(values, dtype=complex),
    "datetimes": lambda values: np.asarray(values, dtype="M8[s]"),
    "timedeltas": lambda values: pd.to_timedelta(np.asarray(values, dtype="i8")),
    "periods": lambda values: pd.PeriodIndex([pd.Period(2000 + value % 50, "Y") for value in values]),
    "intervals": lambda values: pd.IntervalIndex.from_breaks(np.arange(len(values) + 1)),
    "levels": lambda values: pd.MultiIndex.from_tuples([(value, value) for value in values]),
    "arrow list": lambda values: pa.array([[value] for value in values]),
    "arrow struct": lambda values: pa.array([{"a": value} for value in values]),
    "polars list": lambda values: pl.Series([[value] for value in values]),
    "polars struct": lambda values: pl.Series([{"a": value} for value in values]),
    "polars dates": lambda values: pl.Series(values).cast(pl.Date),
    "null column": lambda values: pa.nulls(len(values)),
    "sparse Series": lambda values: pd.Series([None] * len(values), dtype="Sparse[float]"),
    "frame without names": lambda values: pd.DataFrame({"what": values}),
}


def put(draw, values, senseless=0.15):
    """Put values into a container; gives its name, what was made, and the values that it holds, or None where it means none."""
    if values and draw.random() < senseless:
        name = draw.choice(sorted(SENSELESS))
        try:
            return name, SENSELESS[name](list(values)), None
        except BaseException:
            return "objects", flat(values), list(values)
    name = draw.choice(sorted(PLAIN))
    try:
        made = PLAIN[name](list(values))
        return name, made, held(name, made, values)
    except BaseException:  # such as texts in an array of int8; polars panics
        return "objects", flat(values), list(values)


def held(name, made, values):
    """What a container holds: some change values, such as arrays of one dtype."""
    if name in {"generator", "iterator", "map", "polars objects"}:
        return list(values)
    if name in {"pyarrow", "chunks", "dictionary"}:
        return made.to_pylist()
    if hasattr(made, "to_list"):
        return made.to_list()
    return list(made.tolist() if isinstance(made, (np.ndarray, pd.Categorical)) else made)


def read(values):
    """Values, or the refusal that is due to what means none."""
    if values is None:
        raise Meaningless("not one-dimensional, or of another kind")
    return values
