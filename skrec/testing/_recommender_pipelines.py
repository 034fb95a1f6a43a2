"""Checks of recommenders at the end of pipelines, and inside scikit-learn's searches."""

from typing import Any

import numpy as np
from sklearn.model_selection import GridSearchCV, ShuffleSplit, cross_validate, train_test_split
from sklearn.pipeline import make_pipeline as make_plain_pipeline

from skrec.data import Interactions
from skrec.model_selection import UserKFold, make_ranking_scorer
from skrec.pipeline import make_pipeline
from skrec.preprocessing import Deduplicate
from skrec.testing._expect import expect, expect_close, expect_finite
from skrec.testing._recommender_bench import Bench, all_pairs, expect_same_answer, make_events, predictions

_METRICS = ("ndcg@5", "recall@3")


def _seeded(bench: Bench) -> Any:
    model = bench.fresh()
    return model.set_params(random_state=3) if "random_state" in model.get_params() else model


def check_it_ends_a_pipeline(bench: Bench) -> None:
    """Of skrec and of scikit-learn; behind a step that drops nothing here, it is as without the pipeline."""
    expected = _seeded(bench).fit(make_events())
    pipeline = make_pipeline(Deduplicate(), _seeded(bench)).fit(make_events())
    expect_close(predictions(pipeline), predictions(expected), "The scores of a pipeline that ends in the model")
    expect_same_answer(
        pipeline.recommend(k=4), expected.recommend(k=4), "recommend of a pipeline that ends in the model"
    )
    plain = make_plain_pipeline(Deduplicate(), _seeded(bench)).fit(make_events())
    expect_close(
        predictions(plain), predictions(expected), "The scores of scikit-learn's own pipeline that ends in the model"
    )
    expect_same_answer(
        plain[-1].recommend(k=4), expected.recommend(k=4), "recommend of the last step of scikit-learn's own pipeline"
    )
    expect_close(plain.score(all_pairs()), expected.score(all_pairs()), "score of scikit-learn's own pipeline")


def check_a_grid_search_finds_a_model(bench: Bench) -> None:
    """With a ranking scorer of two metrics, over folds of each user's events."""
    pipeline = make_pipeline(Deduplicate(), _seeded(bench))
    step = pipeline.steps[-1][0]
    grid: dict[str, list[Any]] = {"deduplicate__keep": ["first", "last"]}
    if "random_state" in _seeded(bench).get_params():
        grid = {f"{step}__random_state": [0, 1]}
    search = GridSearchCV(
        pipeline,
        grid,
        cv=UserKFold(n_splits=2),
        scoring=make_ranking_scorer(_METRICS),
        refit=_METRICS[0],
        error_score="raise",
        n_jobs=1,
    )
    search.fit(Interactions(make_events()))
    for metric in _METRICS:
        values = np.asarray(search.cv_results_[f"mean_test_{metric}"])
        expect_finite(values, f"The search's {metric}")
        expect(
            ((values >= 0) & (values <= 1)).all(), f"The search's {metric} must be in [0, 1]. Got {values.tolist()}."
        )
    answer = search.best_estimator_.recommend(k=2)
    expect(len(answer) > 0, "The best estimator of a search must recommend. It gave no lists.")


def check_cross_validation_splits_its_events(bench: Bench) -> None:
    """scikit-learn's own splitters take rows of `Interactions`."""
    X = Interactions(make_events())
    folds = ShuffleSplit(n_splits=2, test_size=0.15, random_state=0)
    result = cross_validate(_seeded(bench), X, cv=folds, error_score="raise")
    expect_finite(result["test_score"], "The scores of cross_validate")
    train, test = train_test_split(X, test_size=0.15, random_state=0)
    expect_finite(_seeded(bench).fit(train).predict(test), "The scores of the test part of train_test_split")


PIPELINE_CHECKS = (
    check_it_ends_a_pipeline,
    check_a_grid_search_finds_a_model,
    check_cross_validation_splits_its_events,
)
