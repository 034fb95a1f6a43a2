import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skrec import Interactions, make_pipeline
from skrec.exceptions import InvalidParameterError
from skrec.models import MatrixFactorization, TwoTower
from skrec.preprocessing import FeatureEncoder
from skrec.retrievers import ExactRetriever
from skrec.testing import checkerboard

N = 12
QUICK = {"learning_rate": 0.05, "random_state": 0}
BOARD = checkerboard(N)


def parity_board():
    """A checkerboard whose users and items say on which squares they stand; the last four items have no event."""
    events = BOARD.events[BOARD.events["item_id"] < N - 4]
    users = pd.DataFrame({"user_id": range(N + 2), "side": ["even", "odd"] * (N // 2 + 1)})
    items = pd.DataFrame({"item_id": range(N), "colour": ["white", "black"] * (N // 2)})
    return Interactions(events, users, items)


SIDES = FeatureEncoder([("side", "category", "side")], [("colour", "category", "colour")])


@pytest.fixture(scope="module", params=["softmax", pytest.param("bpr", marks=pytest.mark.slow), "bce"])
def board(request):
    return make_pipeline(SIDES, TwoTower(4, (8,), epochs=40, loss=request.param, **QUICK)).fit(parity_board())


def test_cold_items_and_users_follow_their_features_under_every_loss(board):
    table = parity_board()
    answer = board.recommend(table.users, k=2, items=table.items.tail(4))
    expected = [sorted(item for item in range(N - 4, N) if item % 2 == user % 2) for user in range(N + 2)]
    assert [sorted(row) for row in answer.items.tolist()] == expected


def test_scores_are_products_of_the_towers_vectors(board):
    model = board[-1]
    users, items = model._served()._scorer.vectors()
    expected = users[:-1] @ items[:-1].T
    if model.loss == "bce":
        expected = 1.0 / (1.0 + np.exp(-expected))
    pairs = pd.DataFrame([(u, i) for u in model.users_ for i in model.items_], columns=["user_id", "item_id"])
    np.testing.assert_allclose(model.predict(pairs).reshape(expected.shape), expected, rtol=1e-4, atol=1e-5)
    assert (model.loss == "bce") == bool((expected >= 0.0).all() and (expected <= 1.0).all())


def test_planted_taste_is_found_in_cold_items_far_better_than_by_chance(two_tower, all_films, cold_films, cold_users):
    events = all_films.events
    relevant = events[events["item_id"].isin(cold_films["item_id"])].groupby("user_id")["item_id"].agg(set)
    answer = two_tower.recommend(relevant.index.difference(cold_users["user_id"]), k=3, items=cold_films)
    wanted = [relevant[user] for user in answer.users]
    hits = [len(set(row) & items) / min(3, len(items)) for row, items in zip(answer.items, wanted, strict=True)]
    chance = [len(items) / len(cold_films) * 3 / min(3, len(items)) for items in wanted]
    assert len(hits) > 80
    assert np.mean(hits) > 1.7 * np.mean(chance)


def test_history_and_loss_are_recorded(two_tower):
    model = two_tower[-1]
    assert model.history_["loss"][-1] < model.history_["loss"][0]
    assert list(model.features_.arrays["user"]) == ["age", "job"]


def test_without_features_it_is_a_matrix_factorization():
    options = {"epochs": 6, "temperature": 0.2, "dropout": 0.0, "l2": 0.0, **QUICK}
    tower = TwoTower(4, (8,), loss="softmax", batch_size=1024, **options).fit(BOARD)
    plain = MatrixFactorization(4, loss="softmax", batch_size=1024, **options).fit(BOARD)
    assert tower.network_weights_ == []
    np.testing.assert_allclose(tower.tables_["item"], plain.tables_["item"], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(tower.predict(BOARD), plain.predict(BOARD), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("loss", "temperature"), [("softmax", 0.2), ("bpr", None), ("bce", None)])
def test_the_temperature_by_default_is_that_of_the_loss(network_of, loss, temperature):
    assert network_of(TwoTower(4, (8,), loss=loss)).temperature == temperature
    assert network_of(TwoTower(4, (8,), loss=loss, temperature=0.5)).temperature == 0.5


def test_rows_are_an_embedding_and_a_bias_that_starts_at_nothing_and_is_learned(two_tower):
    model = two_tower[-1]
    rows = model._first_rows("item", 20, 17, np.random.default_rng(0))
    assert (rows[:, -1] == 0).all()
    assert (rows[:, :-1] != 0).all()
    assert model.tables_["item"].shape[1] == 17
    assert model.tables_["item"][:, -1].any()


@pytest.mark.parametrize(
    ("n_events", "size"), [(1, 256), (51_200, 256), (102_400, 512), (1_000_000, 4096), (10**8, 8192)]
)
def test_the_size_of_a_step_follows_the_number_of_events_unless_it_is_said(n_events, size):
    assert TwoTower()._step_size(n_events) == size
    assert TwoTower(batch_size=77)._step_size(n_events) == 77


def test_a_retriever_searches_the_vectors_and_new_items_are_found_all_the_same(films, cold_films, two_tower):
    retriever = ExactRetriever()
    model = clone(two_tower).set_params(twotower__retriever=retriever, twotower__epochs=1).fit(films)
    exact = clone(two_tower).set_params(twotower__retriever="exact", twotower__epochs=1).fit(films)
    for arguments in ({}, {"items": cold_films}, {"exclude_items": [2, 3]}):
        found, expected = (fitted.recommend([2, 3], k=5, **arguments) for fitted in (model, exact))
        np.testing.assert_array_equal(found.items, expected.items)


def test_dropped_ids_make_features_carry(films, cold_films, two_tower):
    few = {"twotower__epochs": 3}
    fits = {rate: clone(two_tower).set_params(twotower__id_dropout=rate, **few).fit(films)[-1] for rate in (0.3, 0.9)}
    shares = {}
    for rate, model in fits.items():
        rows = model.item_vectors()
        own = model.tables_["item"][:, :-1]
        shares[rate] = np.linalg.norm(own) / np.linalg.norm(rows - own)
    assert shares[0.9] < shares[0.3]


def test_partial_fit_admits_new_ids_with_their_features(two_tower, films, cold_films, cold_users):
    pipeline = clone(two_tower).set_params(twotower__epochs=1).fit(films)
    model = pipeline[-1]
    users, items = cold_users.head(2), cold_films.head(2)
    pairs = [(users["user_id"].iloc[0], 2), (users["user_id"].iloc[1], 3), (2, items["item_id"].iloc[0])]
    events = pd.DataFrame(pairs, columns=["user_id", "item_id"]).assign(
        rating=4.0, timestamp=1_700_000_000, device="tv"
    )
    expected = model.features_.fields["item"][0][1].transform(items["genres"].head(1))
    model.partial_fit(Interactions(events, users, items))
    np.testing.assert_array_equal(model.features_.arrays["item"]["genres"][-2:-1], expected)
    assert model.users_[-2:].tolist() == users["user_id"].to_list()
    assert model.features_.arrays["user"]["age"].shape[0] == len(model.users_) + 1
    assert (model.recommend(k=3).lengths == 3).all()
    answer = model.recommend(cold_users, k=3, items=cold_films)
    assert (answer.lengths == 3).all()
    model.partial_fit(events.assign(user_id=[70001, 2, 3], item_id=[2, 60001, 3]))  # without tables
    assert np.isfinite(model.predict(events)).all()


def test_a_warm_start_goes_on_from_the_weights(two_tower, films):
    options = {"twotower__warm_start": True, "twotower__epochs": 2}
    pipeline = clone(two_tower).set_params(**options).fit(films)
    first = pipeline[-1].history_["loss"][-1]
    pipeline.fit(films)
    assert pipeline[-1].history_["loss"][0] < first


@pytest.mark.slow
def test_half_precision_serves_new_items_too(two_tower, films, cold_films):
    pipeline = clone(two_tower).set_params(twotower__precision="mixed_bfloat16", twotower__epochs=2).fit(films)
    assert pipeline[-1].history_["loss"][-1] < pipeline[-1].history_["loss"][0]
    answer = pipeline.recommend([2, 3], k=3, items=cold_films)
    assert answer.lengths.tolist() == [3, 3]
    assert answer.scores.dtype == np.float32


def test_the_same_seed_gives_the_same_numbers_and_no_other(two_tower, films):
    fits = [
        clone(two_tower).set_params(twotower__epochs=1, twotower__random_state=seed).fit(films).predict(films)
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(fits[0], fits[1])
    assert not np.array_equal(fits[0], fits[2])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"embedding_dim": 0}, "The 'embedding_dim' parameter of TwoTower must be"),
        ({"hidden": (8, 0)}, "The 'hidden' parameter of TwoTower must be"),
        ({"hidden": 8}, "The 'hidden' parameter of TwoTower must be"),
        ({"id_dropout": 1.0}, "The 'id_dropout' parameter of TwoTower must be"),
        ({"dropout": -0.1}, "The 'dropout' parameter of TwoTower must be"),
        ({"loss": "mse"}, "The 'loss' parameter of TwoTower must be"),
        ({"temperature": 0.0}, "The 'temperature' parameter of TwoTower must be"),
        ({"n_negatives": 0}, "The 'n_negatives' parameter of TwoTower must be"),
        ({"negatives": "in-batch", "loss": "bpr"}, "negatives='in-batch' is for loss='softmax'"),
    ],
)
def test_a_parameter_that_breaks_its_constraint_is_named(parameters, message):
    with pytest.raises(InvalidParameterError, match=message):
        TwoTower(**{**QUICK, **parameters}).fit(BOARD)
