"""What labels say: which events are liked, and which ones only look as if they weren't."""

from typing import Any

import numpy as np

from skrec._warn import warn
from skrec.exceptions import LabelWarning
from skrec.typing import Mask


def labels_are_binary(ratings: Any) -> bool:
    """Say whether labels hold nothing but 0 and 1, so that zeros are negatives."""
    return ratings is not None and bool(np.isin(ratings, (0.0, 1.0)).all())


def labels_are_graded(ratings: Any) -> bool:
    """Say whether labels hold anything but 0 and 1: then they are ratings, and zero is a low one."""
    return ratings is not None and not labels_are_binary(ratings)


def liked(ratings: Any, n_events: int, graded: bool) -> Mask:
    """Say of each event whether it is a positive: all are, unless labels that aren't graded say 0 (or less).

    Parameters
    ----------
    ratings : ndarray of shape (n_events,) or None
    n_events : int
    graded : bool
        What `labels_are_graded` says of all labels ever seen; those of one batch don't decide.
    """
    return np.ones(n_events, dtype=bool) if ratings is None or graded else np.asarray(ratings) > 0


def warn_of_signs(ratings: Any) -> None:
    """Warn where labels are -1 and 1, or 0 beside them: they look like dislikes and likes, and all of them count as likes.

    Parameters
    ----------
    ratings : ndarray of shape (n_events,) or None

    Warns
    -----
    LabelWarning
    """
    if ratings is None or len(ratings) == 0 or np.min(ratings) != -1.0 or not np.isin(ratings, (-1.0, 0.0, 1.0)).all():
        return
    warn(
        "The labels are -1 and 1, and an event labelled -1 counts as liked, as any other: only where all labels are 0 or 1 are "
        "zeros negatives. If -1 means disliked, pass 0 in its place, for example np.maximum(y, 0).",
        LabelWarning,
    )
