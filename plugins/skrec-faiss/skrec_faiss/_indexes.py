"""Three ways in which Faiss finds the items with the largest inner products: all of them, a graph, inverted lists."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import faiss

from skrec.typing import Codes, Floats, Scores
from skrec_faiss._kernels import matrix_products

_POINTS_PER_LIST = 39  # Faiss warns of clusters found from fewer


class Index(ABC):
    """Items, laid out for the search.

    Attributes
    ----------
    exact : bool
        Whether nothing is missed.
    least_fetched : int
        Fetching fewer takes no less time.
    """

    exact: ClassVar[bool] = False
    least_fetched: ClassVar[int] = 1

    @abstractmethod
    def find(self, users: Floats, n_fetched: int, effort: int) -> tuple[Scores, Codes]:
        """Find items for each user.

        Parameters
        ----------
        users : ndarray of shape (n_users, dim), float32, in C order
        n_fetched : int
            How many to find, at most the number of items.
        effort : int
            1, and twice as much each time that too little was found.

        Returns
        -------
        products : ndarray of shape (n_users, n_fetched), float32
            Inner products, the largest first.
        positions : ndarray of shape (n_users, n_fetched), int64
            -1 where nothing more was found.
        """


class Flat(Index):
    """All items; nothing is stored besides their vectors."""

    exact: ClassVar[bool] = True
    # From 100 on Faiss collects the best in a reservoir, which took half the time of the heap that it takes below.
    least_fetched: ClassVar[int] = 128

    def __init__(self, items: Floats) -> None:
        self.items = items

    def find(self, users: Floats, n_fetched: int, effort: int) -> tuple[Scores, Codes]:
        """Multiply each user with each item."""
        with matrix_products(self.items.shape[1]):
            products, positions = faiss.knn(users, self.items, n_fetched, metric=faiss.METRIC_INNER_PRODUCT)
        return products, positions


class _Stored(Index):
    """An index that Faiss keeps in memory of its own, which pickle can't see."""

    index: Any

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "index": faiss.serialize_index(self.index)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, index=faiss.deserialize_index(state["index"]))


class Graph(_Stored):
    """A graph in which each item knows items near it."""

    def __init__(self, items: Floats, m: int, ef_construction: int, ef_search: int) -> None:
        self.ef_search = ef_search
        self.index = faiss.IndexHNSWFlat(items.shape[1], m, faiss.METRIC_INNER_PRODUCT)
        self.index.hnsw.efConstruction = ef_construction
        self.index.add(items)

    def find(self, users: Floats, n_fetched: int, effort: int) -> tuple[Scores, Codes]:
        """Walk the graph, remembering as many of the best as are fetched, or more."""
        parameters = _search_parameters("HNSW", efSearch=max(self.ef_search, n_fetched))
        products, positions = self.index.search(users, n_fetched, params=parameters)
        return products, positions


class Lists(_Stored):
    """Clusters of items."""

    def __init__(self, items: Floats, n_lists: int | None, n_probes: int, seed: int | None) -> None:
        n_items, dim = items.shape
        if n_lists is None:
            n_lists = max(1, min(round(4 * n_items**0.5), n_items // _POINTS_PER_LIST))
        self.n_lists, self.n_probes = min(n_lists, n_items), n_probes
        self.index = faiss.index_factory(dim, f"IVF{self.n_lists},Flat", faiss.METRIC_INNER_PRODUCT)
        self.index.cp.min_points_per_centroid = 1  # fewer are what was asked for, and nothing to warn of on the console
        if seed is not None:
            self.index.cp.seed = seed
        self.index.train(items)
        self.index.add(items)

    def find(self, users: Floats, n_fetched: int, effort: int) -> tuple[Scores, Codes]:
        """Look at the items of the nearest clusters."""
        n_probes = min(self.n_probes * effort, self.n_lists) if n_fetched < self.index.ntotal else self.n_lists
        parameters = _search_parameters("IVF", nprobe=n_probes)
        products, positions = self.index.search(users, n_fetched, params=parameters)
        return products, positions


def _search_parameters(kind: str, **values: int) -> Any:
    """Make parameters of one search; the type information that Faiss ships doesn't know of them."""
    return getattr(faiss, f"SearchParameters{kind}")(**values)
