"""Models whose scores aren't what they should be, and the checks that notice."""

from pathlib import Path

import numpy as np
import pytest

from skrec import Popularity
from skrec.testing._recommender_scores import SCORE_CHECKS


class Doubles(Popularity):
    def predict(self, X):
        return super().predict(X).astype(np.float64)


class Backwards(Popularity):
    def predict(self, X):
        return np.sort(super().predict(X))


class KnowsFitOnly(Popularity):
    def predict(self, X):
        known = set(self.items_.tolist())
        if hasattr(X, "columns") and not set(X["item_id"]) <= known:
            raise KeyError("item_id")
        return super().predict(X)


class ScoresPairs:
    """Changes how its ranker scores pairs of codes."""

    def _ranker(self, users=None, items=None, X=None):
        ranker = super()._ranker(users, items, X)
        score = ranker.score_pairs
        ranker.score_pairs = lambda users, items, X=None: self.changed(users, items, score(users, items, X))
        return ranker


class NaNForUnknown(ScoresPairs, Popularity):
    def changed(self, users, items, scores):
        return np.where((users < 0) | (items < 0), np.float32(np.nan), scores)


class WantsRatings(Popularity):
    def predict(self, X):
        X["rating"]
        return super().predict(X)


class OfTheBatch(Popularity):
    def predict(self, X):
        scores = super().predict(X)
        return scores / scores.max()


class Halves(Popularity):
    def predict(self, X):
        return super().predict(X) / np.float32(2.0)


class ZeroForStrangers(ScoresPairs, Popularity):
    def changed(self, users, items, scores):
        return np.where(users < 0, np.float32(0.0), scores)


class HitRate(Popularity):
    def score(self, X, y=None):
        return 0.5


class OneNumber(Popularity):
    def score(self, X, y=None):
        return np.float32(super().score(X, y))


class CountsZeros(Popularity):
    def score(self, X, y=None):
        return super().score(X)


class Learns(Popularity):
    """Remembers what it was asked."""

    def recommend(self, users=None, k=10, *, history=None, **options):
        answer = super().recommend(users, k, history=history, **options)
        if history is not None:
            self.item_counts_ = self.item_counts_ + 1.0
        return answer


@pytest.mark.parametrize(
    ("estimator", "name", "message"),
    [
        (Doubles(), "check_predict_gives_one_finite_float32_an_event", "predict must give float32. Got float64"),
        (Backwards(), "check_predict_gives_one_finite_float32_an_event", "The scores of the rows in reverse order"),
        (
            KnowsFitOnly(),
            "check_predict_never_raises_for_unknown_ids",
            "it raised KeyError where nothing should be raised",
        ),
        (NaNForUnknown(), "check_predict_never_raises_for_unknown_ids", "an unknown item and both must be finite"),
        (WantsRatings(), "check_predict_needs_ids_only", "it raised KeyError"),
        (OfTheBatch(), "check_predict_of_one_row_is_that_of_many", r"The score of row \d+ alone"),
        (
            Halves(),
            "check_predict_gives_the_scores_of_recommend",
            "What predict gives for recommended pairs must",
        ),
        (HitRate(), "check_score_is_ndcg_at_10", "which is the NDCG@10 of what recommend gives the users of X"),
        (OneNumber(), "check_score_is_ndcg_at_10", "score must give a float. Got float32"),
        (CountsZeros(), "check_score_counts_no_zeros", "score with labels 1, 0, 1"),
        (
            ZeroForStrangers(),
            "check_predict_gives_cold_users_the_scores_of_recommend",
            "What predict gives for recommended pairs must",
        ),
        (Learns(), "check_asking_changes_nothing", "The scores after recommend, which must not change the model"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_bad_scores_are_caught_with_a_sentence(fails, estimator, name, message):
    fails(estimator, name, message)


def test_every_check_is_shown_something_broken():
    source = Path(__file__).read_text(encoding="utf-8")
    assert [check.__name__ for check in SCORE_CHECKS if check.__name__ not in source] == []
