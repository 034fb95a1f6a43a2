"""Losses computed by compiled functions, of which there is one for each loss and shape."""

from types import SimpleNamespace

import numpy as np
import pytest

from skrec.backends import find_backend, start


@pytest.fixture(scope="session", autouse=True)
def keras():
    return start(find_backend())


@pytest.fixture(scope="session")
def compute(keras):
    """Call a method of a loss; gives NumPy."""
    backend, compiled = find_backend(), {}

    def call(loss, method, *arguments):
        key = (loss.key(), method)
        if key not in compiled:
            compiled[key] = backend.compile_forward(lambda *tensors: getattr(loss, method)(*tensors))
        return compiled[key](*arguments)

    return call


@pytest.fixture(scope="session")
def case():
    """Scores of four events, each with two negatives of its own and five that are shared, and what a batch says of them."""
    rng = np.random.default_rng(4)
    return SimpleNamespace(
        scores=rng.normal(scale=2.0, size=(4, 3)).astype(np.float32),
        shared=rng.normal(scale=2.0, size=(4, 5)).astype(np.float32),
        item=np.array([[0, 1, 2], [3, 0, 4], [1, 1, 1], [4, 2, 2]], dtype=np.int32),
        shared_item=np.array([0, 1, 2, 6, 7], dtype=np.int32),
        label=np.array([[1, 0, 0], [0, 0, 0], [1, 0, 0], [1, 0, 0]], dtype=np.float32),
        rating=np.array([[3.2, 0, 0], [-1.0, 0, 0], [9.9, 0, 0], [0.1, 0, 0]], dtype=np.float32),
        # The third event weighs nothing; of the second, a labelled negative, the negatives don't.
        weight=np.array([[1.0, 1.0, 0.5], [2.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.25, 0.25, 0.25]], dtype=np.float32),
    )


@pytest.fixture(scope="session")
def measure(compute, case):
    """Loss and accuracy of the case's batch, or of one that is changed, as two floats."""

    def of(loss, scores=case.scores, negatives=case.shared, **changes):
        shared = negatives if loss.negatives == "shared" else None
        batch = {"item": case.item, "weight": case.weight} | ({} if loss.compares else {"label": case.label})
        if loss.negatives == "shared":
            scores, batch["item"], batch["weight"] = scores[:, :1], case.item[:, :1], case.weight[:, :1]
            batch |= {"shared": case.shared_item, "shared_log_count": np.zeros(5, dtype=np.float32)}
        elif loss.negatives == "none":
            scores, batch["weight"] = scores[:, :1], case.weight[:, :1]
        elif loss.compares:
            batch["weight"] = case.weight[:, :1]
        return tuple(float(value) for value in compute(loss, "value", scores, shared, batch | changes))

    return of


@pytest.fixture(scope="session")
def pool():
    """Histories of two users with three events each, scored beside a pool of five items; what is in a history isn't free."""
    rng = np.random.default_rng(5)
    return SimpleNamespace(
        positive=rng.normal(size=(2, 3)).astype(np.float32),
        negative=rng.normal(size=(2, 5)).astype(np.float32),
        label=np.array([[1, 1, 0], [1, 1, 1]], dtype=np.float32),
        fields={
            "free": np.array([[1, 1, 0, 1, 0], [1, 0, 1, 1, 1]], dtype=np.float32),
            "n_negatives": np.float32(4.0),
            "log_share": np.float32(np.log(3.0)),
        },
    )


@pytest.fixture(scope="session")
def fold(compute, pool):
    """Losses of the pool's events, shape (2, 3)."""

    def of(loss):
        negative = None if loss.negatives == "none" else pool.negative
        return compute(loss, "fold", pool.positive, negative, pool.label, pool.fields)

    return of
