"""What every backend must do alike: run here on this process' backend, and by test_other_backends.py on the others."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skrec.backends import find_backend, start
from skrec.models import GMF, KerasModel, MatrixFactorization, NeuMF
from skrec.testing import checkerboard

N = 12
QUICK = {"epochs": 30, "learning_rate": 0.05, "random_state": 0}


def multiply(spec):
    """Embeddings, multiplied, then a perceptron."""
    import keras

    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users, 4)(inputs["user_id"])
    item = keras.layers.Embedding(spec.n_items, 4)(inputs["item_id"])
    hidden = keras.layers.Dense(6, activation="relu")(user * item)
    return keras.Model(inputs, keras.layers.Dense(1)(hidden))


MODELS = {
    "gmf": GMF(4, **QUICK),
    "gmf-bpr": GMF(4, loss="bpr", optimizer="adagrad", **QUICK),
    "neumf": NeuMF(4, (8,), **QUICK),
    "mf": MatrixFactorization(4, dropout=0.0, **QUICK),
    "mf-mse": MatrixFactorization(4, loss="mse", dropout=0.0, **QUICK),
    "keras-model": KerasModel(multiply, **QUICK),
}


@pytest.fixture(scope="session")
def keras():
    return start(find_backend())


@pytest.fixture(scope="session")
def backend(keras):
    return find_backend()


@pytest.fixture(scope="session")
def board():
    """A checkerboard of 12 users and items, its events rated by how near the two are."""
    events = checkerboard(N).events
    return events.assign(rating=4.0 - (events["user_id"] - events["item_id"]).abs() / 4.0)


@pytest.fixture(scope="session")
def everything():
    return pd.DataFrame([(user, item) for user in range(N) for item in range(N)], columns=["user_id", "item_id"])


@pytest.fixture(scope="session")
def fitted(board):
    """Models that have learned the board, by name; tests don't change them."""
    return {name: clone(model).fit(board) for name, model in MODELS.items()}


@pytest.fixture(scope="session")
def history():
    """Histories of two new users, one of each parity."""
    pairs = [(98, item) for item in (0, 2, 4, 6)] + [(99, item) for item in (1, 3, 5, 7)]
    return pd.DataFrame(pairs, columns=["user_id", "item_id"]).assign(rating=4.0)


@pytest.fixture(scope="session")
def predictions(fitted, everything, history):
    """Scores of all pairs by every model, and for new users by some: what is compared between backends."""
    scores = {name: model.predict(everything) for name, model in fitted.items()}
    for name in ("gmf", "keras-model"):
        frame = fitted[name].recommend(history=history, k=N, exclude_seen=False).to_frame()
        scores[f"{name}, folded in"] = frame.sort_values(["user_id", "item_id"])["score"].to_numpy()
    assert all(np.isfinite(values).all() for values in scores.values())
    return scores
