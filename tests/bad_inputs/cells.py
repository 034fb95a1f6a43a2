"""Single values as users pass them wrongly, and what each means as an id or as a number, told without skrec."""

import math
import uuid
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from numbers import Integral, Real

import numpy as np
import pandas as pd

from skrec.testing import checkerboard


class Meaningless(Exception):
    """What was passed means nothing, and must be refused."""


class Colour(Enum):
    RED = 1


class Whole(int):
    """A subclass of int, as libraries of units have them."""


ODD = {
    "None": None,
    "NaN": math.nan,
    "pd.NA": pd.NA,
    "NaT": pd.NaT,
    "np.nan32": np.float32("nan"),
    "inf": math.inf,
    "-inf": -math.inf,
    "0": 0,
    "-1": -1,
    "1": 1,
    "0.0": 0.0,
    "-0.0": -0.0,
    "2.0": 2.0,
    "0.5": 0.5,
    "1e39": 1e39,
    "-1e39": -1e39,
    "1e300": 1e300,
    "1e-320": 1e-320,
    "2**31": 2**31,
    "2**53+1": 2**53 + 1,
    "2**63": 2**63,
    "2**64": 2**64,
    "-2**63": -(2**63),
    "10**40": 10**40,
    "10**400": 10**400,
    "True": True,
    "False": False,
    "np.True": np.True_,
    "np.int8": np.int8(3),
    "np.uint64": np.uint64(2**64 - 1),
    "np.float16": np.float16(1.5),
    "np.float32": np.float32(2),
    "np.longdouble": np.longdouble(2),
    "complex": 1 + 2j,
    "np.complex64": np.complex64(1),
    "Whole": Whole(4),
    "Decimal": Decimal("1.5"),
    "Decimal NaN": Decimal("NaN"),
    "Fraction": Fraction(1, 3),
    "empty text": "",
    "blank": "  ",
    "text": "abc",
    "numeric text": "3",
    "float text": "1.5",
    "nan text": "nan",
    "inf text": "inf",
    "unicode": "\N{SNOWMAN}\u0000é\U0001f600",
    "surrogate": "\ud800",
    "long text": "x" * 100_000,
    "np.str": np.str_("ann"),
    "bytes": b"abc",
    "np.bytes": np.bytes_(b"abc"),
    "bytearray": bytearray(b"ab"),
    "ISO date": "2024-01-31",
    "date": date(2024, 1, 31),
    "datetime": datetime(2024, 1, 31, 12, 30),
    "ancient": datetime(1, 1, 1),
    "time": time(12, 30),
    "timedelta": timedelta(days=1),
    "Timestamp": pd.Timestamp("2024-01-31"),
    "Timestamp in zone": pd.Timestamp("2024-01-31", tz="Europe/Berlin"),
    "Timedelta": pd.Timedelta("1D"),
    "Period": pd.Period("2024-01", "M"),
    "Interval": pd.Interval(0, 1),
    "datetime64": np.datetime64("2024-01-31"),
    "datetime64 NaT": np.datetime64("NaT"),
    "timedelta64": np.timedelta64(3, "D"),
    "uuid": uuid.UUID(int=7),
    "enum": Colour.RED,
    "empty list": [],
    "list": [1, 2],
    "empty tuple": (),
    "tuple": (1, 2),
    "nested": [[1], [2, 3]],
    "empty dict": {},
    "dict": {"a": 1},
    "empty set": set(),
    "set": {1, 2},
    "frozenset": frozenset({1}),
    "range": range(3),
    "Ellipsis": Ellipsis,
    "slice": slice(1, 2),
    "NotImplemented": NotImplemented,
    "function": len,
    "lambda": lambda *_: 1,
    "class": dict,
    "object": object(),
    "module": math,
    "exception": ValueError("x"),
    "type": type,
    "dtype": np.dtype("f4"),
    "0-d": np.array(3),
    "0-d text": np.array("x"),
    "0-d NaN": np.array(np.nan),
    "array": np.array([1, 2, 3]),
    "empty array": np.empty(0),
    "2-d": np.arange(6).reshape(3, 2),
    "3-d": np.zeros((2, 2, 2)),
    "structured": np.zeros(2, dtype=[("user_id", int), ("item_id", int)]),
    "void": np.void(b"abc"),
    "Series": pd.Series([1, 2]),
    "empty Series": pd.Series(dtype=object),
    "frame": pd.DataFrame({"a": [1, 2]}),
    "empty frame": pd.DataFrame(),
    "Index": pd.Index([1, 2]),
    "MultiIndex": pd.MultiIndex.from_tuples([(1, 2), (3, 4)]),
    "Interactions": checkerboard(4),
    "RandomState": np.random.RandomState(0),
    "Generator": np.random.default_rng(0),
}


def is_number(value):
    """Say whether a value is a plain real number of Python or NumPy, or a truth value."""
    return isinstance(value, (Real, np.bool_)) and not isinstance(value, (Fraction, Decimal, np.timedelta64))


def clean_id(value):
    """The id that one value means."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (Integral, np.bool_)):
        return int(value)
    if is_number(value) and math.isfinite(value):
        whole = value == math.floor(value) and abs(value) <= 2**53
        return int(value) if whole else float(value)
    raise Meaningless(f"{value!r:.60} is no id")


def clean_ids(values, fractions=True):
    """The ids that some values mean together: of one kind, none of them null."""
    values = [value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value for value in values]
    found = [clean_id(value) for value in values]
    texts = [isinstance(one, str) for one in found]
    if any(texts) and not all(texts):
        raise Meaningless("strings and numbers are mixed")
    if not fractions and any(isinstance(one, float) for one in found):
        raise Meaningless("an id has a fraction")
    if any(isinstance(one, int) and not -(2**63) <= one < 2**64 for one in found):
        raise Meaningless("beyond 64 bits")
    return found


def clean_number(value, texts=True):
    """The finite number that one value means, in the range of float32."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, str) and texts:
        try:
            value = float(value)
        except ValueError:
            raise Meaningless("no number") from None
    if isinstance(value, (Decimal, Fraction)):
        value = float(value)
    if not is_number(value):
        raise Meaningless(f"{value!r:.60} is no number")
    try:
        number = float(value)
    except OverflowError:
        raise Meaningless("too large") from None
    if not math.isfinite(number) or abs(number) > 3.4e38:
        raise Meaningless("not finite")
    return number
