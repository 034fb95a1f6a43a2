"""MovieLens 1M."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, final

import pandas as pd

from skrec.data import Interactions
from skrec.datasets import RawFiles
from skrec.exceptions import DatasetCorruptError
from skrec_movielens._base import NOT_TO_BE_PASSED_ON, MovieLens
from skrec_movielens._formats import finish_items, read_colon_ratings, read_colon_text

AGE_GROUPS = {1: "Under 18", 18: "18-24", 25: "25-34", 35: "35-44", 45: "45-49", 50: "50-55", 56: "56+"}
"""What the codes of the ages stand for, as the dataset's README has it."""

OCCUPATIONS = (
    "other",
    "academic/educator",
    "artist",
    "clerical/admin",
    "college/grad student",
    "customer service",
    "doctor/health care",
    "executive/managerial",
    "farmer",
    "homemaker",
    "K-12 student",
    "lawyer",
    "programmer",
    "retired",
    "sales/marketing",
    "scientist",
    "self-employed",
    "technician/engineer",
    "tradesman/craftsman",
    "unemployed",
    "writer",
)
"""By their codes, as the dataset's README has them; "other" is "other or not specified"."""


@final
class MovieLens1M(MovieLens):
    """The dataset ``movielens/1m``: ratings from 2000 on with users' age group, gender, occupation and zip code.

    Attributes
    ----------
    summary, homepage, license, size, sha256
        As in :class:`skrec.plugin.Dataset`.
    folder : str
        Name of the folder that the archive unpacks to.
    n_ratings : int
        How many ratings the published file has.
    """

    summary: ClassVar[str] = "MovieLens 1M: stars from 1 to 5, with demographics"
    homepage: ClassVar[str] = "https://grouplens.org/datasets/movielens/1m/"
    license: ClassVar[str] = NOT_TO_BE_PASSED_ON
    size: ClassVar[str] = "1,000,209 events of 6,040 users with 3,706 of 3,883 items; 5.9 MB to download"
    sha256: ClassVar[Mapping[str, str]] = {
        "ml-1m.zip": "a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20"
    }
    folder: ClassVar[str] = "ml-1m"
    n_ratings: ClassVar[int | None] = 1_000_209

    def load(self, data_home: Path) -> Interactions:  # type: ignore[override]  # no options, so that any is refused
        """Read the dataset.

        Parameters
        ----------
        data_home : pathlib.Path
            Holds the folder ``ml-1m`` or ``ml-1m.zip``, or takes the download.

        Returns
        -------
        Interactions
            Events with ``rating`` and ``timestamp``, in the order of the file. Users with ``gender, age, age_group,
            occupation, zip_code``, where ``age`` is the youngest of the group, and 1 stands for all under 18; items
            with ``title, year, genres``.

        Raises
        ------
        DatasetNotFoundError, DatasetCorruptError
            As in `skrec.datasets.load_dataset`.
        """
        files = self._find(data_home, ["ratings.dat", "users.dat", "movies.dat"])
        ratings = read_colon_ratings(files, "ratings.dat")
        self._check_count(ratings, files, "ratings.dat")
        columns = ["item_id", "title", "genres"]
        items = read_colon_text(files, "movies.dat", columns, ["item_id"], encoding="latin-1", text=1)
        return Interactions(ratings, _read_users(files), finish_items(items))


def _read_users(files: RawFiles) -> pd.DataFrame:
    """Read users, with words for their ages and occupations."""
    columns = ["user_id", "gender", "age", "occupation", "zip_code"]
    integers = ["user_id", "age", "occupation"]
    users = read_colon_text(files, "users.dat", columns, integers, encoding="latin-1", text=4)
    groups = users["age"].map(AGE_GROUPS)
    named = users["occupation"].map(dict(enumerate(OCCUPATIONS)))
    unknown = groups.isna() | named.isna()
    if unknown.any():
        row = users[unknown].iloc[0]
        raise DatasetCorruptError(
            f"users.dat in {files.source} isn't as GroupLens ships it: user {row['user_id']} has the age {row['age']} "
            f"and the occupation {row['occupation']}, and the README knows no such code. Get the dataset again."
        )
    users.insert(3, "age_group", groups.astype("str"))
    return users.assign(occupation=named.astype("str"))
