import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import BaseEstimator

from skrec import Interactions
from skrec.exceptions import InvalidDataError
from skrec.queries import drop_weightless, labels_for_callbacks, read_interactions, unchanged_on_error

FRAME = pd.DataFrame({"user_id": [1, 2], "item_id": [3, 4], "device": ["tv", "web"]})


class Estimator(BaseEstimator):
    pass


@pytest.mark.parametrize(
    ("X", "n_features", "names"),
    [
        (FRAME, 3, ["user_id", "item_id", "device"]),
        (FRAME[["device", "item_id", "user_id"]], 3, ["user_id", "item_id", "device"]),
        (Interactions(FRAME), 3, ["user_id", "item_id", "device"]),
        (pl.from_pandas(FRAME), 3, ["user_id", "item_id", "device"]),
        (FRAME.set_axis(["x0", "x1", "x2"], axis=1).assign(x2=1), 3, ["x0", "x1", "x2"]),
        (np.array([[1, 3], [2, 4]]), 2, []),
        ([(1, 3, 5.0), (2, 4, 5.0)], 3, []),
    ],
    ids=["frame", "order", "Interactions", "polars", "position", "array", "tuples"],
)
def test_fit_remembers_the_columns(X, n_features, names):
    estimator = Estimator()
    interactions = read_interactions(estimator, X, reset=True)
    assert interactions.events["user_id"].to_list() == [1, 2]
    assert estimator.n_features_in_ == n_features
    assert list(getattr(estimator, "feature_names_in_", [])) == names


def test_an_int_beside_a_float_stays_an_int():
    big = 2**53 + 1
    interactions = read_interactions(Estimator(), [(big, 3, 0.5)], reset=True)
    assert interactions.events["user_id"].to_list() == [big]


def test_later_columns_are_compared_with_those_of_fit():
    estimator = Estimator()
    read_interactions(estimator, FRAME.assign(rating=1, timestamp=2), reset=True)
    assert len(read_interactions(estimator, FRAME, reset=False)) == 2
    assert len(read_interactions(estimator, FRAME.assign(weight=1), reset=False)) == 2
    with pytest.raises(
        InvalidDataError, match=r"missing \['device'\], unexpected \['colour'\]. Pass the columns of fit: \["
    ):
        read_interactions(estimator, FRAME.drop(columns="device").assign(colour=1), reset=False)


def test_pairs_are_enough_where_fit_knew_names():
    estimator = Estimator()
    read_interactions(estimator, FRAME.drop(columns="device").assign(rating=1), reset=True)
    for pairs in (np.array([[1, 3]]), [(1, 3)]):
        assert read_interactions(estimator, pairs, reset=False).shape == (1, 2)


def test_sparse_matrices_are_refused_by_name():
    from scipy import sparse

    with pytest.raises(
        InvalidDataError, match=r"X is a sparse matrix of shape \(3, 3\).*pass Interactions.from_matrix\("
    ):
        read_interactions(Estimator(), sparse.csr_array(np.eye(3)), reset=True)


def test_events_without_weight_are_left_out_with_their_labels():
    X = Interactions(FRAME.assign(weight=[0.0, 2.0]))
    kept, ratings, weights = drop_weightless(X, np.array([5.0, 6.0]), np.array([1.0, 3.0]))
    assert kept.events["user_id"].to_list() == [2]
    assert (ratings.tolist(), weights.tolist()) == ([6.0], [3.0])


def test_nothing_is_copied_where_all_have_weight():
    X = Interactions(FRAME)
    assert drop_weightless(X, None, None) == (X, None, None)


def test_an_error_takes_new_attributes_back():
    estimator = Estimator()
    estimator.kept_ = [1]

    def fail():
        with unchanged_on_error(estimator):
            estimator.new_ = 1
            estimator.kept_ = [2]
            raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        fail()
    assert vars(estimator) == {"kept_": [1]}
    with unchanged_on_error(estimator):
        estimator.new_ = 1
    assert estimator.new_ == 1


@pytest.mark.parametrize(
    ("y", "columns", "expected"),
    [([0, 1], {"rating": [5, 5]}, [0, 1]), (None, {"rating": [0, 1]}, [0, 1]), (None, {}, [1, 1])],
    ids=["y", "rating", "neither"],
)
def test_callbacks_that_score_are_handed_the_labels_that_fit_learns_from(y, columns, expected):
    frame = FRAME.assign(**columns)
    assert list(labels_for_callbacks(frame, y, Interactions(frame))) == expected
