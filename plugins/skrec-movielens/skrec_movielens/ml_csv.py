"""The MovieLens datasets of comma-separated values: 20M, 25M, 32M and latest-small."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, final

import pandas as pd

from skrec.data import Interactions
from skrec.datasets import RawFiles
from skrec_movielens._base import NOT_TO_BE_PASSED_ON, TO_BE_PASSED_ON_ALIKE, MovieLens
from skrec_movielens._formats import RATING_TYPES, finish_items, join_tags, read_csv

_USER_ITEM = {"userId": "user_id", "movieId": "item_id"}
_TEXTS = {"item_id": "int64", "title": "str", "genres": "str", "tag": "str", "imdb_id": "str", "tmdb_id": "str"}


class MovieLensCSV(MovieLens):
    """A MovieLens dataset whose files are ``ratings.csv, movies.csv, tags.csv, links.csv``; tag genomes aren't read."""

    license: ClassVar[str] = NOT_TO_BE_PASSED_ON

    def load(  # type: ignore[override]  # named options, so that a wrong one is refused
        self, data_home: Path, *, tags: bool = True, links: bool = False
    ) -> Interactions:
        """Read the dataset.

        Parameters
        ----------
        data_home : pathlib.Path
            Holds the unpacked folder or the archive, or takes the download.
        tags : bool, default=True
            Give items a column ``tags``, where ``tags.csv`` is there: whatever any user ever called the film, in lower
            case, with bars between. Mind that some of it was said later than the ratings.
        links : bool, default=False
            Give items the columns ``imdb_id`` and ``tmdb_id``, strings, empty where unknown.

        Returns
        -------
        Interactions
            Events with ``rating`` and ``timestamp``, in the order of the file. Items with ``title, year, genres`` and
            what `tags` and `links` add. There is no table of users.

        Raises
        ------
        DatasetNotFoundError, DatasetCorruptError
            As in `skrec.datasets.load_dataset`.
        """
        files = self._find(data_home, ["ratings.csv", "movies.csv", *(["links.csv"] if links else [])])
        columns = {**_USER_ITEM, "rating": "rating", "timestamp": "timestamp"}
        ratings = read_csv(files, "ratings.csv", columns, RATING_TYPES)
        self._check_count(ratings, files, "ratings.csv")
        films = {"movieId": "item_id", "title": "title", "genres": "genres"}
        items = finish_items(read_csv(files, "movies.csv", films, _TEXTS))
        if tags and "tags.csv" in files:
            items = join_tags(items, read_csv(files, "tags.csv", {"movieId": "item_id", "tag": "tag"}, _TEXTS))
        return Interactions(ratings, items=_join_links(items, files) if links else items)


def _join_links(items: pd.DataFrame, files: RawFiles) -> pd.DataFrame:
    """Add the ids of other film databases, by which their posters and plots can be found."""
    columns = {"movieId": "item_id", "imdbId": "imdb_id", "tmdbId": "tmdb_id"}
    linked = items.merge(read_csv(files, "links.csv", columns, _TEXTS), on="item_id", how="left", validate="one_to_one")
    return linked.fillna({"imdb_id": "", "tmdb_id": ""})


@final
class MovieLens20M(MovieLensCSV):
    """The dataset ``movielens/20m``: half-star ratings from 1995 to 2015, and tags."""

    summary: ClassVar[str] = "MovieLens 20M: half stars, with tags"
    homepage: ClassVar[str] = "https://grouplens.org/datasets/movielens/20m/"
    size: ClassVar[str] = "20,000,263 events of 138,493 users with 26,744 of 27,278 items; 199 MB to download"
    sha256: ClassVar[Mapping[str, str]] = {
        "ml-20m.zip": "96f243c338a8665f6bcc89c53edf6ee39162a846940de6b7c8c48aeada765ff3"
    }
    folder: ClassVar[str] = "ml-20m"
    n_ratings: ClassVar[int | None] = 20_000_263


@final
class MovieLens25M(MovieLensCSV):
    """The dataset ``movielens/25m``: half-star ratings from 1995 to 2019, and tags."""

    summary: ClassVar[str] = "MovieLens 25M: half stars, with tags"
    homepage: ClassVar[str] = "https://grouplens.org/datasets/movielens/25m/"
    size: ClassVar[str] = "25,000,095 events of 162,541 users with 59,047 of 62,423 items; 262 MB to download"
    sha256: ClassVar[Mapping[str, str]] = {
        "ml-25m.zip": "8b21cfb7eb1706b4ec0aac894368d90acf26ebdfb6aced3ebd4ad5bd1eb9c6aa"
    }
    folder: ClassVar[str] = "ml-25m"
    n_ratings: ClassVar[int | None] = 25_000_095


@final
class MovieLens32M(MovieLensCSV):
    """The dataset ``movielens/32m``: half-star ratings from 1995 to 2023, and tags."""

    summary: ClassVar[str] = "MovieLens 32M: half stars, with tags"
    homepage: ClassVar[str] = "https://grouplens.org/datasets/movielens/32m/"
    license: ClassVar[str] = TO_BE_PASSED_ON_ALIKE
    size: ClassVar[str] = "32,000,204 events of 200,948 users with 84,432 of 87,585 items; 239 MB to download"
    sha256: ClassVar[Mapping[str, str]] = {
        "ml-32m.zip": "e4a68655d7386b8f95f2f2424b2ff975dfdd15ffd59e0d864a14dca43e99d6ee"
    }
    folder: ClassVar[str] = "ml-32m"
    n_ratings: ClassVar[int | None] = 32_000_204


@final
class MovieLensLatestSmall(MovieLensCSV):
    """The dataset ``movielens/latest-small``: half-star ratings from 1996 to 2018, and tags; for trying things out.

    GroupLens may renew it. The hash, and so the download, is that of the edition of September 2018; another one that
    lies in `data_home` is read as well.
    """

    summary: ClassVar[str] = "MovieLens latest-small: half stars, with tags; for trying things out"
    homepage: ClassVar[str] = "https://grouplens.org/datasets/movielens/latest/"
    license: ClassVar[str] = TO_BE_PASSED_ON_ALIKE
    size: ClassVar[str] = "100,836 events of 610 users with 9,724 of 9,742 items; 1.0 MB to download"
    sha256: ClassVar[Mapping[str, str]] = {
        "ml-latest-small.zip": "696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436"
    }
    folder: ClassVar[str] = "ml-latest-small"
