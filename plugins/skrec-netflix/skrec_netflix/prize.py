"""The Netflix Prize."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
import numpy.typing as npt
import pandas as pd

from skrec.data import Interactions
from skrec.exceptions import DatasetCorruptError, InvalidParameterError
from skrec.plugin import Dataset
from skrec_netflix._blocks import DATES, PAIRS, RATINGS, Block, read_blocks
from skrec_netflix._files import PrizeFiles, find_files, reported
from skrec_netflix._titles import read_titles

SPLITS = ("all", "train", "probe", "qualifying")

_PROBE, _QUALIFYING = "probe.txt", "qualifying.txt"
_DAY = 86_400
"""Seconds."""


@final
class NetflixPrize(Dataset):
    """The dataset ``netflix/prize``: stars from 1 to 5 that customers gave to films from 1999 to 2005.

    Attributes
    ----------
    summary, homepage, license, size
        As in :class:`skrec.plugin.Dataset`.
    sha256 : mapping
        Empty: there is nothing that may be downloaded.
    n_ratings : int or None
        How many ratings the published files have; None lets any number pass.
    """

    summary: ClassVar[str] = "Netflix Prize: stars from 1 to 5, with films' titles; has the probe set"
    homepage: ClassVar[str] = "https://www.kaggle.com/datasets/netflix-inc/netflix-prize-data"
    license: ClassVar[str] = (
        "For research, with acknowledgement in publications, of which Netflix wants a copy; no endorsement by Netflix "
        "may be implied; no redistribution and no commercial use without permission from Netflix. The README of the "
        "dataset has the full terms."
    )
    size: ClassVar[str] = "100,480,507 events of 480,189 users with 17,770 items; about 2 GB, to be put there by hand"
    n_ratings: ClassVar[int | None] = 100_480_507

    def load(self, data_home: Path, *, split: str = "all") -> Interactions:  # type: ignore[override]
        """Read the dataset.

        Parameters
        ----------
        data_home : pathlib.Path
            Is, or holds, a folder with the raw files, or holds ``netflix-prize-data.zip``.
        split : {"all", "train", "probe", "qualifying"}, default="all"
            "probe" is what ``probe.txt`` names, which Netflix chose to be like the hidden test set, and "train" is all
            but that. "qualifying" is ``qualifying.txt``, the hidden test set: customers, films and dates, and no ratings.

        Returns
        -------
        Interactions
            Events with ``rating`` (float32; not with "qualifying") and ``timestamp`` (int64, Unix seconds of the day's
            beginning), in the order of the films and, within a film, of the file; ids are int32. Items with ``title``
            and ``year``. There is no table of users.

        Raises
        ------
        InvalidParameterError
            If `split` is none of the above.
        DatasetNotFoundError
            If the files, or some of them, aren't there: the message says what to put where.
        DatasetCorruptError
            If a file is damaged, a line isn't as expected, or there are more or fewer ratings than were published.
        """
        if split not in SPLITS:
            raise InvalidParameterError(
                f"The 'split' parameter of netflix/prize must be one of {', '.join(SPLITS)}. Got {split!r} instead."
            )
        files = find_files(data_home)
        items = read_titles(files)
        if split == "qualifying":
            with files.open(_QUALIFYING) as stream:
                blocks = list(read_blocks(stream, DATES, files.where(_QUALIFYING)))
        elif split == "all":
            blocks = list(self._ratings(files))
        else:
            blocks = list(self._split(files, in_probe=split == "probe"))
        return Interactions(_to_frame(blocks), items=items)

    def _ratings(self, files: PrizeFiles) -> Iterator[Block]:
        """Read all ratings, and refuse files that were cut off at the end of a line, which no reader would notice."""
        n_ratings = 0
        for where, stream in files.ratings():
            with reported(where):
                for block in read_blocks(stream, RATINGS, where):
                    n_ratings += len(block)
                    yield block
        if self.n_ratings is not None and n_ratings != self.n_ratings:
            raise DatasetCorruptError(
                f"{files.source} holds {n_ratings:,} ratings, and the Netflix Prize was published with "
                f"{self.n_ratings:,}. Get the files again; a subset that you made yourself is read with "
                "Interactions(pandas.DataFrame(...))."
            )

    def _split(self, files: PrizeFiles, *, in_probe: bool) -> Iterator[Block]:
        """Read the ratings that ``probe.txt`` names, or all the others."""
        with files.open(_PROBE) as stream:
            probe = np.unique(np.concatenate([_keys(b) for b in read_blocks(stream, PAIRS, files.where(_PROBE))]))
        n_found = 0
        for block in self._ratings(files):
            keys = _keys(block)
            places = np.searchsorted(probe, keys)
            found = probe[np.minimum(places, len(probe) - 1)] == keys
            n_found += int(found.sum())
            yield block.take(found == in_probe)
        if n_found != len(probe):
            raise DatasetCorruptError(
                f"{files.where(_PROBE)} names {len(probe):,} pairs of film and customer, and {n_found:,} of them have "
                "a rating. Get the files again."
            )


def _keys(block: Block) -> npt.NDArray[np.int64]:
    """Make one number of each pair of film and customer."""
    return block.films.astype(np.int64) << 32 | block.customers


def _to_frame(blocks: list[Block]) -> pd.DataFrame:
    """Put the blocks together, one column after the other: a hundred million events needn't be in memory twice."""
    users, films = [block.customers for block in blocks], [block.films for block in blocks]
    stars, days = [block.ratings for block in blocks], [block.days for block in blocks]
    blocks.clear()
    columns: dict[str, Any] = {"user_id": _join(users), "item_id": _join(films)}
    ratings = _join(stars)
    if len(ratings):
        columns["rating"] = ratings.astype(np.float32)
    columns["timestamp"] = _join(days).astype(np.int64) * _DAY
    if (np.diff(columns["item_id"]) < 0).any():  # a tar has its files in any order
        order = np.argsort(columns["item_id"], kind="stable")
        columns = {name: column[order] for name, column in columns.items()}
    return pd.DataFrame(columns, copy=False)


def _join(parts: list[Any]) -> Any:
    """Concatenate arrays, and let go of them."""
    whole = np.concatenate(parts)
    parts.clear()
    return whole
