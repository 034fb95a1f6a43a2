"""Scorer: rows, vectors and scores of what was learned, by a network's compiled functions."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skrec._products import matrix_product
from skrec.losses import Loss
from skrec.plugin import Backend
from skrec.programs import Program, bucket
from skrec.serving.learned import Learned
from skrec.typing import Codes, Floats, Scores

__all__ = ["MIN_ROWS", "USER_BLOCKS", "Scorer", "Setup", "block_of", "pad", "product"]

MIN_ROWS = 32
_PAIRS = {"cpu": 2**12, "others": 2**18}
"""How many pairs a network scores in one call: on a CPU no more than it needs to be busy, since one user takes as long as a block."""
# Few sizes, hence few compiled programs.
_ENCODED_AT_ONCE = (32, 256, 1024)
USER_BLOCKS = (32, 1024)
_PAIR_BLOCKS = (32, 1024, 16384)


@dataclass(frozen=True)
class Setup:
    """What serving reads of a model's parameters.

    Attributes
    ----------
    program : Program
    backend : Backend
        Started.
    backend_name : str
        As `skrec.backends.find_backend` knows it.
    device : str
        As the backend names it, such as ``"cpu"``: where the model is now, which needn't be where it was trained.
    loss : Loss
    n_negatives : int
        How many negatives an event has in training.
    drops_ids : bool
        Whether ids are left out in training, for features to carry.
    n_biases : int
        How many of the last columns of an item's row are no part of its embedding.
    """

    program: Program
    backend: Backend
    backend_name: str
    device: str
    loss: Loss
    n_negatives: int
    drops_ids: bool = False
    n_biases: int = 0


class Scorer:
    """Computes with one `Learned`; what is computed once is kept.

    Where the network encodes features, the row of a user or an item is what it makes of table row and features.

    Parameters
    ----------
    learned : Learned
    setup : Setup
    before : Scorer, optional
        Of the same without the ids that were added last: what it has computed, or computes now, is computed once for both.
    """

    def __init__(self, learned: Learned, setup: Setup, before: "Scorer | None" = None) -> None:
        self.learned, self.setup, self._before = learned, setup, before
        self._program = setup.program
        self._tables: dict[str, Floats] = {}
        self._unknown: dict[str, Floats] = {}
        self._vectors: tuple[Floats, Floats] | None = None
        self._items: Any = None
        self._pool: Floats | None = None

    @property
    def has_vectors(self) -> bool:
        """Whether scores are inner products, so that items can be searched by vectors."""
        return self._program.vectors is not None

    def table(self, side: str) -> Floats:
        """Rows by code that scores are computed from, shape (n, width)."""
        rows = self.learned.weights.tables[side]
        if self._program.encode is None:
            return rows
        if side not in self._tables:
            known = None if self._before is None else self._before.table(side)
            if known is None:
                self._tables[side] = self.encode(side, rows, self.learned.part(side, slice(0, -1)))
            elif len(known) == len(rows):
                self._tables[side] = known
            else:
                new = self.encode(side, rows[len(known) :], self.learned.part(side, slice(len(known), -1)))
                self._tables[side] = np.concatenate([known, new])
        return self._tables[side]

    def unknown(self, side: str) -> Floats:
        """Row of an unknown id, shape (width,): zeros, or what the network makes of zeros and of no features."""
        if self._before is not None:
            return self._before.unknown(side)
        if side not in self._unknown:
            row = np.zeros((1, self.learned.weights.tables[side].shape[1]), dtype=np.float32)
            if self._program.encode is not None:
                row = self.encode(side, row, self.learned.part(side, slice(-1, None)))
            self._unknown[side] = row[0]
        return self._unknown[side]

    def rows(self, side: str, codes: Codes) -> Any:
        """Take rows of a side, that of an unknown id for -1; ids of the network where it has no tables."""
        if not self.learned.weights.tables:
            return np.where(codes >= 0, codes, len(self.learned.ids(side))).astype(np.int32)
        rows = self.table(side)[codes]
        rows[codes < 0] = self.unknown(side)
        return rows

    def user_rows(self, rows: Floats, users: Codes) -> Floats:
        """Encode table rows that are given, with the features of users by code; -1 has none. Shape (n, width)."""
        if self._program.encode is None:
            return rows
        return self.encode("user", rows, self.learned.part("user", users))

    def context(self, features: dict[str, Any] | None) -> Floats | None:
        """What the network makes of encoded context, shape (n, width); None where it reads none."""
        return None if features is None else self.encode("context", None, features)

    def vectors(self) -> tuple[Floats, Floats]:
        """Vectors of all users and items, whose inner products are the scores; computed once.

        Returns
        -------
        user_vectors : ndarray of shape (n_users + 1, dim)
        item_vectors : ndarray of shape (n_items + 1, dim)
            The last of each is that of an unknown id: code -1 points to it. Where a user is a history, there are no user vectors.
        """
        if self._vectors is None:
            items = np.concatenate([self.table("item"), self.unknown("item")[np.newaxis]])
            if "user" in self.learned.weights.tables:
                users = np.concatenate([self.table("user"), self.unknown("user")[np.newaxis]])
                self._vectors = self._to_vectors(users, items)
            else:
                found = self._to_vectors(np.zeros((1, self._program.network.dim), dtype=np.float32), items)
                self._vectors = found[0][:0], found[1]
        return self._vectors

    def pool_vectors(self) -> Floats:
        """Vectors of the items that fold-in takes its negatives from, as columns: shape (dim, m); computed once."""
        if self._pool is None:
            self._pool = np.ascontiguousarray(self.vectors()[1][self.learned.pool].T)
        return self._pool

    def user_vectors(self, rows: Floats) -> Floats:
        """Vectors of users whose (encoded) rows are given, shape (n, dim)."""
        items = pad(self.unknown("item")[np.newaxis], MIN_ROWS)
        size = block_of(len(rows), USER_BLOCKS)
        found = [
            self._to_vectors(pad(rows[start : start + size], size), items)[0][: len(rows) - start]
            for start in range(0, len(rows), size)
        ]
        return np.concatenate(found) if found else np.zeros((0, self.vectors()[1].shape[1]), dtype=np.float32)

    def catalogue(self, rows: Any, context: Floats | None = None) -> Scores:
        """Let a network that joins users and items score the catalogue; shape (n, n_items).

        Parameters
        ----------
        rows : ndarray of shape (n, width)
            Encoded rows of users; their ids, (n,), for a network without tables.
        context : ndarray of shape (n, context width), optional
        """
        users, n_items = _joined(rows, context), len(self.learned.items)
        padded = self._catalogue_rows()
        n_pairs = _PAIRS["cpu" if self.setup.device.startswith("cpu") else "others"]
        size = int(np.clip(n_pairs // len(padded), 1, MIN_ROWS))
        result = np.empty((len(users), n_items), dtype=np.float32)
        for start in range(0, len(users), size):
            block = users[start : start + size]
            scores = self._score(pad(block, size), padded)
            result[start : start + size] = scores[: len(block), :n_items]
        return result

    def _catalogue_rows(self) -> Any:
        """Rows of all items, padded; computed once."""
        if self._items is None:
            n_items = len(self.learned.items)
            rows = self.rows("item", np.arange(n_items))
            self._items = pad(rows, bucket(max(MIN_ROWS, n_items))) if self.learned.weights.tables else rows
        return self._items

    def pairs(self, users: Codes, items: Codes, context: Floats | None = None) -> Scores:
        """Let a network that joins users and items score pairs of codes; shape (n,)."""
        result = np.empty(len(users), dtype=np.float32)
        size = block_of(len(users), _PAIR_BLOCKS)
        for start in range(0, len(users), size):
            u, i = users[start : start + size], items[start : start + size]
            c = None if context is None else context[start : start + size]
            user = pad(_joined(self.rows("user", u), c), size)
            item = pad(self.rows("item", i), size)[:, np.newaxis]
            result[start : start + size] = self._score(user, item)[: len(u), 0]
        return result

    def encode(self, side: str, rows: Floats | None, features: dict[str, Any]) -> Floats:
        """Run a side's part of the network, some rows at a time; sizes are rounded up so that few programs are compiled."""
        assert self._program.encode is not None
        inputs = {**features, **({} if rows is None else {"id": rows})}
        n = len(next(iter(inputs.values())))
        size = block_of(n, _ENCODED_AT_ONCE)
        found = []
        for start in range(0, n, size):
            part = {name: pad(array[start : start + size], size) for name, array in inputs.items()}
            encoded = self._program.encode[side](*self._weights, part)
            found.append(np.array(encoded[: n - start], dtype=np.float32))
        return np.concatenate(found) if found else np.zeros((0, 1), dtype=np.float32)

    @property
    def _weights(self) -> tuple[Any, Any]:
        return self.learned.weights.network, self.learned.weights.fixed

    def _score(self, user: Any, item: Any) -> Scores:
        scores: Scores = self._program.score(*self._weights, user, item)
        return scores

    def _to_vectors(self, users: Floats, items: Floats) -> tuple[Floats, Floats]:
        """Turn rows into vectors; sizes are rounded up so that few programs are compiled."""
        assert self._program.vectors is not None
        padded = [pad(rows, bucket(max(MIN_ROWS, len(rows)))) for rows in (users, items)]
        user_vectors, item_vectors = self._program.vectors(*self._weights, *padded)
        return (
            np.array(user_vectors[: len(users)], dtype=np.float32),
            np.array(item_vectors[: len(items)], dtype=np.float32),
        )


def _joined(users: Any, context: Floats | None) -> Any:
    """Put context side by side with users."""
    return users if context is None else np.concatenate([users, context], axis=1)


def block_of(n: int, sizes: tuple[int, ...]) -> int:
    """Choose how many rows go through at once: the smallest size that holds all of them, or the largest."""
    return next((size for size in sizes if size >= n), sizes[-1])


def pad(rows: Any, size: int) -> Any:
    """Pad an array with rows of zeros."""
    if len(rows) == size:
        return rows
    return np.concatenate([rows, np.zeros((size - len(rows), *rows.shape[1:]), dtype=rows.dtype)])


def product(user_vectors: Floats, item_vectors: Floats) -> Scores:
    """Multiply; rows are padded, since a matrix library rounds one row another way than many."""
    n = len(user_vectors)
    return np.asarray(matrix_product(pad(user_vectors, -(-n // MIN_ROWS) * MIN_ROWS), item_vectors.T)[:n])
