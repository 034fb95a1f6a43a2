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
    TwoTower(4, (4,), **QUICK),
    SASRec(4, 4, 1, **QUICK),
]
"""Those without a network, and one each of the networks that read ids, features and sequences: they pass every check."""
FURTHER_MODELS = [
    NeuMF(4, (4,), **QUICK),
    MatrixFactorization(4, **QUICK),
    MatrixFactorization(4, loss="mse", **QUICK),
    KerasModel(dot_network, **QUICK),
    DCNv2(4, (4,), **QUICK),
]
SLOW_MODELS = [
    WideDeep(4, (4,), **QUICK),
    DeepFM(4, (4,), **QUICK),
    *(kind(4, 4, **QUICK) for kind in (GRU4Rec, Caser, BERT4Rec, HSTU)),
]
"""Further networks that read features and sequences; each passes the same checks with ``-m slow``."""
OF_SCORES = {
    "check_a_history_is_not_kept",
    "check_a_new_user_with_a_history_is_served",
    "check_asking_changes_nothing",
    "check_cold_users_get_the_popular_items",
    "check_copies_recommend_the_same",
    "check_lists_hold_all_that_is_eligible_once",
    "check_neural_models_tell_how_they_were_trained",
    "check_one_user_gets_alone_what_a_batch_gets",
    "check_partial_fit_admits_new_users_and_items",
    "check_predict_gives_cold_users_the_scores_of_recommend",
    "check_predict_gives_one_finite_float32_an_event",
    "check_predict_gives_the_scores_of_recommend",
    "check_predict_never_raises_for_unknown_ids",
    "check_predict_of_one_row_is_that_of_many",
    "check_similar_items_are_others",
    "check_the_same_random_state_gives_the_same_numbers",
    "check_users_with_equal_histories_get_the_same",
}
"""What depends on how a model scores, grows and knows new users. All else is of the base, which is checked of the models above."""


def expected_failed_checks(estimator):
    if getattr(estimator, "loss", None) != "mse":
        return {}
    reason = "predicts ratings, of cold users too, and lists the popular items for these"
    return {"check_predict_gives_cold_users_the_scores_of_recommend": reason}


def of_scores(estimators):
    """Give the decorator that makes a test of each estimator and each check of its scores; all others are slow."""
    (mark,) = [parametrize_with_recommender_checks(estimators, expected_failed_checks=expected_failed_checks).mark]
    names, parameters = mark.args
    slow = [parameter.values[1].__name__ not in OF_SCORES for parameter in parameters]
    return pytest.mark.parametrize(
        names,
        [
            pytest.param(*parameter.values, id=parameter.id, marks=[*parameter.marks, *[pytest.mark.slow] * is_slow])
            for parameter, is_slow in zip(parameters, slow, strict=True)
        ],
    )


@parametrize_with_recommender_checks(MODELS)
def test_built_in_models(estimator, check):
    check(estimator)


@of_scores(FURTHER_MODELS)
def test_further_built_in_models(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_recommender_checks(SLOW_MODELS)
def test_built_in_models_that_take_longer_pass_every_check(estimator, check):
    check(estimator)


def test_checks_of_scores_are_checks():
    assert {check.__name__ for check in CHECKS} >= OF_SCORES


def test_every_built_in_model_is_tested_here():
    classes = {
        value
        for value in map(vars(skrec.models).get, skrec.models.__all__)
        if inspect.isclass(value) and issubclass(value, BaseEstimator) and not inspect.isabstract(value)
    }
    assert {type(model) for model in [*MODELS, *FURTHER_MODELS, *SLOW_MODELS]} == classes


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
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rx",
        "-p",
        "no:cacheprovider",
        "-k",
        "check_nothing_else_is_touched",
    ]
    done = subprocess.run([*command, "test_mine.py"], capture_output=True, text=True, check=False, cwd=tmp_path)
    printed = done.stdout
    assert f"1 passed, {2 * len(CHECKS) - 2} deselected, 1 xfailed" in printed, printed
    assert "test_all[Loud()-check_nothing_else_is_touched] - it is loud" in printed


def test_names_of_tests_hold_no_addresses():
    (mark,) = [parametrize_with_recommender_checks([KerasModel(dot_network)]).mark]
    ids = [parameter.id for parameter in mark.args[1]]
    assert ids[0] == "KerasModel(build=<functiondot_network>)-check_constructor_only_stores_parameters"
