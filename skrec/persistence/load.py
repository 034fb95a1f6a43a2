"""load: read what `save` wrote, and believe nothing that doesn't add up."""

import os
from typing import Any

from sklearn.base import BaseEstimator

from skrec.exceptions import SavedFileError
from skrec.persistence._archive import opened
from skrec.persistence._decoder import TreeDecoder
from skrec.persistence._draft import path_of

__all__ = ["load"]


def load(path: str | os.PathLike[str]) -> Any:
    """Load an estimator or a pipeline that `save` wrote.

    Only classes that skrec, scikit-learn or an installed plugin registers are made, never code from the file, and nothing is made
    before the whole file has been checked. What was trained on one backend serves on any other.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    estimator
        With the parameters and everything learned of the one that was saved.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    InvalidParameterError
        If `path` is no path.
    SavedFileError
        If the file is damaged, truncated, no file of skrec, of a newer skrec, or needs a class that isn't installed: the message
        says which.

    See Also
    --------
    save : Write such a file.
    """
    with opened(path_of(path)) as archive:
        decoder = TreeDecoder(archive)
        decoder.check(archive.tree)
        archive.check_digest()
        estimator = decoder.build(archive.tree)
    if not isinstance(estimator, BaseEstimator):
        raise SavedFileError(f"{path} is damaged: it holds no estimator. Save it anew with skrec.save.")
    return estimator
