"""save: write an estimator to one file, whole or not at all."""

import os
from pathlib import Path
from typing import Any

from sklearn.base import BaseEstimator

from skrec.exceptions import InvalidParameterError
from skrec.persistence._archive import write
from skrec.persistence._draft import path_of, replacing
from skrec.persistence._encoder import TreeEncoder

__all__ = ["save"]


def save(estimator: Any, path: str | os.PathLike[str]) -> None:
    """Save an estimator or a pipeline, fitted or not, in one file that holds no code.

    The file is a zip archive of a manifest in JSON and of arrays in NumPy's own format: class names, parameters, what was learned,
    versions, and the SHA-256 of each member. It is written under another name first and then takes its place, so that a crash leaves the
    old file as it was; what a process that was killed has left of a draft, the next one that saves there takes away.

    Parameters
    ----------
    estimator : estimator
        Of skrec, of an installed plugin, or of scikit-learn: models, preprocessing, and pipelines of these.
    path : str or path
        Where to; an existing file is replaced. By custom it ends in ``.skrec``.

    Raises
    ------
    InvalidParameterError
        If `estimator` is no estimator.
    NotSavableError
        If something in it has no place in a file without code, such as a function, or an object of a class that neither
        skrec, scikit-learn nor an installed plugin registers. The message says where it stands.
    OSError
        If the file can't be written.

    Warns
    -----
    UserWarning
        If callbacks are left out: they serve training only, and are code.

    See Also
    --------
    load : Read it back.

    Examples
    --------
    >>> import skrec, tempfile, os
    >>> from skrec.models import EASE
    >>> from skrec.testing import checkerboard
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "ease.skrec")
    ...     skrec.save(EASE().fit(checkerboard(6)), path)
    ...     skrec.load(path).recommend(users=[0], k=1).items
    array([[0]])
    """
    if not isinstance(estimator, BaseEstimator):
        raise InvalidParameterError(
            f"save keeps estimators and pipelines. Got {type(estimator).__name__} instead: pass an object, not its class or its data."
        )
    place = Path(os.path.realpath(path_of(path)))
    encoder = TreeEncoder()
    tree = encoder.encode(estimator, type(estimator).__name__)
    with replacing(place) as file:
        write(file, tree, encoder.arrays, encoder.distributions)
