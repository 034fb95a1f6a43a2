"""Where the raw files are, and how each is opened: a folder or Kaggle's zip, plain, gzipped or in ``training_set.tar``."""

import gzip
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, cast, final

from skrec.exceptions import DatasetCorruptError, DatasetNotFoundError

FOLDERS = ("netflix-prize-data", "netflix-prize", "nf_prize_dataset", "netflix")
"""Names that the folder may have; the first is that of Kaggle's archive, the third of Netflix's own."""

COMBINED = tuple(f"combined_data_{part}.txt" for part in range(1, 5))
"""Kaggle's four files, in the order of their films."""

TAR = "training_set.tar"
TITLES = ("movie_titles.csv", "movie_titles.txt")
"""Kaggle's name and Netflix's own, of the same file."""

_ZIP = f"{FOLDERS[0]}.zip"
_SUBFOLDERS = ("", "training_set", "download", "download/training_set")
_FILM = re.compile(r"mv_\d+\.txt")
_DAMAGE = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, RuntimeError)


@final
class PrizeFiles:
    """The raw files in one place, each found by its own name, whatever folder within it lies in.

    Parameters
    ----------
    source : pathlib.Path
        A folder, or a zip archive, which is read without unpacking it.

    Raises
    ------
    DatasetCorruptError
        If `source` is a zip archive that can't be read.
    """

    def __init__(self, source: Path) -> None:
        self.source = source
        self._paths: Mapping[str, str] = dict(_in_folder(source) if source.is_dir() else _in_zip(source))

    def __contains__(self, name: str) -> bool:
        return name in self._paths

    @property
    def films(self) -> list[str]:
        """Names of the files that hold one film each, in the order of the films."""
        return sorted(name for name in self._paths if _FILM.fullmatch(name))

    @property
    def has_ratings(self) -> bool:
        """Whether there is any file of ratings."""
        return bool(self.films) or TAR in self or any(name in self for name in COMBINED)

    def where(self, name: str) -> str:
        """Say where a file lies, for messages."""
        return f"{self.source / self._paths[name]}"

    def first(self, *names: str) -> str:
        """Give the first of `names` that is there.

        Raises
        ------
        DatasetNotFoundError
            If none is.
        """
        for name in names:
            if name in self:
                return name
        raise DatasetNotFoundError(f"{self.source} is incomplete: it has no {' nor '.join(names)}. Put it there.")

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open a file to read its bytes, unzipped.

        Raises
        ------
        DatasetNotFoundError
            If it isn't there.
        DatasetCorruptError
            If it turns out to be damaged or cut off while it is read.
        """
        self.first(name)
        with reported(self.where(name)), ExitStack() as stack:
            path = self._paths[name]
            if self.source.is_dir():
                stream: IO[bytes] = stack.enter_context((self.source / path).open("rb"))
            else:
                stream = stack.enter_context(stack.enter_context(zipfile.ZipFile(self.source)).open(path))
            if path.endswith(".gz"):
                stream = cast("IO[bytes]", stack.enter_context(gzip.GzipFile(fileobj=stream)))
            yield stream

    def ratings(self) -> Iterator[tuple[str, IO[bytes]]]:
        """Open the files of ratings one after the other.

        Yields
        ------
        where : str
            Which file it is, for messages.
        stream : file
            Its bytes; closed when the next one is asked for.

        Raises
        ------
        DatasetNotFoundError
            If one of Kaggle's four files isn't there.
        DatasetCorruptError
            If a file is damaged or cut off.
        """
        films = self.films
        if not films and TAR in self:
            yield from self._packed()
            return
        for name in films or COMBINED:
            with self.open(name) as stream:
                yield self.where(name), stream

    def _packed(self) -> Iterator[tuple[str, IO[bytes]]]:
        """Go through the tar once from front to end: it may be gzipped, or in a zip, where there is no way back."""
        with self.open(TAR) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                if _FILM.fullmatch(PurePosixPath(member.name).name):
                    film = archive.extractfile(member) if member.isfile() else None
                    if film is None:
                        raise DatasetCorruptError(
                            f"{self.where(TAR)} holds a link or device, {member.name!r}, and isn't read for that."
                        )
                    yield f"{self.where(TAR)}/{member.name}", film


def find_files(data_home: Path) -> PrizeFiles:
    """Find the raw files: a folder of a known name in `data_home`, `data_home` itself, or Kaggle's zip.

    Raises
    ------
    DatasetNotFoundError
        If there is none that has ratings: the message says what to put where.
    DatasetCorruptError
        If the zip can't be read.
    """
    folders = [data_home / name for name in FOLDERS if (data_home / name).is_dir()]
    archives = [data_home / _ZIP] if (data_home / _ZIP).is_file() else []
    for place in [*folders, *([data_home] if data_home.is_dir() else []), *archives]:
        files = PrizeFiles(place)
        if files.has_ratings:
            return files
    found = f"{(folders + archives)[0]} has no ratings of the Netflix Prize" if folders or archives else ""
    raise DatasetNotFoundError(
        f"{found or f'The Netflix Prize dataset is not in {data_home}'}, and can't be downloaded: Netflix withdrew it, "
        f"and its licence lets nobody pass it on. Put a copy that you may use into {data_home / FOLDERS[0]}: "
        f"{COMBINED[0]} to {COMBINED[-1]} and {TITLES[0]} as on Kaggle, or the folder training_set (or {TAR}) and "
        f"{TITLES[1]} of Netflix's archive, each plain or gzipped; or put Kaggle's {_ZIP} into {data_home}."
    )


def _in_folder(source: Path) -> Iterator[tuple[str, str]]:
    for folder in _SUBFOLDERS:
        if (source / folder).is_dir():
            for path in sorted((source / folder).iterdir(), reverse=True):  # so that the plain file wins over its .gz
                if path.is_file():
                    yield path.name.removesuffix(".gz"), f"{PurePosixPath(folder, path.name)}"


def _in_zip(source: Path) -> Iterator[tuple[str, str]]:
    with reported(f"{source}"), zipfile.ZipFile(source) as archive:
        for member in archive.infolist():
            if not member.is_dir():
                yield PurePosixPath(member.filename).name.removesuffix(".gz"), member.filename


@contextmanager
def reported(where: str) -> Iterator[None]:
    """Turn what Python's readers raise over damaged files into one error that names the file."""
    try:
        yield
    except _DAMAGE as error:
        reason = (str(error) or type(error).__name__).splitlines()[0].rstrip(":.")
        raise DatasetCorruptError(f"{where} is damaged or cut off: {reason}. Get it again.") from error
