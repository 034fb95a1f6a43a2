"""Models that do the wrong thing with histories, and the checks that notice."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skrec import EASE, Interactions
from skrec.testing._recommender_history import HISTORY_CHECKS


class Changes(EASE):
    """Passes another history on than it was given."""

    def changed(self, users, history):
        return users, history

    def recommend(self, users=None, k=10, *, history=None, **options):
        users, history = self.changed(users, history)
        return super().recommend(users, k, history=history, **options)


class Ignores(Changes):
    def changed(self, users, history):
        return users, None


class KnownUsersOnly(Changes):
    def changed(self, users, history):
        if history is None or not isinstance(history, pd.DataFrame):
            return users, history
        known = history[history["user_id"].isin(self.users_)]
        return users, known if len(known) else None


class Adds(Changes):
    """Puts the history behind the stored one."""

    def changed(self, users, history):
        if isinstance(history, pd.DataFrame):
            stored = [
                (user, item)
                for user in set(history["user_id"]) & set(self.users_)
                for item in self.items_[self.histories_.row(int(np.flatnonzero(self.users_ == user)[0]))]
            ]
            stored = pd.DataFrame(stored, columns=["user_id", "item_id"]).assign(rating=4.0, timestamp=0)
            history = pd.concat([stored, history]) if len(stored) else history
        return users, history


class KnownUsersCountDouble(EASE):
    def _score(self, query):
        scores, doubled = super()._score(query), (query.users >= 0) & query.folded
        return np.where(doubled[:, np.newaxis], 2.0 * scores, scores).astype(np.float32)


class EveryUser(Changes):
    def changed(self, users, history):
        return (self.users_ if users is None else users), history


class FramesOnly(Changes):
    def changed(self, users, history):
        return users, None if isinstance(history, (list, Interactions)) else history


class Keeps(EASE):
    def recommend(self, users=None, k=10, *, history=None, **options):
        if history is not None:
            self.kept_ = history
        if history is None and hasattr(self, "kept_") and users is None:
            return super().recommend(list(self.users_), k, history=self.kept_, **options)
        return super().recommend(users, k, history=history, **options)


class UnknownItemsCount(EASE):
    """Nothing is known of such users, and so they get nothing in particular."""

    def _ranker(self, users=None, items=None, X=None):
        ranker = super()._ranker(users, items, X)
        scored = ranker._scores

        def changed(query):
            scores = scored(query)
            scores[query.folded & (query.histories.lengths == 0)] = 0.0
            return scores

        ranker._scores = changed
        return ranker


class NoFiltersBeside(EASE):
    def recommend(self, users=None, k=10, *, history=None, exclude_items=None, **options):
        exclude_items = None if history is not None else exclude_items
        return super().recommend(users, k, history=history, exclude_items=exclude_items, **options)


@pytest.mark.parametrize(
    ("estimator", "name", "message"),
    [
        (
            Ignores(1.0),
            "check_a_new_user_with_a_history_is_served",
            "What a new user with a history gets: all but that",
        ),
        (Adds(1.0), "check_a_history_replaces_the_stored_one", "whatever was seen in fit"),
        (
            KnownUsersOnly(1.0),
            "check_users_with_equal_histories_get_the_same",
            "of a user of fit with the history of a new one",
        ),
        (
            KnownUsersCountDouble(1.0),
            "check_users_with_equal_histories_get_the_same",
            "The scores of a user of fit with",
        ),
        (EveryUser(1.0), "check_a_history_alone_names_its_users", "those of the history"),
        (FramesOnly(1.0), "check_a_history_is_taken_in_every_form", "recommend with a history given as Interactions"),
        (Keeps(1.0), "check_a_history_is_not_kept", "after a question with a history"),
        (UnknownItemsCount(1.0), "check_a_history_of_unknown_items_makes_a_cold_user", "the popular items"),
        (NoFiltersBeside(1.0), "check_a_history_goes_with_other_arguments", "less what is excluded and in the history"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_bad_histories_are_caught_with_a_sentence(fails, estimator, name, message):
    fails(estimator, name, message)


def test_every_check_is_shown_something_broken():
    source = Path(__file__).read_text(encoding="utf-8")
    assert [check.__name__ for check in HISTORY_CHECKS if check.__name__ not in source] == []
