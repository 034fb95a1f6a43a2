"""GroupLens's three formats: bars and tabs, double colons, and comma-separated values."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import IO, Any

import numpy as np
import pandas as pd

from skrec.datasets import RawFiles
from skrec.exceptions import DatasetCorruptError

RATING_TYPES = {"user_id": "int64", "item_id": "int64", "rating": "float32", "timestamp": "int64"}
"""Columns of a ratings file, in order; half stars are exact in float32."""

_YEAR = r".*\((\d{4})(?:\s*[-–]\s*\d{0,4})?\)"  # the last one in brackets; "(V)" and the like may follow
_NO_GENRES = "(no genres listed)"


@contextmanager
def opened(files: RawFiles, name: str) -> Iterator[IO[bytes]]:
    """Open a raw file, and turn whatever a parser says about its content into one error that names the file."""
    try:
        with files.open(name) as stream:
            yield stream
    except (ValueError, KeyError) as error:
        raise DatasetCorruptError(
            f"{name} in {files.source} isn't as GroupLens ships it: {error}. Get the dataset again."
        ) from error


def read_tabbed_ratings(files: RawFiles, name: str) -> pd.DataFrame:
    """Read ratings separated by tabs, in the order of the file."""
    with opened(files, name) as stream:
        return _filled(
            pd.read_csv(stream, sep="\t", header=None, names=list(RATING_TYPES), dtype=RATING_TYPES, engine="c")
        )


def read_colon_ratings(files: RawFiles, name: str) -> pd.DataFrame:
    """Read ratings separated by double colons, in the order of the file.

    pandas' fast parser knows separators of one character only; to it, each pair of colons has an empty column within.
    """
    names = ["user_id", "-", "item_id", "--", "rating", "---", "timestamp"]
    with opened(files, name) as stream:
        return _filled(
            pd.read_csv(
                stream, sep=":", header=None, names=names, usecols=list(RATING_TYPES), dtype=RATING_TYPES, engine="c"
            )
        )


def read_csv(files: RawFiles, name: str, columns: dict[str, str], types: dict[str, str]) -> pd.DataFrame:
    """Read comma-separated values with a header.

    Parameters
    ----------
    files : RawFiles
    name : str
    columns : dict of str to str
        New names of the columns to read, by their names in the file, in the order wanted.
    types : dict of str to str
        Dtypes by new names.

    Returns
    -------
    pandas.DataFrame
    """
    by_old = {old: types[new] for old, new in columns.items()}
    with opened(files, name) as stream:
        # A film may be called "Null", and a tag "NA".
        frame = pd.read_csv(stream, usecols=list(columns), dtype=by_old, keep_default_na=False, engine="c")
        return _filled(frame[list(columns)].rename(columns=columns))


def _filled(frame: pd.DataFrame) -> pd.DataFrame:
    """Refuse a file without a row; pandas, which was given the columns' names, sees nothing wrong with it."""
    if frame.empty:
        raise ValueError("it is empty")
    return frame


def read_barred(files: RawFiles, name: str, columns: list[str], integers: Sequence[str]) -> pd.DataFrame:
    """Read Latin-1 text separated by bars, without quotes; columns are strings but for `integers`."""
    with opened(files, name) as stream:
        frame = pd.read_csv(
            stream,
            sep="|",
            header=None,
            dtype="str",
            encoding="latin-1",
            quoting=csv.QUOTE_NONE,
            keep_default_na=False,
            engine="c",
        )
        if frame.shape[1] != len(columns):
            raise ValueError(f"it has {frame.shape[1]} columns instead of {len(columns)}")
        return frame.set_axis(columns, axis=1).astype(dict.fromkeys(integers, "int64"))


def read_colon_text(
    files: RawFiles, name: str, columns: list[str], integers: Sequence[str], *, encoding: str, text: int
) -> pd.DataFrame:
    """Read text separated by double colons; columns are strings but for `integers`.

    Parameters
    ----------
    files : RawFiles
    name : str
    columns : list of str
    integers : sequence of str
        Those of `columns` that hold integers.
    encoding : str
        Latin-1 up to 1M, UTF-8 since 10M.
    text : int
        Position of the column of free text: colons in it are text, since the others have none.

    Returns
    -------
    pandas.DataFrame
    """
    after = len(columns) - 1 - text
    with opened(files, name) as stream:
        rows = []
        for number, line in enumerate(stream.read().decode(encoding).split("\n"), start=1):
            if not line.strip():
                continue
            *before, rest = line.rstrip("\r").split("::", text)
            row = [*before, *rest.rsplit("::", after)]
            if len(row) != len(columns):
                raise ValueError(f"line {number} has {len(row)} fields instead of {len(columns)}")
            rows.append(row)
        return pd.DataFrame(rows, columns=columns, dtype="str").astype(dict.fromkeys(integers, "int64"))


def finish_items(items: pd.DataFrame) -> pd.DataFrame:
    """Tidy a table of films: titles stripped, ``year`` from the title (NaN where it has none), no word for no genre."""
    titles = items["title"].str.strip()
    years = titles.str.extract(_YEAR, expand=False).astype("float64")
    genres = items["genres"].where(items["genres"] != _NO_GENRES, "")
    rest = items.drop(columns=["item_id", "title", "genres"])
    first = pd.DataFrame({"item_id": items["item_id"], "title": titles, "year": years, "genres": genres})
    return pd.concat([first, rest], axis=1)


def join_tags(items: pd.DataFrame, tags: pd.DataFrame) -> pd.DataFrame:
    """Add the column ``tags``: the distinct tags of each film in lower case, in order of the file, with bars between.

    Parameters
    ----------
    items : pandas.DataFrame
        With ``item_id``.
    tags : pandas.DataFrame
        With ``item_id`` and ``tag``, one row an application.

    Returns
    -------
    pandas.DataFrame
        Films without any tag have an empty string.
    """
    # A bar within a tag would make two of it.
    words = tags["tag"].str.replace("|", "/", regex=False).str.strip().str.lower()
    distinct = pd.DataFrame({"item_id": tags["item_id"], "tag": words}).drop_duplicates()
    distinct = distinct[distinct["tag"] != ""]
    joined = _join_groups(distinct["item_id"].to_numpy(), distinct["tag"].to_numpy(dtype=object))
    column = items["item_id"].map(joined).fillna("").astype("str")
    return items.assign(tags=column)


def _join_groups(keys: Any, words: Any) -> dict[int, str]:
    """Join the words of each key; many times faster than a groupby with a function on a million rows."""
    order = np.argsort(keys, kind="stable")
    keys, words = keys[order], words[order]
    starts = np.flatnonzero(np.diff(keys, prepend=keys[:1] - 1))
    bounds = [*starts.tolist(), len(keys)]
    return {int(keys[low]): "|".join(words[low:high]) for low, high in pairwise(bounds)}
