"""Matrix factorization under BPR as anyone writes it in Keras: two Embedding layers, Adam, and the default ``fit``."""

import time
from statistics import median
from typing import Any

import numpy as np

from benchmarks.speed.data import random_events


def build(n_users: int, n_items: int, embedding_dim: int, dropout: float, learning_rate: float) -> Any:
    """Make the network of ``MatrixFactorization(loss="bpr")``: a user against its item and a negative.

    Parameters
    ----------
    n_users, n_items, embedding_dim : int
    dropout, learning_rate : float
        As skrec's model has them.

    Returns
    -------
    keras.Model
        Compiled; takes ``user`` (batch,) and ``items`` (batch, 2), gives both scores.
    """
    import keras
    from keras import layers, ops

    user = keras.Input((), dtype="int32", name="user")
    items = keras.Input((2,), dtype="int32", name="items")
    user_vectors = layers.Dropout(dropout)(layers.Embedding(n_users, embedding_dim)(user))
    item_vectors = layers.Dropout(dropout)(layers.Embedding(n_items, embedding_dim)(items))
    biases = layers.Reshape((2,))(layers.Embedding(n_items, 1, embeddings_initializer="zeros")(items))
    scores = layers.Add()([layers.Dot(axes=(2, 1))([item_vectors, user_vectors]), biases])
    model = keras.Model({"user": user, "items": items}, scores)

    def bpr(_: Any, scores: Any) -> Any:
        return ops.softplus(scores[:, 1] - scores[:, 0])

    model.compile(keras.optimizers.Adam(learning_rate), loss=bpr)
    return model


def time_per_event(
    n_users: int,
    n_items: int,
    embedding_dim: int,
    dropout: float,
    learning_rate: float,
    batch_size: int,
    steps: int,
    runs: int,
    seed: int,
) -> dict[str, Any]:
    """Time training steps on random events, negatives drawn once a call of ``fit``.

    Two calls, of few and of more steps, take turns: what a call does once drops out of their difference.

    Returns
    -------
    dict
        ``ns_per_event``, the median; ``all_ns``, each run.
    """
    import keras

    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    few = 2
    users, items = random_events((few + steps) * batch_size, n_users, n_items, seed)
    model = build(n_users, n_items, embedding_dim, dropout, learning_rate)

    def fit(n_steps: int) -> float:
        begin, n = time.perf_counter(), n_steps * batch_size
        both = np.stack([items[:n], rng.integers(n_items, size=n)], axis=1)
        # int32 is what the network takes; a target has to be there, and the loss doesn't read it.
        inputs = {"user": users[:n].astype(np.int32), "items": both.astype(np.int32)}
        model.fit(inputs, np.ones((n, 2), dtype=np.float32), batch_size=batch_size, verbose=0)
        return time.perf_counter() - begin

    fit(few)
    times = []
    for _ in range(runs):
        short = fit(few)
        times.append((fit(few + steps) - short) / (steps * batch_size) * 1e9)
    return {"ns_per_event": median(times), "all_ns": times}
