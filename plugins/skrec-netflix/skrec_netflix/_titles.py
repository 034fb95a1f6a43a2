"""``movie_titles.csv``: number, year and title of each film, in Latin-1, with commas in titles and no quotes."""

from typing import Any

import pandas as pd

from skrec.exceptions import DatasetCorruptError
from skrec_netflix._files import TITLES, PrizeFiles

_UNKNOWN = "NULL"


def read_titles(files: PrizeFiles) -> pd.DataFrame:
    """Read the table of films.

    Returns
    -------
    pandas.DataFrame of shape (n_films, 3)
        ``item_id`` int32; ``title``; ``year`` float64, NaN where the file has ``NULL``.

    Raises
    ------
    DatasetNotFoundError
        If the file isn't there.
    DatasetCorruptError
        If a line isn't as expected, with its number; or if the file has none.
    """
    name = files.first(*TITLES)
    rows = []
    with files.open(name) as stream:
        for number, line in enumerate(stream, start=1):
            text = line.decode("latin-1").rstrip("\r\n")
            try:
                rows.append(_read_line(text))
            except ValueError:
                raise DatasetCorruptError(
                    f"{files.where(name)}, line {number:,}, is {text[:100]!r}, and must be number, year or NULL, and "
                    "title, as in '1,2003,Dinosaur Planet'. Get the file again."
                ) from None
    if not rows:
        raise DatasetCorruptError(f"{files.where(name)} is empty. Get it again.")
    films, years, titles = zip(*rows, strict=True)
    table: dict[str, Any] = {
        "item_id": pd.Series(films, dtype="int32"),
        "title": pd.Series(titles, dtype="str"),
        "year": pd.Series(years, dtype="float64"),
    }
    return pd.DataFrame(table)


def _read_line(text: str) -> tuple[int, float | None, str]:
    film, year, title = text.split(",", 2)  # whatever commas follow belong to the title
    if not (film.isascii() and film.isdecimal() and title.strip()):
        raise ValueError
    return int(film), None if year == _UNKNOWN else int(year), title.strip()
