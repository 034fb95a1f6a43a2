import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    LearningCurveDisplay,
    ValidationCurveDisplay,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.utils._plotting import _validate_score_name

from skrec import Interactions
from skrec.exceptions import InvalidParameterError, LabelWarning, SeenItemsWarning, UnknownNameError
from skrec.metrics import measure
from skrec.model_selection import ColdItemSplit, ColdUserSplit, LeaveLastOut, make_ranking_scorer
from skrec.models import EASE, ItemKNN, Popularity, TwoTower
from skrec.preprocessing import Binarize, Deduplicate, FeatureEncoder
from skrec.testing import checkerboard

RNG = np.random.default_rng(0)
EVENTS = pd.DataFrame(
    {
        "user_id": [f"u{u}" for u in RNG.integers(30, size=400)],
        "item_id": [f"i{i}" for i in np.minimum(RNG.zipf(1.4, size=400), 40)],
        "rating": RNG.integers(1, 6, size=400).astype(float),
        "timestamp": np.arange(400),
    }
).drop_duplicates(["user_id", "item_id"], ignore_index=True)
X = Interactions(EVENTS)
TRAIN, TEST = next((X[train], X[test]) for train, test in LeaveLastOut(2).split(X))


def test_one_name_gives_a_float_and_several_a_dict():
    model = EASE(1.0).fit(checkerboard(6))
    assert make_ranking_scorer("hit@1")(model, [(0, 0), (1, 3)]) == 0.5
    assert make_ranking_scorer(["hit@1", "recall"])(model, [(0, 0)]) == {"hit@1": 1.0, "recall": 1.0}
    assert make_ranking_scorer(("hit@1",))(model, [(0, 0)]) == {"hit@1": 1.0}
    assert make_ranking_scorer()(model, [(0, 0)]) == 1.0


def test_values_are_those_of_the_metrics():
    model = ItemKNN().fit(TRAIN)
    names = ["ndcg@10", "recall@5", "coverage@3"]
    assert make_ranking_scorer(names)(model, TEST) == measure(model, TEST, names)
    assert make_ranking_scorer("ndcg@10")(model, TEST) == model.score(TEST)


def test_several_metrics_come_from_one_ranking(monkeypatch):
    asked = []
    recommend = Popularity.recommend
    monkeypatch.setattr(Popularity, "recommend", lambda self, *a, **k: asked.append(a) or recommend(self, *a, **k))
    make_ranking_scorer(["ndcg@10", "recall@20", "hit@3"])(Popularity().fit(TRAIN), TEST)
    assert [k for _, k in asked] == [20]


def test_binarize_applies_to_the_held_out_labels():
    pipeline = make_pipeline(Deduplicate(), Binarize(threshold=4), Popularity()).fit(TRAIN)
    liked = TEST[TEST.events["rating"].to_numpy() >= 4]
    scorer = make_ranking_scorer("recall@5")
    assert scorer(pipeline, TEST) == scorer(pipeline[-1], liked)
    assert scorer(pipeline, TEST) != scorer(pipeline[-1], TEST)


def test_y_labels_what_is_relevant():
    model = EASE(1.0).fit(checkerboard(6))
    scorer = make_ranking_scorer("recall@1")
    assert scorer(model, [(0, 0), (0, 3)], [1, 0]) == 1.0
    assert scorer(model, [(0, 0), (0, 3)], y=[1, 1]) == 0.5


def test_searches_and_pipelines_are_looked_into():
    search = GridSearchCV(make_pipeline(Binarize(), EASE()), {"ease__regularization": [5.0]}, cv=KFold(2)).fit(TRAIN)
    scorer = make_ranking_scorer("ndcg@10")
    assert scorer(search, TEST) == scorer(search.best_estimator_, TEST) > 0


@pytest.mark.parametrize(
    ("options", "test", "expected"),
    [
        ({}, [(0, 2), (0, 99)], 0.0),
        ({"exclude_seen": False}, [(0, 2)], 0.5),
        ({"items": [0, 5]}, [(0, 5)], 0.5),
        ({"exclude_items": [0, 1, 3]}, [(0, 5)], 1.0),
        ({"history": [(0, 1), (0, 3)]}, [(0, 5)], 1.0),
    ],
)
def test_options_reach_recommend(options, test, expected):
    model = EASE(1.0).fit(checkerboard(6))
    assert make_ranking_scorer("mrr@2", **options)(model, test) == pytest.approx(expected, abs=0.01)


def test_a_history_passes_through_the_transformers():
    pipeline = make_pipeline(Binarize(), EASE(1.0)).fit(
        [(*pair, 5.0) for pair in checkerboard(6).events.to_numpy().tolist()]
    )
    history = [(9, 1, 5.0), (9, 3, 5.0), (9, 0, 1.0), (9, 2, 1.0)]
    assert make_ranking_scorer("hit@1", history=history)(pipeline, [(9, 5, 5.0)]) == 1.0


def test_unknown_metrics_fail_when_the_scorer_is_made():
    with pytest.raises(UnknownNameError, match=r"Unknown metric 'ndgc'\. Did you mean 'ndcg'\?"):
        make_ranking_scorer(["recall@5", "ndgc@10"])
    with pytest.raises(UnknownNameError, match=r"The cut-off of metric 'ndcg@0' must be an int"):
        make_ranking_scorer("ndcg@0")
    with pytest.raises(UnknownNameError, match=r"A metric is known by a name such as 'ndcg@10'. Got 10 instead"):
        make_ranking_scorer(10)
    with pytest.raises(InvalidParameterError, match="must name at least one metric"):
        make_ranking_scorer([])


def test_unknown_options_fail_when_the_scorer_is_made():
    with pytest.raises(
        InvalidParameterError,
        match="no option 'exclude_sene'; its options are items, exclude_items, exclude_seen, history",
    ):
        make_ranking_scorer("ndcg@10", exclude_sene=False)
    with pytest.raises(InvalidParameterError, match=r"no option 'k'.*into the metric, as in 'ndcg@20'"):
        make_ranking_scorer("ndcg", k=20)


def test_an_estimator_without_recommend_is_refused():
    with pytest.raises(TypeError, match="LinearRegression has no recommend"):
        make_ranking_scorer("ndcg@10")(LinearRegression(), TEST)


def test_pickle_and_repr():
    scorer = make_ranking_scorer(["ndcg@10", "recall@20"], exclude_seen=False)
    assert repr(scorer) == "make_ranking_scorer(['ndcg@10', 'recall@20'], exclude_seen=False)"
    assert repr(make_ranking_scorer("hit")) == "make_ranking_scorer('hit')"
    again = pickle.loads(pickle.dumps(scorer))
    assert again(Popularity().fit(TRAIN), TEST) == scorer(Popularity().fit(TRAIN), TEST)


def test_a_scorer_is_named_for_what_it_measures():
    assert make_ranking_scorer("recall@20").__name__ == "recall@20"
    assert make_ranking_scorer(["ndcg@10", "hit@1"]).__name__ == "ndcg@10, hit@1"
    assert pickle.loads(pickle.dumps(make_ranking_scorer("hit@1"))).__name__ == "hit@1"
    assert type(make_ranking_scorer("hit@1")).__name__ == "RankingScorer"
    # What LearningCurveDisplay and ValidationCurveDisplay call their axis.
    assert _validate_score_name(None, make_ranking_scorer("recall@20"), negate_score=False) == "Recall@20"


def test_count_seen_is_kept_in_pickles_and_shown():
    scorer = pickle.loads(pickle.dumps(make_ranking_scorer("hit@1", count_seen=False)))
    assert repr(scorer) == "make_ranking_scorer('hit@1', count_seen=False)"
    assert scorer(EASE(1.0).fit(checkerboard(6)), [(0, 0), (0, 2), (1, 3), (1, 1)]) == 1.0
    with pytest.raises(InvalidParameterError, match="The 'count_seen' parameter of make_ranking_scorer must be"):
        make_ranking_scorer(count_seen="no")


def test_displays_of_scikit_learn_label_their_axes_by_the_metric():
    pytest.importorskip("matplotlib").use("agg")
    scorer = make_ranking_scorer("ndcg@10", exclude_seen=False)
    options = {"cv": KFold(2, shuffle=True, random_state=0), "scoring": scorer}
    curve = ValidationCurveDisplay.from_estimator(
        EASE(), X, None, param_name="regularization", param_range=[1.0, 50.0], **options
    )
    assert curve.ax_.get_ylabel() == "Ndcg@10"
    learning = LearningCurveDisplay.from_estimator(
        EASE(), X, None, train_sizes=[0.5, 1.0], score_type="both", **options
    )
    assert learning.ax_.get_ylabel() == "Ndcg@10"
    assert (learning.train_scores > 0).all()


def test_training_scores_are_warned_of_unless_seen_items_may_be_listed():
    options = {"cv": KFold(2, shuffle=True, random_state=0), "return_train_score": True, "error_score": "raise"}
    with pytest.warns(SeenItemsWarning, match="Every relevant item was seen in fit"):
        scores = cross_validate(EASE(), X, scoring=make_ranking_scorer("ndcg@10"), **options)
    assert (scores["train_score"] == 0).all()
    scores = cross_validate(EASE(), X, scoring=make_ranking_scorer("ndcg@10", exclude_seen=False), **options)
    assert (scores["train_score"] > 0).all()


def test_folds_agree_on_zeros_though_one_holds_labels_of_0_and_1_alone():
    ratings = EVENTS["rating"].to_numpy() - 1.0
    model = Popularity().fit(EVENTS, ratings)
    scorer, few = make_ranking_scorer("recall@40", exclude_seen=False), np.flatnonzero(ratings <= 1)
    with pytest.warns(LabelWarning, match="zeros here are low ratings"):
        assert scorer(model, X[few], ratings[few]) == 1.0
    assert scorer(model, X[few], EVENTS["rating"].to_numpy()[few]) == 1.0  # the same pairs are relevant
    some = np.flatnonzero(ratings == 0)
    with pytest.warns(LabelWarning):
        assert scorer(model, X[some], ratings[some]) == 1.0
    assert scorer(model, X[some], np.zeros(len(some), dtype=bool)) == 0.0


def test_cross_validate_gives_one_column_per_metric():
    scores = cross_validate(
        EASE(5.0), X, cv=KFold(2), scoring=make_ranking_scorer(["ndcg@10", "recall@20"]), error_score="raise"
    )
    assert (scores["test_ndcg@10"] > 0).all()
    assert (scores["test_recall@20"] > scores["test_ndcg@10"]).all()


def test_scorers_can_be_mixed_with_scikit_learns_by_name():
    scoring = {"ndcg": make_ranking_scorer("ndcg@10"), "mse": "neg_mean_squared_error"}
    scores = cross_validate(Popularity(), EVENTS, EVENTS["rating"], cv=KFold(2), scoring=scoring, error_score="raise")
    assert (scores["test_ndcg"] > 0).all()
    assert (scores["test_mse"] < 0).all()


def test_a_search_with_sample_weight_runs():
    scoring = {"ndcg": make_ranking_scorer("ndcg@10")}
    search = GridSearchCV(
        EASE(), {"regularization": [1.0]}, cv=KFold(2), scoring=scoring, refit="ndcg", error_score="raise"
    )
    with pytest.warns(UserWarning, match="does not support sample_weight"):
        search.fit(X, sample_weight=np.ones(len(X)))
    assert search.best_score_ > 0


class TestFeaturesOfColdUsersAndItems:
    """Even users take even items and odd users odd ones, and the tables say who is which."""

    N = 24
    TABLES = (
        pd.DataFrame({"user_id": range(N), "side": ["even", "odd"] * (N // 2)}),
        pd.DataFrame({"item_id": range(N), "colour": ["white", "black"] * (N // 2)}),
    )
    BOARD = Interactions(checkerboard(N).events, *TABLES)

    def pipeline(self):
        encoder = FeatureEncoder([("side", "category", "side")], [("colour", "category", "colour")])
        model = TwoTower(8, (8,), epochs=40, batch_size=64, id_dropout=0.3, learning_rate=0.02, random_state=0)
        return make_pipeline(encoder, model)

    @pytest.mark.parametrize("scoring", [make_ranking_scorer("precision@5"), None], ids=["scorer", "score"])
    def test_cross_validation_knows_cold_users_by_their_features(self, scoring):
        cv = ColdUserSplit(n_splits=2, test_size=0.25, random_state=0)
        values = cross_val_score(self.pipeline(), self.BOARD, cv=cv, scoring=scoring, error_score="raise")
        assert min(values) > 0.75  # the popular items would be right every other time

    def test_cold_users_are_measured_by_what_they_would_get(self):
        ((train, test),) = ColdUserSplit(n_splits=1, test_size=0.25, random_state=0).split(self.BOARD)
        fitted, taken = (
            self.pipeline().fit(self.BOARD[train]),
            set(self.BOARD[test].events[["user_id", "item_id"]].itertuples(index=False, name=None)),
        )
        rows = self.TABLES[0][self.TABLES[0]["user_id"].isin({user for user, _ in taken})]
        answer = fitted[-1].recommend(rows, k=5).to_frame()
        hits = [pair in taken for pair in zip(answer["user_id"], answer["item_id"], strict=True)]
        assert make_ranking_scorer("precision@5")(fitted, self.BOARD[test]) == pytest.approx(np.mean(hits))

    def test_without_a_table_cold_users_get_the_popular_items(self):
        ((train, test),) = ColdUserSplit(n_splits=1, test_size=0.25, random_state=0).split(self.BOARD)
        fitted = self.pipeline().fit(self.BOARD[train])
        bare = Interactions(self.BOARD[test].events)
        scorer = make_ranking_scorer("ndcg@5")
        assert scorer(fitted[-1], bare) == scorer(Popularity().fit(self.BOARD[train]), bare)
        assert scorer(fitted[-1], self.BOARD[test]) > scorer(fitted[-1], bare) + 0.3

    def test_cold_items_are_candidates_where_a_frame_has_them_and_not_by_id(self):
        ((train, test),) = ColdItemSplit(n_splits=1, test_size=0.25, random_state=0).split(self.BOARD)
        fitted, held_out = self.pipeline().fit(self.BOARD[train]), self.BOARD[test]
        cold = self.TABLES[1][self.TABLES[1]["item_id"].isin(held_out.events["item_id"])]
        assert make_ranking_scorer("precision@2", items=cold)(fitted, held_out) > 0.9
        for items in (None, cold["item_id"].to_numpy()):
            assert make_ranking_scorer("recall@20", items=items)(fitted, held_out) == 0.0
