"""Models that learn from the wrong things, and the checks that notice."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skrec import EASE, Interactions, Popularity
from skrec.testing._recommender_learning import LEARNING_CHECKS


class SkipsTheFirstRow(Popularity):
    """Takes the first row of what is no frame for a header."""

    def fit(self, X, y=None, sample_weight=None):
        return super().fit(X[1:] if isinstance(X, list) else X, y, sample_weight)


class ByName(Popularity):
    """Its scores depend on what items are called."""

    def _fit(self, events):
        self.item_counts_ = self.item_counts_ + np.array([len(str(item)) for item in self.items_])


class AsFloats(Popularity):
    def fit(self, X, y=None, sample_weight=None):
        if isinstance(X, pd.DataFrame) and X["item_id"].dtype.kind == "i":
            X = X.assign(item_id=X["item_id"].astype(float).astype("int64"))
        return super().fit(X, y, sample_weight)


class WantsNoTables(Popularity):
    def fit(self, X, y=None, sample_weight=None):
        if isinstance(X, Interactions) and X.items is not None:
            raise ValueError("What is this table?")
        return super().fit(X, y, sample_weight)


class RatesByColumn(Popularity):
    """Scores are sums of the ratings in the column, whatever the labels."""

    def fit(self, X, y=None, sample_weight=None):
        super().fit(X, y, sample_weight)
        if isinstance(X, pd.DataFrame):
            self.item_counts_ = X.groupby("item_id")["rating"].sum()[self.items_].to_numpy()
        return self


class LikesEverything(Popularity):
    def fit(self, X, y=None, sample_weight=None):
        return super().fit(X, None, sample_weight)


class HasNotSeenZeros(Popularity):
    def fit(self, X, y=None, sample_weight=None):
        if y is not None and set(np.unique(y)) == {0, 1}:
            kept = np.asarray(y) == 1
            return super().fit(pd.concat([X[kept], X[~kept].assign(user_id=12345)]), np.sort(np.asarray(y))[::-1])
        return super().fit(X, y, sample_weight)


class WeighsNothing(Popularity):
    def fit(self, X, y=None, sample_weight=None):
        return super().fit(X, y)


class StartsAnew(Popularity):
    def partial_fit(self, X, y=None, sample_weight=None):
        return self.fit(X, y, sample_weight)


class NeedsFitFirst(Popularity):
    def partial_fit(self, X, y=None, sample_weight=None):
        self._check_fitted()
        return super().partial_fit(X, y, sample_weight)


class DoublesItems(Popularity):
    def recommend(self, users=None, k=10, **options):
        answer = super().recommend(users, k, **options)
        if len(self.histories_.items) > 50:  # events are repeated
            answer.lengths[:] = answer.lengths + 1
        return answer


class ByPosition(EASE):
    """Reads the first column as users, whatever it is called."""

    def fit(self, X, y=None, sample_weight=None):
        if isinstance(X, pd.DataFrame) and X.columns[-1] == "user_id":
            X = X.set_axis(["rating", "timestamp", "user_id", "item_id"], axis=1)
        return super().fit(X, y, sample_weight)


@pytest.mark.parametrize(
    ("estimator", "name", "message"),
    [
        (
            SkipsTheFirstRow(),
            "check_every_form_of_events_is_the_same",
            "The scores of events given as a list of tuples",
        ),
        (ByName(), "check_ids_are_only_names", "The scores where ids are strings instead of ints"),
        (AsFloats(), "check_large_ints_stay_as_they_are", "Recommended ids must be those of fit, to the last digit"),
        (
            WantsNoTables(),
            "check_tables_ride_along",
            "it raised ValueError where nothing should be raised: What is this",
        ),
        (RatesByColumn(), "check_labels_win_over_the_rating_column", "The scores of labels given as y"),
        (LikesEverything(), "check_zeros_are_seen_but_not_liked", "an item that everybody gave a 0 is not"),
        (HasNotSeenZeros(), "check_zeros_are_seen_but_not_liked", "has thereby seen it, and was recommended it again"),
        (
            WeighsNothing(),
            "check_events_of_weight_zero_are_not_there",
            "users_ where all events of the first user have the weight 0",
        ),
        (NeedsFitFirst(), "check_partial_fit_of_an_unfitted_model_is_fit", "it raised NotFittedError"),
        (
            StartsAnew(),
            "check_partial_fit_admits_new_users_and_items",
            "users_ after partial_fit, the new ones behind the known",
        ),
        (DoublesItems(), "check_an_event_twice_is_recommended_once", "where events are repeated"),
        (ByPosition(1.0), "check_order_of_columns_changes_nothing", "where the columns of fit were in reverse order"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_bad_learners_are_caught_with_a_sentence(fails, estimator, name, message):
    fails(estimator, name, message)


def test_every_check_is_shown_something_broken():
    source = Path(__file__).read_text(encoding="utf-8")
    assert [check.__name__ for check in LEARNING_CHECKS if check.__name__ not in source] == []
