"""MovieLens 100K."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, final

import pandas as pd

from skrec.data import Interactions
from skrec.datasets import RawFiles
from skrec.exceptions import InvalidParameterError
from skrec_movielens._base import NOT_TO_BE_PASSED_ON, MovieLens
from skrec_movielens._formats import finish_items, read_barred, read_tabbed_ratings

GENRES = (
    "unknown",
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
)
"""In the order of their columns in ``u.item``."""

SPLITS = ("ua", "ub", "u1", "u2", "u3", "u4", "u5")
PARTS = {"train": "base", "test": "test"}

_ITEM_COLUMNS = ["item_id", "title", "release_date", "video_release_date", "imdb_url", *GENRES]
_USER_COLUMNS = ["user_id", "age", "gender", "occupation", "zip_code"]
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@final
class MovieLens100K(MovieLens):
    """The dataset ``movielens/100k``: ratings from 1997 and 1998 with users' age, gender, occupation and zip code.

    Attributes
    ----------
    summary, homepage, license, size, sha256
        As in :class:`skrec.plugin.Dataset`.
    folder : str
        Name of the folder that the archive unpacks to.
    n_ratings : int
        How many ratings the published file has.
    """

    summary: ClassVar[str] = "MovieLens 100K: stars from 1 to 5, with demographics; has published splits"
    homepage: ClassVar[str] = "https://grouplens.org/datasets/movielens/100k/"
    license: ClassVar[str] = NOT_TO_BE_PASSED_ON
    size: ClassVar[str] = "100,000 events of 943 users with 1,682 items; 4.9 MB to download"
    sha256: ClassVar[Mapping[str, str]] = {
        "ml-100k.zip": "50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229"
    }
    folder: ClassVar[str] = "ml-100k"
    n_ratings: ClassVar[int | None] = 100_000

    def load(  # type: ignore[override]  # named options, so that a wrong one is refused
        self, data_home: Path, *, split: str | None = None, part: str | None = None
    ) -> Interactions:
        """Read the dataset.

        Parameters
        ----------
        data_home : pathlib.Path
            Holds the folder ``ml-100k`` or ``ml-100k.zip``, or takes the download.
        split : {"ua", "ub", "u1", "u2", "u3", "u4", "u5"}, optional
            Published split. In ``ua`` and ``ub`` each user has ten test ratings; ``u1`` to ``u5`` are five folds. By
            default all ratings are read.
        part : {"train", "test"}, optional
            Which side of `split`: its ``.base`` or its ``.test`` file. Needed with `split`.

        Returns
        -------
        Interactions
            Events with ``rating`` and ``timestamp``, in the order of the file. Users with ``age, gender, occupation,
            zip_code``; items with ``title, year, genres, release_date``. Both tables hold everybody, whatever the
            split.

        Raises
        ------
        InvalidParameterError
            If `split` or `part` is none of the above, or only one of the two is given.
        DatasetNotFoundError, DatasetCorruptError
            As in `skrec.datasets.load_dataset`.
        """
        name = _ratings_file(split, part)
        files = self._find(data_home, [name, "u.item", "u.user"])
        ratings = read_tabbed_ratings(files, name)
        if split is None:
            self._check_count(ratings, files, name)
        return Interactions(ratings, _read_users(files), _read_items(files))


def _ratings_file(split: str | None, part: str | None) -> str:
    if split is None and part is None:
        return "u.data"
    if split not in SPLITS:
        raise InvalidParameterError(
            f"The 'split' parameter of movielens/100k must be one of {', '.join(SPLITS)}, and is needed with 'part'. "
            f"Got {split!r} instead."
        )
    if part not in PARTS:
        raise InvalidParameterError(
            "The 'part' parameter of movielens/100k must be 'train' or 'test', and is needed with 'split'. "
            f"Got {part!r} instead."
        )
    return f"{split}.{PARTS[part]}"


def _read_users(files: RawFiles) -> pd.DataFrame:
    return read_barred(files, "u.user", _USER_COLUMNS, ["user_id", "age"])


def _read_items(files: RawFiles) -> pd.DataFrame:
    table = read_barred(files, "u.item", _ITEM_COLUMNS, ["item_id"])
    flags = table[list(GENRES)].to_numpy() == "1"
    genres = ["|".join(name for name, flag in zip(GENRES, row, strict=True) if flag) for row in flags]
    items = table[["item_id", "title"]].assign(genres=pd.Series(genres, dtype="str"))
    return finish_items(items.assign(release_date=_dates(table["release_date"])))


def _dates(texts: "pd.Series[str]") -> "pd.Series[pd.Timestamp]":
    """Parse dates such as 01-Jan-1995 in any locale; NaT where there is none."""
    parts = texts.str.extract(r"^(\d{1,2})-([A-Z][a-z]{2})-(\d{4})$")
    months = parts[1].map({name: f"{number:02d}" for number, name in enumerate(_MONTHS, start=1)})
    return pd.to_datetime(parts[2] + "-" + months + "-" + parts[0].str.zfill(2), format="%Y-%m-%d")
