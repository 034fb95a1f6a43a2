"""Files that describe items: one record a line, in Python's notation in 2014 and in JSON since."""

import ast
import html
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import orjson
import pandas as pd

from skrec.exceptions import DatasetCorruptError
from skrec_amazon._editions import Edition
from skrec_amazon._files import ReviewFile

COLUMNS = ("item_id", "title", "description", "categories", "brand", "price", "image_url")

_WRONG = (ValueError, SyntaxError, TypeError, RecursionError, MemoryError)
"""What ``orjson`` and ``ast`` raise over a line that they can't read."""

_PRICE = re.compile(r"(?:from\s+)?\$?\s*(\d[\d,]*(?:\.\d+)?)(?!\S*%)", re.IGNORECASE)
_PICTURES = ("hi_res", "large", "thumb")


def read_items(file: ReviewFile, edition: Edition, wanted: Collection[str] | None) -> pd.DataFrame:
    """Read a file that describes items.

    Parameters
    ----------
    file : ReviewFile
    edition : Edition
    wanted : collection of str or None
        Ids of the items to keep; the lines of others are hardly looked at. None keeps all.

    Returns
    -------
    pandas.DataFrame of shape (n_items, 7)
        With `COLUMNS`, all of them texts but for ``price``, which is float64. Of an item that is described more than
        once, as some are in 2018, the first description is kept.

    Raises
    ------
    DatasetCorruptError
        If a line isn't such a record, with its number; or if the file is damaged.
    """
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    met: set[str] = set()
    pattern = re.compile(rb"['\"]" + edition.item.encode() + rb"['\"]: ?['\"]([^'\"\\]+)")
    for number, line in file.lines():
        if not _may_be_wanted(line, pattern, wanted) or not line.strip():
            continue
        record = _read_record(line)
        name = None if record is None else record.get(edition.item)
        if record is None or not isinstance(name, str) or not name:
            raise DatasetCorruptError(
                f"{file.where}, line {number:,}, isn't a record with a text as {edition.item!r}. Get the file again."
            )
        if name not in met and (wanted is None or name in wanted):
            met.add(name)
            for column, value in zip(COLUMNS, _describe(name, record), strict=True):
                columns[column].append(value)
    types = {column: "float64" if column == "price" else "str" for column in COLUMNS}
    return pd.DataFrame({column: pd.Series(values, dtype=types[column]) for column, values in columns.items()})


def _may_be_wanted(line: bytes, pattern: re.Pattern[bytes], wanted: Collection[str] | None) -> bool:
    """Look for the id before the line is read: of a category's items, few are in its 5-core."""
    match = None if wanted is None else pattern.search(line)
    return wanted is None or match is None or match[1].decode("utf-8", "replace") in wanted


def _read_record(line: bytes) -> dict[str, Any] | None:
    """Read a line in either notation; Python's is read as a literal, and nothing in it is run."""
    try:
        literal = line.lstrip().startswith(b"{'")
        record = ast.literal_eval(line.decode().strip()) if literal else orjson.loads(line)
    except _WRONG:
        return None
    return record if isinstance(record, dict) else None


def _describe(name: str, record: dict[str, Any]) -> tuple[Any, ...]:
    """Give the columns of an item, whatever the edition calls them."""
    return (
        name,
        _title(record.get("title")),
        _join(" ", _texts([record.get("description"), record.get("feature"), record.get("features")])),
        _join("|", (text.replace("|", "/") for text in _texts([record.get("categories"), record.get("category")]))),
        _join(" ", _texts(record.get("brand", record.get("store")))),
        _price(record.get("price")),
        next(_pictures(record), ""),
    )


def _title(value: Any) -> str:
    title = _join(" ", _texts(value))
    # Some of 2018 are a piece of the shop's own JavaScript.
    return "" if "getTime" in title else title


def _texts(value: Any) -> Iterator[str]:
    """Give the texts in lists of any depth, tidied."""
    if isinstance(value, str):
        text = " ".join(html.unescape(value).split())
        if text:
            yield text
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _join(between: str, texts: Iterable[str]) -> str:
    """Join the different texts, in order."""
    return between.join(dict.fromkeys(texts))


def _price(value: Any) -> float:
    """Read a price in dollars: a number, or a text such as "$12.99", "$4.99 - $8.99" (the lower one) or nonsense."""
    if isinstance(value, str):
        match = _PRICE.match(value.strip())
        return float(match[1].replace(",", "")) if match else float("nan")
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf"):
        return float(value)
    return float("nan")


def _pictures(record: dict[str, Any]) -> Iterator[str]:
    """Give the addresses of pictures, the largest of the first one first."""
    images = record.get("images")
    for image in images if isinstance(images, list) else []:
        if isinstance(image, dict):
            yield from _texts([image.get(size) for size in _PICTURES])
    yield from _texts([record.get(field) for field in ("imageURLHighRes", "imageURL", "image", "imUrl")])
