import copy
import pickle

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn.pipeline
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - makes HalvingGridSearchCV importable
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    RandomizedSearchCV,
    cross_validate,
    train_test_split,
)

from skrec import Interactions
from skrec.exceptions import InvalidDataError, InvalidParameterError, NotFittedError, SeenItemsWarning
from skrec.model_selection import LeaveLastOut, TemporalSplit, UserKFold, make_ranking_scorer
from skrec.models import EASE, BaseRecommender, ItemKNN, Popularity
from skrec.pipeline import Pipeline, make_pipeline
from skrec.preprocessing import Binarize, Deduplicate, KCore, RecencyWeight

RNG = np.random.default_rng(0)
TASTES = {user: RNG.dirichlet(np.ones(24) / 4) for user in range(25)}
USERS = RNG.integers(25, size=500)
FRAME = pd.DataFrame(
    {
        "user_id": [f"u{user}" for user in USERS],
        "item_id": [f"i{RNG.choice(24, p=TASTES[user])}" for user in USERS],
        "rating": RNG.integers(1, 6, size=500).astype(float),
        "timestamp": RNG.permutation(500),
    }
)
ITEMS = pd.DataFrame({"item_id": [f"i{item}" for item in range(24)], "title": list("ABCDEFGHIJKLMNOPQRSTUVWX")})
X = Interactions(FRAME, items=ITEMS)
METRICS = ["ndcg@10", "recall@20"]


def full_pipeline():
    return make_pipeline(Deduplicate(), KCore(3, 3), Binarize(2), RecencyWeight(100.0), EASE(5.0))


def assert_same(first, second):
    pd.testing.assert_frame_equal(first.to_frame(), second.to_frame())


def test_steps_are_named_after_their_classes_in_lower_case():
    pipeline = make_pipeline(KCore(), RecencyWeight(), EASE(), memory=None, verbose=True)
    assert [name for name, _ in pipeline.steps] == ["kcore", "recencyweight", "ease"]
    assert pipeline.verbose is True
    assert isinstance(pipeline, sklearn.pipeline.Pipeline)
    assert [name for name, _ in make_pipeline(KCore(), KCore(), EASE()).steps] == ["kcore-1", "kcore-2", "ease"]
    assert [name for name, _ in make_pipeline(ItemKNN()).steps] == ["itemknn"]


def test_recommend_is_there_only_where_the_last_step_has_it():
    assert hasattr(make_pipeline(KCore(), EASE()), "recommend")
    assert hasattr(make_pipeline(KCore(), EASE()), "similar_items")
    assert not hasattr(make_pipeline(KCore(), Popularity()), "similar_items")
    assert not hasattr(make_pipeline(KCore(), LinearRegression()), "recommend")
    with pytest.raises(AttributeError, match="has no attribute 'recommend'"):
        make_pipeline(KCore(), LinearRegression()).recommend()


def test_recommend_is_the_last_steps():
    pipeline = full_pipeline().fit(X)
    assert_same(pipeline.recommend(k=5), pipeline[-1].recommend(k=5))
    assert_same(pipeline.similar_items(["i3", "i4"], k=3), pipeline[-1].similar_items(["i3", "i4"], k=3))


@pytest.mark.parametrize(
    "arguments",
    [
        {"users": ["u1", "nobody"], "k": 3},
        {"items": ["i1", "i2", "i3"]},
        {"exclude_items": pd.DataFrame({"user_id": ["u1"], "item_id": ["i1"]})},
        {"exclude_seen": False},
    ],
    ids=lambda arguments: next(iter(arguments)),
)
def test_arguments_of_recommend_pass_through(arguments):
    pipeline = full_pipeline().fit(X)
    assert_same(pipeline.recommend(**arguments), pipeline[-1].recommend(**arguments))


def test_context_passes_through():
    pipeline = full_pipeline().fit(X)
    with pytest.raises(InvalidDataError, match="context has 1 rows, and 2 users are asked about"):
        pipeline.recommend(["u1", "u2"], context=pd.DataFrame({"place": ["home"]}))


def test_a_history_passes_through_the_steps_that_change_it():
    pipeline = make_pipeline(KCore(2, 2), Binarize(3), EASE(5.0)).fit(X)
    rated = pd.DataFrame({"user_id": "new", "item_id": ["i1", "i2", "i3"], "rating": [5.0, 1.0, 4.0]})
    labelled = rated.assign(rating=[1, 0, 1])
    answer = pipeline.recommend(history=rated, k=30)
    assert_same(answer, pipeline[-1].recommend(history=labelled, k=30))
    assert answer.to_frame()["score"].sum() != pipeline[-1].recommend(history=rated, k=30).to_frame()["score"].sum()
    assert not {"i1", "i2", "i3"} & set(answer.to_frame()["item_id"])


def test_a_history_is_never_shortened_and_needs_neither_rating_nor_time():
    pipeline = full_pipeline().fit(X)
    pairs = [("new", "i1"), ("new", "i1"), ("new", "i2")]
    assert_same(pipeline.recommend(history=pairs), pipeline[-1].recommend(history=pairs))
    assert (
        pipeline.recommend(["other"], history=pl.DataFrame(pairs, schema=["user_id", "item_id"], orient="row")).lengths[
            0
        ]
        == 10
    )


def test_predict_scores_every_row_also_those_that_fit_dropped():
    pipeline = make_pipeline(Deduplicate(), KCore(6, 6), Binarize(), EASE(5.0)).fit(X)
    assert pipeline[0].n_dropped_ > 0
    assert pipeline.predict(X).shape == (len(X),)
    pairs = FRAME[["user_id", "item_id"]]
    np.testing.assert_array_equal(pipeline.predict(pairs), pipeline.predict(X))


def test_score_transforms_the_held_out_events():
    train, test = train_test_split(X, random_state=0)
    pipeline = make_pipeline(Deduplicate(), Binarize(4), EASE(5.0)).fit(train)
    liked = test[test.events["rating"].to_numpy() >= 4]
    assert pipeline.score(test) == pipeline[-1].score(liked) == make_ranking_scorer("ndcg@10")(pipeline, test)
    assert pipeline.score(test) != pipeline[-1].score(test)


HALVES = Interactions(FRAME[:250], items=ITEMS), Interactions(FRAME[250:], items=ITEMS)


def test_partial_fit_passes_new_events_through_the_transformers_as_they_were_fitted():
    first, second = HALVES
    pipeline = full_pipeline().fit(first)
    by_hand = copy.deepcopy(pipeline)
    assert pipeline.partial_fit(second) is pipeline
    by_hand[-1].partial_fit(by_hand[:-1].transform(second))
    assert_same(pipeline.recommend(), by_hand[-1].recommend())
    assert len(pipeline[-1].histories_.items) == len(by_hand[0].fit_transform(first)) - pipeline[1].n_dropped_ + 250
    assert pipeline[3].latest_ == first.events["timestamp"].max()


def test_partial_fit_is_fit_the_first_time():
    weights = np.linspace(1.0, 3.0, 500)
    for fitted in (full_pipeline().partial_fit(X), make_pipeline(full_pipeline()).partial_fit(X)):
        assert_same(fitted.recommend(), full_pipeline().fit(X).recommend())
    weighted = make_pipeline(Binarize(2), make_pipeline(Popularity())).partial_fit(X, sample_weight=weights)
    assert_same(weighted.recommend(), Popularity().fit(Binarize(2).fit_transform(X), None, weights).recommend())


def test_partial_fit_hands_labels_and_weights_to_the_last_step():
    first, second = HALVES
    labels, weights = FRAME["rating"][250:].to_numpy() > 3, np.linspace(1.0, 3.0, 250)
    start = make_pipeline(RecencyWeight(9.0), Popularity()).fit(first, FRAME["rating"][:250] > 3)
    by_hand = copy.deepcopy(start)
    start.partial_fit(second, labels, weights)
    by_hand[-1].partial_fit(by_hand[0].transform(second), labels, weights)
    np.testing.assert_array_equal(start[-1].item_counts_, by_hand[-1].item_counts_)


class Counter(TransformerMixin, BaseEstimator):
    """Counts the events it has learned from, and leaves them as they are."""

    def fit(self, X, y=None):
        self.counts_ = np.array([0])
        return self.partial_fit(X)

    def partial_fit(self, X, y=None):
        self.counts_ += len(X)
        return self

    def transform(self, X):
        return X


def test_transformers_that_can_learn_on_do_and_frozen_ones_do_not():
    first, second = HALVES
    frozen = FrozenEstimator(Counter().fit(first))
    pipeline = make_pipeline(Counter(), make_pipeline(Counter()), frozen, EASE()).fit(first).partial_fit(second)
    counts = [pipeline[0], pipeline[1][0], pipeline[2].estimator]
    assert [counter.counts_.tolist() for counter in counts] == [[500], [500], [250]]


def test_a_partial_fit_that_fails_leaves_every_step_as_it_was():
    first, _ = HALVES
    pipeline = make_pipeline(Counter(), EASE()).fit(first)
    before = pipeline.recommend()
    with pytest.raises(InvalidDataError, match="The new events have datetimes as timestamps"):
        pipeline.partial_fit(FRAME.assign(timestamp=pd.Timestamp("2026-01-01")))
    assert pipeline[0].counts_.tolist() == [250]
    assert_same(pipeline.recommend(), before)


def test_partial_fit_is_there_only_where_the_last_step_has_it():
    assert hasattr(make_pipeline(KCore(), make_pipeline(EASE())), "partial_fit")
    for last in (LinearRegression(), FrozenEstimator(EASE()), GridSearchCV(EASE(), {})):
        assert not hasattr(make_pipeline(KCore(), last), "partial_fit")


def test_unfitted_pipelines_say_so():
    with pytest.raises(NotFittedError, match="This EASE instance is not fitted yet"):
        full_pipeline().recommend()
    with pytest.raises(NotFittedError, match="This EASE instance is not fitted yet"):
        full_pipeline().similar_items(["i1"])


def test_a_separate_y_is_refused_by_steps_it_would_not_fit():
    with pytest.raises(InvalidDataError, match="Put the ratings in the events"):
        make_pipeline(KCore(), Popularity()).fit(FRAME[["user_id", "item_id"]], FRAME["rating"])
    fitted = make_pipeline(RecencyWeight(9.0), Popularity()).fit(X, FRAME["rating"] > 3)
    assert fitted[-1].item_counts_.sum() < fitted[-1].histories_.weights.sum()


def test_clone_pickle_and_joblib_keep_the_class_and_the_answers(tmp_path):
    pipeline = full_pipeline().fit(X)
    expected = pipeline.recommend()
    assert_same(clone(pipeline).fit(X).recommend(), expected)
    assert_same(pickle.loads(pickle.dumps(pipeline)).recommend(), expected)
    joblib.dump(pipeline, tmp_path / "pipeline.joblib")
    assert_same(joblib.load(tmp_path / "pipeline.joblib").recommend(), expected)


def test_slices_and_parameters_work_as_in_scikit_learn():
    pipeline = full_pipeline().set_params(kcore__users=2, ease__regularization=9.0, binarize="passthrough").fit(X)
    assert pipeline[1].users == 2
    assert isinstance(pipeline[:-1], Pipeline)
    assert not hasattr(pipeline[:-1], "recommend")
    pd.testing.assert_frame_equal(pipeline[:-1].transform(X).items, ITEMS)
    assert_same(pipeline[-1:].recommend(), pipeline.recommend())
    assert_same(pipeline.named_steps["ease"].recommend(), pipeline.recommend())


def test_memory_caches_the_fitted_transformers(tmp_path):
    steps = (Deduplicate(), KCore(3, 3), EASE(5.0))
    expected = make_pipeline(*steps).fit(X).recommend()
    cached = make_pipeline(*map(clone, steps), memory=str(tmp_path))
    for _ in range(2):
        assert_same(clone(cached).fit(X).recommend(), expected)


def test_set_output_leaves_interactions_alone():
    pipeline = full_pipeline().set_output(transform="pandas").fit(X)
    assert isinstance(pipeline[:-1].transform(X), Interactions)
    assert_same(pipeline.recommend(), full_pipeline().fit(X).recommend())


def test_html_and_text_representations_name_every_step():
    html = full_pipeline().fit(X)._repr_html_()
    for name in ("Deduplicate", "KCore", "Binarize", "RecencyWeight", "EASE"):
        assert name in html
        assert name in repr(full_pipeline())


@pytest.mark.parametrize(
    "make", [lambda: X, lambda: FRAME, lambda: pl.from_pandas(FRAME)], ids=["interactions", "pandas", "polars"]
)
def test_every_form_of_events_gives_the_same_recommendations(make):
    found = full_pipeline().fit(make()).recommend()
    frame = found.to_frame()  # of Polars where the events were
    assert (type(frame).__module__.split(".")[0] == "polars") == (type(make()).__module__.split(".")[0] == "polars")
    expected = full_pipeline().fit(X).recommend()
    np.testing.assert_array_equal(found.items, expected.items)
    np.testing.assert_array_equal(found.scores, expected.scores)


@pytest.mark.parametrize("kind", [sklearn.pipeline.make_pipeline, make_pipeline], ids=["sklearn", "skrec"])
def test_a_parallel_search_with_several_ranking_metrics_ends_in_recommendations(kind):
    search = GridSearchCV(
        kind(KCore(2, 2), EASE()),
        {"ease__regularization": [0.5, 50.0], "kcore__users": [2, 4]},
        cv=LeaveLastOut(2),
        scoring=make_ranking_scorer(METRICS),
        refit="ndcg@10",
        n_jobs=2,
        error_score="raise",
    ).fit(X)
    results = pd.DataFrame(search.cv_results_)
    assert len(results) == 4
    assert search.best_score_ == results["mean_test_ndcg@10"].max() > 0
    assert (results["mean_test_recall@20"] > results["mean_test_ndcg@10"]).all()
    best = search.best_estimator_
    answer = (best if kind is make_pipeline else best[-1]).recommend(["u1", "u2"], k=5)
    assert answer.items.shape == (2, 5)
    assert set(answer.items.ravel()) <= set(ITEMS["item_id"])
    # Both kinds of Pipeline, and one process or two, come to the same result.
    alone = clone(search).set_params(n_jobs=1).fit(FRAME)
    np.testing.assert_allclose(alone.cv_results_["mean_test_ndcg@10"], results["mean_test_ndcg@10"])


def test_the_events_of_fit_are_scored_with_exclude_seen_false():
    pipeline = make_pipeline(Binarize(3), EASE()).fit(X)
    with pytest.warns(SeenItemsWarning, match="Every relevant item was seen in fit"):
        assert pipeline.score(X) == 0.0
    expected = make_ranking_scorer("ndcg@10", exclude_seen=False)(pipeline, X)
    assert pipeline.score(X, exclude_seen=False) == expected > 0
    with pytest.raises(InvalidParameterError, match="The 'exclude_seen' parameter"):
        pipeline.score(X, exclude_seen="no")


@pytest.mark.parametrize("splitter", [TemporalSplit(3), UserKFold(3), KFold(3, shuffle=True, random_state=0)], ids=repr)
def test_without_scoring_a_search_uses_score(splitter):
    grid = {"ease__regularization": [0.5, 50.0]}
    pipeline = make_pipeline(Binarize(3), EASE())
    plain = GridSearchCV(pipeline, grid, cv=splitter, error_score="raise").fit(X)
    ranked = clone(plain).set_params(scoring=make_ranking_scorer("ndcg@10")).fit(X)
    np.testing.assert_array_equal(plain.cv_results_["mean_test_score"], ranked.cv_results_["mean_test_score"])
    assert plain.best_score_ > 0


def test_other_searches_work():
    grid = {"ease__regularization": [0.5, 5.0, 50.0], "kcore__users": [1, 2]}
    scorer = make_ranking_scorer("ndcg@10")
    pipeline = make_pipeline(KCore(1, 1), EASE())
    random = RandomizedSearchCV(
        pipeline, grid, n_iter=2, cv=UserKFold(2), scoring=scorer, random_state=0, error_score="raise"
    )
    halving = HalvingGridSearchCV(
        pipeline,
        {"kcore__users": [1, 2]},
        resource="ease__regularization",
        min_resources=1,
        max_resources=9,
        cv=UserKFold(2),
        scoring=scorer,
        error_score="raise",
        return_train_score=False,
    )
    for search in (random, halving):
        assert search.fit(X).best_estimator_.recommend(["u1"], k=3).lengths.tolist() == [3]


def test_cross_validate_and_train_test_split_keep_the_tables():
    train, test = train_test_split(X, test_size=0.2, random_state=0)
    assert (len(train), len(test)) == (400, 100)
    assert train.items is not None
    scores = cross_validate(
        full_pipeline(),
        X,
        cv=KFold(3),
        scoring=make_ranking_scorer(METRICS),
        return_estimator=True,
        error_score="raise",
    )
    assert (scores["test_ndcg@10"] > 0).all()
    assert all(isinstance(fitted, Pipeline) for fitted in scores["estimator"])


class Spy(BaseRecommender):
    """Recommends the popular items, and keeps what it was fitted on."""

    def _fit(self, events):
        return None

    def _score(self, users, histories, folded):
        return np.tile(self.item_counts_.astype(np.float32), (len(users), 1))

    def fit(self, X, y=None):
        self.fitted_on_ = X.events
        return super().fit(X, y)


@pytest.mark.parametrize("splitter", [LeaveLastOut(2), TemporalSplit(3), UserKFold(3)], ids=repr)
def test_nothing_of_a_test_set_reaches_the_fitted_pipeline(splitter):
    marked = Interactions(FRAME.assign(row=np.arange(len(FRAME))))
    scores = cross_validate(
        make_pipeline(Deduplicate(), RecencyWeight(50.0), Spy()),
        marked,
        cv=splitter,
        scoring=make_ranking_scorer(METRICS),
        return_estimator=True,
        return_indices=True,
        error_score="raise",
    )
    for pipeline, train, test in zip(
        scores["estimator"], scores["indices"]["train"], scores["indices"]["test"], strict=True
    ):
        rows = pipeline[-1].fitted_on_["row"]
        assert set(rows) <= set(train)
        assert not set(rows) & set(test)
        assert pipeline[1].latest_ == FRAME["timestamp"].to_numpy()[train].max()
        assert set(pipeline[-1].items_) == set(FRAME["item_id"].to_numpy()[train])
