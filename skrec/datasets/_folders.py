"""Where raw files are looked for, and where a download may be put."""

import os
import stat
from pathlib import Path

from skrec.exceptions import InvalidParameterError

HOME_VARIABLE = "SKREC_DATA_HOME"


def cache_folder() -> Path:
    """Give the folder below the user's cache folder that downloads go to; it needn't exist."""
    import pooch

    return Path(pooch.os_cache("skrec")).expanduser()


def resolve_home(data_home: "str | os.PathLike[str] | None") -> Path:
    """Give the folder to look for raw files in.

    Parameters
    ----------
    data_home : path-like or None
        ``None`` stands for the environment variable ``SKREC_DATA_HOME``, and where that isn't set for the user's cache
        folder.

    Returns
    -------
    pathlib.Path
        It needn't exist.

    Raises
    ------
    InvalidParameterError
        If `data_home` isn't a path, or is a file.
    """
    if data_home is None:
        given = os.environ.get(HOME_VARIABLE, "").strip()
        return Path(given).expanduser() if given else cache_folder()
    if not isinstance(data_home, (str, os.PathLike)):
        raise InvalidParameterError(f"The 'data_home' parameter must be a path or None. Got {data_home!r} instead.")
    home = Path(data_home).expanduser()
    if home.is_file():
        raise InvalidParameterError(
            f"The 'data_home' parameter must be a folder, and {home} is a file. Pass the folder it lies in."
        )
    return home


def search_folders(data_home: Path) -> list[Path]:
    """List the folders that raw files may lie in, first choice first; the last one takes downloads.

    The user's cache folder is asked only where nothing may be written into `data_home`: a download then had to go
    there.
    """
    return [data_home] if _is_writable(data_home) else [data_home, cache_folder()]


def _is_writable(folder: Path) -> bool:
    """Say whether files may be put into a folder, or the folder made."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    # The superuser may write everywhere; a folder without any write bit is meant to be left alone all the same.
    marked = folder.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
    return folder.is_dir() and bool(marked) and os.access(folder, os.W_OK)
