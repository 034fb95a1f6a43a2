"""Scoring with trained weights; what is computed once is kept here, out of pickles."""

from typing import Any

import numpy as np

from skrec.models._batches import bucket
from skrec.models._program import Program
from skrec.plugin import Retriever
from skrec.typing import Codes, Floats, Scores

_PAIRS = 2**18
_MIN_ROWS = 32
_PAIR_BLOCKS = (32, 1024, 16384)  # few sizes, hence few compiled programs


class Serving:
    """Scores of one fitted model; made anew by every fit and after unpickling.

    Attributes
    ----------
    retriever : Retriever or None
        Fitted to the item vectors, once it was needed.
    """

    def __init__(self) -> None:
        self.retriever: Retriever | None = None
        self._vectors: tuple[Floats, Floats] | None = None

    def vectors(self, model: Any, program: Program) -> tuple[Floats, Floats]:
        """Vectors of all users and items, whose inner products are the scores; computed once.

        Returns
        -------
        user_vectors : ndarray of shape (n_users + 1, dim)
        item_vectors : ndarray of shape (n_items + 1, dim)
            The last of each is that of a row of zeros, for ids that weren't in fit: code -1 points to it.
        """
        if self._vectors is None:
            self._vectors = self._compute(model, program, model.tables_["user"], model.tables_["item"])
        return self._vectors

    def user_vectors(self, model: Any, program: Program, rows: Floats) -> Floats:
        """Vectors of users whose rows are given, shape (n, dim)."""
        return self._compute(model, program, rows, model.tables_["item"][:1])[0][:-1]

    def known(self, model: Any, program: Program, users: Codes) -> Scores:
        """Score the catalogue for users by code; what -1 gets means nothing.

        Returns
        -------
        ndarray of shape (n, n_items), float32
        """
        if program.vectors is not None:
            user_vectors, item_vectors = self.vectors(model, program)
            return _product(user_vectors[users], item_vectors[:-1])
        if not model.tables_:
            return self._blocks(model, program, np.maximum(users, 0).astype(np.int32))
        return self._blocks(model, program, model.tables_["user"][users])

    def rows(self, model: Any, program: Program, rows: Floats) -> Scores:
        """Score the catalogue for users whose rows are given; shape (n, n_items)."""
        if program.vectors is not None:
            return _product(self.user_vectors(model, program, rows), self.vectors(model, program)[1][:-1])
        return self._blocks(model, program, rows)

    def pairs(self, model: Any, program: Program, users: Codes, items: Codes) -> Scores:
        """Score pairs of codes by the network; -1 stands for a row of zeros.

        Returns
        -------
        ndarray of shape (n_pairs,), float32
        """
        result = np.empty(len(users), dtype=np.float32)
        size = next((size for size in _PAIR_BLOCKS if size >= len(users)), _PAIR_BLOCKS[-1])
        for start in range(0, len(users), size):
            u, i = users[start : start + size], items[start : start + size]
            user = _pad(_rows(model, "user", u), size)
            item = _pad(_rows(model, "item", i), size)[:, np.newaxis]
            scores = program.score(model.network_weights_, model._network_state, user, item)
            result[start : start + size] = scores[: len(u), 0]
        return result

    def _compute(self, model: Any, program: Program, users: Floats, items: Floats) -> tuple[Floats, Floats]:
        """Turn rows, and a row of zeros behind them, into vectors; sizes are rounded up so that few programs are compiled."""
        assert program.vectors is not None
        padded = [_pad(rows, bucket(max(_MIN_ROWS, len(rows) + 1))) for rows in (users, items)]
        user_vectors, item_vectors = program.vectors(model.network_weights_, model._network_state, *padded)
        return (
            np.array(user_vectors[: len(users) + 1], dtype=np.float32),
            np.array(item_vectors[: len(items) + 1], dtype=np.float32),
        )

    def _blocks(self, model: Any, program: Program, users: Any) -> Scores:
        """Run a network that joins users and items, on blocks of users times all items."""
        n_items = len(model.items_)
        item = _rows(model, "item", np.arange(n_items))
        padded = item if not model.tables_ else _pad(item, bucket(max(_MIN_ROWS, n_items)))
        size = int(np.clip(_PAIRS // len(padded), 1, _MIN_ROWS))
        result = np.empty((len(users), n_items), dtype=np.float32)
        for start in range(0, len(users), size):
            block = users[start : start + size]
            scores = program.score(model.network_weights_, model._network_state, _pad(block, size), padded)
            result[start : start + size] = scores[: len(block), :n_items]
        return result


def _rows(model: Any, side: str, codes: Codes) -> Any:
    """Take rows of a table, zeros for -1; the codes themselves where the network takes ids."""
    if not model.tables_:
        size = len(model.users_) if side == "user" else len(model.items_)
        return np.where(codes >= 0, codes, size).astype(np.int32)
    rows = model.tables_[side][codes]
    rows[codes < 0] = 0.0
    return rows


def _pad(rows: Any, size: int) -> Any:
    """Fill an array up with zeros."""
    if len(rows) == size:
        return rows
    return np.concatenate([rows, np.zeros((size - len(rows), *rows.shape[1:]), dtype=rows.dtype)])


def _product(user_vectors: Floats, item_vectors: Floats) -> Scores:
    """Multiply; rows are filled up, since a matrix library rounds one row another way than many."""
    n = len(user_vectors)
    return np.asarray((_pad(user_vectors, -(-n // _MIN_ROWS) * _MIN_ROWS) @ item_vectors.T)[:n])
