"""The one format of all files but the titles: a line ``film:``, then a line for each of its customers.

Read in blocks of some megabytes by NumPy, since a line at a time takes Python ten times as long, and the dataset has a
hundred million lines. Apart from the customer's number every line has a fixed width, so that each byte can be checked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, NoReturn

import numpy as np
import numpy.typing as npt

from skrec.exceptions import DatasetCorruptError

BLOCK_BYTES = 2**22
_NEWLINE, _COLON, _ZERO = b"\n:0"
_MAX_DIGITS = 9
"""So that every number fits into 32 bits."""

_LONGEST_LINE = 64

Numbers = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Form:
    """What follows a customer's number on a line.

    Attributes
    ----------
    tail : bytes
        One byte for each byte of a line; ``0`` stands for any digit.
    example : str
        A whole line, for messages.
    """

    tail: bytes
    example: str


RATINGS = Form(b",0,0000-00-00", "1488844,3,2005-09-06")
DATES = Form(b",0000-00-00", "1046323,2005-12-19")
PAIRS = Form(b"", "30878")


@dataclass(frozen=True)
class Block:
    """The customers' lines of a block.

    Attributes
    ----------
    films, customers : ndarray of shape (n_lines,), int32
    ratings : ndarray of shape (n_lines,), uint8
        From 1 to 5; empty where the form has none.
    days : ndarray of shape (n_lines,), int32
        Days since 1970-01-01; empty where the form has none.
    """

    films: Numbers
    customers: Numbers
    ratings: Bytes
    days: Numbers

    def __len__(self) -> int:
        return len(self.films)

    def take(self, chosen: Flags) -> "Block":
        """Keep some of the lines.

        Parameters
        ----------
        chosen : ndarray of shape (n_lines,), bool

        Returns
        -------
        Block
        """
        ratings = self.ratings[chosen] if len(self.ratings) else self.ratings
        days = self.days[chosen] if len(self.days) else self.days
        return Block(self.films[chosen], self.customers[chosen], ratings, days)


def read_blocks(stream: IO[bytes], form: Form, where: str) -> Iterator[Block]:
    """Read a file block by block.

    Parameters
    ----------
    stream : file
    form : Form
    where : str
        Which file it is, for messages.

    Yields
    ------
    Block
        At least one line each.

    Raises
    ------
    DatasetCorruptError
        If a line hasn't the form, with its number; or if the file has no line of a customer.
    """
    reader = _Reader(form, where)
    rest = b""
    while chunk := stream.read(BLOCK_BYTES):
        text = (rest + chunk).replace(b"\r\n", b"\n")
        whole = text.rfind(b"\n") + 1
        rest = text[whole:]
        if len(rest) > _LONGEST_LINE:  # no line is that long: have it refused before more of it piles up
            whole, rest = len(text), b""
        yield from reader.read(text[:whole])
    yield from reader.read(rest.rstrip(b"\r"))
    if not reader.n_customers:
        raise DatasetCorruptError(f"{where} has no line of a customer. Get it again.")


class _Reader:
    """Reads blocks of one file; a film may continue in the next block."""

    def __init__(self, form: Form, where: str) -> None:
        self.n_customers = 0
        self._n_lines = 0
        self._form, self._where = form, where
        self._film: int | None = None

    def read(self, text: bytes) -> Iterator[Block]:
        """Read whole lines."""
        if not text:
            return
        data = np.frombuffer(text if text.endswith(b"\n") else text + b"\n", dtype=np.uint8)
        ends = np.flatnonzero(data == _NEWLINE)
        starts = np.concatenate([[0], ends[:-1] + 1])
        headers = data[ends - 1] == _COLON
        stops = ends - np.where(headers, 1, len(self._form.tail))
        numbers, good = _read_numbers(data, starts, stops)
        good[0] &= headers[0] or self._film is not None
        lines = np.flatnonzero(~headers)
        ratings, days, good[lines] = _read_tails(data, stops[lines], good[lines], self._form)
        if not good.all():
            self._refuse(text, int(np.argmin(good)))
        films = np.concatenate([[-1 if self._film is None else self._film], numbers[headers]]).astype(np.int32)
        above = np.cumsum(headers)[lines]  # how many films of this block are above each line
        self._film = int(films[-1])
        self._n_lines += len(ends)
        self.n_customers += len(lines)
        if len(lines):
            yield Block(films[above], numbers[lines], ratings, days)

    def _refuse(self, text: bytes, line: int) -> NoReturn:
        shown = text.split(b"\n", line + 1)[line].rstrip(b"\r")
        cut = "..." if len(shown) > _LONGEST_LINE else ""
        raise DatasetCorruptError(
            f"{self._where}, line {self._n_lines + line + 1:,}, is {shown[:_LONGEST_LINE].decode('latin-1')!r}{cut}, and "
            f"must be a film as in '1:', or after one a line as in {self._form.example!r}. Get the file again."
        )


def _read_numbers(data: Bytes, starts: Any, stops: Any) -> tuple[Numbers, Flags]:
    """Read the decimal number between each two positions, and say which are none."""
    n_digits = stops - starts
    good = (n_digits >= 1) & (n_digits <= _MAX_DIGITS)
    numbers = np.zeros(len(starts), dtype=np.int32)
    for place in range(int(n_digits[good].max(initial=0))):
        there = good & (n_digits > place)
        digits = data[np.where(there, stops - 1 - place, 0)] - np.uint8(_ZERO)
        good &= ~there | (digits <= 9)
        numbers += np.where(there, digits, 0).astype(np.int32) * np.int32(10**place)
    return numbers, good


def _read_tails(data: Bytes, stops: Any, good: Flags, form: Form) -> tuple[Bytes, Numbers, Flags]:
    """Read what follows the numbers: ratings, days, and whether each is as it must be."""
    pattern = np.frombuffer(form.tail, dtype=np.uint8)
    if not len(pattern):
        return np.empty(0, dtype=np.uint8), np.empty(0, dtype=np.int32), good
    tails = np.zeros((len(stops), len(pattern)), dtype=np.uint8)
    tails[good] = data[stops[good, np.newaxis] + np.arange(len(pattern))]  # those of the others may reach outside
    digits = pattern == _ZERO
    tails[:, digits] -= _ZERO
    good = good & (tails[:, ~digits] == pattern[~digits]).all(axis=1) & (tails[:, digits] <= 9).all(axis=1)
    days, in_calendar = _read_days(tails[:, -10:])
    if form is not RATINGS:
        return np.empty(0, dtype=np.uint8), days, good & in_calendar
    ratings = tails[:, 1].copy()
    return ratings, days, good & in_calendar & (ratings >= 1) & (ratings <= 5)


def _read_days(digits: Bytes) -> tuple[Numbers, Flags]:
    """Read dates written ``YYYY-MM-DD``, given as values of digits: days since 1970, and which the calendar has."""
    wide = digits.astype(np.int32)
    years = wide[:, :4] @ np.array([1000, 100, 10, 1], dtype=np.int32)
    months = 10 * wide[:, 5] + wide[:, 6]
    days = 10 * wide[:, 8] + wide[:, 9]
    since = (12 * (years - 1970) + months - 1).astype("datetime64[M]")
    first, end = (month.astype("datetime64[D]").astype(np.int32) for month in (since, since + 1))
    good = (months >= 1) & (months <= 12) & (days >= 1) & (days <= end - first)
    return first + days - np.int32(1), good
