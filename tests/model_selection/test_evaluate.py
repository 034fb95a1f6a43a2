import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV, KFold

from skrec.exceptions import (
    InvalidParameterError,
    LabelWarning,
    NotFittedError,
    SeenItemsWarning,
    UnknownNameError,
)
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


MODELS = {"ours": EASE(1.0).fit(TRAIN), "baseline": Popularity().fit(TRAIN)}
METRICS = ["ndcg@3", "recall@1", "coverage@2"]


def test_per_user_gives_a_row_for_each_model_and_user_whose_means_are_the_summary():
    summary, table = evaluate(MODELS, TEST, METRICS), evaluate(MODELS, TEST, METRICS, per_user=True)
    assert list(table.columns) == ["model", "user_id", *METRICS, "n_relevant"]
    assert table["model"].tolist() == ["ours"] * 3 + ["baseline"] * 3
    assert table["user_id"].tolist() == [0, 1, 2] * 2
    means = table.groupby("model", sort=False)[METRICS].mean()
    pd.testing.assert_frame_equal(means, summary[METRICS], check_exact=False)
    assert table.groupby("model").size().tolist() == summary["n_users"].tolist()


def test_per_user_counts_relevant_items_and_keeps_ids():
    train = [("ann", "x"), ("bob", "y"), ("cat", "x")]
    table = evaluate(Popularity().fit(train), [("bob", "x"), ("bob", "q"), ("ann", "y")], "hit@1", per_user=True)
    assert table.to_dict("list") == {
        "model": ["Popularity"] * 2,
        "user_id": ["bob", "ann"],
        "hit@1": [1.0, 1.0],
        "n_relevant": [2, 1],
    }


def test_per_user_without_users_is_an_empty_table_with_its_columns():
    table = evaluate(MODELS, TEST, "hit@1", y=[0, 0, 0], per_user=True)
    assert list(table.columns) == ["model", "user_id", "hit@1", "n_relevant"]
    assert len(table) == 0


def test_a_user_has_the_same_values_alone_as_among_others_though_labels_are_0_and_1_by_chance():
    rated = [(user, item, float((user + item) % 4)) for user, item in TRAIN.events.to_numpy().tolist()]
    model = Popularity().fit(rated)
    test = [(0, 0, 0.0), (0, 2, 1.0), (1, 1, 4.0)]
    whole = evaluate(model, test, "hit@1", per_user=True, exclude_seen=False)
    with pytest.warns(LabelWarning, match="zeros here are low ratings"):
        alone = evaluate(model, test[:2], "hit@1", per_user=True, exclude_seen=False)
    pd.testing.assert_frame_equal(alone, whole[:1])
    assert whole["n_relevant"].tolist() == [2, 1]


def test_the_training_set_is_warned_of_once_for_all_models_and_scored_with_exclude_seen_false():
    with pytest.warns(SeenItemsWarning, match="left out of the lists of ours, baseline for that") as caught:
        table = evaluate(MODELS, TRAIN, "ndcg@10")
    assert len(caught) == 1
    assert (table["ndcg@10"] == 0).all()
    assert (evaluate(MODELS, TRAIN, "ndcg@10", exclude_seen=False)["ndcg@10"] > 0).all()


def test_seen_relevant_items_count_as_misses_unless_count_seen_is_false():
    test = [*TEST, (0, 2), (1, 3)]
    assert evaluate(MODELS["ours"], test, "recall@9")["recall@9"].item() == pytest.approx((0.5 + 0.5 + 1) / 3)
    table = evaluate(MODELS["ours"], test, "recall@9", count_seen=False)
    assert table.to_numpy().tolist() == [[1.0, 3]]
    assert make_ranking_scorer("recall@9", count_seen=False)(MODELS["ours"], test) == 1.0


@pytest.mark.parametrize("option", ["per_user", "count_seen"])
def test_options_of_its_own_are_checked(option):
    with pytest.raises(InvalidParameterError, match=f"The '{option}' parameter of evaluate must be"):
        evaluate(MODELS, TEST, **{option: "yes"})


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


@pytest.mark.parametrize("history", [3, "abc", {1: 2}, {1, 2}, np.array(3), object()])
def test_a_history_that_is_none_is_refused_by_name(history):
    with pytest.raises(ValueError, match="history|events|id|ids"):
        evaluate(EASE(1.0).fit(checkerboard(6)), [(0, 0), (1, 1)], history=history)


def test_labels_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="y must hold one label per event"):
        evaluate(EASE(1.0).fit(checkerboard(6)), [(0, 0), (1, 1)], y=[[1], [2, 3]])


@pytest.mark.parametrize("exclude_seen", [np.zeros(2), "no", None])
def test_exclude_seen_is_true_or_false(exclude_seen):
    with pytest.raises(InvalidParameterError, match="The 'exclude_seen' parameter of evaluate must be"):
        evaluate(EASE(1.0).fit(checkerboard(6)), [(0, 0)], exclude_seen=exclude_seen)
    with pytest.raises(InvalidParameterError, match="The 'exclude_seen' parameter of make_ranking_scorer must be"):
        make_ranking_scorer(exclude_seen=exclude_seen)


def test_a_name_in_an_array_without_axes_is_no_list_of_names():
    with pytest.raises(ValueError, match="metric"):
        make_ranking_scorer(np.array("ndcg@10"))
