"""Files of reviews: one JSON object a line."""

from array import array
from typing import Any, NoReturn, final

import numpy as np
import orjson
import pandas as pd

from skrec.exceptions import DatasetCorruptError, DatasetNotFoundError
from skrec_amazon._editions import EDITIONS, Edition
from skrec_amazon._files import ReviewFile
from skrec_amazon._ids import IdCodes

_CHUNK = 100_000
"""Texts that are kept as Python's strings before they become a column, which takes less than half of the memory."""

_WRONG = (KeyError, TypeError, ValueError, OverflowError)
"""What wrong fields raise: absent, of another type, not JSON, too large."""


def read_reviews(file: ReviewFile, edition: Edition, *, text: bool, votes: bool) -> pd.DataFrame:
    """Read a file of reviews.

    Parameters
    ----------
    file : ReviewFile
    edition : Edition
    text : bool
        Read ``summary`` and ``text`` too.
    votes : bool
        Read ``helpful_votes`` and, as far as the edition has them, ``total_votes`` and ``verified``.

    Returns
    -------
    pandas.DataFrame of shape (n_reviews, n_columns)
        ``user_id`` and ``item_id`` as categories, ``rating`` float32, ``timestamp`` int64 in Unix seconds.

    Raises
    ------
    DatasetCorruptError
        If a line isn't a review, with its number; if the file is damaged or empty.
    DatasetNotFoundError
        If it is one of another edition.
    """
    events, extras = _Events(edition), _Extras(edition, text=text, votes=votes)
    for number, line in file.lines():
        try:
            record = orjson.loads(line)
            events.add(record)
            if text or votes:
                extras.add(record)
        except _WRONG as error:
            if not line.strip():
                continue
            _refuse(file, edition, number, line, error)
        if number == 1:
            _check_edition(file, edition, record)
    if not events.ratings:
        raise DatasetCorruptError(f"{file.where} is empty. Get it again.")
    return pd.DataFrame({**events.columns(), **extras.columns()}, copy=False)


@final
class _Events:
    """The four columns that every edition has, 20 bytes an event."""

    def __init__(self, edition: Edition) -> None:
        self._fields = (edition.user, edition.item, edition.rating, edition.time)
        self._ticks = edition.ticks
        self._users, self._items = IdCodes(), IdCodes()
        self._user_codes, self._item_codes = array("i"), array("i")
        self.ratings, self._times = array("f"), array("q")

    def add(self, record: Any) -> None:
        user, item, rating, time = self._fields
        self._user_codes.append(self._users[record[user]])
        self._item_codes.append(self._items[record[item]])
        self.ratings.append(record[rating])
        self._times.append(record[time])

    def columns(self) -> dict[str, Any]:
        times = np.frombuffer(self._times, dtype=np.int64)
        return {
            "user_id": self._users.column(np.frombuffer(self._user_codes, dtype=np.int32)),
            "item_id": self._items.column(np.frombuffer(self._item_codes, dtype=np.int32)),
            "rating": np.frombuffer(self.ratings, dtype=np.float32),
            "timestamp": times if self._ticks == 1 else times // self._ticks,
        }


@final
class _Extras:
    """Columns that are read only when they are asked for."""

    def __init__(self, edition: Edition, *, text: bool, votes: bool) -> None:
        self._edition, self._text, self._votes = edition, text, votes
        self._summaries, self._texts = _TextColumn(), _TextColumn()
        self._helpful, self._total, self._verified = array("i"), array("i"), array("b")

    def add(self, record: dict[str, Any]) -> None:
        edition = self._edition
        if self._text:
            self._summaries.add(record.get(edition.title))
            self._texts.add(record.get(edition.text))
        if self._votes:
            helpful, total = _read_votes(record.get(edition.votes))
            self._helpful.append(helpful)
            self._total.append(total)
            self._verified.append(edition.verified is not None and record.get(edition.verified) is True)

    def columns(self) -> dict[str, Any]:
        columns: dict[str, Any] = {}
        if self._text:
            columns = {"summary": self._summaries.column(), "text": self._texts.column()}
        if self._votes:
            columns["helpful_votes"] = np.frombuffer(self._helpful, dtype=np.int32)
            if self._edition.verified is None:
                columns["total_votes"] = np.frombuffer(self._total, dtype=np.int32)
            else:
                columns["verified"] = np.frombuffer(self._verified, dtype=np.bool_)
        return columns


@final
class _TextColumn:
    """A column of texts that grows."""

    def __init__(self) -> None:
        self._done: list[pd.Series[str]] = []
        self._rest: list[str] = []

    def add(self, text: Any) -> None:
        if text is not None and not isinstance(text, str):
            raise TypeError(f"a text is {text!r}")
        self._rest.append(text or "")
        if len(self._rest) == _CHUNK:
            self._close()

    def column(self) -> "pd.Series[str]":
        self._close()
        return pd.concat(self._done, ignore_index=True)

    def _close(self) -> None:
        self._done.append(pd.Series(self._rest, dtype="str"))
        self._rest = []


def _read_votes(value: Any) -> tuple[int, int]:
    """Read how many found a review helpful, and how many said anything: a pair, a number, a text or nothing."""
    if isinstance(value, list):
        helpful, total = value
        return helpful, total
    if isinstance(value, str):
        value = int(value.replace(",", ""))
    return (0, 0) if value is None else (value, value)


def _check_edition(file: ReviewFile, edition: Edition, record: dict[str, Any]) -> None:
    """Refuse files of other editions, as far as the first review tells: some fields are the same, and some aren't."""
    if edition.marker in record:
        return
    for other in EDITIONS:
        if other.marker in record:
            raise _other_edition(file, edition, other)


def _other_edition(file: ReviewFile, edition: Edition, other: Edition) -> DatasetNotFoundError:
    return DatasetNotFoundError(
        f"{file.where} is of the edition of {other.year}: load it as {other.name!r}, from a folder {other.folder!r}, "
        f"or put the files of {edition.year} into a folder {edition.folder!r}."
    )


def _refuse(file: ReviewFile, edition: Edition, number: int, line: bytes, error: Exception) -> NoReturn:
    """Say what is wrong with a line."""
    try:
        record = orjson.loads(line)
    except _WRONG:
        problem = "isn't a JSON object"
    else:
        if isinstance(record, dict):
            for other in EDITIONS:
                if number == 1 and edition.user not in record and other.user in record:
                    raise _other_edition(file, edition, other) from error
        problem = _describe(record, edition) if isinstance(record, dict) else "isn't a JSON object"
    raise DatasetCorruptError(f"{file.where}, line {number:,}, {problem}. Get the file again.") from error


def _describe(record: dict[str, Any], edition: Edition) -> str:
    """Name the field that is wrong."""
    wanted: dict[str, tuple[Any, str]] = {
        edition.user: (str, "a text"),
        edition.item: (str, "a text"),
        edition.rating: ((int, float), "a number"),
        edition.time: (int, "a whole number"),
    }
    for field, (kind, words) in wanted.items():
        if field not in record:
            return f"has no field {field!r}"
        if not isinstance(record[field], kind) or record[field] == "":
            return f"has {record[field]!r} as {field!r}, which must be {words}"
    return (
        "has a number that is too large, or a field of another type among "
        f"{edition.title}, {edition.text} and {edition.votes}"
    )
