"""The retriever ``faiss``."""

from collections.abc import Iterator
from numbers import Integral
from typing import Any, Final, final

import numpy as np

from skrec.exceptions import InvalidDataError, InvalidParameterError, NotFittedError
from skrec.plugin import Interval, Retriever, check_parameters
from skrec.typing import Codes, Floats, RandomState, Scores
from skrec_faiss._checks import check_random_state, draw_seed, excluded, lengths, matrix
from skrec_faiss._indexes import Flat, Graph, Index, Lists
from skrec_faiss._lists import Task

_KINDS = ("flat", "hnsw", "ivf")
_POSITIVE: Final = Interval(Integral, 1, None, closed="left")
_WHOLE: Final = {
    "m": [Interval(Integral, 2, None, closed="left")],
    "ef_construction": [_POSITIVE],
    "ef_search": [_POSITIVE],
    "n_lists": [_POSITIVE, None],
    "n_probes": [_POSITIVE],
}
_MOST_FETCHED = 1024
_BLOCK = 2**21
_SHARE = 8
_BY_HAND = -1


@final
class FaissRetriever(Retriever):
    """Search with Faiss [1]_ for the items whose vectors have the largest inner products with a user's.

    Faiss finds candidates, more than are asked for, so that enough are left when excluded items are taken out. They are scored again in
    double precision and ranked as skrec's own retriever does, equal scores in order of the items. An exact list is proven to be so, from
    the rounding error that the products can have at most; one that can't be is searched again, in the end by brute force. A list is
    shorter than `k` only where fewer items are left, whatever the index.

    Parameters
    ----------
    index : {"flat", "hnsw", "ivf"}, default="flat"
        "flat" compares with all items and gives brute force's lists. "hnsw" walks a graph of neighbours [2]_, "ivf" looks into the nearest
        clusters; both miss some items.
    m : int, default=32
        For "hnsw": neighbours of an item in the graph, >= 2. More find more, and take memory: about ``8 * m`` bytes an item.
    ef_construction : int, default=200
        For "hnsw": how many of the best are remembered while an item is put into the graph, >= 1.
    ef_search : int, default=64
        For "hnsw": how many of the best are remembered while searching, >= 1. Never fewer than are fetched: `k`, and as many as the user
        has excluded items.
    n_lists : int, optional
        For "ivf": number of clusters, >= 1, and at most that of the items. None takes four times the root of the number of items, with at
        least 39 items a cluster.
    n_probes : int, default=8
        For "ivf": clusters that are looked into, >= 1; twice as many each time that they hold too few items.
    random_state : int, RandomState, Generator or None, default=None
        For "ivf": seed of the clustering. None is Faiss' own seed, a constant.

    Attributes
    ----------
    exact : bool
        Whether `query` gives brute force's lists: whether `index` is "flat".

    Raises
    ------
    InvalidParameterError
        In `fit`, if a parameter breaks the constraint written above.

    See Also
    --------
    skrec.retrievers.ExactRetriever : Brute force, without Faiss.

    Notes
    -----
    The item vectors are kept, and not copied if they are float32 in C order; "hnsw" and "ivf" hold a second copy in the index. A graph
    that several threads build differs a little from one time to the next.

    References
    ----------
    .. [1] M. Douze et al., "The Faiss library", 2024. https://arxiv.org/abs/2401.08281
    .. [2] Y. Malkov, D. Yashunin, "Efficient and robust approximate nearest neighbor search using Hierarchical Navigable Small World
       graphs", TPAMI 2020. https://arxiv.org/abs/1603.09320

    Examples
    --------
    >>> import numpy as np
    >>> from skrec_faiss.retriever import FaissRetriever
    >>> items = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], dtype=np.float32)
    >>> FaissRetriever().fit(items).query(np.array([[2.0, 1.0]], dtype=np.float32), k=2)
    (array([[2, 0]]), array([[3., 2.]], dtype=float32))
    """

    def __init__(
        self,
        index: str = "flat",
        *,
        m: int = 32,
        ef_construction: int = 200,
        ef_search: int = 64,
        n_lists: int | None = None,
        n_probes: int = 8,
        random_state: RandomState = None,
    ) -> None:
        self.index = index
        self.m = m
        self.ef_construction = ef_construction
        self.ef_search = ef_search
        self.n_lists = n_lists
        self.n_probes = n_probes
        self.random_state = random_state

    @property
    def exact(self) -> bool:  # type: ignore[override]
        """Whether `query` gives what brute force gives."""
        return self.index == "flat"

    def fit(self, item_vectors: Floats) -> "FaissRetriever":
        """Index items.

        Parameters
        ----------
        item_vectors : ndarray of shape (n_items, dim), float32

        Returns
        -------
        FaissRetriever

        Raises
        ------
        InvalidParameterError
            If a parameter breaks its constraint.
        InvalidDataError
            If the vectors are no matrix, or not finite.
        """
        self._check_parameters()
        seed = draw_seed(self.random_state) if self.index == "ivf" else None
        items = matrix(item_vectors, "Item")
        self._longest = float(lengths(items, "Item").max(initial=0.0))
        self._items = items
        self._index = self._build(items, seed) if len(items) else None
        return self

    def query(self, user_vectors: Floats, k: int, exclude: Any = None) -> tuple[Codes, Scores]:
        """Find the best items.

        Parameters
        ----------
        user_vectors : ndarray of shape (n_users, dim), float32
        k : int
        exclude : scipy.sparse.csr_array of shape (n_users, n_items), optional
            Stored entries are left out.

        Returns
        -------
        positions : ndarray of shape (n_users, k), int64
            Best first, equal scores in order of position; -1 where fewer than k items are left.
        scores : ndarray of shape (n_users, k), float32
            NaN where the position is -1.

        Raises
        ------
        NotFittedError
            Before `fit`.
        InvalidParameterError
            If `k` is no int of at least 1.
        InvalidDataError
            If the vectors are not finite, or the shapes don't suit those of `fit`.
        """
        if not hasattr(self, "_items"):
            raise NotFittedError("This FaissRetriever instance is not fitted yet. Call fit first.")
        check_parameters({"k": [_POSITIVE]}, {"k": k}, "FaissRetriever.query")
        n_items, dim = self._items.shape
        users = matrix(user_vectors, "User")
        if users.shape[1] != dim:
            raise InvalidDataError(
                f"The item vectors are {dim} wide. Pass user vectors of that width, not of shape {users.shape}."
            )
        task = Task(users, k, excluded(exclude, (len(users), n_items)), self._items, self._longest)
        if self._index is not None:
            self._search(self._index, task)
        return task.positions, task.scores

    def _check_parameters(self) -> None:
        if self.index not in _KINDS:
            raise InvalidParameterError(
                f"The 'index' parameter of FaissRetriever must be one of {', '.join(map(repr, _KINDS))}. Got {self.index!r} instead."
            )
        check_parameters(_WHOLE, self.get_params(), "FaissRetriever")
        check_random_state(self.random_state, "FaissRetriever")

    def _build(self, items: Floats, seed: int | None) -> Index:
        if self.index == "hnsw":
            return Graph(items, self.m, self.ef_construction, self.ef_search)
        if self.index == "ivf":
            return Lists(items, self.n_lists, self.n_probes, seed)
        return Flat(items)

    def _search(self, index: Index, task: Task) -> None:
        """Fetch candidates, for each user about as many as its excluded items make necessary; and more where they don't suffice."""
        n_items = len(self._items)
        most = _MOST_FETCHED if index.exact else max(_MOST_FETCHED, n_items // _SHARE)
        sizes = np.maximum(index.least_fetched, 2 ** np.ceil(np.log2(task.wanted)).astype(np.int64))
        sizes[sizes > most] = _BY_HAND
        effort = 1
        while len(open_rows := np.flatnonzero(sizes > 0)):
            for rows in _alike(open_rows, sizes[open_rows]):
                size = int(sizes[rows[0]])
                done = task.take(rows, *index.find(task.users[rows], min(size, n_items), effort), exact=index.exact)
                more = 2 * size if size < n_items and 2 * size <= most else _BY_HAND
                sizes[rows] = np.where(done, 0, more)
            effort *= 2
        task.brute_force(np.flatnonzero(sizes == _BY_HAND))


def _alike(rows: Codes, sizes: Codes) -> Iterator[Codes]:
    """Group rows by size, and cut groups so that what is fetched for one fits into memory."""
    for size in np.unique(sizes):
        group = rows[sizes == size]
        width = max(1, _BLOCK // int(size))
        for start in range(0, len(group), width):
            yield group[start : start + width]
