"""A file is written as a draft beside its place, and takes it once it is whole."""

import errno
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import IO, Any

from skrec.exceptions import InvalidParameterError

try:
    import fcntl
except ImportError:  # on Windows, where an open file can't be taken away anyhow
    fcntl = None  # type: ignore[assignment]

__all__ = ["path_of", "replacing"]

_TOKEN = 6
_LONGEST = 255 - len("..") - 2 * _TOKEN - len(".tmp")
"""Bytes of a name that leave room for those of a draft, on file systems that allow 255."""


def path_of(path: Any) -> Path:
    """Take the path of a file.

    Raises
    ------
    InvalidParameterError
        If it is none.
    """
    try:
        name = os.fsdecode(path)
    except TypeError:
        raise InvalidParameterError(
            f"path must be the path of a file, a str or a pathlib.Path. Got {type(path).__name__} instead."
        ) from None
    if not name or "\0" in name or not _can_be_called(name):
        raise InvalidParameterError(
            f"path must be the path of a file. Got {name!r} instead, which no file can be called."
        )
    return Path(name)


def _can_be_called(name: str) -> bool:
    try:
        os.lstat(os.fsencode(name))
    except UnicodeEncodeError:
        return False
    except OSError as error:
        return error.errno != errno.ENAMETOOLONG
    return True


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path` once it is whole; drafts that killed processes left are taken away first.

    Parameters
    ----------
    path : pathlib.Path

    Raises
    ------
    InvalidParameterError
        If there is something else than a file: a folder, a device, a pipe.
    """
    if path.is_dir():
        raise InvalidParameterError(
            f"path must be the path of a file, and {str(path)!r} is a folder. Name a file in it."
        )
    if path.exists() and not path.is_file():
        raise InvalidParameterError(
            f"path must be the path of a file, and {str(path)!r} is a device or a pipe, whose place a file would take. Name another."
        )
    _take_away_drafts(path)
    draft, file = _new_draft(path)
    try:
        yield file
        file.flush()
        os.fsync(file.fileno())
        if fcntl is None:
            file.close()  # Windows moves no file that is open; elsewhere the lock is kept until it has its place
        draft.replace(path)
    except BaseException:
        with suppress(OSError):  # closing writes, too, and finds a full disk full again
            file.close()
        draft.unlink(missing_ok=True)
        raise
    file.close()


def _stem(path: Path) -> str:
    """How names of drafts begin: with the file's own, as long as that leaves room."""
    name = path.name if len(os.fsencode(path.name)) <= _LONGEST else hashlib.sha256(os.fsencode(path.name)).hexdigest()
    return f".{name}."


def _new_draft(path: Path) -> tuple[Path, IO[bytes]]:
    while True:
        draft = path.with_name(f"{_stem(path)}{token_hex(_TOKEN)}.tmp")
        # "x": no file of another process, and with the permissions that any new file gets.
        file = draft.open("x+b")
        if not _lock(file) or os.fstat(file.fileno()).st_nlink:
            return draft, file
        file.close()  # somebody who tidied up took it for an old one, before it was locked


def _lock(file: IO[bytes]) -> bool:
    """Lock a file for as long as it is open, if nobody else has, and the file system knows of locks."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _take_away_drafts(path: Path) -> None:
    """Take away what processes have left that were killed while they saved to the same place: who is alive has a lock."""
    pattern = re.compile(re.escape(_stem(path)) + rf"[0-9a-f]{{{2 * _TOKEN}}}\.tmp")
    with suppress(OSError):  # a folder that isn't there is reported by what opens the draft
        for name in os.listdir(path.parent):
            if pattern.fullmatch(name):
                with suppress(OSError), path.with_name(name).open("rb") as old:
                    if _lock(old):
                        path.with_name(name).unlink()
