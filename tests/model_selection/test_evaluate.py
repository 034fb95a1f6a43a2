import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV, KFold

from skrec.exceptions import InvalidParameterError, NotFittedError, UnknownNameError
from skrec.model_selection import evaluate, make_ranking_scorer
from skrec.models import EASE, Popularity
from skrec.pipeline import make_pipeline
from skrec.preprocessing import Binarize
from skrec.testing import checkerboard

TRAIN = checkerboard(6)
TEST = [(0, 0), (1, 1), (2, 3)]
RATED = [(*pair, 5.0) for pair in TRAIN.events.to_numpy().tolist()]


def fitted(*models):
    return [model.fit(TRAIN) for model in models]


def test_one_estimator_gives_one_row_of_the_metrics_asked_for():
    table = evaluate(EASE(1.0).fit(TRAIN), TEST, ["hit@1", "recall"])
    assert table.to_dict("index") == {"EASE": {"hit@1": pytest.approx(2 / 3), "recall": 1.0, "n_users": 3}}
    assert table.index.name == "model"
    assert table["n_users"].dtype == np.int64


def test_default_metrics_are_those_of_the_docstring():
    table = evaluate(EASE(1.0).fit(TRAIN), TEST)
    assert list(table.columns) == ["ndcg@10", "recall@10", "hit@10", "mrr@10", "coverage@10", "n_users"]


def test_a_mapping_names_its_rows():
    ease, popular = fitted(EASE(1.0), Popularity())
    table = evaluate({"ours": ease, "baseline": popular}, TEST, "mrr@3")
    assert list(table.index) == ["ours", "baseline"]
    assert table.loc["ours", "mrr@3"] > table.loc["baseline", "mrr@3"]


def test_a_sequence_is_named_after_the_recommenders_and_numbered_where_one_repeats():
    search = GridSearchCV(make_pipeline(EASE()), {"ease__regularization": [1.0]}, cv=KFold(2)).fit(TRAIN)
    table = evaluate([*fitted(EASE(1.0), Popularity()), search], TEST, "hit@1")
    assert list(table.index) == ["EASE-1", "Popularity", "EASE-2"]


def test_values_are_those_of_the_scorer_and_pipelines_transform_the_test_events():
    pipeline = make_pipeline(Binarize(), EASE(1.0)).fit(RATED)
    test = [(0, 0, 5.0), (1, 1, 1.0), (1, 3, 4.0)]
    row = evaluate(pipeline, test, ["ndcg@2", "hit@1"]).loc["EASE"]
    assert row[["ndcg@2", "hit@1"]].to_dict() == make_ranking_scorer(["ndcg@2", "hit@1"])(pipeline, test)
    assert row["n_users"] == 2
    assert row["hit@1"] == 0.5


def test_labels_and_options_are_used():
    [model] = fitted(EASE(1.0))
    assert evaluate(model, TEST, "hit@1", y=[1, 0, 0]).to_numpy().tolist() == [[1.0, 1]]
    assert evaluate(model, [(0, 2)], "hit@1", exclude_seen=False)["hit@1"].item() == 0.0
    assert evaluate(model, [(0, 2)], "hit@3", exclude_seen=False)["hit@3"].item() == 1.0


def test_no_user_to_evaluate_gives_zeros():
    [model] = fitted(EASE(1.0))
    assert evaluate(model, TEST, "ndcg@10", y=[0, 0, 0]).to_dict("index") == {"EASE": {"ndcg@10": 0.0, "n_users": 0}}


def test_frames_of_test_events_work():
    frame = pd.DataFrame(TEST, columns=["user_id", "item_id"])
    pd.testing.assert_frame_equal(evaluate(*fitted(EASE(1.0)), frame), evaluate(*fitted(EASE(1.0)), TEST))


def test_bad_input_is_named_before_anything_is_ranked(monkeypatch):
    [model] = fitted(EASE(1.0))
    monkeypatch.setattr(EASE, "recommend", lambda *a, **k: pytest.fail("ranked"))
    with pytest.raises(UnknownNameError, match="Unknown metric 'nope'"):
        evaluate(model, TEST, ["hit@1", "nope"])
    with pytest.raises(InvalidParameterError, match="evaluate has no option 'k'"):
        evaluate(model, TEST, k=5)
    with pytest.raises(NotFittedError, match="This Popularity instance is not fitted yet"):
        evaluate({"a": model, "b": Popularity()}, TEST)
    with pytest.raises(InvalidParameterError, match="evaluate needs at least one fitted estimator"):
        evaluate([], TEST)
    with pytest.raises(InvalidParameterError, match="int has no recommend"):
        evaluate(3, TEST)
