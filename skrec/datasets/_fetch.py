"""Download one file, checked and whole, or say how to get it by hand."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from skrec.datasets._folders import HOME_VARIABLE, search_folders
from skrec.datasets._progress import Report, progress_bar
from skrec.exceptions import DatasetCorruptError, DatasetNotFoundError, InvalidParameterError

_TIMEOUT = 30.0
_CHUNK_BYTES = 2**16
_HASH = re.compile(r"(sha256:|sha1:|md5:)?[0-9a-fA-F]{32,64}")


def fetch(url: str, known_hash: str, *, data_home: Path, progress: bool | None = None) -> Path:
    """Find a file in the data folders, or download it.

    A file that is there already is taken as it is. A download is written under a temporary name, and gets its own only
    when it is complete and its hash is right: an interrupted one leaves nothing behind.

    Parameters
    ----------
    url : str
        ``https`` or ``http``; its last part is the file's name.
    known_hash : str
        SHA-256 in hexadecimal digits, or ``"md5:..."`` or ``"sha1:..."`` where the publisher gives no better.
    data_home : pathlib.Path
        Folder to look in, and to put the download into. Where nothing may be written there, the user's cache folder is
        used.
    progress : bool, optional
        Show a progress bar on standard error. By default as `load_dataset` was told, and outside of it not.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    DatasetNotFoundError
        If the file is neither there nor to be downloaded: the message says what to put where.
    DatasetCorruptError
        If what was downloaded hasn't the hash; it is deleted.
    InvalidParameterError
        If `url` or `known_hash` isn't of the form above.
    """
    name = file_name(url)
    check_hash(known_hash)
    folders = search_folders(data_home)
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    return download(url, known_hash, folders, progress=progress)


def check_hash(known_hash: str | None) -> None:
    """Refuse what can't be a hash, and a download without one."""
    if not isinstance(known_hash, str) or not _HASH.fullmatch(known_hash):
        raise InvalidParameterError(
            f"The 'known_hash' parameter must be hexadecimal digits, after 'md5:' or 'sha1:' where it isn't SHA-256. "
            f"Got {known_hash!r} instead."
        )


def file_name(url: str) -> str:
    """Give the name that a download has on disk."""
    parts = urlsplit(url)
    name = parts.path.rpartition("/")[2]
    if parts.scheme not in {"https", "http"} or not name:
        raise InvalidParameterError(f"A download needs an https URL that ends in a file name. Got {url!r} instead.")
    return name


def download(
    url: str, known_hash: str, folders: list[Path], *, alternative: str = "", progress: bool | None = None
) -> Path:
    """Download a file that is in none of the folders into the last one; errors are those of `fetch`.

    `alternative` says what else, besides the file, may be put into a folder.
    """
    import pooch
    from requests.exceptions import RequestException

    name, target = file_name(url), folders[-1]
    try:
        with progress_bar(name, progress) as report, _quiet(pooch.get_logger()):
            downloader = _Downloader(report)
            return Path(pooch.retrieve(url, known_hash, fname=name, path=target, downloader=downloader))
    except RequestException as error:
        problem = f"can't be downloaded ({_reason(error)})"
        raise DatasetNotFoundError(not_found(name, folders, problem, url, alternative)) from error
    except ValueError as error:  # what pooch raises for a wrong hash
        raise DatasetCorruptError(
            f"What was downloaded from {url} isn't what was expected, and was deleted: "
            f"{str(error).split('. Deleted')[0]}. Try again; "
            f"if it stays so, its publisher has changed it: put one that you trust into {target} as {name}."
        ) from error


class _Downloader:
    """What pooch calls to stream a URL into a file; it leaves no connection open when it is interrupted."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def __call__(self, url: str, output_file: str, pooch: Any) -> None:
        import requests

        with requests.get(url, stream=True, timeout=_TIMEOUT) as response, Path(output_file).open("wb") as sink:
            response.raise_for_status()
            length = response.headers.get("Content-Length", "")
            arrived = 0
            for chunk in response.iter_content(_CHUNK_BYTES):
                arrived += sink.write(chunk)
                self._report(arrived, int(length) if length.isdigit() else None)


def not_found(name: str, folders: list[Path], problem: str, url: str | None, alternative: str = "") -> str:
    """Write the message that says what to put where."""
    where = " nor in ".join(str(folder) for folder in folders)
    return (
        f"{name} is {'neither in' if len(folders) > 1 else 'not in'} {where}, and {problem}. "
        f"Get it{' from ' + url if url else ''} and put {name}{alternative} into {folders[0]}, or into another folder "
        f"that data_home or the environment variable {HOME_VARIABLE} names."
    )


def _reason(error: Exception) -> str:
    """Shorten what requests says: its messages hold whole object representations."""
    response = getattr(error, "response", None)
    return f"HTTP status {response.status_code}" if response is not None else type(error).__name__


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Keep pooch's own lines ("Downloading data from ...") off the screen."""
    # A filter, not the level: pooch's logger stands outside of logging's tree, and remembers a level for good.
    logger.addFilter(_is_warning)
    try:
        yield
    finally:
        logger.removeFilter(_is_warning)


def _is_warning(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING
