"""What models over fields have in common: every id, and every feature of user, item and context, is a vector and a first-order weight."""

from abc import abstractmethod
from numbers import Integral, Real
from typing import Any, ClassVar

from skrec._params import Interval, StrOptions, check_parameter
from skrec.models._biased_rows import BiasedRowsMixin
from skrec.models._spec import COMPARING_LOSSES, POSITIVE_INT, SHARED_CONSTRAINTS, NetworkSpec

FIELD_CONSTRAINTS: dict[str, list[Any]] = {
    **SHARED_CONSTRAINTS,
    "embedding_dim": POSITIVE_INT,
    "hidden": [tuple, list],
    "loss": [StrOptions({"bce", "bpr", "softmax"})],
    "n_negatives": [Interval(Integral, 0, None, closed="left"), None],
    "id_dropout": [Interval(Real, 0, 1, closed="left")],
    "dropout": [Interval(Real, 0, 1, closed="left")],
}
"""Constraints of the parameters that every model over fields has."""


class FieldMixin(BiasedRowsMixin):
    """The parts of a `KerasRecommender` that differ where a network joins all fields of a pair.

    A model stands before `KerasRecommender` with it: ``class DeepFM(FieldMixin, KerasRecommender)``. It gives its network, of
    `skrec.networks.CrossingNetwork`. A table row is an id's vector with its first-order weight behind.
    """

    _reads: ClassVar[tuple[str, ...]] = ("user", "item", "context")
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = FIELD_CONSTRAINTS
    hidden: tuple[int, ...]
    id_dropout: float
    dropout: float

    @abstractmethod
    def _make_network(self, **shared: Any) -> Any:
        """Make the network of the arguments that all such networks take."""

    def _build_network(self, spec: NetworkSpec) -> Any:
        for units in self.hidden:
            check_parameter("hidden", units, POSITIVE_INT, type(self).__name__)
        network = self._make_network(
            layers=self.features_.layers(int(self.embedding_dim)),
            dim=int(self.embedding_dim),
            hidden=tuple(int(units) for units in self.hidden),
            dropout=float(self.dropout),
            id_dropout=float(self.id_dropout),
            bias=self.loss not in COMPARING_LOSSES,
            dtype=spec.precision,
        )
        network.build_for(self.features_.samples())
        return network
