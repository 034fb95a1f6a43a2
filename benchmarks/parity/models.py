"""Every Keras model, trained on one backend and served on another; each in a process of its own."""

from pathlib import Path
from typing import Any

import numpy as np

DROPOUT = 0.0
N_USERS, N_ITEMS, N_EVENTS = 300, 120, 6000


def _multiply(spec: Any) -> Any:
    import keras

    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users, 8)(inputs["user_id"])
    item = keras.layers.Embedding(spec.n_items, 8)(inputs["item_id"])
    hidden = keras.layers.Dense(16, activation="relu")(user * item)
    return keras.Model(inputs, keras.layers.Dense(1)(hidden))


def make() -> dict[str, Any]:
    """Make the models that are compared, with dropout 0 and their other defaults."""
    from skrec.models import GMF, KerasModel, MatrixFactorization, NeuMF

    shared = {"epochs": 5, "batch_size": 256, "random_state": 0}
    return {
        "GMF, bce": GMF(16, **shared),
        "GMF, bpr": GMF(16, loss="bpr", **shared),
        "NeuMF, bce": NeuMF(16, **shared),
        "MatrixFactorization, softmax": MatrixFactorization(16, dropout=DROPOUT, **shared),
        "MatrixFactorization, bpr": MatrixFactorization(16, loss="bpr", dropout=DROPOUT, **shared),
        "MatrixFactorization, mse": MatrixFactorization(16, loss="mse", dropout=DROPOUT, **shared),
        "KerasModel, bce": KerasModel(_multiply, **shared),
    }


def data() -> Any:
    """Make the events."""
    from skrec import make_interactions

    return make_interactions(N_USERS, N_ITEMS, N_EVENTS, features=(), random_state=0)


def file_of(folder: str, backend: str, name: str) -> Path:
    """Where a model is saved."""
    return Path(folder, f"{backend}-{name.replace(', ', '-')}.skrec")


def train(folder: str, backend: str) -> None:
    """Train and save all models, with their predictions beside them."""
    import skrec

    skrec.set_backend(backend)
    X = data()
    scores = {}
    for name, model in make().items():
        skrec.save(model.fit(X), file_of(folder, backend, name))
        scores[name] = model.predict(X)
    np.savez(Path(folder, f"{backend}.npz"), **scores)


def serve(folder: str, backend: str, trained_on: list[str]) -> dict[str, float]:
    """Load all models of other backends; gives the largest difference to what was predicted there, in standard deviations."""
    import skrec

    skrec.set_backend(backend)
    X = data()
    worst = {}
    for other in trained_on:
        with np.load(Path(folder, f"{other}.npz")) as scores:
            for name in scores.files:
                found = skrec.load(file_of(folder, other, name)).predict(X)
                difference = float(np.abs(found - scores[name]).max() / scores[name].std())
                worst[name] = max(worst.get(name, 0.0), difference)
    return worst
