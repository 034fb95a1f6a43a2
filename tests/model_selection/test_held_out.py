import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from skrec.exceptions import InvalidDataError
from skrec.model_selection._held_out import held_out
from skrec.models import Popularity
from skrec.preprocessing import Binarize

TRAIN = [("ann", "x", 5.0), ("bob", "y", 5.0), ("cat", "x", 4.0)]
TEST = [("ann", "y", 5.0), ("bob", "x", 1.0), ("eve", "x", 4.0), ("eve", "q", 5.0)]


def test_users_measured_are_those_with_relevant_items():
    def users(estimator, y=None):
        return held_out(estimator, TEST, y).measure(["hit@1"], {}).users.tolist()

    assert users(Popularity().fit(TRAIN)) == ["ann", "bob", "eve"]
    assert users(make_pipeline(Binarize(), Popularity()).fit(TRAIN)) == ["ann", "eve"]
    assert users(Popularity().fit(TRAIN), [0, 1, 0, 0]) == ["bob"]
    assert users(Popularity().fit(TRAIN), np.zeros(4)) == []


@pytest.mark.parametrize("y", [[1, 0], np.ones((4, 1)), 3])
def test_labels_of_another_shape_are_refused(y):
    with pytest.raises(InvalidDataError, match=r"y has shape .*, and there are 4 held-out events"):
        held_out(Popularity().fit(TRAIN), TEST, y)
