"""Vectors that are hard to rank, and clusters as trained vectors have them."""

import numpy as np
import pytest
from scipy.sparse import csr_array


def random_vectors(rng, n, dim):
    return rng.standard_normal((n, dim)).astype(np.float32)


def whole_vectors(rng, n, dim):
    """Few values: most inner products occur often, and are exact in single precision."""
    return rng.integers(-1, 2, size=(n, dim)).astype(np.float32)


def repeated_vectors(rng, n, dim):
    return random_vectors(rng, 25, dim)[rng.integers(25, size=n)]


def close_vectors(rng, n, dim):
    """Inner products differ by less than single precision can tell."""
    return (random_vectors(rng, 1, dim) + 3e-8 * rng.standard_normal((n, dim))).astype(np.float32)


def half_zero_vectors(rng, n, dim):
    vectors = random_vectors(rng, n, dim)
    vectors[rng.random(n) < 0.5] = 0.0
    return vectors


KINDS = {
    function.__name__: function
    for function in (random_vectors, whole_vectors, repeated_vectors, close_vectors, half_zero_vectors)
}


def _mask(rows, n_items):
    """Make `exclude` of the items of each row."""
    indptr = np.cumsum([0, *map(len, rows)])
    indices = np.concatenate([np.asarray(row, dtype=np.int32) for row in rows])
    return csr_array((np.ones(len(indices), dtype=bool), indices, indptr), shape=(len(rows), n_items))


def _brute_force(users, items, k, exclude=None):
    """Rank all items the plain way."""
    positions = np.full((len(users), k), -1)
    scores = np.full((len(users), k), np.nan, dtype=np.float32)
    for row, user in enumerate(users):
        products = np.array([np.dot(user.astype(float), item.astype(float)) for item in items]).astype(np.float32)
        left_out = [] if exclude is None else exclude.indices[exclude.indptr[row] : exclude.indptr[row + 1]]
        left = np.setdiff1d(np.arange(len(items)), left_out)
        best = left[np.argsort(-products[left], kind="stable")][:k]
        positions[row, : len(best)], scores[row, : len(best)] = best, products[best]
    return positions, scores


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(params=KINDS.values(), ids=KINDS.keys())
def make_vectors(request):
    return request.param


@pytest.fixture
def mask():
    return _mask


@pytest.fixture
def brute_force():
    return _brute_force


@pytest.fixture(scope="session")
def clustered():
    """Vectors of 100 users and 2,000 items around 40 centres."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((40, 16))
    users, items = (
        (centres[rng.integers(40, size=n)] + 0.3 * rng.standard_normal((n, 16))).astype(np.float32) for n in (100, 2000)
    )
    return users, items
