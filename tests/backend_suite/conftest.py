"""What every backend must do alike: run here on this process' backend, and by test_other_backends.py on the others."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skrec.backends import find_backend, start
from skrec.data import Interactions
from skrec.encoders import AudioEncoder, ImageEncoder
from skrec.models import (
    GMF,
    HSTU,
    BERT4Rec,
    Caser,
    DCNv2,
    DeepFM,
    GRU4Rec,
    KerasModel,
    MatrixFactorization,
    NeuMF,
    SASRec,
    TwoTower,
    WideDeep,
)
from skrec.pipeline import make_pipeline
from skrec.preprocessing import FeatureEncoder
from skrec.testing import checkerboard

N = 12
QUICK = {"epochs": 8, "learning_rate": 0.1, "random_state": 0}
SEQUENCE = {"epochs": 4, "learning_rate": 0.03, "batch_size": 32, "random_state": 0}


def multiply(spec):
    """Embeddings, multiplied, then a perceptron."""
    import keras

    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users, 4)(inputs["user_id"])
    item = keras.layers.Embedding(spec.n_items, 4)(inputs["item_id"])
    hidden = keras.layers.Dense(6, activation="relu")(user * item)
    return keras.Model(inputs, keras.layers.Dense(1)(hidden))


# One of each family, and among them all losses, optimizers, and everything that is drawn: dropout, and negatives of each kind.
MODELS = {
    "gmf": GMF(4, **QUICK),
    "neumf": NeuMF(4, (6,), dropout=0.3, negatives="popularity", **QUICK),
    "mf": MatrixFactorization(4, temperature=0.5, dropout=0.5, negatives="in-batch", batch_size=16, **QUICK),
    "mf-mse": MatrixFactorization(4, loss="mse", dropout=0.0, **QUICK),
    "keras-model": KerasModel(multiply, loss="bpr", optimizer="adagrad", **QUICK),
    "gru4rec": GRU4Rec(4, 4, "gru", units=6, dropout=0.0, **SEQUENCE),
    "caser": Caser(4, 4, 3, n_horizontal=3, n_vertical=2, dropout=0.0, **SEQUENCE),
    "sasrec": SASRec(4, 4, 1, 2, dropout=0.3, **SEQUENCE),
    "bert4rec": BERT4Rec(4, 4, 1, 2, dropout=0.0, **SEQUENCE),
    "hstu": HSTU(4, 4, 1, 2, dropout=0.0, **SEQUENCE),
}
FURTHER = {
    "gmf-bpr": GMF(4, loss="bpr", optimizer="adagrad", **QUICK),
    "neumf-plain": NeuMF(4, (8,), **QUICK),
    "mf-plain": MatrixFactorization(4, temperature=None, dropout=0.0, **QUICK),
    "mf-default": MatrixFactorization(8, **QUICK),
    "mf-popularity": MatrixFactorization(
        8, temperature=None, dropout=0.5, negatives="popularity", n_negatives=6, batch_size=16, **QUICK
    ),
    "gru4rec-lstm": GRU4Rec(8, 4, "lstm", units=6, n_layers=2, dropout=0.2, **SEQUENCE),
    "gru4rec-rnn": GRU4Rec(8, 4, "rnn", units=6, dropout=0.0, loss="bpr", **SEQUENCE),
    "sasrec-blocks": SASRec(8, 4, 2, dropout=0.3, loss="bce", **SEQUENCE),
    "hstu-blocks": HSTU(8, 4, 2, 2, dropout=0.0, **SEQUENCE),
}
"""Repeats over other losses, cells and depths: only where slow tests are asked for too, ``pytest -m "slow or not slow"``."""

FOLDED, FURTHER_FOLDED = ("gmf", "keras-model", "sasrec"), ("gru4rec", "bert4rec", "hstu")
"""Models that are asked about histories of new users, by a row that is learned, by neighbours, and by reading."""

USERS = [("age", "number", "age"), ("side", "category", "side")]
RANKER = {**QUICK, "epochs": 4}
TOWERS = TwoTower(4, (4,), **{**QUICK, "epochs": 20})
RANKING = FeatureEncoder(USERS, [("kinds", "tags", "kinds")], [("day", "category", "day")])
FEATURED = {
    "two-tower": make_pipeline(FeatureEncoder(USERS, [("kinds", "tags", "kinds")]), TOWERS),
    "wide-deep": make_pipeline(RANKING, WideDeep(4, (4,), **RANKER)),
    "deep-fm": make_pipeline(RANKING, DeepFM(4, (4,), **RANKER)),
    "dcn-v2": make_pipeline(RANKING, DCNv2(4, (4,), **RANKER)),
}
"""Pipelines that read features; but for the first they learn labels, and in which moment."""
MEDIA = FeatureEncoder(
    USERS,
    [
        ("poster", ImageEncoder((8, 8), (3, 4), dropout=0.0), "poster"),
        ("clip", AudioEncoder("lstm", duration=0.1, n_bands=8, units=4), "clip"),
        ("loudness", AudioEncoder(duration=0.1, n_bands=8, units=4), "clip"),
    ],
)
FURTHER_FEATURED = {
    "two-tower-text": make_pipeline(
        FeatureEncoder(USERS, [("kinds", "tags", "kinds"), ("plot", "text", "plot")]), TOWERS
    ),
    "two-tower-media": make_pipeline(MEDIA, TOWERS),
}
"""As FURTHER is: networks over texts, pictures and sound."""

FOLDER = Path(__file__).parent
STEP = FOLDER.parent / "programs" / "test_step.py"


@pytest.fixture(scope="session", autouse=True)
def processes(request, tmp_path_factory):
    """Start the other backends, so that they run while this process' own tests do; empty in a process so started."""
    started = {}
    asked = any(item.path.name == "test_other_backends.py" for item in request.session.items)
    if asked and "SKREC_SUITE_OUTPUT" not in os.environ:
        for name in ("jax", "tensorflow", "torch"):
            if name != find_backend().keras_name and importlib.util.find_spec(name) is not None:
                output = tmp_path_factory.mktemp("predictions") / f"{name}.npz"
                started[name] = (_run_suite(name, output, request.config.option.markexpr), output, [])
    yield started
    for process, _, _ in started.values():
        process.kill()
        process.communicate()


def _run_suite(name, output, wanted):
    """Run this folder, and the tests of the training step, in a process of another backend, which leaves its predictions behind."""
    environment = {**os.environ, "SKREC_BACKEND": name, "SKREC_SUITE_OUTPUT": str(output)}
    environment |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    environment.pop("KERAS_BACKEND", None)
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *map(str, (FOLDER, STEP)), "-q", "-p", "no:cacheprovider", "-m", wanted],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=FOLDER.parents[1],
    )


@pytest.fixture(scope="session")
def keras():
    return start(find_backend())


@pytest.fixture(scope="session")
def backend(keras):
    return find_backend()


@pytest.fixture(scope="session")
def fast(request):
    """Whether slow tests are left out."""
    return request.config.option.markexpr == "not slow"


@pytest.fixture(scope="session")
def board():
    """A checkerboard of 12 users and items, its events rated by how near the two are."""
    events = checkerboard(N).events
    return events.assign(rating=4.0 - (events["user_id"] - events["item_id"]).abs() / 4.0)


@pytest.fixture(scope="session")
def everything():
    return pd.DataFrame([(user, item) for user in range(N) for item in range(N)], columns=["user_id", "item_id"])


@pytest.fixture(scope="session")
def fitted(fast, board):
    """Models that have learned the board, by name; tests don't change them."""
    return {name: clone(model).fit(board) for name, model in (MODELS if fast else MODELS | FURTHER).items()}


@pytest.fixture(scope="session")
def films(board):
    """The board with tables of users and items that say on which squares they stand, of two more of each; and the day of each event."""
    users = pd.DataFrame(
        {"user_id": range(N + 2), "age": [30, 45] * (N // 2 + 1), "side": ["even", "odd"] * (N // 2 + 1)}
    )
    items = pd.DataFrame({"item_id": range(N + 2), "kinds": ["white|plain", "black"] * (N // 2 + 1)})
    items["plot"] = ["a pale square", "this one is dark"] * (N // 2 + 1)
    rng, seconds = np.random.default_rng(0), np.arange(800) / 8000
    items["poster"] = [
        rng.integers(100 * side, 100 + 100 * side, (8, 8, 3)).astype(np.uint8) for side in items["item_id"] % 2
    ]
    items["clip"] = [
        np.sin(2 * np.pi * (400 + 900 * side) * seconds + rng.uniform(0, 6)) + rng.normal(0, 0.05, 800)
        for side in items["item_id"] % 2
    ]
    return Interactions(board.assign(day=["mon", "tue", "wed"] * (len(board) // 3)), users, items)


@pytest.fixture(scope="session")
def moments(films):
    """Every pair, those of cold users and items included, each on some day."""
    pairs = [(user, item) for user in range(N + 2) for item in range(N + 2)]
    events = pd.DataFrame(pairs, columns=["user_id", "item_id"])
    return Interactions(
        events.assign(day=np.array(["mon", "tue", "sun"])[np.arange(len(pairs)) % 3]), films.users, films.items
    )


@pytest.fixture(scope="session")
def featured(fast, films):
    """Pipelines that have learned from features, by name; tests don't change them."""
    labels = (films.events["rating"] > 3.4).to_numpy().astype(float)
    pipelines = FEATURED if fast else FEATURED | FURTHER_FEATURED
    return {
        name: clone(pipeline).fit(films, None if name.startswith("two-tower") else labels)
        for name, pipeline in pipelines.items()
    }


@pytest.fixture(scope="session")
def history():
    """Histories of two new users, one of each parity."""
    pairs = [(98, item) for item in (0, 2, 4, 6)] + [(99, item) for item in (1, 3, 5, 7)]
    return pd.DataFrame(pairs, columns=["user_id", "item_id"]).assign(rating=4.0)


@pytest.fixture(scope="session")
def predictions(fast, fitted, featured, everything, moments, history):
    """Scores of all pairs by every model, and for new users by some: what is compared between backends."""
    scores = {name: model.predict(everything) for name, model in fitted.items()}
    for name, pipeline in featured.items():
        scores[name] = pipeline.predict(moments)
    for name in FOLDED if fast else FOLDED + FURTHER_FOLDED:
        frame = fitted[name].recommend(history=history, k=N, exclude_seen=False).to_frame()
        scores[f"{name}, folded in"] = frame.sort_values(["user_id", "item_id"])["score"].to_numpy()
    assert all(np.isfinite(values).all() for values in scores.values())
    return scores
