"""Estimators that are kept as files, and what is asked of them when they are loaded.

A file must load, and answer the same, for as long as its format is read: by every backend, whichever it was trained on.
"""

from pathlib import Path

from golden_features import CNN, CONTENT, PEOPLE, RANKING, ask_about_moments, ask_with_features
from golden_pairs import multiply
from golden_world import ask_briefly, ask_everything

from skrec import EASE, GMF, HSTU, GRU4Rec, ItemKNN, KerasModel, MatrixFactorization, Popularity, SASRec, make_pipeline
from skrec.models import DeepFM, TwoTower
from skrec.preprocessing import FeatureEncoder

FOLDER = Path(__file__).parent / "files"
QUICK = {"epochs": 4, "learning_rate": 0.05, "batch_size": 32, "random_state": 0}
SEQUENCE = {**QUICK, "learning_rate": 0.02}
EVERYWHERE = ("jax", "tensorflow", "torch")
TOWERS = FeatureEncoder(PEOPLE, [*CONTENT, ("plot", CNN, "plot")])

KINDS = {
    "popularity": (Popularity(), ("jax",)),
    "item-knn": (ItemKNN(5, shrinkage=2.0), ("jax",)),
    "ease": (EASE(5.0), ("jax",)),
    "gmf": (GMF(4, **QUICK), ("jax", "torch")),
    "mf-mse": (MatrixFactorization(4, loss="mse", dropout=0.0, **QUICK), EVERYWHERE),
    "keras-model": (KerasModel(multiply, n_neighbors=3, **QUICK), ("jax", "tensorflow")),
    "two-tower": (make_pipeline(TOWERS, TwoTower(4, (6,), **QUICK)), EVERYWHERE),
    "deep-fm": (make_pipeline(RANKING, DeepFM(4, (6,), **QUICK)), ("jax", "torch")),
    "sasrec": (SASRec(4, 5, 1, 2, **SEQUENCE), EVERYWHERE),
    "hstu": (HSTU(4, 5, 1, 2, **SEQUENCE), ("jax", "tensorflow")),
    "gru4rec": (GRU4Rec(4, 5, units=5, **SEQUENCE), ("jax", "torch")),
}
"""By kind: an estimator, and the backends that a file of it is trained on."""

FEATURED = {"two-tower", "deep-fm"}
LEARNING_ON = {"ease", "mf-mse"}
"""Kinds of which `partial_fit` is asked too: the first two that are sure to learn alike on every backend."""


def fit(kind, estimator, world):
    """Fit an estimator of a kind: on events with features if it reads them, and labels if it learns these."""
    if kind not in FEATURED:
        return estimator.fit(world.plain)
    return estimator.fit(world.films, world.liked if kind == "deep-fm" else None)


def ask(kind, model, world):
    """Answer everything, cold users and items included where there are features."""
    answers = ask_everything(model, world, world.films.events if kind in FEATURED else world.plain)
    if kind in FEATURED:
        answers |= ask_with_features(model, world)
    if kind == "deep-fm":
        answers |= ask_about_moments(model)
    answers.pop("history", None)  # not an answer, but what training recorded
    return answers


def learn_on(model, world):
    """Answer after more events."""
    answers = ask_briefly(model.partial_fit(world.more_plain), world)
    answers.pop("history", None)
    return answers
