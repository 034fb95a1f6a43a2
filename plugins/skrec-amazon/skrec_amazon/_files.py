"""Which files are there, and how each is opened: plain, gzipped or in a zip archive."""

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast, final

from skrec.exceptions import DatasetCorruptError, DatasetNotFoundError, InvalidParameterError
from skrec_amazon._editions import EDITIONS, Edition

KINDS = ("5-core", "reviews", "ratings")
META = "meta"

HOMEPAGES = {
    "2014": "https://cseweb.ucsd.edu/~jmcauley/datasets/amazon/links.html",
    "2018": "https://cseweb.ucsd.edu/~jmcauley/datasets/amazon_v2/",
    "2023": "https://amazon-reviews-2023.github.io/",
}
"""By year of the edition."""

_NAME = re.compile(r"(?P<prefix>reviews_|ratings_|meta_)?(?P<category>[\w&-]+?)(?P<five>_5)?\.(?P<format>jsonl?|csv)")
_FIVE_CORE = re.compile(r"5-?core$", re.IGNORECASE)
_DEPTH = 3
"""Folders below the edition's: Hugging Face has ``benchmark/5core/rating_only``."""

_LONGEST_LINE = 2**24
_BUFFER_BYTES = 2**18
_DAMAGE = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, RuntimeError)


@final
@dataclass(frozen=True)
class ReviewFile:
    """One file as it was published.

    Attributes
    ----------
    path : pathlib.Path
    member : str
        Its path within `path`, where that is a zip archive; empty where it isn't.
    category : str
    kind : str
        One of `KINDS`, or `META`.
    format : str
        "json" or "csv".
    """

    path: Path
    member: str
    category: str
    kind: str
    format: str

    @property
    def where(self) -> str:
        """Where it lies, for messages."""
        return str(self.path / self.member)

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Open it to read its bytes, unzipped."""
        with ExitStack() as stack:
            if self.member:
                stream = stack.enter_context(stack.enter_context(zipfile.ZipFile(self.path)).open(self.member))
            else:
                stream = stack.enter_context(self.path.open("rb"))
            if (self.member or self.path.name).endswith(".gz"):
                raw = cast("io.RawIOBase", stack.enter_context(gzip.GzipFile(fileobj=stream)))
                stream = io.BufferedReader(raw, _BUFFER_BYTES)  # its own readline takes Python's time for each line
            yield stream

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Give its lines with their numbers, from 1.

        Raises
        ------
        DatasetCorruptError
            If it turns out to be damaged or cut off, or has a line of more than 16 MiB: with the line's number.
        """
        number = 0
        with reported(self.where, lambda: f"after line {number:,}"), self.open() as stream:
            while line := stream.readline(_LONGEST_LINE):
                number += 1
                if len(line) == _LONGEST_LINE:
                    raise DatasetCorruptError(
                        f"{self.where}, line {number:,}, is longer than {_LONGEST_LINE:,} bytes, and must hold one "
                        "record. Get the file as it is published, with a record a line."
                    )
                yield number, line


@contextmanager
def reported(where: str, place: Callable[[], str] | None = None) -> Iterator[None]:
    """Turn what Python's readers raise over damaged files into one error that names the file."""
    try:
        yield
    except _DAMAGE as error:
        reason = (str(error) or type(error).__name__).splitlines()[0].rstrip(":.")
        spot = f" {place()}" if place else ""
        raise DatasetCorruptError(f"{where} is damaged or cut off{spot}: {reason}. Get it again.") from error


@final
class EditionFiles:
    """The files of one edition.

    Looked for in every folder of `data_home` whose name begins with ``amazon`` and has no other edition's year in it,
    and in `data_home` itself if it is called so; first in ``amazon-<year>``.

    Parameters
    ----------
    data_home : pathlib.Path
    edition : Edition

    Raises
    ------
    DatasetCorruptError
        If a zip archive there can't be read.
    """

    def __init__(self, data_home: Path, edition: Edition) -> None:
        self._home, self._edition = data_home, edition
        self._files = [file for folder in _folders(data_home, edition) for file in _list_files(folder)]

    def choose(self, category: str | None, kinds: Sequence[str], formats: Sequence[str]) -> ReviewFile:
        """Choose the file to read events from.

        Parameters
        ----------
        category : str or None
            In any case, with spaces, dashes or underscores. None where there is one only.
        kinds : sequence of str
            Those that will do, of `KINDS`; first choice first.
        formats : sequence of str
            Those that will do.

        Returns
        -------
        ReviewFile

        Raises
        ------
        InvalidParameterError
            If `category` is None, and there are several.
        DatasetNotFoundError
            If there is no such file.
        """
        events = [file for file in self._files if file.kind != META]
        present = sorted({file.category for file in events})
        if not events:
            raise DatasetNotFoundError(self._advice(category, f"are not in {self._home}"))
        if category is None and len({_plain(name) for name in present}) > 1:
            raise InvalidParameterError(
                f"The 'category' parameter of {self._edition.name} must be given where several are there: "
                f"{', '.join(present)}. Got None instead."
            )
        wanted = _plain(present[0] if category is None else category)
        of_category = [file for file in events if _plain(file.category) == wanted]
        if not of_category:
            problem = f"of category {category!r} are not in {self._home}; there are those of {', '.join(present)}"
            raise DatasetNotFoundError(self._advice(category, problem))
        fitting = [file for file in of_category if file.kind in kinds and file.format in formats]
        if not fitting:
            there = ", ".join(file.where for file in of_category)
            what = " or ".join(kind for kind in kinds if kind != "ratings" or "csv" in formats)
            extra = "" if "csv" in formats else " with text and votes"
            problem = f"of category {of_category[0].category!r} are there, but none of kind {what}{extra}: {there}"
            raise DatasetNotFoundError(self._advice(category, problem))
        return min(fitting, key=lambda file: kinds.index(file.kind))  # the first of those

    def metadata(self, category: str) -> ReviewFile | None:
        """Find the file that describes the items of a category, if it is there."""
        wanted = _plain(category)
        return next((file for file in self._files if file.kind == META and _plain(file.category) == wanted), None)

    def advice_on_metadata(self, category: str) -> str:
        """Write the message about metadata that isn't there."""
        suffix = "jsonl" if self._edition.year == "2023" else "json"
        return (
            f"meta_{category}.{suffix}.gz is not in {self._home / self._edition.folder}. Put it there, or leave 'items' "
            f"away. See {HOMEPAGES[self._edition.year]}"
        )

    def _advice(self, category: str | None, problem: str) -> str:
        example = self._edition.example.format(category or "Musical_Instruments")
        return (
            f"Files of the Amazon Reviews of {self._edition.year} {problem}. Get them from "
            f"{HOMEPAGES[self._edition.year]} by hand, and put them as they are, for example {example}, into "
            f"{self._home / self._edition.folder}, or below another folder that data_home or the environment variable "
            "SKREC_DATA_HOME names."
        )


def _folders(data_home: Path, edition: Edition) -> list[Path]:
    others = [other.year for other in EDITIONS if other is not edition]
    inner = sorted(path for path in data_home.iterdir() if path.is_dir()) if data_home.is_dir() else []
    named = [
        path
        for path in [data_home, *inner]
        if path.name.lower().startswith("amazon") and not any(year in path.name for year in others)
    ]
    return sorted(named, key=lambda path: edition.year not in path.name)


def _list_files(folder: Path, depth: int = _DEPTH) -> Iterator[ReviewFile]:
    """Give the files in a folder and those below, plain ones first: ``x.json`` comes before ``x.json.gz``."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and depth:
            yield from _list_files(path, depth - 1)
        elif path.is_file() and path.suffix == ".zip":
            with reported(str(path)), zipfile.ZipFile(path) as archive:
                members = [member.filename for member in archive.infolist() if not member.is_dir()]
            for member in members:
                yield from _recognise(path, member)
        elif path.is_file():
            yield from _recognise(path, "")


def _recognise(path: Path, member: str) -> Iterator[ReviewFile]:
    """Tell from its name what a file holds, if it is one of the published ones."""
    within = PurePosixPath(member or path.as_posix())
    match = _NAME.fullmatch(within.name.removesuffix(".gz"))
    if match:
        folders = (*path.parts[:-1], *within.parts[:-1])
        five = match["five"] or any(_FIVE_CORE.search(part) for part in folders)
        kind = "5-core" if five else "ratings" if match["format"] == "csv" else "reviews"
        kind = META if match["prefix"] == "meta_" else kind
        yield ReviewFile(path, member, match["category"], kind, match["format"].removesuffix("l"))


def _plain(category: str) -> str:
    """Leave out what people write differently."""
    return re.sub(r"[\s_-]+", "", category).casefold()
