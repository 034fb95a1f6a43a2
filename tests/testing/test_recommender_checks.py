import inspect
import subprocess
import sys

import pytest
from sklearn.base import BaseEstimator

import skrec.models
from skrec import EASE, GMF, ItemKNN, KerasModel, MatrixFactorization, NeuMF, Popularity
from skrec.exceptions import InvalidParameterError, UnknownNameError
from skrec.models import HSTU, BERT4Rec, Caser, DCNv2, DeepFM, GRU4Rec, SASRec, TwoTower, WideDeep
from skrec.testing import check_recommender, parametrize_with_recommender_checks
from skrec.testing.recommender_checks import CHECKS

QUICK = {"epochs": 2, "random_state": 0}


def dot_network(spec):
    import keras

    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users + 1, 4)(inputs["user_id"])
    item = keras.layers.Embedding(spec.n_items + 1, 4)(inputs["item_id"])
    return keras.Model(inputs, keras.layers.Dot(axes=-1)([user, item]))


MODELS = [
    Popularity(),
    ItemKNN(3, shrinkage=1.0),
    EASE(regularization=1.0),
    GMF(4, **QUICK),
    NeuMF(4, (4,), **QUICK),
    MatrixFactorization(4, **QUICK),
    MatrixFactorization(4, loss="mse", **QUICK),
    KerasModel(dot_network, **QUICK),
    TwoTower(4, (4,), **QUICK),
]
SLOW_MODELS = [
    WideDeep(4, (4,), **QUICK),
    DeepFM(4, (4,), **QUICK),
    DCNv2(4, (4,), **QUICK),
    *(kind(8, 8, **QUICK) for kind in (GRU4Rec, Caser, SASRec, BERT4Rec, HSTU)),
]
"""Their programs take minutes to compile; each passes the same checks with ``-m slow``."""


def expected_failed_checks(estimator):
    if getattr(estimator, "loss", None) != "mse":
        return {}
    reason = "predicts ratings, of cold users too, and lists the popular items for these"
    return {"check_predict_gives_cold_users_the_scores_of_recommend": reason}


@parametrize_with_recommender_checks(MODELS, expected_failed_checks=expected_failed_checks, xfail_strict=True)
def test_built_in_models(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_recommender_checks(SLOW_MODELS)
def test_built_in_models_that_take_longer_pass_every_check(estimator, check):
    check(estimator)


def test_every_built_in_model_is_tested_here():
    classes = {
        value
        for value in map(vars(skrec.models).get, skrec.models.__all__)
        if inspect.isclass(value) and issubclass(value, BaseEstimator) and not inspect.isabstract(value)
    }
    assert {type(model) for model in [*MODELS, *SLOW_MODELS]} == classes


@pytest.mark.parametrize("form", ["popularity", Popularity, Popularity()], ids=["name", "class", "instance"])
def test_a_model_is_named_in_three_ways(form):
    pairs = check_recommender(form, generate_only=True)
    assert {type(estimator) for estimator, _ in pairs} == {Popularity}


def test_a_whole_suite_is_run_in_one_call():
    assert check_recommender("popularity") is None


def test_every_check_says_what_it_checks():
    names = [check.__name__ for check in CHECKS]
    assert len(names) == len(set(names)) > 50
    assert all(name.startswith("check_") and check.__doc__ for name, check in zip(names, CHECKS, strict=True))


def test_checks_are_given_without_being_run():
    pairs = check_recommender(Popularity(), generate_only=True)
    assert [check.__name__ for _, check in pairs] == [check.__name__ for check in CHECKS]
    estimator, check = pairs[0]
    assert repr(check) == CHECKS[0].__name__
    check(estimator)
    check(EASE())  # another estimator, on a bench of its own


class Silent(Popularity):
    def recommend(self, *arguments, **options):
        raise RuntimeError("out of order")


def test_a_failure_names_the_model_the_check_and_the_reason():
    with pytest.raises(AssertionError, match=r"^Silent\(\) fails check_\w+: .*RuntimeError.*out of order"):
        check_recommender(Silent())


@pytest.mark.parametrize(
    ("estimator", "error", "message"),
    [
        (5, AssertionError, "A recommender must be a scikit-learn estimator with a method 'recommend'.*Got 5"),
        ("popularty", UnknownNameError, "Did you mean 'popularity'"),
    ],
)
def test_what_is_no_recommender_is_told(estimator, error, message):
    with pytest.raises(error, match=message):
        check_recommender(estimator)


class Loud(Popularity):
    def _fit(self, events):
        sys.stdout.write("fitting")


def test_checks_that_are_expected_to_fail_are_left_out():
    with pytest.raises(AssertionError, match="check_nothing_else_is_touched"):
        check_recommender(Loud())
    check_recommender(Loud(), expected_failed_checks={"check_nothing_else_is_touched": "it is loud"})


def test_an_expected_failure_of_no_check_is_refused():
    message = "names checks that there aren't: check_nothing. Known are: check_"
    with pytest.raises(InvalidParameterError, match=message):
        check_recommender(Popularity(), expected_failed_checks={"check_nothing": "a typing error"})
    with pytest.raises(InvalidParameterError, match=message):
        parametrize_with_recommender_checks([Popularity()], expected_failed_checks=lambda _: {"check_nothing": "typo"})


TESTS = """
import sys

from skrec import Popularity
from skrec.testing import parametrize_with_recommender_checks

class Loud(Popularity):
    def _fit(self, events):
        sys.stdout.write("fitting")

def expected(estimator):
    return {"check_nothing_else_is_touched": "it is loud"} if isinstance(estimator, Loud) else {}

@parametrize_with_recommender_checks(["popularity", Loud()], expected_failed_checks=expected, xfail_strict=True)
def test_all(estimator, check):
    check(estimator)
"""


def test_each_check_is_a_test_of_pytest_with_a_name(tmp_path):
    (tmp_path / "test_mine.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-rx", "-p", "no:cacheprovider", "test_mine.py"]
    printed = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path).stdout
    assert f"{2 * len(CHECKS) - 1} passed, 1 xfailed" in printed, printed
    assert "test_all[Loud()-check_nothing_else_is_touched] - it is loud" in printed


def test_names_of_tests_hold_no_addresses():
    (mark,) = [parametrize_with_recommender_checks([KerasModel(dot_network)]).mark]
    ids = [parameter.id for parameter in mark.args[1]]
    assert ids[0] == "KerasModel(build=<functiondot_network>)-check_constructor_only_stores_parameters"
