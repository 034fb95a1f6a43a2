"""scikit-learn's own checks, for every model of ``skrec.models.__all__`` that isn't abstract."""

import inspect
from unittest import SkipTest

import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import estimator_checks_generator

import skrec.models
from skrec.exceptions import InvalidParameterError

IN_FULL = ("EASE", "GMF", "ItemKNN", "Popularity")
"""Models that pass every check among the fast tests: those without a network, and one that has the base of all others and nothing more."""

CHECKS_OF_CONSTRUCTORS = {
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimators_unfitted",
    "check_get_params_invariance",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
}
CHECKS_OF_NETWORKS = {
    "check_dict_unchanged": "to serve with a network leaves no state behind in it",
    "check_dont_overwrite_parameters": "what a model hands to its network is no public attribute",
    "check_estimators_overwrite_params": "nor does it change a parameter, such as a list of widths",
    "check_estimators_pickle": "the weights of every layer go into a pickle, and come back",
    "check_fit2d_1sample": "a single event is learned, or refused with a sentence: it is a whole history",
    "check_fit_idempotent": "weights, dropout and negatives are drawn anew from the seed in each fit",
    "check_methods_sample_order_invariance": "a network's output follows its rows, where batches are sorted or padded too",
    "check_methods_subset_invariance": "and depends on no other row of the batch",
}
"""What depends on a model's network, and why; all other checks see what the base does, as GMF has it."""

REPEATS = ("BERT4Rec", "Caser", "GRU4Rec", "HSTU")
"""Models that differ from SASRec in nothing but their network, and take as long: they are checked among the slow tests."""

SKIPPED = {"check_array_api_input"}
"""One check is skipped unless an environment variable is set before SciPy is imported."""

_MINI_BATCHES = "weighted and repeated rows fall into other mini-batches, and draw other negatives"


class DotNetwork:
    """A network for KerasModel, which has none of its own: the inner product of two embeddings."""

    def __call__(self, spec):
        import keras

        inputs = spec.inputs()
        user = keras.layers.Embedding(spec.n_users + 1, 4)(inputs["user_id"])
        item = keras.layers.Embedding(spec.n_items + 1, 4)(inputs["item_id"])
        return keras.Model(inputs, keras.layers.Dot(axes=-1)([user, item]))


SIZES = {
    "embedding_dim": 4,
    "epochs": 1,
    "hidden": (4,),
    "max_length": 4,
    "n_blocks": 1,
    "order": 2,
    "build": DotNetwork(),
}
"""Constructor arguments of whoever takes them: what is checked depends on no size, and small networks are made fast."""


def concrete_models():
    """Every class in ``skrec.models.__all__`` that is an estimator and not abstract."""
    classes = [getattr(skrec.models, name) for name in skrec.models.__all__]
    return [
        value
        for value in classes
        if inspect.isclass(value) and issubclass(value, BaseEstimator) and not inspect.isabstract(value)
    ]


def make(model):
    return model(**{name: value for name, value in SIZES.items() if name in inspect.signature(model).parameters})


def expected_failures(model):
    """Checks that a model is known to fail, and why."""
    drawn = issubclass(model, skrec.models.KerasRecommender)
    return {"check_sample_weight_equivalence_on_dense_data": _MINI_BATCHES} if drawn else {}


def outcomes(model, wanted=None):
    """Run scikit-learn's checks, or those that are wanted by name; gives the error of each, None where it passes."""
    found = {}
    for estimator, check in estimator_checks_generator(make(model)):
        name = check.func.__name__
        if wanted is None or name in wanted:
            try:
                check(estimator)
            except (Exception, SkipTest) as error:
                found[name] = error
            else:
                found.setdefault(name, None)
    return found


def expect_to_pass(model, wanted=None):
    """Raise the errors of all checks that fail and aren't expected to; gives how many were run."""
    found = outcomes(model, wanted)
    skipped = {name for name, error in found.items() if isinstance(error, SkipTest)}
    assert skipped <= SKIPPED
    failed = {name for name, error in found.items() if error is not None} - skipped
    errors = [found[name] for name in sorted(failed - set(expected_failures(model)))]
    if errors:
        raise ExceptionGroup(f"{model.__name__} fails {sorted(failed - set(expected_failures(model)))}", errors)
    passes = set(expected_failures(model)) & set(found) - failed
    assert not passes, f"{model.__name__} passes {passes}: expect it no longer to fail"
    return len(found)


def named(models):
    return pytest.mark.parametrize("model", models, ids=lambda model: model.__name__)


FURTHER = [model for model in concrete_models() if model.__name__ not in IN_FULL]


@named([model for model in concrete_models() if model.__name__ in IN_FULL])
def test_every_check_of_scikit_learn_is_passed(model):
    assert expect_to_pass(model) > 40


@named([model for model in FURTHER if model.__name__ not in REPEATS])
def test_the_checks_that_depend_on_constructors_and_networks_are_passed(model):
    wanted = CHECKS_OF_CONSTRUCTORS | set(CHECKS_OF_NETWORKS)
    assert expect_to_pass(model, wanted) == len(wanted)


@pytest.mark.slow
@named(FURTHER)
def test_every_check_is_passed_by_further_models(model):
    assert expect_to_pass(model) > 40


def test_models_that_are_not_checked_in_full_share_all_but_the_network_with_one_that_is():
    assert all(issubclass(model, skrec.models.KerasRecommender) for model in [*FURTHER, skrec.models.GMF])
    assert len({getattr(skrec.models, name).__mro__[1] for name in ("SASRec", *REPEATS)}) == 1


@named(concrete_models())
def test_every_model_has_a_random_state_which_is_checked(model):
    assert make(model).get_params()["random_state"] is None
    with pytest.raises(InvalidParameterError, match="random_state"):
        make(model).set_params(random_state="nonsense").fit(pd.DataFrame({"user_id": [1, 2], "item_id": [1, 2]}))


class ChangesAParameter(skrec.models.Popularity):
    def fit(self, X, y=None, sample_weight=None):
        self.random_state = 7
        return super().fit(X, y)


def test_a_failure_is_told_with_the_name_of_the_check():
    with pytest.raises(ExceptionGroup, match="ChangesAParameter fails .*check_estimators_overwrite_params") as caught:
        expect_to_pass(ChangesAParameter)
    assert all(str(error) for error in caught.value.exceptions)
