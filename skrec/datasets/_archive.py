"""Archives from the net: checked before anything is read or unpacked."""

import errno
import gzip
import lzma
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from skrec.exceptions import DatasetCorruptError

MAX_BYTES = 64 * 2**30
MAX_RATIO = 200
_SMALL_BYTES = 64 * 2**20
_LONGEST_NAME = 255

_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_DAMAGE = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError)


def unpack(archive: Path, target: Path, *, max_bytes: int = MAX_BYTES) -> Path:
    """Unpack a zip or tar archive into a new folder, refusing what no dataset needs.

    Everything is unpacked under a temporary name first, so that `target` is complete or not there. Where the archive
    holds nothing but one folder of the same name as `target`, that folder becomes `target`.

    Parameters
    ----------
    archive : pathlib.Path
        Zip, or tar with any compression that Python reads.
    target : pathlib.Path
        Must not exist yet; its parent is made.
    max_bytes : int, default=68719476736
        Most bytes that may come out; 64 GiB.

    Returns
    -------
    pathlib.Path
        `target`.

    Raises
    ------
    DatasetCorruptError
        If the archive is damaged, holds links, devices, encrypted members, overlong names or paths that lead outside of `target`, or
        would unpack to more than `max_bytes`, or to more than 200 times its size. Nothing is left behind.
    FileExistsError
        If `target` exists.
    """
    if target.exists():
        raise FileExistsError(f"{target} exists already. Move it away, or unpack into another folder.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as name:
        room = Path(name)
        unpack_into = _unpack_zip if archive.suffix == ".zip" or zipfile.is_zipfile(archive) else _unpack_tar
        try:
            with reported(archive):
                unpack_into(archive, room, max_bytes)
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            raise DatasetCorruptError(f"{archive} holds the same path twice, and isn't unpacked: {error}.") from error
        except UnicodeError as error:
            raise DatasetCorruptError(
                f"{archive} holds a name that is no text, and isn't unpacked: {error}."
            ) from error
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
            raise DatasetCorruptError(
                f"{archive} holds a name too long for this system, and isn't unpacked."
            ) from error
        inner = room / target.name
        (inner if [inner] == list(room.iterdir()) and inner.is_dir() else room).rename(target)
        room.mkdir(exist_ok=True)  # for TemporaryDirectory to take away
    return target


@contextmanager
def reported(source: Path) -> Iterator[None]:
    """Turn what Python's readers raise over damaged files into one error that names the file."""
    try:
        yield
    except _DAMAGE as error:
        reason = (str(error) or type(error).__name__).splitlines()[0].rstrip(":.")
        raise DatasetCorruptError(f"{source} is damaged or cut off: {reason}. Delete it, and get it again.") from error


def checked_zip(archive: Path, max_bytes: int = MAX_BYTES) -> zipfile.ZipFile:
    """Open a zip archive after a look at its table of contents.

    Python's reader never gives more bytes of a member than this table says, so that checking the table is enough.
    """
    opened = zipfile.ZipFile(archive)
    try:
        members = opened.infolist()
        for member in members:
            _check_path(archive, member.filename)
            mode = member.external_attr >> 16
            if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
                raise DatasetCorruptError(
                    f"{archive} holds a link or device, {member.filename!r}, and isn't read for that."
                )
            if member.flag_bits & 0x1 or member.compress_type not in _METHODS:
                raise DatasetCorruptError(
                    f"{archive} is encrypted or packed by an unknown method ({member.filename!r})."
                )
        _check_size(archive, sum(member.file_size for member in members), max_bytes)
    except BaseException:
        opened.close()
        raise
    return opened


def _unpack_zip(archive: Path, room: Path, max_bytes: int) -> None:
    with checked_zip(archive, max_bytes) as opened:
        for member in opened.infolist():
            if member.is_dir():
                (room / member.filename).mkdir(parents=True, exist_ok=True)
            else:
                with opened.open(member) as source:
                    _copy(source, room / member.filename)


def _unpack_tar(archive: Path, room: Path, max_bytes: int) -> None:
    total = 0
    with tarfile.open(archive) as opened:
        for member in opened:  # one by one: a tar has no table of contents
            _check_path(archive, member.name)
            total += member.size
            _check_size(archive, total, max_bytes)
            if member.isdir():
                (room / member.name).mkdir(parents=True, exist_ok=True)
                continue
            source = opened.extractfile(member) if member.isfile() else None
            if source is None:
                raise DatasetCorruptError(
                    f"{archive} holds a link or device, {member.name!r}, and isn't unpacked for that."
                )
            _copy(source, room / member.name)


def _copy(source: IO[bytes], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as sink:
        shutil.copyfileobj(source, sink, 2**20)


def _check_path(archive: Path, name: str) -> None:
    """Refuse names that lead anywhere but below the target, on any system."""
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    if (
        posix.is_absolute()
        or windows.drive
        or windows.root
        or ".." in posix.parts
        or ".." in windows.parts
        or "\0" in name
    ):
        raise DatasetCorruptError(
            f"{archive} holds {name!r}, which leads outside of the folder to unpack into, and isn't read."
        )
    if any(len(part.encode("utf-8", "surrogateescape")) > _LONGEST_NAME for part in posix.parts):
        raise DatasetCorruptError(
            f"{archive} holds the name {name[:40]!r}..., which is longer than the {_LONGEST_NAME} bytes that file systems allow, and "
            "isn't read."
        )


def _check_size(archive: Path, total: int, max_bytes: int) -> None:
    """Refuse archives that would fill the disk or the memory."""
    packed = archive.stat().st_size
    if total > max_bytes or total > max(_SMALL_BYTES, MAX_RATIO * packed):
        raise DatasetCorruptError(
            f"{archive} has {packed:,} bytes and would unpack to at least {total:,}: more than {max_bytes:,}, or than "
            f"{MAX_RATIO} times its size, and isn't read."
        )
