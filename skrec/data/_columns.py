"""Which column of a frame or an array is what: user, item, rating, timestamp or context."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_array

from skrec.data._frames import first_rows, is_frame, to_pandas
from skrec.data._ids import check_ids
from skrec.exceptions import InvalidDataError

USER, ITEM, RATING, TIMESTAMP, WEIGHT = "user_id", "item_id", "rating", "timestamp", "weight"
ROLES = (USER, ITEM, RATING, TIMESTAMP)


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
        has_user, has_item = names.user in frame.columns, names.item in frame.columns
        if has_user and has_item:
            named = _rename(frame, names)
            return _check(named, fractions=False)
        return _check(_by_position(frame, names, has_user, has_item), fractions=False)
    return _check(_positional(_array_to_frame(events)), fractions=True)


def _array_to_frame(events: Any) -> pd.DataFrame:
    """Put an array, or a list of tuples, into a frame with numbered columns, each with its own dtype."""
    if isinstance(events, (list, tuple)) and events and all(isinstance(row, (list, tuple)) for row in events):
        widths = {len(row) for row in events}
        if len(widths) > 1:
            raise InvalidDataError(f"The rows of events have different lengths: {sorted(widths)}. Give each the same columns.")
        if widths == {1}:
            raise InvalidDataError(_too_narrow(1))
        return pd.DataFrame(list(events))
    array = check_array(events, dtype=None, ensure_min_features=2, input_name="X")
    frame = pd.DataFrame(array)
    return frame.infer_objects() if array.dtype.kind == "O" else frame


def _too_narrow(n_columns: int) -> str:
    return (
        f"events has {n_columns} feature(s) (columns), while a minimum of 2 is required: a user column and an item column. "
        + Names().advice()
    )


def _by_position(frame: pd.DataFrame, names: Names, has_user: bool, has_item: bool) -> pd.DataFrame:
    """Read a frame without id names by position, unless that is probably not what was meant."""
    found = [str(name) for name in frame.columns]
    if has_user != has_item:
        missing = names.item if has_user else names.user
        raise InvalidDataError(f"events has no column {missing!r}; its columns are {found}. {names.advice()}")
    if names.user != USER or names.item != ITEM:
        raise InvalidDataError(f"events has no columns {names.user!r} and {names.item!r}; its columns are {found}.")
    if frame.shape[1] < 2:
        raise InvalidDataError(_too_narrow(frame.shape[1]))
    first = list(frame.columns[:2])
    suspicious = [name for name in first if name in {names.rating, names.timestamp, WEIGHT}]
    suspicious += [name for name in first if name not in suspicious and _has_fractions(frame[name])]
    if suspicious:
        raise InvalidDataError(
            f"events has neither a column 'user_id' nor 'item_id', and its first two columns {[str(name) for name in first]} "
            f"can't be a user and an item: {str(suspicious[0])!r} isn't an id. {names.advice()}"
        )
    if names.rating in frame.columns or names.timestamp in frame.columns:
        return _rename(frame.rename(columns={first[0]: USER, first[1]: ITEM}), Names(rating=names.rating, timestamp=names.timestamp))
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
    for old, new in given.items():
        if old != new and old in frame.columns and new in frame.columns:
            raise InvalidDataError(f"events has a column {new!r} besides {old!r}, which is to become {new!r}. Drop or rename one.")
    optional = [(names.rating, RATING), (names.timestamp, TIMESTAMP)]
    missing = [old for old, new in optional if old != new and old not in frame.columns]
    if missing:
        raise InvalidDataError(f"events has no column {missing[0]!r}; its columns are {[str(c) for c in frame.columns]}.")
    renamed = frame.rename(columns=given).rename(columns=str)
    roles = [role for role in ROLES if role in renamed.columns]
    return renamed[roles + [name for name in renamed.columns if name not in roles]]


def _check(frame: pd.DataFrame, *, fractions: bool) -> pd.DataFrame:
    """Check ids, ratings, times and weights."""
    if len(frame) == 0:
        raise InvalidDataError("Found events with 0 sample(s) while a minimum of 1 is required. Pass at least one event.")
    checked = {name: frame[name] for name in frame.columns}
    for role in (USER, ITEM):
        checked[role] = check_ids(checked[role], role, fractions=fractions)
    for role in (RATING, WEIGHT):
        if role in checked:
            checked[role] = check_numbers(checked[role], role)
    if WEIGHT in checked and (checked[WEIGHT] < 0).any():
        raise InvalidDataError(f"Column 'weight' is negative in rows {first_rows(checked[WEIGHT] < 0)}. Weights must be >= 0.")
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
    if column.dtype.kind not in "iufb" or isinstance(column.dtype, pd.CategoricalDtype):
        try:
            column = pd.Series(pd.to_numeric(column))
        except (ValueError, TypeError):
            raise InvalidDataError(
                f"Column {name!r} must hold numbers, and is of dtype {column.dtype}. Name the columns, or convert it."
            ) from None
    bad = column.isna().to_numpy(dtype=bool)
    if not bad.any() and column.dtype.kind == "f":
        bad = ~np.isfinite(column.to_numpy(dtype=float))
    if bad.any():
        raise InvalidDataError(f"Column {name!r} contains NaN or infinity in rows {first_rows(bad)}. Drop these events or fill it.")
    numpy_dtype = getattr(column.dtype, "numpy_dtype", None)
    return pd.Series(column.to_numpy(dtype=numpy_dtype)) if numpy_dtype is not None else column


def _check_times(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Check that timestamps are numbers or datetimes without gaps."""
    if pd.api.types.is_datetime64_any_dtype(column):
        nulls = column.isna()
        if nulls.any():
            raise InvalidDataError(f"Column 'timestamp' contains NaT in rows {first_rows(nulls)}. Drop these events or fill it.")
        return column
    try:
        return check_numbers(column, TIMESTAMP)
    except InvalidDataError as error:
        hint = " Parse texts first: pandas.to_datetime(events['timestamp'])." if "dtype" in str(error) else ""
        raise InvalidDataError(str(error) + hint) from None


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
        raise InvalidDataError(f"{what} has no column {given!r}; its columns are {[str(name) for name in frame.columns]}.")
    frame = frame.rename(columns={given: key})
    frame = frame[[key] + [name for name in frame.columns if name != key]]
    if len(frame):
        frame = frame.assign(**{key: check_ids(frame[key], key)})
    repeated = frame[key].duplicated()
    if repeated.any():
        row = first_rows(repeated)[0]
        raise InvalidDataError(
            f"{what} has more than one row for {key} {frame[key].iloc[row]!r} (rows {first_rows(repeated)} repeat earlier ones). "
            f"Keep one row an id, for example with .drop_duplicates({key!r})."
        )
    return frame
