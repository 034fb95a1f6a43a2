"""Cases of models that score a user and an item by their ids."""

import numpy as np
from golden_world import ITEMS, USERS, ask_briefly, ask_everything, lists
from sklearn.base import clone

from skrec import EASE, GMF, ItemKNN, KerasModel, MatrixFactorization, NeuMF, Popularity, make_pipeline
from skrec.optimizers import SGD, Adagrad, Adam
from skrec.plugin import Retriever
from skrec.preprocessing import Binarize, RecencyWeight

QUICK = {"epochs": 4, "learning_rate": 0.05, "batch_size": 32, "random_state": 0}
CALM = Adam(epsilon=1e-3)
"""Where the first gradients of a bias nearly cancel out: of what is left, mere rounding, plain Adam would make whole steps."""
CLASSICAL = {"popularity": Popularity(), "item-knn": ItemKNN(5, shrinkage=2.0), "ease": EASE(5.0)}


class BruteForce(Retriever):
    """Searches by NumPy; stands for a plugin's retriever, which is fitted once and kept."""

    def fit(self, item_vectors):
        self.item_vectors_ = np.asarray(item_vectors)
        return self

    def query(self, user_vectors, k, exclude=None):
        scores = np.einsum("ud,id->ui", user_vectors, self.item_vectors_).astype(np.float32)
        if exclude is not None:
            scores[exclude.nonzero()] = -np.inf
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        best = np.take_along_axis(scores, order, axis=1)
        return np.where(np.isneginf(best), -1, order), np.where(np.isneginf(best), np.nan, best).astype(np.float32)


def multiply(spec):
    """Embeddings, multiplied, then a perceptron."""
    import keras

    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users, 4)(inputs["user_id"])
    item = keras.layers.Embedding(spec.n_items, 4)(inputs["item_id"])
    hidden = keras.layers.Dense(5, activation="tanh")(user * item)
    return keras.Model(inputs, keras.layers.Dense(1, use_bias=False)(hidden))


FULL = {
    "gmf": GMF(4, **QUICK),
    "neumf": NeuMF(4, (6,), **QUICK),
    "mf": MatrixFactorization(4, **QUICK),
    "mf-mse": MatrixFactorization(4, loss="mse", l2=0.01, **QUICK),
    "keras-model": KerasModel(multiply, n_neighbors=3, **QUICK),
}
"""These answer every question."""

BRIEF = {
    "gmf-bpr-adagrad": GMF(4, loss="bpr", optimizer="adagrad", **QUICK),
    "gmf-softmax-in-batch": GMF(4, loss="softmax", negatives="in-batch", **QUICK),
    "gmf-dropout-popularity": GMF(4, dropout=0.4, negatives="popularity", n_negatives=2, optimizer=CALM, **QUICK),
    "gmf-adam": GMF(4, optimizer=Adam(0.1, beta_1=0.8, epsilon=1e-5), **QUICK),
    "gmf-sgd": GMF(4, optimizer=SGD(0.5), **QUICK),
    "neumf-bpr-dropout": NeuMF(4, (6, 4), loss="bpr", dropout=0.3, negatives="popularity", **QUICK),
    "neumf-softmax": NeuMF(4, (6,), loss="softmax", n_negatives=6, optimizer=Adagrad(), **QUICK),
    "mf-bce": MatrixFactorization(4, loss="bce", dropout=0.0, **QUICK),
    "mf-bpr-l2": MatrixFactorization(4, loss="bpr", l2=0.1, **QUICK),
    "mf-popularity": MatrixFactorization(4, temperature=None, negatives="popularity", n_negatives=5, **QUICK),
    "mf-in-batch": MatrixFactorization(4, temperature=0.5, dropout=0.5, negatives="in-batch", **QUICK),
    "mf-without-bias": MatrixFactorization(4, bias=False, dropout=0.0, **QUICK),
    "mf-retriever": MatrixFactorization(4, retriever=BruteForce(), **QUICK),
    "keras-model-softmax": KerasModel(multiply, loss="softmax", n_negatives=5, optimizer=CALM, **QUICK),
    "keras-model-mse": KerasModel(multiply, loss="mse", **QUICK),
    "keras-model-bpr": KerasModel(multiply, loss="bpr", **QUICK),
}
"""Losses, negatives, optimizers, dropout: these predict and recommend."""


def run_classical(name, world):
    """Answer everything; then again with labels, with weights, and after more events."""
    model = clone(CLASSICAL[name])
    answers = ask_everything(model.fit(world.plain), world)
    answers |= _after("partial_fit", model.partial_fit(world.more_plain), world)
    answers |= _after("labels", model.fit(world.plain, world.liked), world)
    answers |= _after("weights", model.fit(world.plain, sample_weight=world.weights), world)
    return answers


def run_full(name, world):
    """Answer everything; then again after more events, of new users and items among them, and one of the histories."""
    model = clone(FULL[name]).fit(world.plain)
    answers = ask_everything(model, world)
    answers |= _after("partial_fit", model.partial_fit(world.more_plain), world)
    answers["partial_fit, new ones"] = ask_briefly_about_new(model, world)
    return answers


def run_brief(name, world):
    """Predict and recommend."""
    return ask_briefly(clone(BRIEF[name]).fit(world.plain), world)


def run_ways_to_fit(name, world):
    """The ways to call `fit`, all of one network: labels, weights, ratings, validation, early stopping, warm start."""
    model = {"gmf-fits": GMF, "mf-fits": MatrixFactorization, "keras-model-fits": KerasModel}[name]
    first = multiply if model is KerasModel else 4

    def make(**options):
        return model(first, **{**QUICK, **options})

    ids = world.plain[["user_id", "item_id"]]
    return {
        **_after("ids alone", make().fit(ids), world),
        **_after("ratings as y", make().fit(ids, world.plain["rating"].to_numpy()), world),
        **_after("labels", make().fit(world.plain, world.liked), world),
        **_after("weights", make().fit(world.plain, sample_weight=world.weights), world),
        **_after("validation", make(validation_fraction=0.2).fit(world.plain), world),
        **_after("early stopping", make(early_stopping=2, epochs=12).fit(world.plain), world),
        **_after("warm start", make(warm_start=True).fit(world.plain[:60]).fit(world.more_plain), world),
        **_after("generator", make(random_state=np.random.default_rng(5)).fit(world.plain), world),
        **_after("one batch", make(batch_size=1024).fit(world.plain), world),
    }


def run_pipeline(name, world):
    """Steps that change events, before a model."""
    del name
    pipeline = make_pipeline(RecencyWeight(7200.0), Binarize(3.0), EASE(5.0))
    return ask_everything(pipeline.fit(world.plain), world)


def ask_briefly_about_new(model, world):
    """Lists of users that came with more events, and of those that came before."""
    return lists(model.recommend([200, 201, USERS[0], USERS[5]], 4, exclude_items=[ITEMS[1]]))


def _after(what, model, world):
    return {f"{what}: {question}": answer for question, answer in ask_briefly(model, world).items()}


CASES = {
    **dict.fromkeys(CLASSICAL, run_classical),
    **dict.fromkeys(FULL, run_full),
    **dict.fromkeys(BRIEF, run_brief),
    **dict.fromkeys(["gmf-fits", "mf-fits", "keras-model-fits"], run_ways_to_fit),
    "pipeline": run_pipeline,
}
