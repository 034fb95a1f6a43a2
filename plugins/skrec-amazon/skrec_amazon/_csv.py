"""Files of ratings only: comma-separated values without quotes."""

import csv
import itertools
from collections.abc import Iterator
from typing import IO, Any, NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd

from skrec.exceptions import DatasetCorruptError, DatasetNotFoundError
from skrec_amazon._editions import EDITION_2014, EDITION_2018, EVENT_COLUMNS, Edition
from skrec_amazon._files import ReviewFile, reported
from skrec_amazon._ids import IdCodes

_CHUNK = 1_000_000
_TYPES = {"user_id": "str", "item_id": "str", "rating": "float32", "timestamp": "int64"}
_ASIN = 10
"""Characters of an item's id, in every edition; a user's id has more, but for a few."""


def read_ratings(file: ReviewFile, edition: Edition) -> pd.DataFrame:
    """Read a file of ratings only.

    Parameters
    ----------
    file : ReviewFile
    edition : Edition

    Returns
    -------
    pandas.DataFrame of shape (n_ratings, 4)
        ``user_id`` and ``item_id`` as categories, ``rating`` float32, ``timestamp`` int64 in Unix seconds.

    Raises
    ------
    DatasetCorruptError
        If a line isn't a rating, with its number; if the file is damaged or empty.
    DatasetNotFoundError
        If it is one of another edition.
    """
    columns = _columns(file, edition)
    users, items = IdCodes(), IdCodes()
    parts: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in EVENT_COLUMNS}
    try:
        with reported(file.where), file.open() as stream:
            for chunk in _chunks(stream, columns, skip=edition.csv_header is not None):
                parts["user_id"].append(_encode(chunk["user_id"], users))
                parts["item_id"].append(_encode(chunk["item_id"], items))
                parts["rating"].append(chunk["rating"].to_numpy())
                parts["timestamp"].append(chunk["timestamp"].to_numpy() // edition.ticks)
                if not np.isfinite(parts["rating"][-1]).all():
                    raise ValueError("a rating isn't finite")
                if len(parts["rating"]) == 1:
                    _check_order(file, edition, users, items)
    except (ValueError, TypeError, OverflowError) as error:
        _refuse(file, columns, edition.csv_header is not None, error)
    return pd.DataFrame(
        {
            "user_id": users.column(_join(parts["user_id"])),
            "item_id": items.column(_join(parts["item_id"])),
            "rating": _join(parts["rating"]),
            "timestamp": _join(parts["timestamp"]),
        },
        copy=False,
    )


def _columns(file: ReviewFile, edition: Edition) -> list[str]:
    """Name the file's columns, in its order; those that aren't read have names of their own.

    Where there is a header it is read; columns besides the four, such as the history of a split, are passed over. The
    first line of data is checked here, since pandas only warns when it is longer than the others.
    """
    beginning = [_split(line) for _, line in itertools.islice(file.lines(), 2)]
    names = dict(zip(edition.csv_header or (), edition.csv_columns, strict=False))
    columns, n_headers = list(edition.csv_columns), int(bool(names))
    if len(beginning) <= n_headers:
        raise DatasetCorruptError(f"{file.where} is empty. Get it again.")
    if names:
        if not names.keys() <= set(beginning[0]):
            raise DatasetCorruptError(
                f"{file.where}, line 1, must name the columns {', '.join(names)}, and is {','.join(beginning[0])!r}. "
                "Get the file again, or put one of another edition into a folder of its own."
            )
        columns = [names.get(field, f"column {position}") for position, field in enumerate(beginning[0])]
    problem = _problem(beginning[n_headers], columns)
    if problem:
        raise _fault(file, n_headers + 1, problem)
    return columns


def _split(line: bytes) -> list[str]:
    return line.decode("utf-8", "replace").rstrip("\r\n").split(",")


def _fault(file: ReviewFile, number: int, problem: str) -> DatasetCorruptError:
    return DatasetCorruptError(f"{file.where}, line {number:,}, {problem}. Get the file again.")


def _chunks(stream: IO[bytes], columns: list[str], *, skip: bool) -> Iterator[pd.DataFrame]:
    with pd.read_csv(
        stream,
        header=None,
        skiprows=int(skip),
        names=columns,
        # Told which columns to use, pandas no longer minds lines that have more.
        usecols=None if len(columns) == len(EVENT_COLUMNS) else list(EVENT_COLUMNS),
        dtype=_TYPES,
        na_filter=False,
        quoting=csv.QUOTE_NONE,
        skip_blank_lines=False,
        index_col=False,
        engine="c",
        chunksize=_CHUNK,
    ) as reader:
        yield from reader


def _encode(column: "pd.Series[Any]", codes: IdCodes) -> npt.NDArray[np.int32]:
    """Translate a chunk's ids, each different one once."""
    positions, names = pd.factorize(column)
    return codes.codes(names.tolist())[positions]


def _check_order(file: ReviewFile, edition: Edition, users: IdCodes, items: IdCodes) -> None:
    """Refuse a file whose columns are in the order of another edition."""
    swapped = {len(name) for name in users} == {_ASIN} and any(len(name) > _ASIN for name in items)
    if swapped and edition in {EDITION_2014, EDITION_2018}:
        other = EDITION_2018 if edition is EDITION_2014 else EDITION_2014
        raise DatasetNotFoundError(
            f"{file.where} has {', '.join(other.csv_columns)} in the order of the edition of {other.year}: load it as "
            f"{other.name!r}, from a folder {other.folder!r}."
        )


def _refuse(file: ReviewFile, columns: list[str], skip: bool, error: Exception) -> NoReturn:
    """Look for the line that pandas couldn't read, and say what is wrong with it."""
    for number, line in file.lines():
        problem = "" if skip and number == 1 else _problem(_split(line), columns)
        if problem:
            raise _fault(file, number, problem) from error
    raise DatasetCorruptError(f"{file.where} isn't as it was published: {error}. Get it again.") from error


def _problem(fields: list[str], columns: list[str]) -> str:
    if len(fields) != len(columns):
        return f"has {len(fields)} fields instead of {len(columns)}"
    values = dict(zip(columns, fields, strict=True))
    for name in ("user_id", "item_id"):
        if not values[name]:
            return f"has no {name}"
    try:
        rating = float(values["rating"])
    except ValueError:
        rating = np.nan
    if not np.isfinite(rating):
        return f"has {values['rating']!r} as rating, which must be a number"
    try:
        int(values["timestamp"])
    except ValueError:
        return f"has {values['timestamp']!r} as timestamp, which must be a whole number"
    return ""


def _join(parts: list[Any]) -> Any:
    """Concatenate arrays, and let go of them."""
    whole = np.concatenate(parts)
    parts.clear()
    return whole
