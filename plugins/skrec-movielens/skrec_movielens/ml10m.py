"""MovieLens 10M."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, final

from skrec.data import Interactions
from skrec_movielens._base import NOT_TO_BE_PASSED_ON, MovieLens
from skrec_movielens._formats import finish_items, join_tags, read_colon_ratings, read_colon_text


@final
class MovieLens10M(MovieLens):
    """The dataset ``movielens/10m``: half-star ratings from 1995 to 2009, and tags.

    Attributes
    ----------
    summary, homepage, license, size, sha256
        As in :class:`skrec.plugin.Dataset`.
    folder : str
        Name of the folder that the archive unpacks to.
    n_ratings : int
        How many ratings the published file has.
    """

    summary: ClassVar[str] = "MovieLens 10M: half stars, with tags"
    homepage: ClassVar[str] = "https://grouplens.org/datasets/movielens/10m/"
    license: ClassVar[str] = NOT_TO_BE_PASSED_ON
    size: ClassVar[str] = "10,000,054 events of 69,878 users with 10,677 of 10,681 items; 66 MB to download"
    sha256: ClassVar[Mapping[str, str]] = {
        "ml-10m.zip": "813c411ccb6122564edfe752e7f80c4dcc5aa25fa94c93622f6877a7ba252862"
    }
    folder: ClassVar[str] = "ml-10M100K"
    n_ratings: ClassVar[int | None] = 10_000_054

    def load(  # type: ignore[override]  # named options, so that a wrong one is refused
        self, data_home: Path, *, tags: bool = True
    ) -> Interactions:
        """Read the dataset.

        Parameters
        ----------
        data_home : pathlib.Path
            Holds the folder ``ml-10M100K`` or ``ml-10m.zip``, or takes the download.
        tags : bool, default=True
            Give items a column ``tags``, where ``tags.dat`` is there: whatever any user ever called the film, in lower
            case, with bars between. Mind that some of it was said later than the ratings.

        Returns
        -------
        Interactions
            Events with ``rating`` and ``timestamp``, in the order of the file. Items with ``title, year, genres`` and
            ``tags``. There is no table of users.

        Raises
        ------
        DatasetNotFoundError, DatasetCorruptError
            As in `skrec.datasets.load_dataset`.
        """
        files = self._find(data_home, ["ratings.dat", "movies.dat"])
        ratings = read_colon_ratings(files, "ratings.dat")
        self._check_count(ratings, files, "ratings.dat")
        columns = ["item_id", "title", "genres"]
        items = finish_items(read_colon_text(files, "movies.dat", columns, ["item_id"], encoding="utf-8", text=1))
        if tags and "tags.dat" in files:
            columns = ["user_id", "item_id", "tag", "timestamp"]
            items = join_tags(items, read_colon_text(files, "tags.dat", columns, ["item_id"], encoding="utf-8", text=2))
        return Interactions(ratings, items=items)
