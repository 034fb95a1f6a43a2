from sklearn import base
from sklearn.utils import metaestimators

from skrec import _sklearn
from skrec.losses import Loss
from skrec.models import BaseRecommender
from skrec.optimizers import Optimizer


def test_bases_are_those_of_scikit_learn_when_code_runs():
    assert _sklearn.BaseEstimator is base.BaseEstimator
    assert _sklearn.TransformerMixin is base.TransformerMixin
    assert _sklearn.available_if is metaestimators.available_if


def test_estimators_losses_and_optimizers_stand_on_them():
    for kind in (BaseRecommender, Loss, Optimizer):
        assert issubclass(kind, base.BaseEstimator)
