"""Cells that name files."""

import reprlib
from pathlib import Path


class BadCellError(Exception):
    """A cell can't be read; its message goes on from "Row 3 of column 'poster' "."""


def find_file(name: str | Path, folder: str | Path | None) -> Path:
    """Give the path of a file that is there.

    Parameters
    ----------
    name : str or pathlib.Path
    folder : str or pathlib.Path, optional
        Where a relative path starts.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    BadCellError
        If there is no such file.
    """
    path = Path(name) if folder is None else Path(folder) / name
    try:
        there = path.is_file()
    except OSError:  # a name too long for any file
        there = False
    if not there:
        raise BadCellError(f"names the file {reprlib.repr(str(path))}, which isn't there")
    return path
