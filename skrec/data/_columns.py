"""Which column of a frame or an array is what: user, item, rating, timestamp or context."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_array

from skrec.data._arrays import plain_array, refuse_sparse
from skrec.data._frames import first_rows, is_frame, to_pandas
from skrec.data._ids import check_ids
from skrec.data._names import ITEM, RATING, ROLES, TIMESTAMP, USER, WEIGHT, Names, without_meaning
from skrec.data._numbers import check_float32, check_numbers, check_times
from skrec.exceptions import InvalidDataError

EMPTY = "Found events with 0 sample(s) while a minimum of 1 is required. Pass at least one event."

_WIDEST_FRAME, _WIDEST_ARRAY = 10, 30
"""More columns without names are a matrix of users by items; scikit-learn's checks pass frames of up to ten, and arrays of up to thirty."""
_MATRIX = (
    "If it is a matrix with a row for each user and a column for each item, pass Interactions.from_matrix(matrix, user_ids=..., "
    "item_ids=...); else give the columns names: "
)


def read_events(events: Any, names: Names, *, scored: bool = False) -> pd.DataFrame:
    """Turn events of any accepted form into a checked frame.

    Parameters
    ----------
    events : frame, ndarray or list of tuples
    names : Names
        Names of the id, rating and timestamp columns of a frame.
    scored : bool, default=False
        Whether they are only to be scored: ratings, weights and times that can't be used then stay as they are.

    Returns
    -------
    pandas.DataFrame of shape (n_events, n_columns)
        Columns ``user_id, item_id``, then ``rating`` and ``timestamp`` where present, then context.
    """
    if not is_frame(events):
        return _check(_positional(_array_to_frame(events), _WIDEST_ARRAY), Names(), fractions=True, scored=scored)
    frame = to_pandas(events, "events")
    _check_given(frame, names)
    if names.user in frame.columns and names.item in frame.columns:
        return _check(_rename(frame, names), names, fractions=False, scored=scored)
    return _check(_by_position(frame, names), Names(), fractions=False, scored=scored)


def _array_to_frame(events: Any) -> pd.DataFrame:
    """Put an array, or a list of tuples, into a frame with numbered columns, each with its own dtype."""
    refuse_sparse(events, "events")
    if isinstance(events, (list, tuple)) and not events:
        raise InvalidDataError(EMPTY)
    if isinstance(events, (list, tuple)) and all(isinstance(row, (list, tuple, np.ndarray)) for row in events):
        widths = {len(row) for row in events}
        if len(widths) > 1:
            raise InvalidDataError(
                f"The rows of events have different lengths: {sorted(widths)}. Give each the same columns."
            )
        if widths == {1}:
            raise InvalidDataError(_too_narrow(1))
        return _frame_of_rows(list(events))
    if not hasattr(events, "__array__"):
        raise InvalidDataError(
            "events must be a frame, a two-dimensional array (not a sparse one) or a list of tuples (user, item, ...). "
            f"Got {type(events).__name__} instead. Make a frame of it, for example with pandas.DataFrame(events)."
        )
    array = plain_array(np.asarray(events), "events")
    if array.ndim != 2:
        raise InvalidDataError(
            "events must be two-dimensional: one row an event, with a user and an item column. "
            f"Got an array of shape {array.shape} instead."
        )
    if len(array) == 0:
        raise InvalidDataError(EMPTY)
    # NaN is looked for column by column, so that the message can name the column and the rows.
    array = check_array(array, dtype=None, ensure_all_finite=False, ensure_min_features=2, input_name="X")
    frame = _frame_of_rows(array)
    return _inferred(frame) if array.dtype.kind == "O" else frame


def _frame_of_rows(rows: Any) -> pd.DataFrame:
    try:
        return pd.DataFrame(rows)
    except UnicodeEncodeError:  # text that isn't Unicode: `check_ids` says where
        return pd.DataFrame(rows, dtype=object)


def _inferred(frame: pd.DataFrame) -> pd.DataFrame:
    try:
        return frame.infer_objects()
    except UnicodeEncodeError:
        return frame


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


def _by_position(frame: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Read a frame without id names by position, where its names carry no meaning."""
    found = [str(name) for name in frame.columns]
    told = {names.rating, names.timestamp, RATING, TIMESTAMP, WEIGHT}
    others = [name for name in frame.columns if name not in told]
    missing = [name for name in (names.user, names.item) if name not in frame.columns]
    if frame.shape[1] < 2 and len(missing) == 2:
        raise InvalidDataError(_too_narrow(frame.shape[1]))
    if len(missing) < 2 or (names.user, names.item) != (USER, ITEM) or not without_meaning(others):
        _refuse_matrix(frame, others, _WIDEST_FRAME)
        lacking = f"column {missing[0]!r}" if len(missing) == 1 else f"columns {missing[0]!r} and {missing[1]!r}"
        raise InvalidDataError(f"events has no {lacking}; its columns are {found}. {names.advice(frame.columns)}")
    first = list(frame.columns[:2])
    suspicious = [name for name in first if name in told]
    suspicious += [name for name in first if name not in suspicious and _has_fractions(frame[name])]
    if suspicious:
        raise InvalidDataError(
            f"events has neither a column 'user_id' nor 'item_id', and its first two columns {list(map(str, first))} "
            f"can't be a user and an item: {str(suspicious[0])!r} isn't an id. {names.advice()}"
        )
    if len(others) == frame.shape[1]:
        return _positional(frame, _WIDEST_FRAME)
    # The other columns have names that mean something, so that position tells the ids only.
    named = frame.rename(columns={first[0]: USER, first[1]: ITEM})
    return _rename(named, Names(rating=names.rating, timestamp=names.timestamp))


def _has_fractions(column: "pd.Series[Any]") -> bool:
    if column.dtype.kind != "f":
        return False
    values = column.to_numpy(dtype=float)
    finite = values[np.isfinite(values)]
    return bool((finite != np.floor(finite)).any())


def _positional(frame: pd.DataFrame, widest: int) -> pd.DataFrame:
    """Name columns by position: user, item, rating, timestamp, then context."""
    _refuse_matrix(frame, list(frame.columns), widest)
    columns = [
        ROLES[position] if position < len(ROLES) else (name if isinstance(name, str) else f"context_{position}")
        for position, name in enumerate(frame.columns)
    ]
    return frame.set_axis(columns, axis=1)


def _refuse_matrix(frame: pd.DataFrame, unknown: list[Any], widest: int) -> None:
    """Say where matrices of users by items enter: numbers in many columns of which none has a known name, or nothing but zeros in most."""
    if len(unknown) < frame.shape[1] or not all(dtype.kind in "iufb" for dtype in frame.dtypes):
        return
    wide = frame.shape[1] > widest
    # Ids are seldom 0: events of five columns can't consist of zeros by two thirds.
    empty = frame.shape[1] > len(ROLES) and float((frame == 0).to_numpy().mean()) > 2 / 3
    if wide or empty:
        kind = f"has {frame.shape[1]} columns of numbers" if wide else "consists of zeros for the most part"
        raise InvalidDataError(
            f"events {kind}, and one row an event was expected: a user, an item, and perhaps a rating, a time and context. {_MATRIX}"
            f'Interactions(frame, user="...", item="...").'
        )


def _rename(frame: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Give the four roles their standard names and put them first."""
    given = names.roles()
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


def _check(frame: pd.DataFrame, names: Names, *, fractions: bool, scored: bool) -> pd.DataFrame:
    """Check ids, ratings, times and weights; messages speak of columns as the user does."""
    if len(frame) == 0:
        raise InvalidDataError(EMPTY)
    checked = {name: frame[name] for name in frame.columns}
    for role in (USER, ITEM):
        checked[role] = check_ids(checked[role], names.of(role), fractions=fractions)
    for role in (RATING, WEIGHT, TIMESTAMP):
        if role in checked:
            try:
                checked[role] = _check_role(checked[role], role, names.of(role))
            except InvalidDataError:
                if not scored:
                    raise
    return pd.DataFrame(checked, copy=False)


def _check_role(column: "pd.Series[Any]", role: str, name: str) -> "pd.Series[Any]":
    if role == TIMESTAMP:
        return check_times(column, name)
    numbers = check_numbers(column, name)
    check_float32(numbers, f"Column {name!r}")
    if role == WEIGHT and (numbers < 0).any():
        raise InvalidDataError(f"Column {name!r} is negative in rows {first_rows(numbers < 0)}. Weights must be >= 0.")
    return numbers
