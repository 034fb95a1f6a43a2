"""Neural models in scikit-learn's searches and Pipelines."""

import numpy as np
import pytest
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, KFold, cross_val_score
from sklearn.pipeline import Pipeline

from skrec import make_ranking_scorer
from skrec.models import GMF, MatrixFactorization
from skrec.optimizers import SGD, Adam
from skrec.preprocessing import Deduplicate
from skrec.testing import checkerboard

N = 12
BOARD = checkerboard(N)
TWO_FOLDS = KFold(2, shuffle=True, random_state=0)


def test_an_optimizers_parameter_is_a_grid_key():
    model = GMF(4, epochs=20, optimizer=Adam(), random_state=0)
    search = GridSearchCV(model, {"optimizer__learning_rate": [1e-6, 0.05]}, cv=TWO_FOLDS, error_score="raise")
    search.fit(BOARD)
    assert search.best_params_ == {"optimizer__learning_rate": 0.05}
    scores = search.cv_results_["mean_test_score"]
    assert scores[1] > scores[0] + 0.05
    assert search.best_estimator_.optimizer.learning_rate == 0.05
    assert search.best_estimator_.recommend(users=[3], k=1).items[0, 0] % 2 == 1
    assert model.optimizer.learning_rate is None  # the grid worked on clones


def test_an_optimizers_rate_wins_over_the_models():
    slow = GMF(4, epochs=1, optimizer=SGD(learning_rate=1e-9), learning_rate=0.5, random_state=0).fit(BOARD)
    fast = GMF(4, epochs=1, optimizer="sgd", learning_rate=0.5, random_state=0).fit(BOARD)
    same = GMF(4, epochs=1, optimizer=SGD(), learning_rate=0.5, random_state=0).fit(BOARD)
    np.testing.assert_array_equal(fast.tables_["user"], same.tables_["user"])
    assert np.abs(fast.tables_["user"] - slow.tables_["user"]).max() > 1e-4


def test_parameters_from_numpy_ranges_and_several_metrics():
    grid = {"embedding_dim": np.array([4]), "epochs": np.arange(1, 21, 19), "learning_rate": np.array([0.05])}
    scoring = make_ranking_scorer(["ndcg@3", "recall@5"])
    search = GridSearchCV(
        GMF(random_state=0), grid, cv=TWO_FOLDS, scoring=scoring, refit="ndcg@3", error_score="raise"
    ).fit(BOARD)
    assert search.best_params_["epochs"] == 20
    assert search.cv_results_["mean_test_recall@5"][1] > search.cv_results_["mean_test_recall@5"][0]


def test_epochs_are_a_resource_of_a_halving_search():
    search = HalvingGridSearchCV(
        GMF(4, random_state=0),
        {"learning_rate": [1e-6, 0.01, 0.05, 0.1]},
        resource="epochs",
        min_resources=5,
        max_resources=20,
        factor=2,
        cv=TWO_FOLDS,
        random_state=0,
        error_score="raise",
        return_train_score=False,
    ).fit(BOARD)
    assert search.n_resources_ == [5, 10, 20]
    assert search.best_params_["epochs"] == 20
    assert search.best_params_["learning_rate"] > 1e-6
    assert search.best_estimator_.n_iter_ == 20


def test_every_loss_is_validated_across_folds():
    model = MatrixFactorization(4, dropout=0.0, epochs=20, learning_rate=0.05, random_state=0)
    assert (cross_val_score(model, BOARD, cv=TWO_FOLDS, error_score="raise") > 0.4).all()


@pytest.mark.slow
def test_two_workers_search_a_pipeline_with_string_ids():
    named = BOARD.events.map(lambda code: f"id-{code:02d}")
    pipeline = Pipeline([("deduplicate", Deduplicate()), ("model", GMF(4, learning_rate=0.05, random_state=0))])
    search = GridSearchCV(
        pipeline,
        {"model__epochs": [1, 20]},
        cv=TWO_FOLDS,
        n_jobs=2,
        scoring=make_ranking_scorer("ndcg@5"),
        error_score="raise",
    ).fit(named)
    assert search.best_params_ == {"model__epochs": 20}
    best = search.best_estimator_[-1].recommend(users=["id-04"], k=1)
    assert int(best.items[0, 0][3:]) % 2 == 0
    # Workers come to the numbers that this process comes to.
    alone = GridSearchCV(
        pipeline, {"model__epochs": [20]}, cv=TWO_FOLDS, scoring=make_ranking_scorer("ndcg@5"), refit=False
    ).fit(named)
    assert alone.cv_results_["mean_test_score"][0] == pytest.approx(search.best_score_, abs=1e-6)
