"""scikit-learn's own checks, for every model of ``skrec.models.__all__`` that isn't abstract."""

import inspect

import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

import skrec.models
from skrec.exceptions import InvalidParameterError

WITHOUT_NETWORK = ("EASE", "ItemKNN", "Popularity")

_MINI_BATCHES = "weighted and repeated rows fall into other mini-batches, and draw other negatives"
EXPECTED_FAILED_CHECKS = {
    name: {"check_sample_weight_equivalence_on_dense_data": _MINI_BATCHES}
    for name in (
        "BERT4Rec",
        "Caser",
        "DCNv2",
        "DeepFM",
        "GMF",
        "GRU4Rec",
        "HSTU",
        "KerasModel",
        "MatrixFactorization",
        "NeuMF",
        "SASRec",
        "TwoTower",
        "WideDeep",
    )
}
"""By class: check and reason. A check listed here that passes fails the test."""


class DotNetwork:
    """A network for KerasModel, which has none of its own: the inner product of two embeddings."""

    def __call__(self, spec):
        import keras

        inputs = spec.inputs()
        user = keras.layers.Embedding(spec.n_users + 1, 4)(inputs["user_id"])
        item = keras.layers.Embedding(spec.n_items + 1, 4)(inputs["item_id"])
        return keras.Model(inputs, keras.layers.Dot(axes=-1)([user, item]))

    def __repr__(self):
        return "DotNetwork()"  # part of the names of tests, which must be the same in every process


_SMALL = {"embedding_dim": 8, "epochs": 2}
_SHORT = {**_SMALL, "max_length": 4}
ARGUMENTS = {
    "KerasModel": {"build": DotNetwork()},
    # What is checked depends on no size, and these take long to compile.
    **{name: {**_SHORT, "n_blocks": 1} for name in ("BERT4Rec", "HSTU", "SASRec")},
    "Caser": {**_SHORT, "order": 2},
    "GRU4Rec": _SHORT,
    **{name: _SMALL for name in ("DCNv2", "DeepFM", "TwoTower", "WideDeep")},
}
"""Constructor arguments of models that can't do without, or would take long."""

REPEATS = ("BERT4Rec", "Caser", "DeepFM", "GRU4Rec", "HSTU", "WideDeep")
"""Models that differ from one of the others in nothing but their network, and so are checked among the slow tests."""


def concrete_models():
    """Every class in ``skrec.models.__all__`` that is an estimator and not abstract."""
    classes = [getattr(skrec.models, name) for name in skrec.models.__all__]
    return [
        value
        for value in classes
        if inspect.isclass(value) and issubclass(value, BaseEstimator) and not inspect.isabstract(value)
    ]


def make(model):
    return model(**ARGUMENTS.get(model.__name__, {}))


def expected_failed_checks(estimator):
    return EXPECTED_FAILED_CHECKS.get(type(estimator).__name__, {})


def each_check(names):
    """Give the decorator that makes tests of scikit-learn's checks and the models of these names."""
    models = [make(model) for model in concrete_models() if model.__name__ in names]
    return parametrize_with_checks(models, expected_failed_checks=expected_failed_checks, xfail_strict=True)


@each_check({model.__name__ for model in concrete_models()} - {*REPEATS})
def test_checks_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.slow
@each_check(REPEATS)
def test_checks_of_scikit_learn_on_further_models(estimator, check):
    check(estimator)


def test_models_checked_among_the_slow_tests_share_all_but_the_network_with_one_that_is_checked_always():
    checked = [model for model in concrete_models() if model.__name__ not in REPEATS]
    for name in REPEATS:
        shared = getattr(skrec.models, name).__mro__[1]
        assert shared is not skrec.models.KerasRecommender
        assert any(shared in model.__mro__ for model in checked), name


@pytest.mark.parametrize("model", concrete_models(), ids=lambda model: model.__name__)
def test_every_model_has_a_random_state_which_is_checked(model):
    assert make(model).get_params()["random_state"] is None
    with pytest.raises(InvalidParameterError, match="random_state"):
        make(model).set_params(random_state="nonsense").fit(pd.DataFrame({"user_id": [1, 2], "item_id": [1, 2]}))


@pytest.mark.parametrize("name", WITHOUT_NETWORK)
def test_the_models_without_a_network_pass_every_check(name):
    model = getattr(skrec.models, name)
    assert model in concrete_models()
    assert name not in EXPECTED_FAILED_CHECKS
    results = check_estimator(make(model), on_fail=None, on_skip=None)
    assert len(results) > 40
    # One check is skipped unless an environment variable is set before SciPy is imported.
    assert {result["check_name"] for result in results if result["status"] != "passed"} <= {"check_array_api_input"}


def test_expected_failures_name_models_and_at_most_two_checks_each():
    assert set(EXPECTED_FAILED_CHECKS) <= {model.__name__ for model in concrete_models()}
    assert all(len(checks) <= 2 and all(checks.values()) for checks in EXPECTED_FAILED_CHECKS.values())
