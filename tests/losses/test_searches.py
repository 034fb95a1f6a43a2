"""Searches over losses, and over their parameters."""

import pytest
from sklearn.model_selection import GridSearchCV

from skrec.backends import find_backend, start
from skrec.losses import BPR, KerasLoss, Softmax
from skrec.model_selection import UserKFold
from skrec.models import GMF
from skrec.testing import checkerboard


@pytest.fixture(scope="module")
def losses():
    return start(find_backend()).losses


def searched(grid, **options):
    model = GMF(2, epochs=1, random_state=0, **options)
    return GridSearchCV(model, grid, cv=UserKFold(2), error_score="raise").fit(checkerboard(8))


def test_losses_are_candidates_by_name_and_as_objects(losses):
    focal = KerasLoss(losses.BinaryFocalCrossentropy(from_logits=True, gamma=3.0))
    search = searched({"loss": ["bce", BPR(), focal]})
    assert [str(value)[:3] for value in search.cv_results_["param_loss"]] == ["bce", "BPR", "Ker"]


def test_parameters_of_a_loss_are_grid_keys():
    search = searched({"loss__temperature": [0.5, 2.0]}, loss=Softmax())
    assert search.best_estimator_.loss.temperature == search.best_params_["loss__temperature"]
