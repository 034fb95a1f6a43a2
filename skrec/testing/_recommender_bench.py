"""The events that recommenders are checked with, and fitted copies that several checks share."""

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from skrec.data import Recommendations
from skrec.testing._expect import close, expect, expect_close, expect_equal

USERS = (31, 4, 77, 15, 2, 60, 48, 9, 83, 26)
"""Ids in the order in which they are first seen, which is no other order."""

ITEMS = (40, 7, 23, 91, 5, 66, 12, 58)

SEEN = (
    (0, 1, 2),
    (2, 0, 3),
    (2, 4, 5),
    (0, 1, 2, 3, 4, 5, 6, 7),  # a user who has seen everything
    (2, 0, 5),
    (2, 5, 6),
    (0, 2, 1, 4),
    (2, 0, 7),
    (0, 1, 2, 3, 4, 5, 6),  # and one who has seen all but one
    (5, 7),
)
"""Places in `ITEMS` of what each user has seen. The items have 7, 4, 9, 3, 4, 6, 3 and 3 events."""

COLD = 999
"""A user, and an item, that are in no events."""

EVERYTHING, ALL_BUT_ONE = USERS[3], USERS[8]


def make_events() -> pd.DataFrame:
    """Make the events, with ratings and times; a new frame each time."""
    pairs = [(user, ITEMS[place]) for user, places in zip(USERS, SEEN, strict=True) for place in places]
    frame = pd.DataFrame(pairs, columns=["user_id", "item_id"])
    order = np.arange(len(frame))
    return frame.assign(rating=1.0 + (order * 5 % 9) / 2.0, timestamp=1_700_000_000 + 60 * order)


def timed(frame: pd.DataFrame) -> pd.DataFrame:
    """Add a rating, and times of the kind of those of `make_events`: a model may read them."""
    return frame.assign(rating=4.0, timestamp=1_700_000_000 + 60 * np.arange(len(frame)))


def renamed(frame: pd.DataFrame) -> pd.DataFrame:
    """Make strings of the ids."""
    users, items = (frame[name].map(lambda value, name=name: f"{name[0]} {value}") for name in ("user_id", "item_id"))
    return frame.assign(user_id=users.astype(object), item_id=items.astype(object))


def all_pairs(users: Any = USERS, items: Any = ITEMS) -> pd.DataFrame:
    """Pair every user with every item."""
    return pd.DataFrame([(user, item) for user in users for item in items], columns=["user_id", "item_id"])


class Bench:
    """An estimator on the bench.

    Parameters
    ----------
    estimator : estimator
        Is copied, and never fitted itself.
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def fresh(self) -> Any:
        """An unfitted copy, quiet, that starts anew in each fit."""
        copy = clone(self.estimator)
        known = copy.get_params(deep=False)
        quiet = {name: value for name, value in (("warm_start", False), ("verbose", 0)) if name in known}
        return copy.set_params(**quiet)

    @cached_property
    def fitted(self) -> Any:
        """A copy that has learned the events; checks that share it only ask it."""
        return self.fresh().fit(make_events())

    @cached_property
    def whole(self) -> dict[Any, tuple[list[Any], Any]]:
        """What each user of fit, and a cold one, gets of the whole catalogue: items and scores."""
        answer = self.fitted.recommend([*USERS, COLD], k=len(ITEMS), exclude_seen=False)
        return dict(zip([*USERS, COLD], zip(lists(answer), scores(answer), strict=True), strict=True))


def seen_by(user: Any) -> set[Any]:
    """Items that a user of fit has seen."""
    return {ITEMS[place] for place in SEEN[USERS.index(user)]} if user in USERS else set()


def lists(answer: Recommendations) -> list[list[Any]]:
    """Each user's items, without what fills short lists up."""
    return [np.asarray(row[:length]).tolist() for row, length in zip(answer.items, answer.lengths, strict=True)]


def scores(answer: Recommendations) -> list[Any]:
    """Each user's scores, without what fills short lists up."""
    return [np.asarray(row[:length]) for row, length in zip(answer.scores, answer.lengths, strict=True)]


def expect_same_answer(found: Recommendations, expected: Recommendations, what: str) -> None:
    """Expect the same users, lengths and scores, and the same items but where scores are too near to tell."""
    expect_equal(found.users, expected.users, f"The users of {what}")
    expect_equal(found.lengths, expected.lengths, f"The lengths of the lists of {what}")
    for user, one, one_scores, other, other_scores in zip(
        np.asarray(found.users).tolist(), lists(found), scores(found), lists(expected), scores(expected), strict=True
    ):
        expect_same_list(one, one_scores, other, other_scores, f"of {what} for user {user!r}")


def expect_same_list(found: list[Any], found_scores: Any, expected: list[Any], expected_scores: Any, what: str) -> None:
    """Expect one list to be another one, but where scores are too near to tell."""
    expect_close(found_scores, expected_scores, f"The scores {what}")
    for place, (one, other) in enumerate(zip(found, expected, strict=True)):
        if one != other:
            # Rounding may swap neighbours with nearly equal scores, and no others.
            near = close(expected_scores, expected_scores[place]).sum() > 1
            expect(near, f"The items {what} must be {expected}. Got {found} instead.")


def predictions(model: Any, frame: pd.DataFrame | None = None) -> Any:
    """Score all pairs, or those of a frame."""
    return np.asarray(model.predict(all_pairs() if frame is None else frame))
