"""RawFiles: a dataset's files as its publisher ships them, unpacked or still in their archive."""

import gzip
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast, final

from skrec.datasets._archive import checked_zip, reported, unpack
from skrec.datasets._fetch import check_hash, download, file_name, not_found
from skrec.datasets._folders import search_folders
from skrec.exceptions import DatasetNotFoundError


@final
class RawFiles:
    """The raw files of one dataset: a folder, or a zip archive that is read without unpacking it.

    Each file may also be gzipped: asked for ``ratings.csv``, it finds ``ratings.csv.gz`` too.

    Parameters
    ----------
    source : pathlib.Path
        The folder, or the zip archive.
    folder : str
        Name of the folder that the archive unpacks to.

    Raises
    ------
    DatasetCorruptError
        If `source` is an archive that can't, or for safety shouldn't, be read.
    """

    def __init__(self, source: Path, folder: str) -> None:
        self.source = source
        self.folder = folder
        self._members: frozenset[str] = frozenset()
        if not source.is_dir():
            with reported(source), checked_zip(source) as archive:
                self._members = frozenset(archive.namelist())

    def _has(self, name: str) -> bool:
        return (self.source / name).is_file() if self.source.is_dir() else f"{self.folder}/{name}" in self._members

    def __contains__(self, name: str) -> bool:
        return self._has(name) or self._has(f"{name}.gz")

    def missing(self, names: Sequence[str]) -> list[str]:
        """List those of `names` that aren't there."""
        return [name for name in names if name not in self]

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
        if name not in self:
            raise DatasetNotFoundError(incomplete(self, [name]))
        packed = not self._has(name)
        actual = f"{name}.gz" if packed else name
        with reported(self.source / actual), ExitStack() as stack:
            if self.source.is_dir():
                stream: IO[bytes] = stack.enter_context((self.source / actual).open("rb"))
            else:
                archive = stack.enter_context(zipfile.ZipFile(self.source))
                stream = stack.enter_context(archive.open(f"{self.folder}/{actual}"))
            yield cast("IO[bytes]", stack.enter_context(gzip.GzipFile(fileobj=stream))) if packed else stream

    def __repr__(self) -> str:
        return f"RawFiles({str(self.source)!r})"


def find_raw_files(
    data_home: Path, folder: str, *, required: Sequence[str], url: str | None = None, known_hash: str | None = None
) -> RawFiles:
    """Find the raw files of a dataset, or download them.

    Looked for, in `data_home`: the unpacked folder, then the archive. Where nothing may be written into `data_home`,
    the user's cache folder is searched as well. What is nowhere is downloaded.

    Parameters
    ----------
    data_home : pathlib.Path
        As :meth:`skrec.plugin.Dataset.load` gets it.
    folder : str
        Name of the folder that the archive unpacks to.
    required : sequence of str
        Names of the files that must be there, each plain or with ``.gz`` at its end.
    url : str, optional
        Where the archive, zip or tar, can be downloaded. Without it the user must get ``<folder>.zip`` by hand.
    known_hash : str, optional
        Hash of the archive, as for `fetch`. Needed with `url`.

    Returns
    -------
    RawFiles

    Raises
    ------
    DatasetNotFoundError
        If the files, or some of them, are neither there nor to be downloaded: the message says what to put where.
    DatasetCorruptError
        If the archive is damaged, or what was downloaded hasn't the hash.
    InvalidParameterError
        If `url` or `known_hash` isn't of the form that `fetch` takes.
    """
    if url:
        check_hash(known_hash)
    archive = file_name(url) if url else f"{folder}.zip"
    folders = search_folders(data_home)
    partial: RawFiles | None = None
    for files in _on_disk(folders, folder, archive):
        if not files.missing(required):
            return files
        partial = partial or files
    if partial is None:
        alternative = f", or the folder {folder} unpacked from it,"
        if url is None or known_hash is None:
            problem = "its publisher offers no download to programs"
            raise DatasetNotFoundError(not_found(archive, folders, problem, None, alternative))
        partial = _from_archive(download(url, known_hash, folders, alternative=alternative), folder)
        if not partial.missing(required):
            return partial
    raise DatasetNotFoundError(incomplete(partial, partial.missing(required)))


def _on_disk(folders: list[Path], folder: str, archive: str) -> Iterator[RawFiles]:
    """Give what is there already, unpacked folders first; an archive is looked into only when it is its turn."""
    for place in folders:
        if (place / folder).is_dir():
            yield RawFiles(place / folder, folder)
    for place in folders:
        if (place / archive).is_file():
            yield _from_archive(place / archive, folder)


def _from_archive(archive: Path, folder: str) -> RawFiles:
    """Read a zip where it lies; a tar can't be read at any place, and is unpacked next to itself or in the cache."""
    if archive.suffix == ".zip":
        return RawFiles(archive, folder)
    target = search_folders(archive.parent)[-1] / folder
    return RawFiles(target if target.is_dir() else unpack(archive, target), folder)


def incomplete(files: RawFiles, missing: Sequence[str]) -> str:
    """Write the message about raw files that aren't all there."""
    names = ", ".join(missing)
    packed = ", ".join(f"{name}.gz" for name in missing)
    return (
        f"{files.source} is incomplete: it has no {names} (nor {packed}). "
        f"Add what is missing, or move {files.source} away, so that the whole dataset is downloaded."
    )
