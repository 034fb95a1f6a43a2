import json
import zipfile

import numpy as np
import pandas as pd
import pytest

from skrec import Interactions
from skrec.exceptions import InvalidDataError, InvalidParameterError
from skrec.model_selection import LeaveLastOut
from skrec.models import MatrixFactorization, Popularity
from skrec.testing import checkerboard

N = 12
BOARD = checkerboard(N)
QUICK = {"epochs": 30, "learning_rate": 0.05, "random_state": 0, "dropout": 0.0}
EVERYTHING = pd.DataFrame([(user, item) for user in range(N) for item in range(N)], columns=["user_id", "item_id"])


@pytest.fixture(scope="module", params=["bce", "bpr", "softmax"])
def model(request):
    n_negatives = 2048 if request.param == "softmax" else 4
    return MatrixFactorization(4, loss=request.param, n_negatives=n_negatives, temperature=None, **QUICK).fit(BOARD)


def make_ratings():
    """Ratings of all pairs: a mean of 3, tastes for parity, generous users and good items."""
    rng = np.random.default_rng(0)
    same = (EVERYTHING["user_id"] % 2 == EVERYTHING["item_id"] % 2).to_numpy()
    generous, good = rng.normal(0.0, 0.4, N), rng.normal(0.0, 0.4, N)
    rating = 3.0 + np.where(same, 0.8, -0.8) + generous[EVERYTHING["user_id"]] + good[EVERYTHING["item_id"]]
    events = EVERYTHING.assign(rating=rating).sample(frac=1.0, random_state=0)
    return events.iloc[:110], events.iloc[110:]


@pytest.fixture(scope="module")
def rater():
    train, _ = make_ratings()
    return MatrixFactorization(4, loss="mse", **{**QUICK, "epochs": 60}).fit(train)


def test_the_board_is_learned_under_every_loss(model):
    np.testing.assert_array_equal(model.recommend(k=1).items[:, 0] % 2, np.arange(N) % 2)


def plain(model, bias, temperature):
    """Scores of all pairs of codes, from the tables."""
    user, item = model.tables_["user"].astype(np.float64), model.tables_["item"].astype(np.float64)
    biases = user[:, -1:] + item[:, -1] if bias else 0.0
    user, item = (user[:, :-1], item[:, :-1]) if bias else (user, item)
    if temperature is not None:
        user = user / np.linalg.norm(user, axis=1, keepdims=True) / temperature
        item = item / np.linalg.norm(item, axis=1, keepdims=True)
    return user @ item.T + biases


def all_pairs(model):
    return [(user, item) for user in model.users_ for item in model.items_]


def test_a_score_is_the_inner_product_plus_biases(model):
    assert model.network_weights_ == []
    assert model.tables_["user"].shape == (N, 5)
    assert (model.tables_["user"][:, -1] != 0).all() == (model.loss == "bce")  # else it cancels out
    assert (model.tables_["item"][:, -1] != 0).all()
    scores = plain(model, True, None)
    expected = 1.0 / (1.0 + np.exp(-scores)) if model.loss == "bce" else scores
    np.testing.assert_allclose(model.predict(all_pairs(model)).reshape(N, N), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("bias", "temperature"), [(False, None), (True, 0.5)], ids=str)
def test_biases_and_a_temperature_are_options(bias, temperature):
    model = MatrixFactorization(4, bias=bias, temperature=temperature, **QUICK).fit(BOARD)
    assert model.tables_["user"].shape == (N, 4 + bias)
    assert model.item_vectors().shape == (N, 4)
    predicted = model.predict(all_pairs(model)).reshape(N, N)
    np.testing.assert_allclose(predicted, plain(model, bias, temperature), rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(model.recommend(k=1).items[:, 0] % 2, np.arange(N) % 2)


@pytest.mark.parametrize(("loss", "temperature"), [("softmax", 0.2), ("bpr", None), ("bce", None)])
def test_the_temperature_is_the_losses_own_unless_it_is_said(loss, temperature):
    quick = {**QUICK, "epochs": 3}
    auto, said = (
        MatrixFactorization(4, loss=loss, temperature=value, **quick).fit(BOARD) for value in ("auto", temperature)
    )
    np.testing.assert_array_equal(auto.predict(all_pairs(auto)), said.predict(all_pairs(auto)))
    logits = plain(auto, True, temperature)
    expected = 1.0 / (1.0 + np.exp(-logits)) if loss == "bce" else logits
    np.testing.assert_allclose(auto.predict(all_pairs(auto)).reshape(N, N), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "parameters", [{"negatives": "popularity", "n_negatives": 8}, {"negatives": "in-batch"}], ids=str
)
def test_the_board_is_learned_with_negatives_from_anywhere(parameters):
    model = MatrixFactorization(4, temperature=0.5, batch_size=20, **parameters, **QUICK).fit(BOARD)
    assert (model.recommend(k=1).items[:, 0] % 2 == np.arange(N) % 2).mean() > 0.9


@pytest.mark.parametrize("negatives", ["uniform", "popularity", "in-batch"])
def test_an_items_bias_is_the_logarithm_of_its_share_however_often_it_is_drawn(negatives):
    # One item is liked by all, six others by a sixth of the users each; a high temperature leaves nothing but biases.
    events = pd.DataFrame(
        [(user, item) for user in range(60) for item in (0, 1 + user % 6)], columns=["user_id", "item_id"]
    )
    model = MatrixFactorization(
        1, temperature=1e6, negatives=negatives, n_negatives=64, batch_size=40, **{**QUICK, "epochs": 60}
    ).fit(events.sample(frac=1.0, random_state=0))
    biases = model.tables_["item"][model.item_vocabulary_.encode(pd.Series(np.arange(7))), -1]
    assert biases[0] - biases[1:].mean() == pytest.approx(np.log(6.0), abs=0.4)


def test_biases_start_at_zero():
    rows = MatrixFactorization(4)._first_rows("user", 1000, 5, np.random.default_rng(0))
    assert not rows[:, -1].any()
    assert rows[:, :-1].std() == pytest.approx(0.1, rel=0.05)
    assert MatrixFactorization(4, bias=False)._first_rows("user", 9, 4, np.random.default_rng(0)).all()


def test_the_default_dropout_still_learns_the_board():
    model = MatrixFactorization(8, epochs=60, learning_rate=0.05, random_state=0).fit(BOARD)
    assert (model.recommend(k=1).items[:, 0] % 2 == np.arange(N) % 2).mean() > 0.8


def test_ratings_are_predicted_better_than_by_their_mean(rater):
    train, test = make_ratings()
    error = np.sqrt(np.mean((rater.predict(test) - test["rating"]) ** 2))
    assert error < 0.6 * np.sqrt(np.mean((train["rating"].mean() - test["rating"]) ** 2))
    assert rater.rating_mean_ == pytest.approx(train["rating"].mean(), abs=1e-4)


def test_a_rating_is_the_mean_plus_biases_plus_the_inner_product(rater):
    expected = plain(rater, True, None) + rater.rating_mean_
    np.testing.assert_allclose(rater.predict(all_pairs(rater)).reshape(N, N), expected, rtol=1e-4, atol=1e-5)
    frame = rater.recommend(k=N, exclude_seen=False).to_frame()
    np.testing.assert_allclose(rater.predict(frame[["user_id", "item_id"]]), frame["score"], rtol=1e-4, atol=1e-5)


def test_the_rating_of_an_unknown_id_is_the_mean_and_what_is_known_of_the_other(rater):
    item_bias = rater.tables_["item"][rater.item_vocabulary_.encode(pd.Series([3]))[0], -1]
    user_bias = rater.tables_["user"][rater.user_vocabulary_.encode(pd.Series([5]))[0], -1]
    predicted = rater.predict([(999, 3), (5, 999), (999, 999)])
    expected = rater.rating_mean_ + np.array([item_bias, user_bias, 0.0])
    np.testing.assert_allclose(predicted, expected, rtol=1e-5)


def test_the_validation_metric_of_ratings_is_their_error():
    train, _ = make_ratings()
    model = MatrixFactorization(4, loss="mse", validation_fraction=0.2, **QUICK).fit(train)
    assert list(model.history_) == ["loss", "accuracy", "val_rmse"]
    assert min(model.history_["val_rmse"]) < 0.75 * model.history_["val_rmse"][0]


def test_labels_handed_in_win_over_the_column(rater):
    train, _ = make_ratings()
    shifted = MatrixFactorization(4, loss="mse", **QUICK).fit(train, train["rating"] + 10.0)
    assert shifted.rating_mean_ == pytest.approx(train["rating"].mean() + 10.0, abs=1e-3)


def test_the_mean_is_weighted():
    train, _ = make_ratings()
    weights = np.arange(110) + 1.0
    model = MatrixFactorization(4, loss="mse", **{**QUICK, "epochs": 1}).fit(train, sample_weight=weights)
    assert model.rating_mean_ == pytest.approx(np.average(train["rating"], weights=weights), abs=1e-4)


def test_without_ratings_there_is_nothing_to_learn_under_mse():
    model = MatrixFactorization(4, loss="mse", **QUICK)
    with pytest.raises(
        InvalidDataError,
        match="loss='mse' learns ratings, and there are none. Pass y, or a column 'rating' in X.",
    ):
        model.fit(BOARD)
    assert not model.__sklearn_is_fitted__()


def test_zeros_among_the_ratings_are_ratings_under_mse():
    labels = (BOARD.events["item_id"] > 5).astype(float)
    model = MatrixFactorization(4, loss="mse", **QUICK).fit(BOARD, labels)
    predicted = model.predict(BOARD)
    assert predicted[labels == 0].mean() < 0.3
    assert predicted[labels == 1].mean() > 0.7


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ({"temperature": 0.0}, "temperature"),
        ({"bias": "yes"}, "bias"),
        ({"dropout": -0.1}, "dropout"),
        ({"loss": "hinge"}, "loss"),
        ({"embedding_dim": 1.5}, "embedding_dim"),
    ],
)
def test_a_parameter_that_breaks_its_constraint_is_named(parameters, name):
    with pytest.raises(InvalidParameterError, match=f"The '{name}' parameter of MatrixFactorization must be"):
        MatrixFactorization(**parameters).fit(BOARD)


@pytest.mark.slow
@pytest.mark.data
def test_the_readmes_settings_beat_popularity_on_sparse_data_of_a_shop(data_home):
    """Reviews of musical instruments, 7 a user: the last of each user is guessed."""
    path = data_home / "amazon-musical-instruments-5core" / "Musical_Instruments.zip"
    if not path.is_file():
        pytest.skip(f"{path.name} isn't below SKREC_DATA_HOME")
    columns = {"reviewerID": "user_id", "asin": "item_id", "unixReviewTime": "timestamp"}
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as lines:
        reviews = pd.DataFrame([json.loads(line) for line in lines])
    X = Interactions(reviews[list(columns)].rename(columns=columns))
    train, test = next(iter(LeaveLastOut().split(X)))
    popular = Popularity().fit(X[train]).score(X[test])
    assert MatrixFactorization(learning_rate=0.02, random_state=0).fit(X[train]).score(X[test]) > 1.4 * popular
