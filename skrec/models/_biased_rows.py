"""Tables whose rows are an id's vector with one weight of its own behind."""

from typing import TYPE_CHECKING

import numpy as np

from skrec.models._keras import KerasRecommender
from skrec.typing import Floats

if TYPE_CHECKING:  # to type checkers it has the methods of the whole
    _Base = KerasRecommender
else:
    _Base = object


class BiasedRowsMixin(_Base):
    """Users and items have rows of `embedding_dim` + 1 numbers: the embedding, then a bias or first-order weight that starts at 0."""

    embedding_dim: int

    def _widths(self) -> dict[str, int]:
        width = int(self.embedding_dim) + 1
        return {"user": width, "item": width}

    def _first_rows(self, side: str, n: int, width: int, rng: np.random.Generator) -> Floats:
        rows = super()._first_rows(side, n, width, rng)
        rows[:, -1] = 0.0
        return rows

    def _embedding(self, rows: Floats) -> Floats:
        return rows[:, :-1]
