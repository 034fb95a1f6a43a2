"""Rows of new users: they minimise the loss that training minimises, while all else stays as it is."""

import copy
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import minimize

from skrec.plugin import Capabilities
from skrec.serving import Scorer, draw_pool, fold_in
from skrec.serving.fold_in import GradientFoldIn, NeighbourFoldIn, fold_in_for
from skrec.serving.neighbours import average, neighbour_weights

N = 12


@pytest.fixture(scope="module")
def rater(networks, build):
    """Predicts ratings around 2: an inner product, and biases of users and items."""
    return build(networks.FactorNetwork(0.0, True, None), {"user": 5, "item": 5}, loss="mse", rating_mean=2.0)


@pytest.fixture(scope="module")
def rows_of(past):
    """Learn rows of strangers from lists of item codes."""

    def learn(scorer, lists, **columns):
        histories = past(lists, **columns)
        return GradientFoldIn(scorer).rows(np.full(len(lists), -1), histories)

    return learn


def mean_row(scorer):
    return scorer.learned.weights.tables["user"].mean(axis=0)


def changed(scorer, setup=None, **parts):
    """The same scorer with other parts of what was learned, or of the setup."""
    return Scorer(replace(scorer.learned, **parts), replace(scorer.setup, **(setup or {})))


def test_under_mse_a_row_solves_its_own_ridge_regression(rater, rows_of):
    items, ratings = np.array([0, 3, 4, 7, 8, 9]), np.array([2.2, 1.9, 2.4, 2.0, 2.1, 1.8])
    [row] = rows_of(rater, [items], ratings=ratings)
    # Mean squared error of the events, and a pull of 3 / 6 towards the mean row; a row ends in the user's bias.
    table, mean = rater.learned.weights.tables["item"], mean_row(rater).astype(np.float64)
    design = np.concatenate([table[items, :-1], np.ones((6, 1))], axis=1).astype(np.float64)
    target = ratings - 2.0 - table[items, -1]
    pull = fold_in._PULL / 6.0
    solution = np.linalg.solve(design.T @ design / 6 + pull * np.eye(5), design.T @ target / 6 + pull * mean)
    np.testing.assert_allclose(row, solution, atol=0.03)
    assert np.abs(solution - mean).max() > 0.1


def test_under_bce_a_row_minimises_the_loss_against_all_items_without_a_positive_event(gmf, rows_of):
    items, disliked = np.array([0, 1, 2]), np.array([3])  # which is drawn as a negative in training, too
    kernel, bias = (weight.astype(np.float64) for weight in gmf.learned.weights.network)
    vectors, mean = gmf.learned.weights.tables["item"] * kernel[:, 0], mean_row(gmf).astype(np.float64)
    free = np.setdiff1d(np.arange(N), items)

    def objective(row):
        scores = vectors @ row + bias
        against = np.logaddexp(0.0, scores[free]).mean()
        fit = (np.logaddexp(0.0, -scores[items]).mean() + 4 * against) / 5.0  # each event against four negatives
        return fit + fold_in._PULL * ((row - mean) ** 2).sum() / len(items)

    [row] = rows_of(gmf, [[*items, *disliked]], positive=[True, True, True, False])
    best = minimize(objective, mean).x
    np.testing.assert_allclose(row, best, atol=0.015)
    assert np.abs(best - mean).max() > 0.05
    assert objective(row) - objective(best) < 0.005 * (objective(mean) - objective(best))


@pytest.mark.parametrize("temperature", [None, 0.5])
def test_under_softmax_a_negative_stands_for_the_items_that_were_not_drawn(networks, build, rows_of, temperature):
    pool = np.array([0, 1, 4, 7, 9, 11])  # half of the catalogue
    network = networks.FactorNetwork(0.0, False, temperature)
    scorer = build(network, {"user": 4, "item": 4}, loss="softmax", pool=pool)
    # Far from 0, so that a row's length matters to the pull where it does to nothing else.
    scorer.learned.weights.tables["user"][:] += 1.0
    items, free = np.array([0, 2, 5]), np.array([1, 4, 7, 9, 11])
    mean, vectors = mean_row(scorer).astype(np.float64), scorer.learned.weights.tables["item"].astype(np.float64)
    if temperature:
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    pull = fold_in._PULL / (temperature or 1.0) ** 2  # as strong as the scores are

    def objective(row):
        scores = vectors @ (row / np.linalg.norm(row) / temperature if temperature else row)
        fit = (np.log(np.exp(scores[items]) + 2.0 * np.exp(scores[free]).sum()) - scores[items]).mean()
        return fit + pull * ((row - mean) ** 2).sum() / len(items)

    [row] = rows_of(scorer, [items])
    best = minimize(objective, mean)
    assert objective(mean) - best.fun > 0.02
    assert objective(row) - best.fun < 0.01 * (objective(mean) - best.fun)


def test_a_weight_counts_like_so_many_events(rater, rows_of):
    [weighted] = rows_of(rater, [[0, 3, 4]], ratings=[1.0, 3.0, 2.0], weights=[3.0, 1.0, 2.0])
    [repeated] = rows_of(rater, [[0, 0, 0, 3, 4, 4]], ratings=[1.0, 1.0, 1.0, 3.0, 2.0, 2.0])
    np.testing.assert_allclose(weighted, repeated, atol=1e-4)


def test_a_history_without_ratings_leaves_the_mean_row_under_mse(rater, rows_of):
    np.testing.assert_allclose(rows_of(rater, [[0, 3]])[0], mean_row(rater), atol=1e-6)


def test_what_was_rated_well_is_scored_higher_than_by_who_rated_it_badly(rater, rows_of):
    ratings = np.array([0.0, 0.0, 4.0, 4.0])
    well, badly = (rows_of(rater, [[4, 9, 5, 10]], ratings=given)[0] for given in (ratings, 4.0 - ratings))
    table = rater.learned.weights.tables["item"]
    assert table[5, :-1] @ (well - badly)[:-1] > table[4, :-1] @ (well - badly)[:-1] + 0.1


def test_an_empty_history_gets_the_mean_row(gmf, rows_of):
    rows = rows_of(gmf, [[], [0, 1], []])
    np.testing.assert_array_equal(rows[[0, 2]], [mean_row(gmf)] * 2)
    assert not np.allclose(rows[1], mean_row(gmf), atol=1e-2)


def test_disliked_events_teach_nothing(gmf, rows_of):
    [plain] = rows_of(gmf, [[0, 1]])
    [labelled] = rows_of(gmf, [[0, 1, 5, 6]], positive=[True, True, False, False])
    assert np.abs(plain - labelled).max() < 0.5 * np.abs(plain - mean_row(gmf)).max()
    [only_disliked] = rows_of(gmf, [[5, 6]], positive=[False, False])
    np.testing.assert_array_equal(only_disliked, mean_row(gmf))


def test_where_labels_are_learned_without_negatives_disliked_events_count(gmf, rows_of):
    labels = changed(gmf, {"n_negatives": 0})
    vector = (gmf.learned.weights.tables["item"] * gmf.learned.weights.network[0][:, 0])[1]
    good, bad = (vector @ rows_of(labels, [[0, 1]], positive=[True, liked])[0] for liked in (True, False))
    without = vector @ rows_of(labels, [[0]])[0]
    assert good > without + 0.05
    assert bad < without - 0.05


def test_a_rating_of_0_is_a_rating(rater, rows_of):
    ratings = [0.0, 4.0, 0.0]
    [row] = rows_of(rater, [[0, 3, 4]], ratings=ratings, positive=[False, True, False])
    np.testing.assert_array_equal(row, rows_of(rater, [[0, 3, 4]], ratings=ratings)[0])


def test_a_row_is_the_same_alone_and_in_any_batch(gmf, rows_of):
    rng = np.random.default_rng(0)
    lists = [rng.permutation(N)[: rng.integers(1, N)].tolist() for _ in range(70)]  # more than go into one call
    together = rows_of(gmf, lists)
    for user in (0, 31, 32, 69):
        np.testing.assert_allclose(rows_of(gmf, [lists[user]])[0], together[user], atol=1e-6)
    np.testing.assert_allclose(rows_of(gmf, lists[::-1]), together[::-1], atol=1e-6)


def test_of_a_very_long_history_the_latest_events_count(gmf, rows_of, monkeypatch):
    monkeypatch.setattr(fold_in, "_SIZES", (8,))
    late = [0, 2, 4, 6, 8, 10, 1, 3]
    long, short = rows_of(gmf, [[5, 7, 9, 11, 5, 7, *late]]), rows_of(gmf, [late])
    # Seen items, all of them, are no negatives; but the early ones are no positives either.
    monkeypatch.undo()
    whole = rows_of(gmf, [[5, 7, 9, 11, 5, 7, *late]])
    assert np.abs(long - short).max() < np.abs(whole - short).max()


def test_the_number_of_negatives_is_the_models_own_and_not_that_of_whoever_came_first(gmf, rows_of):
    other = changed(gmf, {"n_negatives": 40})  # shares the compiled program
    first, second, again = (rows_of(scorer, [[0, 2, 4]])[0] for scorer in (gmf, other, gmf))
    np.testing.assert_array_equal(again, first)
    vectors = gmf.learned.weights.tables["item"] * gmf.learned.weights.network[0][:, 0]
    unseen = [1, 3, 5, 6, 7, 8, 9, 10, 11]
    assert (vectors @ second)[unseen].mean() < (vectors @ first)[unseen].mean() - 0.02


def planted(scorer, half):
    """Rows whose products are large where parities agree; a network's weights that count nothing but products."""
    signs = np.where(np.arange(N) % 2, -1.0, 1.0).astype(np.float32)[:, np.newaxis]
    width = scorer.learned.weights.tables["user"].shape[1]
    rows = np.concatenate([np.tile(signs, half), np.zeros((N, width - half), dtype=np.float32)], axis=1)
    network = [np.zeros_like(weight) for weight in scorer.learned.weights.network]
    if network:
        network[-2][:half] = 1.0
    weights = replace(scorer.learned.weights, tables={"user": rows, "item": rows}, network=network)
    return changed(scorer, weights=weights)


@pytest.mark.parametrize("loss", ["bce", "bpr", "softmax"])
def test_a_history_of_one_parity_is_answered_with_that_parity(networks, build, rows_of, loss):
    scorer = planted(build(networks.FactorNetwork(0.0, False, None), {"user": 4, "item": 4}, loss=loss), 4)
    users, items = scorer.user_vectors(rows_of(scorer, [[0, 2, 4, 6], [1, 3, 5, 7]])), scorer.vectors()[1][:-1]
    assert ((users @ items.T).argmax(axis=1) % 2).tolist() == [0, 1]


def test_so_it_is_through_a_network_that_joins_both(neumf, rows_of):
    scorer = planted(neumf, 4)
    scores = scorer.catalogue(rows_of(scorer, [[0, 2, 4, 6], [1, 3, 5, 7]]))
    assert (scores.argmax(axis=1) % 2).tolist() == [0, 1]


def test_features_are_known_beside_the_history(tower, past):
    histories = past([[0, 2], [0, 2], [0, 2]])
    same, other, stranger = GradientFoldIn(tower).rows(np.array([4, 5, -1]), histories)
    assert np.abs(same - other).max() > 1e-3  # features of another user
    assert np.abs(same - stranger).max() > 1e-3  # none at all


def test_context_of_which_nothing_is_known_is_handed_to_a_network_that_reads_it(fields, past):
    rows = GradientFoldIn(fields).rows(np.array([-1]), past([[0, 2, 4]]))
    assert rows.shape == (1, 5)
    assert np.abs(rows - mean_row(fields)).max() > 1e-2


def test_the_prior_is_the_mean_row_of_the_users_of_fit(tower, board):
    cold = board.users.head(2).assign(user_id=[70, 71])
    grown = Scorer(tower.learned.with_ids("user", cold, "users"), tower.setup, tower)
    np.testing.assert_allclose(GradientFoldIn(grown).prior(), mean_row(tower), rtol=1e-6)


def test_the_prior_is_zeros_where_features_carry_what_ids_left_out(tower, gmf):
    np.testing.assert_array_equal(GradientFoldIn(changed(tower, {"drops_ids": True})).prior(), np.zeros(5))
    np.testing.assert_array_equal(GradientFoldIn(changed(gmf, {"drops_ids": True})).prior(), mean_row(gmf))


def test_what_was_learned_is_left_alone(gmf, rows_of):
    before = copy.deepcopy(gmf.learned.weights)
    rows_of(gmf, [[0], [1, 2]])
    for side, table in before.tables.items():
        np.testing.assert_array_equal(gmf.learned.weights.tables[side], table)
    for first, second in zip(before.network, gmf.learned.weights.network, strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_backend_that_only_serves_folds_in_by_neighbours(gmf, past, histories):
    serves = SimpleNamespace(capabilities=Capabilities(train=False, jit=False, distribution=False, tpu=False))
    assert type(fold_in_for(gmf)) is GradientFoldIn
    found = fold_in_for(changed(gmf, {"backend": serves}))
    assert type(found) is NeighbourFoldIn
    new = past([[0, 2], []])
    rows = found.rows(np.array([-1, -1]), new)
    expected = average(gmf.learned.weights.tables["user"], neighbour_weights(new, histories, 20), mean_row(gmf))
    np.testing.assert_array_equal(rows, expected)
    np.testing.assert_array_equal(rows[1], mean_row(gmf))


@pytest.mark.parametrize(("vectors", "limit"), [(None, 256), ("some", 1024)])
def test_negatives_are_all_items_or_distinct_seeded_ones(vectors, limit):
    program = SimpleNamespace(vectors=vectors)
    np.testing.assert_array_equal(draw_pool(limit, program, np.random.default_rng(0)), np.arange(limit))
    draws = [draw_pool(limit + 500, program, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])
    assert len(set(draws[0].tolist())) == limit
    assert draws[0].max() < limit + 500
    assert (np.diff(draws[0]) > 0).all()
