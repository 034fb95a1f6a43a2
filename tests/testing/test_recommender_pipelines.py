"""Models that don't work inside scikit-learn's tools, and the checks that notice."""

from pathlib import Path

import pytest

from skrec import Interactions, Popularity
from skrec.testing._recommender_pipelines import PIPELINE_CHECKS


class OfFramesOnly(Popularity):
    """Reads less of Interactions, which is what a transformer hands on."""

    def fit(self, X, y=None, sample_weight=None):
        return super().fit(X[: len(X) // 2] if isinstance(X, Interactions) else X, y, sample_weight)


class SmallFolds(Popularity):
    def fit(self, X, y=None, sample_weight=None):
        if len(X) < 38:
            raise ValueError("Too few events.")
        return super().fit(X, y, sample_weight)


class NaNForUnknown(Popularity):
    def score(self, X, y=None):
        return float("nan")


class CannotBeCloned(Popularity):
    def __init__(self, sizes=(1,)):
        self.sizes = list(sizes)


@pytest.mark.parametrize(
    ("estimator", "name", "message"),
    [
        (OfFramesOnly(), "check_it_ends_a_pipeline", "The scores of a pipeline that ends in the model"),
        (SmallFolds(), "check_a_grid_search_finds_a_model", "it raised ValueError where nothing should be raised"),
        (NaNForUnknown(), "check_cross_validation_splits_its_events", "The scores of cross_validate must be finite"),
        (
            CannotBeCloned(),
            "check_a_grid_search_finds_a_model",
            "it raised RuntimeError where nothing should be raised",
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_models_that_do_not_fit_in_are_caught_with_a_sentence(fails, estimator, name, message):
    fails(estimator, name, message)


def test_every_check_is_shown_something_broken():
    source = Path(__file__).read_text(encoding="utf-8")
    assert [check.__name__ for check in PIPELINE_CHECKS if check.__name__ not in source] == []
