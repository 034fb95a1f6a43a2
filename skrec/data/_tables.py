"""Tables of users and items, and the frames that questions are asked with: their id columns go by the user's own names."""

from typing import Any

import pandas as pd

from skrec.data._frames import first_rows, is_frame, to_pandas
from skrec.data._ids import check_ids, kind_of
from skrec.data._names import Names
from skrec.exceptions import InvalidDataError, InvalidIdTypeError

_ROWS = {"exclude_items": "rows"}


def check_kinds(events: pd.DataFrame, table: pd.DataFrame | None, key: str, given: str, what: str) -> None:
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
            f"Column {given!r} is of kind {ours} in events and of kind {theirs} in {what}. "
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
        word = key.removesuffix("_id")
        raise InvalidDataError(
            f"{what} has no column {given!r}; its columns are {[str(name) for name in frame.columns]}. Give the id column the name that "
            f'it has in the events, Interactions(events, {what}=..., {word}="..."), or rename it to {given}.'
        )
    if given != key and key in frame.columns:
        raise InvalidDataError(
            f"{what} has a column {key!r} besides {given!r}, which is to become {key!r}. Drop or rename one."
        )
    frame = frame.rename(columns={given: key})
    frame = frame[[key] + [name for name in frame.columns if name != key]]
    if len(frame):
        frame = frame.assign(**{key: check_ids(frame[key], given, rows=what)})
    repeated = frame[key].duplicated()
    if repeated.any():
        row = first_rows(repeated)[0]
        raise InvalidDataError(
            f"{what} has more than one row for {given} {frame[key].iloc[[row]].to_list()[0]!r} "
            f"(rows {first_rows(repeated)} repeat earlier ones). "
            f"Keep one row an id, for example with .drop_duplicates({given!r})."
        )
    return frame


def by_usual_names(
    frame: Any, names: Names, what: str, *, needs: tuple[str, ...] = (), may_have: tuple[str, ...] = ()
) -> Any:
    """Rename the columns of a frame that a question is asked with, where it calls them as the events of fit did.

    Parameters
    ----------
    frame : object
        Anything that isn't a frame is given back as it is.
    names : Names
        Those of the events of fit.
    what : str
        The argument's name, for messages.
    needs : tuple of str, default=()
        Roles without which the frame means nothing.
    may_have : tuple of str, default=()
        Further roles that may be renamed.

    Returns
    -------
    object
        Where anything is needed, ids have been checked.

    Raises
    ------
    InvalidDataError
        If the frame lacks a column that it needs, has one under both names, or holds what can't be an id.
    """
    if not is_frame(frame):
        return frame
    found = to_pandas(frame, what)
    there = set(found.columns)
    for role in needs:
        if not {role, names.of(role)} & there:
            raise InvalidDataError(
                f"{what} is a frame without a column {names.of(role)!r}; its columns are {[str(name) for name in found.columns]}. "
                "Rename the column that holds these ids."
            )
    given = {role: names.of(role) for role in (*needs, *may_have) if names.of(role) in there}
    for role, old in given.items():
        if old != role and role in there:
            raise InvalidDataError(
                f"{what} has a column {role!r} besides {old!r}, which means the same. Drop or rename one."
            )
    found = found.rename(columns={old: role for role, old in given.items()})
    rows = _ROWS.get(what, what)
    ids = [role for role in (*needs, *may_have) if needs and role in found.columns and len(found)]
    return found.assign(**{role: check_ids(found[role], given.get(role, role), rows=rows) for role in ids})
