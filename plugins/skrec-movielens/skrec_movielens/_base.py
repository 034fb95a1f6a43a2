"""What the seven datasets have in common: where they come from, and what may be done with them."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pandas as pd

from skrec.datasets import RawFiles, find_raw_files
from skrec.exceptions import DatasetCorruptError
from skrec.plugin import Dataset

_TERMS = (
    "For research, with acknowledgement in publications; no endorsement by the University of Minnesota may be implied; "
    "no commercial use without permission from GroupLens; "
)
NOT_TO_BE_PASSED_ON = _TERMS + "no redistribution without permission. The README in the archive has the full terms."
TO_BE_PASSED_ON_ALIKE = (
    _TERMS + "redistribution under the same terms only. The README in the archive has the full terms."
)


class MovieLens(Dataset):
    """A MovieLens dataset.

    Attributes
    ----------
    summary, homepage, license, size, sha256
        As in :class:`skrec.plugin.Dataset`. GroupLens publishes an MD5 of each archive; each SHA-256 here is that of
        the archive which has the published MD5.
    folder : str
        Name of the folder that the archive unpacks to.
    n_ratings : int or None
        How many ratings the published file has; None for a dataset that GroupLens renews from time to time.
    """

    homepage: ClassVar[str] = "https://grouplens.org/datasets/movielens/"
    folder: ClassVar[str]
    n_ratings: ClassVar[int | None] = None

    @property
    def url(self) -> str:
        """Where the archive is downloaded from."""
        (archive,) = self.sha256
        return f"https://files.grouplens.org/datasets/movielens/{archive}"

    def _find(self, data_home: Path, required: Sequence[str]) -> RawFiles:
        (known_hash,) = self.sha256.values()
        return find_raw_files(data_home, self.folder, required=required, url=self.url, known_hash=known_hash)

    def _check_count(self, ratings: pd.DataFrame, files: RawFiles, name: str) -> None:
        """Refuse a file that was cut off at the end of a line, which no reader would notice."""
        if self.n_ratings is not None and len(ratings) != self.n_ratings:
            raise DatasetCorruptError(
                f"{files.source} holds {len(ratings):,} ratings in {name}, and {self.folder} was published with "
                f"{self.n_ratings:,}. Get {self.url} again; a subset that you made yourself is read with "
                "Interactions(pandas.read_csv(...))."
            )
