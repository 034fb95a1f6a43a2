"""Models that are bad estimators, and the checks that notice."""

import sys
from pathlib import Path

import numpy as np
import pytest

from skrec import EASE, Popularity
from skrec.testing._recommender_estimator import ESTIMATOR_CHECKS


class Computes(Popularity):
    def __init__(self):
        self.cache_ = {}


class TakesAnything(Popularity):
    def __init__(self, **options):
        pass


class Needs(Popularity):
    def __init__(self, size):
        self.size = size


class Copies(Popularity):
    def __init__(self, sizes=(1,)):
        self.sizes = sizes

    def set_params(self, **parameters):
        self.sizes = list(parameters.pop("sizes", self.sizes))
        return self


class AnswersBeforeFit(Popularity):
    def predict(self, X):
        return super().predict(X) if hasattr(self, "items_") else np.zeros(len(X), dtype=np.float32)


class ReturnsNothing(Popularity):
    def fit(self, X, y=None, sample_weight=None):
        super().fit(X, y, sample_weight)


class Adapts(Popularity):
    def __init__(self, size=3):
        self.size = size

    def _fit(self, events):
        self.size = len(events)


class SortsItems(Popularity):
    def _fit(self, events):
        self.items_ = np.sort(self.items_)


class Overwrites(Popularity):
    def fit(self, X, y=None, sample_weight=None):
        if hasattr(X, "columns") and "rating" in X:
            X["rating"] = 1.0
        return super().fit(X, y, sample_weight)


class Seeds(Popularity):
    def _fit(self, events):
        np.random.seed(0)  # noqa: NPY002


class Talks(Popularity):
    def _fit(self, events):
        sys.stdout.write("fitting")


class Random(Popularity):
    def __init__(self):
        super().__init__()

    def _fit(self, events):
        self.item_counts_ = self.item_counts_ + np.random.default_rng().random(len(self.item_counts_))


class Accumulates(Popularity):
    def _fit(self, events):
        before = getattr(self, "before_", 0.0)
        self.before_ = before + self.item_counts_.sum()
        self.item_counts_ = self.item_counts_ + before


class ForgetsWhenPickled(Popularity):
    def __getstate__(self):
        return {**super().__getstate__(), "item_counts_": np.zeros(len(getattr(self, "items_", [])))}


class HalfDone(Popularity):
    def fit(self, X, y=None, sample_weight=None):
        self.histories_ = ()
        return super().fit(X, y, sample_weight)


class Swallows(Popularity):
    def fit(self, X, y=None, sample_weight=None):
        return super().fit(X, None if y is None or len(y) != len(X) else y, sample_weight)


class Unchecked(EASE):
    def _check_parameters(self):
        """Check nothing."""

    def _fit(self, events):
        try:
            super()._fit(events)
        except TypeError:
            self.item_weights_ = np.eye(len(self.items_), dtype=np.float32)


class SaysLittle(EASE):
    def _check_parameters(self):
        """Check nothing."""


@pytest.mark.parametrize(
    ("estimator", "name", "message"),
    [
        (Computes(), "check_constructor_only_stores_parameters", "The attributes of a new estimator"),
        (
            TakesAnything(),
            "check_parameters_are_named_and_have_defaults",
            r"no \*args and \*\*kwargs. It takes \*\*options",
        ),
        (Needs(1), "check_parameters_are_named_and_have_defaults", "The parameter 'size' must have a default"),
        (Copies(), "check_get_params_and_set_params_round_trip", r"must change nothing. It changed \['sizes'\]"),
        (
            AnswersBeforeFit(),
            "check_unfitted_says_so",
            "predict before fit must raise NotFittedError. Nothing was raised",
        ),
        (
            ReturnsNothing(),
            "check_fit_returns_itself_and_keeps_its_parameters",
            "fit must return the estimator itself. Got None",
        ),
        (
            Adapts(),
            "check_fit_returns_itself_and_keeps_its_parameters",
            r"must not change the parameters. It changed \['size'\]",
        ),
        (SortsItems(), "check_fit_remembers_ids_and_columns", "items_, the ids of fit in first-seen order"),
        (Overwrites(), "check_arguments_are_left_alone", "X must be left as it is. It was changed"),
        (Seeds(), "check_nothing_else_is_touched", "must leave NumPy's global random state alone"),
        (Talks(), "check_nothing_else_is_touched", "must print nothing. It printed 'fitting"),
        (
            Random(),
            "check_the_same_random_state_gives_the_same_numbers",
            "by a model without a parameter 'random_state'",
        ),
        (Accumulates(), "check_fit_again_forgets_the_first_time", "The scores after a second fit"),
        (ForgetsWhenPickled(), "check_copies_recommend_the_same", "The scores after pickling"),
        (
            HalfDone(),
            "check_events_that_cannot_be_used_are_refused",
            "recommend after fit has failed for None|AttributeError",
        ),
        (
            Swallows(),
            "check_labels_that_cannot_be_used_are_refused",
            "fit with 2 labels must raise .* Nothing was raised",
        ),
        (
            Unchecked(),
            "check_wrong_parameters_are_refused",
            "fit with dtype=nonsense must raise SkrecError. Nothing",
        ),
        (SaysLittle(), "check_wrong_parameters_are_refused", "must raise SkrecError. Got TypeError instead"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_bad_estimators_are_caught_with_a_sentence(fails, estimator, name, message):
    fails(estimator, name, message)


class Fresh(Popularity):
    """Has a clone that keeps what was learned."""

    def __sklearn_clone__(self):
        copy = type(self)()
        copy.__dict__.update(self.__dict__)
        return copy


def test_a_clone_that_is_fitted_is_caught(fails):
    fails(Fresh(), "check_clone_is_unfitted", "The attributes of a clone, its parameters and no others")


def test_a_neural_model_without_a_history_is_caught(fails):
    from skrec import GMF

    class Forgetful(GMF):
        def _study(self, lesson):
            super()._study(lesson)
            self.history_["loss"] = self.history_["loss"][:1]

    fails(
        Forgetful(2, epochs=2, random_state=0),
        "check_neural_models_tell_how_they_were_trained",
        r"The number of values in history_\['loss'\], one an epoch, must be 2. Got 1",
    )


def test_every_check_is_shown_something_broken():
    source = Path(__file__).read_text(encoding="utf-8")
    assert [check.__name__ for check in ESTIMATOR_CHECKS if check.__name__ not in source] == []
