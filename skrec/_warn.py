"""warn: at the line of the caller's own that led here."""

import sys
import warnings
from types import FrameType

_PASSED_BY = {"skrec", "sklearn", "joblib"}
"""Whose lines are none of the caller's own: a search or a decorator of scikit-learn may stand in between."""


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the first line outside skrec and scikit-learn: Python shows a warning once for each such line.

    Parameters
    ----------
    message : str
    category : type of Warning
    """
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and _root(frame) in _PASSED_BY:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def _root(frame: FrameType) -> str:
    """Name of the distribution's package that a frame's code belongs to."""
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]
