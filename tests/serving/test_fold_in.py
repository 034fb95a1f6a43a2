import copy
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from sklearn.base import clone

from skrec.data import Histories
from skrec.models import GMF, MatrixFactorization, NeuMF, _fold_in
from skrec.models._fold_in import fold_in, shared_negatives
from skrec.testing import checkerboard

N = 12
BOARD = checkerboard(N)
QUICK = {"epochs": 30, "learning_rate": 0.05, "random_state": 0}


@pytest.fixture(scope="module")
def gmf():
    return GMF(4, l2=0.0, **QUICK).fit(BOARD)


@pytest.fixture(scope="module")
def rater():
    ratings = BOARD.events.assign(rating=(BOARD.events["item_id"] % 5).astype(float))
    return MatrixFactorization(4, loss="mse", dropout=0.0, **QUICK).fit(ratings)


def histories(model, lists, ratings=None, weights=None, positive=None):
    """Histories of item codes, one list a user."""
    lengths = [len(items) for items in lists]
    n = sum(lengths)
    return Histories(
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.array([item for items in lists for item in items], dtype=np.int64),
        np.ones(n, dtype=np.float32) if weights is None else np.array(weights, dtype=np.float32),
        np.ones(n, dtype=bool) if positive is None else np.array(positive),
        None if ratings is None else np.array(ratings, dtype=np.float32),
        np.zeros(n, dtype=np.int64),
        len(model.items_),
    )


def _folded(model, backend, program, past):
    return fold_in(model, backend, program, np.full(past.n_users, -1), past)


def rows_of(model, *arguments, **keywords):
    backend, program = model._served()
    return _folded(model, backend, program, histories(model, *arguments, **keywords))


def test_under_mse_a_row_solves_its_own_ridge_regression(rater):
    items, ratings = np.array([0, 3, 4, 7, 8, 9]), np.array([2.2, 1.9, 2.4, 2.0, 2.1, 1.8])
    [row] = rows_of(rater, [items], ratings=ratings)
    # Mean squared error of the events, and a pull of 3 / 6 towards the mean row; a row ends in the user's bias.
    mean = rater.tables_["user"].mean(axis=0).astype(np.float64)
    design = np.concatenate([rater.tables_["item"][items, :-1], np.ones((6, 1))], axis=1).astype(np.float64)
    target = ratings - rater.rating_mean_ - rater.tables_["item"][items, -1]
    pull = _fold_in._PULL / 6.0
    solution = np.linalg.solve(design.T @ design / 6 + pull * np.eye(5), design.T @ target / 6 + pull * mean)
    np.testing.assert_allclose(row, solution, atol=0.03)
    assert np.abs(solution - mean).max() > 0.1


def test_under_bce_a_row_minimises_the_loss_against_all_items_that_it_has_not_seen(gmf):
    items, disliked = np.array([0, 1, 2]), np.array([3])
    kernel, bias = (weight.astype(np.float64) for weight in gmf.network_weights_)
    vectors, mean = gmf.tables_["item"] * kernel[:, 0], gmf.tables_["user"].mean(axis=0).astype(np.float64)
    free = np.setdiff1d(np.arange(N), np.concatenate([items, disliked]))

    def objective(row):
        scores = vectors @ row + bias
        against = np.logaddexp(0.0, scores[free]).mean()
        fit = (np.logaddexp(0.0, -scores[items]).mean() + 4 * against) / 5.0  # each event against four negatives
        return fit + _fold_in._PULL * ((row - mean) ** 2).sum() / len(items)

    [row] = rows_of(gmf, [[*items, *disliked]], positive=[True, True, True, False])
    best = minimize(objective, mean).x
    np.testing.assert_allclose(row, best, atol=0.015)
    assert np.abs(best - mean).max() > 0.1
    assert objective(row) - objective(best) < 0.005 * (objective(mean) - objective(best))


# Where a row's length is no matter, what it costs has no one minimum, and 64 steps come near one.
@pytest.mark.parametrize(("temperature", "tolerance"), [(None, 0.005), (0.5, 0.25)])
def test_under_softmax_a_negative_stands_for_the_items_that_were_not_drawn(temperature, tolerance):
    model = MatrixFactorization(4, bias=False, temperature=temperature, dropout=0.0, **QUICK).fit(BOARD)
    model._fold_negatives = np.array([0, 1, 4, 7, 9, 11])  # half of the catalogue
    items, free = np.array([0, 2, 5]), np.array([1, 4, 7, 9, 11])
    mean, vectors = model.tables_["user"].mean(axis=0).astype(np.float64), model.tables_["item"].astype(np.float64)
    if temperature:
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    pull = _fold_in._PULL / (temperature or 1.0) ** 2  # as strong as the scores are

    def objective(row):
        scores = vectors @ (row / np.linalg.norm(row) / temperature if temperature else row)
        fit = (np.log(np.exp(scores[items]) + 2.0 * np.exp(scores[free]).sum()) - scores[items]).mean()
        return fit + pull * ((row - mean) ** 2).sum() / len(items)

    [row] = rows_of(model, [items])
    best = minimize(objective, mean)
    assert objective(mean) - best.fun > 0.05
    assert objective(row) - best.fun < tolerance * (objective(mean) - best.fun)


def test_a_weight_counts_like_so_many_events(rater):
    items, ratings = [0, 3, 4], [1.0, 3.0, 2.0]
    [weighted] = rows_of(rater, [items], ratings=ratings, weights=[3.0, 1.0, 2.0])
    [repeated] = rows_of(rater, [[0, 0, 0, 3, 4, 4]], ratings=[1.0, 1.0, 1.0, 3.0, 2.0, 2.0])
    np.testing.assert_allclose(weighted, repeated, atol=1e-4)


def test_a_history_without_ratings_leaves_the_mean_row_under_mse(rater):
    [row] = rows_of(rater, [[0, 3]])
    np.testing.assert_allclose(row, rater.tables_["user"].mean(axis=0), atol=1e-6)


def test_a_rater_recommends_to_a_new_user_what_was_rated_well_by_it(rater):
    history = pd.DataFrame({"user_id": 99, "item_id": [4, 9, 5, 10], "rating": [0.0, 0.0, 4.0, 4.0]})
    opposite = history.assign(rating=4.0 - history["rating"])
    rank = [
        rater.recommend(history=events, exclude_seen=False, k=N).items[0].tolist() for events in (history, opposite)
    ]
    assert rank[0].index(5) < rank[0].index(4)
    assert rank[0] != rank[1]


def test_an_empty_history_gets_the_mean_row(gmf):
    mean = gmf.tables_["user"].mean(axis=0)
    rows = rows_of(gmf, [[], [0, 1], []])
    np.testing.assert_array_equal(rows[[0, 2]], [mean, mean])
    assert not np.allclose(rows[1], mean, atol=1e-2)


def test_disliked_events_teach_nothing(gmf):
    [plain] = rows_of(gmf, [[0, 1]])
    [labelled] = rows_of(gmf, [[0, 1, 5, 6]], positive=[True, True, False, False])
    assert np.abs(plain - labelled).max() < 0.5 * np.abs(plain - gmf.tables_["user"].mean(axis=0)).max()
    [only_disliked] = rows_of(gmf, [[5, 6]], positive=[False, False])
    np.testing.assert_array_equal(only_disliked, gmf.tables_["user"].mean(axis=0))


def test_a_row_is_the_same_alone_and_in_any_batch(gmf):
    rng = np.random.default_rng(0)
    lists = [rng.permutation(N)[: rng.integers(1, N)].tolist() for _ in range(70)]  # more than go into one call
    together = rows_of(gmf, lists)
    for user in (0, 31, 32, 69):
        np.testing.assert_allclose(rows_of(gmf, [lists[user]])[0], together[user], atol=1e-6)
    np.testing.assert_allclose(rows_of(gmf, lists[::-1]), together[::-1], atol=1e-6)


def test_of_a_very_long_history_the_latest_events_count(gmf, monkeypatch):
    monkeypatch.setattr(_fold_in, "_MAX_EVENTS", 8)
    late = [0, 2, 4, 6, 8, 10, 1, 3]
    long = rows_of(gmf, [[5, 7, 9, 11, 5, 7, *late]])
    short = rows_of(gmf, [late])
    # Seen items, all of them, are no negatives; but the early ones are no positives either.
    monkeypatch.setattr(_fold_in, "_MAX_EVENTS", 512)
    whole = rows_of(gmf, [[5, 7, 9, 11, 5, 7, *late]])
    assert np.abs(long - short).max() < np.abs(whole - short).max()


def test_the_number_of_negatives_is_the_models_own_and_not_that_of_whoever_came_first(gmf):
    history = [(99, 0), (99, 2), (99, 4)]
    other = copy.deepcopy(gmf).set_params(n_negatives=40)  # shares the compiled program
    first, second, again = (
        model.recommend(history=history, k=N, exclude_seen=False).scores for model in (gmf, other, gmf)
    )
    np.testing.assert_array_equal(again, first)
    assert second.mean() < first.mean() - 0.02  # more weight on what isn't in the history


@pytest.mark.parametrize(
    "model",
    [GMF(4), GMF(4, loss="bpr"), GMF(4, loss="softmax"), NeuMF(4, (8,), epochs=60)],
    ids=["bce", "bpr", "softmax", "through a network"],
)
def test_a_history_of_one_parity_is_answered_with_that_parity(model):
    model = clone(model).set_params(**{**QUICK, "epochs": max(model.epochs, QUICK["epochs"])}).fit(BOARD)
    found = model.recommend(history=[(98, i) for i in (0, 2, 4, 6)] + [(99, i) for i in (1, 3, 5, 7)], k=1)
    assert (found.items[:, 0] % 2).tolist() == [0, 1]


def test_the_tables_are_left_alone(gmf):
    before = copy.deepcopy(gmf.tables_)
    gmf.recommend(history=[(99, 0), (0, 1), (3, 2)])
    for side, table in before.items():
        np.testing.assert_array_equal(gmf.tables_[side], table)


@pytest.mark.parametrize(("vectors", "limit"), [(None, 256), ("some", 2048)])
def test_negatives_are_all_items_or_distinct_seeded_ones(vectors, limit):
    program = SimpleNamespace(vectors=vectors)
    np.testing.assert_array_equal(shared_negatives(limit, program, np.random.default_rng(0)), np.arange(limit))
    draws = [shared_negatives(limit + 500, program, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])
    assert len(set(draws[0].tolist())) == limit
    assert draws[0].max() < limit + 500
    assert (np.diff(draws[0]) > 0).all()
