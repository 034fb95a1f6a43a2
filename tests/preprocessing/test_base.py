"""What all transformers of interactions have in common."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

from skrec import Interactions
from skrec.exceptions import InvalidDataError, NotFittedError
from skrec.preprocessing import Binarize, Deduplicate, KCore, RecencyWeight

FRAME = pd.DataFrame(
    {
        "user_id": ["ann", "ann", "bob", "bob", "ann", "eve"],
        "item_id": ["x", "y", "x", "y", "x", "z"],
        "rating": [5.0, 2.0, 4.0, 1.0, 3.0, 4.5],
        "timestamp": [10, 20, 30, 40, 50, 60],
        "place": list("abcdef"),
    }
)
ITEMS = pd.DataFrame({"item_id": ["x", "y", "z"], "title": ["X", "Y", "Z"]})
ALL = [KCore(users=2, items=2), Deduplicate(), Binarize(), RecencyWeight(10.0)]
DROPPING = ALL[:2]

every = pytest.mark.parametrize("transformer", ALL, ids=lambda t: type(t).__name__)
dropping = pytest.mark.parametrize("transformer", DROPPING, ids=lambda t: type(t).__name__)


@every
def test_output_is_interactions_and_tables_ride_along(transformer):
    X = Interactions(FRAME, items=ITEMS)
    for result in (clone(transformer).fit_transform(X), clone(transformer).fit(X).transform(X)):
        assert isinstance(result, Interactions)
        pd.testing.assert_frame_equal(result.items, ITEMS)
        assert "place" in result.events


@every
@pytest.mark.parametrize(
    "make", [pl.from_pandas, pa.Table.from_pandas, lambda frame: frame], ids=["polars", "arrow", "pandas"]
)
def test_frames_of_any_library_give_the_same(transformer, make):
    expected = clone(transformer).fit_transform(Interactions(FRAME))
    fitted = clone(transformer)
    pd.testing.assert_frame_equal(fitted.fit_transform(make(FRAME)).events, expected.events, check_dtype=False)
    assert fitted.n_features_in_ == 5
    assert list(fitted.feature_names_in_) == list(FRAME.columns)


@every
def test_fit_then_transform_keeps_every_event_in_place(transformer):
    result = clone(transformer).fit(FRAME).transform(FRAME)
    assert list(result.events["place"]) == list(FRAME["place"])


@every
def test_clone_and_pickle_keep_parameters_and_results(transformer):
    fitted = clone(transformer).fit(FRAME)
    again = pickle.loads(pickle.dumps(fitted))
    assert clone(fitted).get_params() == transformer.get_params()
    pd.testing.assert_frame_equal(again.transform(FRAME).events, fitted.transform(FRAME).events)
    with pytest.raises(NotFittedError):
        clone(fitted).transform(FRAME)


@every
def test_unfitted_transform_is_refused(transformer):
    with pytest.raises(
        NotFittedError, match=rf"This {type(transformer).__name__} instance is not fitted yet\. Call fit"
    ):
        clone(transformer).transform(FRAME)


@every
def test_the_input_is_not_changed(transformer):
    before = FRAME.copy(deep=True)
    clone(transformer).fit_transform(FRAME)
    pd.testing.assert_frame_equal(FRAME, before)


@every
def test_set_output_is_taken_and_the_tables_survive(transformer):
    fitted = clone(transformer).set_output(transform="pandas").fit(FRAME)
    assert isinstance(fitted.transform(FRAME), Interactions)
    with sklearn.config_context(transform_output="polars"):
        assert isinstance(clone(transformer).fit_transform(FRAME), Interactions)


@every
def test_a_failed_fit_leaves_the_transformer_as_it_was(transformer):
    fitted = clone(transformer).fit(FRAME)
    before = dict(vars(fitted))
    with pytest.raises(InvalidDataError):
        fitted.fit(FRAME[["user_id", "rating"]])
    assert vars(fitted) == before
    fresh = clone(transformer)
    with pytest.raises(InvalidDataError):
        fresh.fit(FRAME[["user_id", "rating"]])
    with pytest.raises(NotFittedError):
        fresh.transform(FRAME)


@every
def test_arrays_with_another_number_of_columns_are_refused_as_in_scikit_learn(transformer):
    array = FRAME.drop(columns="place").assign(user_id=[0, 0, 1, 1, 0, 2], item_id=[7, 8, 7, 8, 7, 9]).to_numpy()
    fitted = clone(transformer).fit(array)
    assert fitted.n_features_in_ == 4
    assert not hasattr(fitted, "feature_names_in_")
    with pytest.raises(
        ValueError, match=rf"X has 2 features, but {type(transformer).__name__} is expecting 4 features"
    ):
        fitted.transform(array[:, :2])
    assert list(fitted.transform_history(array[:, :2]).events["item_id"]) == [7, 8, 7, 8, 7, 9]


@every
def test_scoring_pairs_without_rating_or_time_pass(transformer):
    pairs = FRAME[["user_id", "item_id"]]
    result = clone(transformer).fit(FRAME).transform(pairs)
    pd.testing.assert_frame_equal(result.events, pairs, check_dtype=False)


@dropping
def test_dropping_transformers_refuse_a_separate_y(transformer):
    with pytest.raises(
        InvalidDataError, match=r"drops events.*separate y.*Put the ratings in the events, as a column 'rating'"
    ):
        clone(transformer).fit_transform(FRAME, np.ones(len(FRAME)))


@dropping
def test_dropping_transformers_drop_only_while_fitting(transformer):
    fitted = clone(transformer)
    kept = fitted.fit_transform(FRAME)
    assert len(kept) == len(FRAME) - fitted.n_dropped_ < len(FRAME)
    assert len(fitted.transform(FRAME)) == len(FRAME)


def test_scikit_learns_checks_pass_but_those_that_need_y_or_arrays_out():
    needs_y_or_arrays = {
        "check_fit_score_takes_y",
        "check_pipeline_consistency",
        "check_transformer_data_not_an_array",
        "check_transformer_general",
        "check_transformer_preserve_dtypes",
    }
    for transformer in (KCore(users=0, items=None), Deduplicate()):
        results = check_estimator(transformer, on_fail=None, on_skip=None)
        assert {r["check_name"] for r in results if r["status"] == "failed"} == needs_y_or_arrays
