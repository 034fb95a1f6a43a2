"""A search over NeuMF as it is written in plain Keras, without skrec: a loop, and Keras' wrapper in GridSearchCV."""

from typing import Any

import numpy as np

N_NEGATIVES = 4
HIDDEN = (64, 32, 16)
"""Units of the perceptron, as skrec's NeuMF has them by default."""


def build(n_users: int, n_items: int, embedding_dim: int, learning_rate: float, **_: Any) -> Any:
    """Make NeuMF for rows (user, item); what else the wrapper passes isn't needed.

    Returns
    -------
    keras.Model
        Compiled, with binary cross-entropy.
    """
    import keras
    from keras import layers

    pairs = keras.Input((2,), dtype="int32")
    user, item = pairs[:, 0], pairs[:, 1]
    sides = [
        (layers.Embedding(n_users, embedding_dim)(user), layers.Embedding(n_items, embedding_dim)(item))
        for _ in range(2)
    ]
    product = layers.Multiply()(list(sides[0]))
    hidden = layers.Concatenate()(list(sides[1]))
    for units in HIDDEN:
        hidden = layers.Dense(units, activation="relu")(hidden)
    output = layers.Dense(1, activation="sigmoid")(layers.Concatenate()([product, hidden]))
    model = keras.Model(pairs, output)
    model.compile(keras.optimizers.Adam(learning_rate), loss="binary_crossentropy")
    return model


def with_negatives(users: Any, items: Any, seen: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    """Add `N_NEGATIVES` unseen items to each event.

    Parameters
    ----------
    users, items : ndarrays of shape (n,)
    seen : ndarray of shape (n_users, n_items), bool
    rng : numpy.random.Generator

    Returns
    -------
    pairs : ndarray of shape (n * (1 + N_NEGATIVES), 2), int32
    labels : ndarray of shape (n * (1 + N_NEGATIVES),), float32
    """
    owners = np.repeat(users, N_NEGATIVES)
    drawn = rng.integers(seen.shape[1], size=len(owners))
    for _ in range(4):
        wrong = seen[owners, drawn]
        drawn[wrong] = rng.integers(seen.shape[1], size=int(wrong.sum()))
    pairs = np.stack([np.concatenate([users, owners]), np.concatenate([items, drawn])], axis=1).astype(np.int32)
    return pairs, np.concatenate([np.ones(len(users)), np.zeros(len(owners))]).astype(np.float32)


def loop(
    users: Any, items: Any, folds: list[Any], rates: list[float], dims: list[int], epochs: int, batch_size: int
) -> float:
    """Search in a loop: each candidate on each fold, negatives drawn anew each epoch, scored with NDCG@10.

    Returns
    -------
    float
        The best mean score.
    """
    n_users, n_items = int(users.max()) + 1, int(items.max()) + 1
    rng = np.random.default_rng(0)
    means = []
    for rate in rates:
        for dim in dims:
            scores = []
            for train, test in folds:
                seen = np.zeros((n_users, n_items), dtype=bool)
                seen[users[train], items[train]] = True
                model = build(n_users, n_items, dim, rate)
                for _ in range(epochs):
                    pairs, labels = with_negatives(users[train], items[train], seen, rng)
                    model.fit(pairs, labels, batch_size=batch_size, verbose=0)
                scores.append(_ndcg(model, seen, users[test], items[test]))
            means.append(np.mean(scores))
    return float(max(means))


def wrapped(
    users: Any, items: Any, n_splits: int, rates: list[float], dims: list[int], epochs: int, batch_size: int
) -> float:
    """Search with ``keras.wrappers.SKLearnRegressor`` in GridSearchCV: fixed negatives, scored with mean squared error.

    Returns
    -------
    float
        The best mean score, negative.
    """
    from keras.wrappers import SKLearnRegressor
    from sklearn.model_selection import GridSearchCV, KFold

    n_users, n_items = int(users.max()) + 1, int(items.max()) + 1
    seen = np.zeros((n_users, n_items), dtype=bool)
    seen[users, items] = True
    pairs, labels = with_negatives(users, items, seen, np.random.default_rng(0))
    sizes = {"n_users": n_users, "n_items": n_items}
    grid = [{**sizes, "embedding_dim": dim, "learning_rate": rate} for rate in rates for dim in dims]
    search = GridSearchCV(
        SKLearnRegressor(build),
        {"model_kwargs": grid},
        scoring="neg_mean_squared_error",
        cv=KFold(n_splits, shuffle=True, random_state=0),
        refit=False,
        error_score="raise",
    )
    # Passed here: a clone of Keras' wrapper loses the fit_kwargs of its constructor.
    search.fit(pairs, labels, epochs=epochs, batch_size=batch_size, verbose=0)
    return float(search.cv_results_["mean_test_score"].max())


def _ndcg(model: Any, seen: Any, test_users: Any, test_items: Any) -> float:
    """Rank all items for the users of a fold."""
    from benchmarks.speed.ranking import quality

    users = np.unique(test_users)
    n_items = seen.shape[1]
    pairs = np.stack([np.repeat(users, n_items), np.tile(np.arange(n_items), len(users))], axis=1).astype(np.int32)
    scores = model.predict(pairs, batch_size=65_536, verbose=0).reshape(len(users), n_items)
    scores[seen[users]] = -np.inf
    best = np.argpartition(-scores, 9, axis=1)[:, :10]
    order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1)
    return quality(np.take_along_axis(best, order, axis=1), users, test_users, test_items)["ndcg"]
