"""What parameters and arrays must be, and the sentences that say so."""

from numbers import Integral
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from skrec.exceptions import InvalidDataError, InvalidParameterError
from skrec.typing import Floats

_MOST_SEED = 2**31 - 1


def matrix(vectors: Any, whose: str) -> Floats:
    """Lay vectors out as Faiss wants them: float32, row by row, without a copy where they are so already."""
    array = np.ascontiguousarray(vectors, dtype=np.float32)
    if array.ndim != 2 or array.shape[1] == 0:
        raise InvalidDataError(
            f"{whose} vectors must be of shape (n, dim), with dim at least 1. Got shape {array.shape}."
        )
    return array


def lengths(vectors: Floats, whose: str) -> Any:
    """Compute Euclidean norms in double precision, in which single precision can't overflow."""
    norms = np.sqrt(np.einsum("nd,nd->n", vectors, vectors, dtype=np.float64))
    bad = np.flatnonzero(~np.isfinite(norms))
    if len(bad):
        raise InvalidDataError(
            f"{whose} vectors must be finite. {len(bad)} of them hold NaN or infinity, the first in row {bad[0]}."
        )
    return norms


def excluded(exclude: Any, shape: tuple[int, int]) -> Any:
    """Bring entries that may be stored as zeros, twice or unsorted, into a form that can be looked up and counted."""
    if exclude is None:
        return None
    if exclude.shape != shape:
        raise InvalidDataError(
            f"'exclude' must have one row a user and one column an item, shape {shape}. Got shape {exclude.shape}."
        )
    exclude = csr_array(exclude)
    entries = np.ones(exclude.nnz, dtype=np.int8)
    tidy = csr_array((entries, exclude.indices, exclude.indptr), shape=shape)
    if not tidy.has_canonical_format:
        tidy = tidy.copy()
        tidy.sum_duplicates()
        tidy.data[:] = 1  # counts of an int8 wrap around
    return tidy


def draw_seed(random_state: Any) -> int | None:
    """Draw a seed as Faiss takes it; None leaves its own."""
    if random_state is None:
        return None
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(_MOST_SEED))
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(_MOST_SEED))
    return int(np.random.default_rng(random_state).integers(_MOST_SEED))


def check_random_state(random_state: Any, owner: str) -> None:
    """Refuse what no seed can be drawn from."""
    whole = isinstance(random_state, Integral) and not isinstance(random_state, bool) and int(random_state) >= 0
    if not (whole or random_state is None or isinstance(random_state, (np.random.RandomState, np.random.Generator))):
        raise InvalidParameterError(
            f"The 'random_state' parameter of {owner} must be an int in the range [0, inf), a RandomState, a Generator or None. "
            f"Got {random_state!r} instead."
        )
