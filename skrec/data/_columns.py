"""Which column of a frame or an array is what: user, item, rating, timestamp or context."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_array, column_or_1d

from skrec.data._frames import first_rows, is_frame, to_pandas
from skrec.data._ids import check_ids, kind_of
from skrec.exceptions import InvalidDataError, InvalidIdTypeError
from skrec.typing import Floats

USER, ITEM, RATING, TIMESTAMP, WEIGHT = "user_id", "item_id", "rating", "timestamp", "weight"
ROLES = (USER, ITEM, RATING, TIMESTAMP)
_EMPTY = "Found events with 0 sample(s) while a minimum of 1 is required. Pass at least one event."


@dataclass(frozen=True)
class Names:
    """The names a user gave the four columns."""

    user: str = USER
    item: str = ITEM
    rating: str = RATING
    timestamp: str = TIMESTAMP

    def advice(self) -> str:
        """Say how to name the columns."""
        return 'Name the columns: Interactions(events, user="...", item="..."), or rename them to user_id and item_id.'


def read_events(events: Any, names: Names) -> pd.DataFrame:
    """Turn events of any accepted form into a checked frame.

    Parameters
    ----------
    events : frame, ndarray or list of tuples
    names : Names
        Names of the id, rating and timestamp columns of a frame.

    Returns
    -------
    pandas.DataFrame of shape (n_events, n_columns)
        Columns ``user_id, item_id``, then ``rating`` and ``timestamp`` where present, then context.
    """
    if is_frame(events):
        frame = to_pandas(events, "events")
        _check_given(frame, names)
        has_user, has_item = names.user in frame.columns, names.item in frame.columns
        if has_user and has_item:
            named = _rename(frame, names)
            return _check(named, fractions=False)
        return _check(_by_position(frame, names, has_user, has_item), fractions=False)
    return _check(_positional(_array_to_frame(events)), fractions=True)


def _array_to_frame(events: Any) -> pd.DataFrame:
    """Put an array, or a list of tuples, into a frame with numbered columns, each with its own dtype."""
    if isinstance(events, (list, tuple)) and not events:
        raise InvalidDataError(_EMPTY)
    if isinstance(events, (list, tuple)) and all(isinstance(row, (list, tuple, np.ndarray)) for row in events):
        widths = {len(row) for row in events}
        if len(widths) > 1:
            raise InvalidDataError(
                f"The rows of events have different lengths: {sorted(widths)}. Give each the same columns."
            )
        if widths == {1}:
            raise InvalidDataError(_too_narrow(1))
        return pd.DataFrame(list(events))
    if not hasattr(events, "__array__"):
        raise InvalidDataError(
            "events must be a frame, a two-dimensional array (not a sparse one) or a list of tuples (user, item, ...). "
            f"Got {type(events).__name__} instead. Make a frame of it, for example with pandas.DataFrame(events)."
        )
    array = np.asarray(events)
    if array.ndim != 2:
        raise InvalidDataError(
            "events must be two-dimensional: one row an event, with a user and an item column. "
            f"Got an array of shape {array.shape} instead."
        )
    if len(array) == 0:
        raise InvalidDataError(_EMPTY)
    # NaN is looked for column by column, so that the message can name the column and the rows.
    array = check_array(array, dtype=None, ensure_all_finite=False, ensure_min_features=2, input_name="X")
    frame = pd.DataFrame(array)
    return frame.infer_objects() if array.dtype.kind == "O" else frame


def _too_narrow(n_columns: int) -> str:
    return (
        f"events has {n_columns} feature(s) (columns), while a minimum of 2 is required: a user column and an item "
        f"column. {Names().advice()}"
    )


def _check_given(frame: pd.DataFrame, names: Names) -> None:
    """Check that a rating or timestamp column that was named is there; under its usual name it may be absent."""
    for given, usual in ((names.rating, RATING), (names.timestamp, TIMESTAMP)):
        if given != usual and given not in frame.columns:
            raise InvalidDataError(
                f"events has no column {given!r}; its columns are {[str(c) for c in frame.columns]}."
            )


def _by_position(frame: pd.DataFrame, names: Names, has_user: bool, has_item: bool) -> pd.DataFrame:
    """Read a frame without id names by position, unless that is probably not what was meant."""
    found = [str(name) for name in frame.columns]
    if has_user != has_item:
        missing = names.item if has_user else names.user
        raise InvalidDataError(f"events has no column {missing!r}; its columns are {found}. {names.advice()}")
    if names.user != USER or names.item != ITEM:
        raise InvalidDataError(
            f"events has no columns {names.user!r} and {names.item!r}; its columns are {found}. {names.advice()}"
        )
    if frame.shape[1] < 2:
        raise InvalidDataError(_too_narrow(frame.shape[1]))
    first = list(frame.columns[:2])
    suspicious = [name for name in first if name in {names.rating, names.timestamp, WEIGHT}]
    suspicious += [name for name in first if name not in suspicious and _has_fractions(frame[name])]
    if suspicious:
        raise InvalidDataError(
            f"events has neither a column 'user_id' nor 'item_id', and its first two columns {list(map(str, first))} "
            f"can't be a user and an item: {str(suspicious[0])!r} isn't an id. {names.advice()}"
        )
    named = {names.rating, names.timestamp} - {RATING, TIMESTAMP} or {RATING, TIMESTAMP, WEIGHT} & set(frame.columns)
    if named:  # the other columns have names that mean something, so that position tells the ids only
        return _rename(
            frame.rename(columns={first[0]: USER, first[1]: ITEM}),
            Names(rating=names.rating, timestamp=names.timestamp),
        )
    return _positional(frame)


def _has_fractions(column: "pd.Series[Any]") -> bool:
    if column.dtype.kind != "f":
        return False
    values = column.to_numpy(dtype=float)
    finite = values[np.isfinite(values)]
    return bool((finite != np.floor(finite)).any())


def _positional(frame: pd.DataFrame) -> pd.DataFrame:
    """Name columns by position: user, item, rating, timestamp, then context."""
    columns = [
        ROLES[position] if position < len(ROLES) else (name if isinstance(name, str) else f"context_{position}")
        for position, name in enumerate(frame.columns)
    ]
    return frame.set_axis(columns, axis=1)


def _rename(frame: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Give the four roles their standard names and put them first."""
    given = {names.user: USER, names.item: ITEM, names.rating: RATING, names.timestamp: TIMESTAMP}
    if len(given) < len(ROLES):
        raise InvalidDataError(
            f"user={names.user!r}, item={names.item!r}, rating={names.rating!r} and timestamp={names.timestamp!r} must "
            "name four different columns."
        )
    for old, new in given.items():
        if old != new and old in frame.columns and new in frame.columns and new not in given:
            raise InvalidDataError(
                f"events has a column {new!r} besides {old!r}, which is to become {new!r}. Drop or rename one."
            )
    renamed = frame.rename(columns=given).rename(columns=str)
    roles = [role for role in ROLES if role in renamed.columns]
    return renamed[roles + [name for name in renamed.columns if name not in roles]]


def _check(frame: pd.DataFrame, *, fractions: bool) -> pd.DataFrame:
    """Check ids, ratings, times and weights."""
    if len(frame) == 0:
        raise InvalidDataError(_EMPTY)
    checked = {name: frame[name] for name in frame.columns}
    for role in (USER, ITEM):
        checked[role] = check_ids(checked[role], role, fractions=fractions)
    for role in (RATING, WEIGHT):
        if role in checked:
            checked[role] = check_numbers(checked[role], role)
            check_float32(checked[role], f"Column {role!r}")
    if WEIGHT in checked and (checked[WEIGHT] < 0).any():
        raise InvalidDataError(
            f"Column 'weight' is negative in rows {first_rows(checked[WEIGHT] < 0)}. Weights must be >= 0."
        )
    if TIMESTAMP in checked:
        checked[TIMESTAMP] = _check_times(checked[TIMESTAMP])
    return pd.DataFrame(checked, copy=False)


def check_numbers(column: "pd.Series[Any]", name: str) -> "pd.Series[Any]":
    """Check a column of finite numbers.

    Raises
    ------
    InvalidDataError
        If the column isn't numeric, or holds NaN or infinity: with the first offending rows.
    """
    if column.dtype.kind not in "iufb":
        column = _to_numbers(column, name)
    bad = column.isna().to_numpy(dtype=bool)
    if not bad.any() and column.dtype.kind == "f":
        bad = ~np.isfinite(column.to_numpy(dtype=float))
    if bad.any():
        raise InvalidDataError(
            f"Column {name!r} contains NaN or infinity in rows {first_rows(bad)}. Drop these events or fill it."
        )
    numpy_dtype = getattr(column.dtype, "numpy_dtype", None)
    return pd.Series(column.to_numpy(dtype=numpy_dtype)) if numpy_dtype is not None else column


def check_float32(values: Any, what: str) -> Floats:
    """Check that float32, in which models compute, can hold numbers.

    Parameters
    ----------
    values : array-like of shape (n,)
    what : str
        Begins the message: ``"Column 'weight'"``.

    Returns
    -------
    ndarray of shape (n,), float32

    Raises
    ------
    InvalidDataError
        If one is NaN, infinite, or beyond 3.4e38: with the first offending rows.
    """
    with np.errstate(over="ignore"):
        numbers = np.asarray(values).astype(np.float32)
    bad = ~np.isfinite(numbers)
    if bad.any():
        raise InvalidDataError(
            f"{what} holds numbers that float32 can't hold, which ends at 3.4e38, in rows {first_rows(bad)}. Scale all of them down."
        )
    return numbers


def check_labels(y: Any, n_events: int) -> Floats:
    """Check `y`: one finite number per event.

    Parameters
    ----------
    y : array-like of shape (n_events,)
    n_events : int

    Returns
    -------
    ndarray of shape (n_events,), float32

    Raises
    ------
    InvalidDataError
        If `y` has another length, holds NaN or infinity, or no numbers.
    """
    labels = column_or_1d(y, warn=True)
    if len(labels) != n_events:
        raise InvalidDataError(f"y has {len(labels)} entries, and X has {n_events} events. Pass one label per event.")
    try:
        numbers = np.asarray(labels, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidDataError("y must hold numbers: a rating or a label of each event.") from None
    if not np.isfinite(numbers).all():
        raise InvalidDataError(
            f"Input y contains NaN or infinity in rows {first_rows(~np.isfinite(numbers))}. Drop these events."
        )
    return check_float32(numbers, "y")


def _to_numbers(column: "pd.Series[Any]", name: str) -> "pd.Series[Any]":
    """Read numbers that are stored as objects, texts or categories; dates and durations aren't numbers."""
    stored = (pd.StringDtype, pd.CategoricalDtype, pd.ArrowDtype)
    if column.dtype == object or (isinstance(column.dtype, stored) and column.dtype.kind in "OU"):
        try:
            numbers = pd.Series(pd.to_numeric(column))
        except (ValueError, TypeError):
            numbers = column
        if numbers.dtype.kind in "iufb":
            return numbers
    raise InvalidDataError(
        f"Column {name!r} must hold numbers, and is of dtype {column.dtype}. Name the columns, or convert it."
    )


def _check_times(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Check that timestamps are numbers or datetimes without gaps."""
    if column.dtype.kind == "M":
        nulls = column.isna()
        if nulls.any():
            raise InvalidDataError(
                f"Column 'timestamp' contains NaT in rows {first_rows(nulls)}. Drop these events or fill it."
            )
        return pd.Series(pd.to_datetime(column)) if isinstance(column.dtype, pd.ArrowDtype) else column
    try:
        return check_numbers(column, TIMESTAMP)
    except InvalidDataError as error:
        hint = " Make datetimes of it first: pandas.to_datetime(events['timestamp'])." if "dtype" in str(error) else ""
        raise InvalidDataError(str(error) + hint) from None


def check_kinds(events: pd.DataFrame, table: pd.DataFrame | None, key: str, what: str) -> None:
    """Check that a table's ids are of the same kind as the events'.

    Raises
    ------
    InvalidIdTypeError
        If one side has strings and the other numbers, so that no row could belong to any event.
    """
    if table is None or len(table) == 0 or len(events) == 0:
        return
    ours, theirs = kind_of(events[key]), kind_of(table[key])
    if ours != theirs and "str" in {ours, theirs}:
        raise InvalidIdTypeError(
            f"Column {key!r} is of kind {ours} in events and of kind {theirs} in {what}. "
            "Convert one of them, for example with .astype(str)."
        )


def read_table(table: Any, key: str, given: str, what: str) -> pd.DataFrame:
    """Check a table of users or items: one row an id.

    Parameters
    ----------
    table : frame
    key : str
        ``"user_id"`` or ``"item_id"``: the name of the id column afterwards.
    given : str
        Its name in `table`.
    what : str
        ``"users"`` or ``"items"``, for messages.

    Returns
    -------
    pandas.DataFrame
        The id column first.
    """
    if not is_frame(table):
        raise InvalidDataError(f"{what} must be a frame with a column {given!r}. Got {type(table).__name__} instead.")
    frame = to_pandas(table, what)
    if given not in frame.columns:
        raise InvalidDataError(
            f"{what} has no column {given!r}; its columns are {[str(name) for name in frame.columns]}."
        )
    if given != key and key in frame.columns:
        raise InvalidDataError(
            f"{what} has a column {key!r} besides {given!r}, which is to become {key!r}. Drop or rename one."
        )
    frame = frame.rename(columns={given: key})
    frame = frame[[key] + [name for name in frame.columns if name != key]]
    if len(frame):
        frame = frame.assign(**{key: check_ids(frame[key], key)})
    repeated = frame[key].duplicated()
    if repeated.any():
        row = first_rows(repeated)[0]
        raise InvalidDataError(
            f"{what} has more than one row for {key} {frame[key].iloc[[row]].to_list()[0]!r} "
            f"(rows {first_rows(repeated)} repeat earlier ones). "
            f"Keep one row an id, for example with .drop_duplicates({key!r})."
        )
    return frame
