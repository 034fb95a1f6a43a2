"""Scoring with trained weights; what is computed once is kept here, out of pickles."""

from typing import Any

import numpy as np

from skrec._products import matrix_product
from skrec.models._batches import bucket
from skrec.models._features import n_of_fit
from skrec.models._program import Program
from skrec.plugin import Retriever
from skrec.typing import Codes, Floats, Scores

_PAIRS = 2**18
_MIN_ROWS = 32
_ENCODED_AT_ONCE = 1024
_PAIR_BLOCKS = (32, 1024, 16384)  # few sizes, hence few compiled programs


class Serving:
    """Scores of one fitted model; made anew by every fit and after unpickling.

    Where the network encodes features, a user's or an item's row is what it makes of table row and features; it is computed once.

    Attributes
    ----------
    retriever : Retriever or None
        Fitted to the item vectors, once it was needed.
    """

    def __init__(self) -> None:
        self.retriever: Retriever | None = None
        self._vectors: tuple[Floats, Floats] | None = None
        self._encoded: dict[str, Floats] = {}
        self._nobody: dict[str, Any] = {}
        self._before: Serving | None = None

    def extended(self, side: str) -> "Serving":
        """Start anew for a model with further ids of one side, with what is known of the rows before them."""
        other = Serving()
        other._encoded, other._nobody, other._before = dict(self._encoded), dict(self._nobody), self
        if side == "user" and self._vectors is not None:
            other.retriever = self.retriever
        return other

    def table(self, model: Any, program: Program, side: str) -> Floats:
        """Rows by code that scores are computed from, shape (n, width)."""
        rows: Floats = model.tables_[side]
        if program.encode is None:
            return rows
        known = self._encoded.get(side)
        if known is None or len(known) < len(rows):
            start = 0 if known is None else len(known)
            new = self._encode(
                model, program, side, rows[start:], _part(model.features_.arrays[side], slice(start, -1))
            )
            self._encoded[side] = new if known is None else np.concatenate([known, new])
            self._keep("_encoded", side, self._encoded[side][: n_of_fit(model, side)])
        return self._encoded[side]

    def _keep(self, what: str, side: str, rows: Any) -> None:
        """Leave what holds for all of fit to the model that this one was made of for one question."""
        before = self._before
        while before is not None:
            vars(before)[what].setdefault(side, rows)
            before = before._before

    def nobody(self, model: Any, program: Program, side: str) -> Any:
        """Row of an id that wasn't in fit, shape (width,): zeros, or what the network makes of zeros and of no features."""
        if side not in self._nobody:
            width = model.tables_[side].shape[1]
            zeros = np.zeros((1, width), dtype=np.float32)
            if program.encode is not None:
                zeros = self._encode(model, program, side, zeros, _part(model.features_.arrays[side], slice(-1, None)))
            self._nobody[side] = zeros[0]
            self._keep("_nobody", side, zeros[0])
        return self._nobody[side]

    def encoded_users(self, model: Any, program: Program, rows: Floats, users: Codes) -> Floats:
        """What the network makes of users' rows that are given, and of their features; -1 has none. Shape (n, width)."""
        if program.encode is None:
            return rows
        return self._encode(model, program, "user", rows, _part(model.features_.arrays["user"], users))

    def context(self, model: Any, program: Program, features: dict[str, Any] | None) -> Floats | None:
        """What the network makes of context, shape (n, width); None for a model that reads none."""
        return None if features is None else self._encode(model, program, "context", None, features)

    def vectors(self, model: Any, program: Program) -> tuple[Floats, Floats]:
        """Vectors of all users and items, whose inner products are the scores; computed once.

        Returns
        -------
        user_vectors : ndarray of shape (n_users + 1, dim)
        item_vectors : ndarray of shape (n_items + 1, dim)
            The last of each is that of an id that wasn't in fit: code -1 points to it.
        """
        if self._vectors is None:
            users, items = self.table(model, program, "user"), self.table(model, program, "item")
            self._vectors = self._compute(model, program, users, items)
        return self._vectors

    def item_vectors(self, model: Any, program: Program) -> Floats:
        """Vectors of all items, and of one that wasn't in fit, for a model without a table of users; computed once.

        Returns
        -------
        ndarray of shape (n_items + 1, dim)
        """
        if self._vectors is None:
            items = np.concatenate(
                [self.table(model, program, "item"), self.nobody(model, program, "item")[np.newaxis]]
            )
            padded = _pad(items, bucket(max(_MIN_ROWS, len(items))))
            user = np.zeros((1, model._user_width()), dtype=np.float32)
            found = program.vectors(model.network_weights_, model._network_state, user, padded)  # type: ignore[misc]
            self._vectors = user, np.array(found[1][: len(items)], dtype=np.float32)
        return self._vectors[1]

    def user_vectors(self, model: Any, program: Program, rows: Floats) -> Floats:
        """Vectors of users whose (encoded) rows are given, shape (n, dim)."""
        return self._compute(model, program, rows, self.table(model, program, "item")[:1])[0][:-1]

    def known(self, model: Any, program: Program, users: Codes, context: Floats | None = None) -> Scores:
        """Score the catalogue for users by code; what -1 gets means nothing.

        Returns
        -------
        ndarray of shape (n, n_items), float32
        """
        if program.vectors is not None:
            user_vectors, item_vectors = self.vectors(model, program)
            return product(user_vectors[users], item_vectors[:-1])
        if not model.tables_:
            return self._blocks(model, program, np.maximum(users, 0).astype(np.int32))
        return self._blocks(model, program, _joined(self.table(model, program, "user")[users], context))

    def rows(self, model: Any, program: Program, rows: Floats, context: Floats | None = None) -> Scores:
        """Score the catalogue for users whose (encoded) rows are given; shape (n, n_items)."""
        if program.vectors is not None:
            return product(self.user_vectors(model, program, rows), self.vectors(model, program)[1][:-1])
        return self._blocks(model, program, _joined(rows, context))

    def pairs(self, model: Any, program: Program, users: Codes, items: Codes, context: Floats | None = None) -> Scores:
        """Score pairs of codes by the network; -1 stands for an id that wasn't in fit.

        Returns
        -------
        ndarray of shape (n_pairs,), float32
        """
        result = np.empty(len(users), dtype=np.float32)
        size = next((size for size in _PAIR_BLOCKS if size >= len(users)), _PAIR_BLOCKS[-1])
        for start in range(0, len(users), size):
            u, i = users[start : start + size], items[start : start + size]
            c = None if context is None else context[start : start + size]
            user = _pad(_joined(self._rows(model, program, "user", u), c), size)
            item = _pad(self._rows(model, program, "item", i), size)[:, np.newaxis]
            scores = program.score(model.network_weights_, model._network_state, user, item)
            result[start : start + size] = scores[: len(u), 0]
        return result

    def _encode(self, model: Any, program: Program, side: str, rows: Floats | None, features: dict[str, Any]) -> Floats:
        """Run a side's part of the network, some rows at a time; sizes are rounded up so that few programs are compiled."""
        assert program.encode is not None
        inputs = {**features, **({} if rows is None else {"id": rows})}
        n = len(next(iter(inputs.values())))
        size = min(_ENCODED_AT_ONCE, bucket(max(_MIN_ROWS, n)))
        found = []
        for start in range(0, n, size):
            part = {name: _pad(array[start : start + size], size) for name, array in inputs.items()}
            encoded = program.encode[side](model.network_weights_, model._network_state, part)
            found.append(np.array(encoded[: n - start], dtype=np.float32))
        return np.concatenate(found) if found else np.zeros((0, 1), dtype=np.float32)

    def _compute(self, model: Any, program: Program, users: Floats, items: Floats) -> tuple[Floats, Floats]:
        """Turn rows, and that of nobody behind them, into vectors; sizes are rounded up so that few programs are compiled."""
        assert program.vectors is not None
        padded = []
        for side, rows in (("user", users), ("item", items)):
            filled = _pad(rows, bucket(max(_MIN_ROWS, len(rows) + 1)))
            filled[len(rows)] = self.nobody(model, program, side)
            padded.append(filled)
        user_vectors, item_vectors = program.vectors(model.network_weights_, model._network_state, *padded)
        return (
            np.array(user_vectors[: len(users) + 1], dtype=np.float32),
            np.array(item_vectors[: len(items) + 1], dtype=np.float32),
        )

    def _blocks(self, model: Any, program: Program, users: Any) -> Scores:
        """Run a network that joins users and items, on blocks of users times all items."""
        n_items = len(model.items_)
        item = self._rows(model, program, "item", np.arange(n_items))
        padded = item if not model.tables_ else _pad(item, bucket(max(_MIN_ROWS, n_items)))
        size = int(np.clip(_PAIRS // len(padded), 1, _MIN_ROWS))
        result = np.empty((len(users), n_items), dtype=np.float32)
        for start in range(0, len(users), size):
            block = users[start : start + size]
            scores = program.score(model.network_weights_, model._network_state, _pad(block, size), padded)
            result[start : start + size] = scores[: len(block), :n_items]
        return result

    def _rows(self, model: Any, program: Program, side: str, codes: Codes) -> Any:
        """Take rows of a side, that of nobody for -1; the codes themselves where the network takes ids."""
        if not model.tables_:
            size = len(model.users_) if side == "user" else len(model.items_)
            return np.where(codes >= 0, codes, size).astype(np.int32)
        rows = self.table(model, program, side)[codes]
        rows[codes < 0] = self.nobody(model, program, side)
        return rows


def _part(features: dict[str, Any], rows: Any) -> dict[str, Any]:
    return {name: array[rows] for name, array in features.items()}


def _joined(users: Any, context: Floats | None) -> Any:
    """Put what is known of the moment beside what is known of the user."""
    return users if context is None else np.concatenate([users, context], axis=1)


def _pad(rows: Any, size: int) -> Any:
    """Fill an array up with zeros."""
    if len(rows) == size:
        return rows
    return np.concatenate([rows, np.zeros((size - len(rows), *rows.shape[1:]), dtype=rows.dtype)])


def product(user_vectors: Floats, item_vectors: Floats) -> Scores:
    """Multiply; rows are filled up, since a matrix library rounds one row another way than many."""
    n = len(user_vectors)
    return np.asarray(matrix_product(_pad(user_vectors, -(-n // _MIN_ROWS) * _MIN_ROWS), item_vectors.T)[:n])
