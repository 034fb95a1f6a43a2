"""From events to what a network learns of them: centred ratings, encoded features and context."""

from dataclasses import replace
from typing import Any

import numpy as np

from skrec.data import EncodedEvents, Histories, Vocabulary
from skrec.exceptions import InvalidDataError
from skrec.losses import Loss
from skrec.programs import Weights
from skrec.serving import Learned, ModelFeatures
from skrec.training.lesson import Lesson

__all__ = ["prepare"]


def prepare(
    lesson: Lesson,
    loss: Loss,
    asked: Any,
    users: Vocabulary,
    items: Vocabulary,
    histories: Histories,
    item_counts: Any,
    sides: tuple[str, ...],
) -> tuple[Learned, Lesson]:
    """Give what is known before any weight is learned, and the lesson to learn from.

    Parameters
    ----------
    lesson : Lesson
    loss : Loss
    asked : object
        How the user wrote it, for messages.
    users, items : Vocabulary
        With the lesson's ids.
    histories : Histories
    item_counts : ndarray of shape (n_items,)
    sides : tuple of str
        Whose features the network reads, of "user", "item" and "context".

    Returns
    -------
    known : Learned
        Without weights.
    lesson : Lesson
        With centred ratings and encoded context.

    Raises
    ------
    InvalidDataError
        If ratings are to be learned and there are none.
    """
    events, mean = _centred(lesson, loss, asked)
    known = Learned(users, items, histories, item_counts, Weights({}, [], []), rating_mean=mean)
    if sides:
        before = lesson.before.features if lesson.before is not None and lesson.grows else None
        features = ModelFeatures.read(lesson.interactions, users.ids, items.ids, sides, before)
        context = features.context(lesson.interactions.events, len(events), "X")
        known, events = replace(known, features=features), replace(events, context=context)
    return known, replace(lesson, events=events)


def _centred(lesson: Lesson, loss: Loss, asked: Any) -> tuple[EncodedEvents, float]:
    """Centre the ratings where they are learned so; the mean is added back to every score."""
    events = lesson.events
    if loss.target != "rating":
        return events, 0.0
    if events.ratings is None:
        raise InvalidDataError(f"loss={asked!r} learns ratings, and there are none. Pass y, or a column 'rating' in X.")
    if not loss.centred:
        return events, 0.0
    # What was learned before is relative to its mean.
    before = lesson.before
    mean = float(np.average(events.ratings, weights=events.weights)) if before is None else before.rating_mean
    return replace(events, ratings=events.ratings - np.float32(mean)), mean
