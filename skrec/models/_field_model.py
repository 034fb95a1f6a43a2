"""What models over fields have in common: every id, and every feature of user, item and context, is a vector and a first-order weight."""

from abc import abstractmethod
from dataclasses import KW_ONLY
from numbers import Integral
from typing import Annotated, Any, ClassVar

from skrec._params import (
    NOT_COMPILED,
    POSITIVE_INT,
    Interval,
    NonNegative,
    PositiveInt,
    Share,
    check_parameter,
)
from skrec.models._keras import KerasRecommender
from skrec.models._spec import NetworkSpec

__all__ = ["FieldModel"]


class FieldModel(KerasRecommender):
    """A network joins all fields of a pair: ids, and features of the user, the item and the context.

    A model gives its network, of `skrec.networks.CrossingNetwork`. A table row is an id's vector with its first-order weight behind.

    Parameters
    ----------
    embedding_dim : int, default=16
        Width of each field's vector, at least 1.
    hidden : tuple of int, default=(128, 64)
        Units of the perceptron's hidden layers, each at least 1.
    id_dropout : float, default=0.1
        Share of a batch's users and items whose id is left out while training, in [0, 1).
    l2 : float, default=0.0
        Penalty on the squared embeddings of each event's ids, >= 0.
    dropout : float, default=0.2
        Share of the perceptron's units dropped while training, in [0, 1).
    """

    embedding_dim: PositiveInt = 16
    hidden: Annotated[tuple[int, ...], tuple, list] = (128, 64)
    _: KW_ONLY
    id_dropout: Share = 0.1
    l2: NonNegative = 0.0
    dropout: Share = 0.2
    learning_rate: float = 0.002
    n_negatives: Annotated[int | None, Interval(Integral, 0, None, closed="left"), None, NOT_COMPILED] = None

    _reads: ClassVar[tuple[str, ...]] = ("user", "item", "context")

    @abstractmethod
    def _make_network(self, **shared: Any) -> Any:
        """Make the network of the arguments that all such networks take."""

    def _widths(self) -> dict[str, int]:
        width = int(self.embedding_dim) + 1
        return {"user": width, "item": width}

    def _n_biases(self) -> int:
        return 1

    def _build_network(self, spec: NetworkSpec) -> Any:
        for units in self.hidden:
            check_parameter("hidden", units, [POSITIVE_INT], type(self).__name__)
        network = self._make_network(
            layers=spec.embedding_layers(int(self.embedding_dim)),
            dim=int(self.embedding_dim),
            hidden=tuple(int(units) for units in self.hidden),
            dropout=float(self.dropout),
            id_dropout=float(self.id_dropout),
            bias=not self._loss().compares,
            dtype=spec.precision,
        )
        network.build_for(spec.samples())
        return network
