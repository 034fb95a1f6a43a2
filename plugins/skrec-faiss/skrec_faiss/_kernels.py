"""Which of its two kernels Faiss uses to search a flat set of vectors."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import faiss

_FROM_USERS = 16
_lock = threading.Lock()
_inside = 0
_theirs = 0
_ours = 0


@contextmanager
def matrix_products(dim: int) -> Iterator[None]:
    """Let Faiss multiply matrices from 16 users on, while in this context.

    By default Faiss 1.15 does so for ``n_users * dim >= 128_000`` only, and takes user by user below, which for 1,999 users of width 64
    took four times as long (see facebookresearch/faiss#4925). The threshold is one number for the whole process: it is lowered, never
    raised, and put back when the last search leaves. The lists don't depend on it.
    """
    global _inside, _theirs, _ours
    with _lock:
        if _inside == 0:
            _theirs = faiss.cvar.distance_compute_blas_threshold
            _ours = min(_theirs, _FROM_USERS * dim)
            faiss.cvar.distance_compute_blas_threshold = _ours
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0 and faiss.cvar.distance_compute_blas_threshold == _ours:
                faiss.cvar.distance_compute_blas_threshold = _theirs
