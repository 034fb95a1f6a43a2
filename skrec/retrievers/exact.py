"""The built-in retriever: all items, exactly."""

from collections.abc import Callable
from typing import Any, ClassVar, final

import numpy as np

from skrec._search import longest_of, rank_candidates, rounding_errors, search
from skrec.backends import find_backend, find_device, start
from skrec.exceptions import InvalidDataError, NotFittedError
from skrec.plugin import Backend, Retriever
from skrec.typing import Codes, Floats, Scores

_USERS = 1023  # with the row that a backend adds, a power of two
_MARGIN = 16


@final
class ExactRetriever(Retriever):
    """Search all items for the largest inner products.

    The products of a matrix multiplication pick candidates; these are scored again one by one in double precision, so that lists are the
    same for one user and for a thousand, on every backend and device, and equal scores keep the order of the items.

    Parameters
    ----------
    backend : str, optional
        Name of the backend whose top-k search to use. None searches in the processor's cache with NumPy, which on a CPU is faster than
        the top-k of any of the frameworks.
    device : str, optional
        Device of that backend, such as ``"gpu:0"``; None takes its best one.

    Examples
    --------
    >>> import numpy as np
    >>> from skrec.retrievers import ExactRetriever
    >>> items = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], dtype=np.float32)
    >>> ExactRetriever().fit(items).query(np.array([[2.0, 1.0]], dtype=np.float32), k=2)
    (array([[2, 0]]), array([[3., 2.]], dtype=float32))
    """

    exact: ClassVar[bool] = True

    def __init__(self, backend: str | None = None, device: str | None = None) -> None:
        self.backend = backend
        self.device = device

    def fit(self, item_vectors: Floats) -> "ExactRetriever":
        """Keep item vectors of shape (n_items, dim), float32."""
        self._items = np.asarray(item_vectors, dtype=np.float32)
        self._longest = longest_of(self._items)
        self._compiled: dict[int, Callable[[Floats, Any], tuple[Codes, Scores]]] = {}
        return self

    def __getstate__(self) -> dict[str, Any]:
        # BaseEstimator's state may be the live __dict__: copy before taking anything out.
        state = dict(super().__getstate__())
        if "_compiled" in state:
            state["_compiled"] = {}  # compiled programs, and vectors on a device
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "_items" in state and "_longest" not in state:  # pickled by an earlier version
            self._longest = longest_of(self._items)

    def query(self, user_vectors: Floats, k: int, exclude: Any = None) -> tuple[Codes, Scores]:
        """Find the best items; see `Retriever.query`."""
        if not hasattr(self, "_items"):
            raise NotFittedError("This ExactRetriever instance is not fitted yet. Call fit first.")
        user_vectors = np.asarray(user_vectors, dtype=np.float32)
        if user_vectors.ndim != 2 or user_vectors.shape[1] != self._items.shape[1]:
            raise InvalidDataError(
                f"The item vectors are {self._items.shape[1]} wide. Pass user vectors of that width, not of shape {user_vectors.shape}."
            )
        if self.backend is None or not len(self._items):  # a device has nothing to search in a catalogue of no items
            return search(user_vectors, self._items, k, exclude, self._longest)
        backend = find_backend(self.backend)
        start(backend)
        device = find_device(backend, self.device or "auto")
        with backend.device_scope(device):
            return self._on_device(backend, _bits(device), user_vectors, k, exclude)

    def _on_device(
        self, backend: Backend, bits: int, user_vectors: Floats, k: int, exclude: Any
    ) -> tuple[Codes, Scores]:
        """Let the backend pick candidates; what its products leave in doubt is searched again."""
        n_fetched = min(len(self._items), k + _MARGIN)
        if n_fetched not in self._compiled:
            self._compiled[n_fetched] = backend.compile_top_k(self._items, n_fetched)
        find = self._compiled[n_fetched]
        positions = np.full((len(user_vectors), k), -1, dtype=np.int64)
        scores = np.full((len(user_vectors), k), np.nan, dtype=np.float32)
        for first in range(0, len(user_vectors), _USERS):
            block = slice(first, first + _USERS)
            users, left_out = user_vectors[block], None if exclude is None else exclude[block]
            candidates, products = find(users, left_out)
            candidates = np.where(products > -np.inf, candidates, -1)
            found = rank_candidates(users, self._items, candidates, k, left_out)
            positions[block], scores[block] = found
            if n_fetched < len(self._items):
                bound = 2.0 * rounding_errors(users, self._longest, bits)
                self._settle(users, left_out, products[:, -1] + bound, positions[block], scores[block])
        return positions, scores

    def _settle(self, users: Floats, left_out: Any, reached: Scores, positions: Codes, scores: Scores) -> None:
        """Search again for users whose lists an item that was not fetched, and may score up to `reached`, might enter."""
        k = positions.shape[1]
        worst = np.where(np.isnan(scores[:, -1]), -np.inf, scores[:, -1])
        doubtful = np.flatnonzero((reached > -np.inf) & (reached >= worst))
        if len(doubtful):
            rest = None if left_out is None else left_out[doubtful]
            positions[doubtful], scores[doubtful] = search(users[doubtful], self._items, k, rest, self._longest)


def _bits(device: str) -> int:
    """Mantissa bits that a device's matrix multiplication is sure to keep: those of bfloat16 on a TPU, of TensorFloat-32 elsewhere."""
    return 7 if device.startswith("tpu") else 10
