"""What sequence models have in common: they read histories, in training and when they are asked."""

from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import KW_ONLY
from numbers import Real
from typing import Annotated, Any, ClassVar

from skrec._params import NOT_COMPILED, Interval, NonNegative, PositiveInt, Share
from skrec.exceptions import InvalidParameterError
from skrec.losses import Loss
from skrec.models._keras import KerasRecommender, Search
from skrec.models._spec import NetworkSpec
from skrec.serving import HistoryUsers, Reading, Scorer, Users, reading_shown
from skrec.training import Batching, SequenceBatching

__all__ = ["SequenceModel"]

_SHARED_NEGATIVES = 2048


class SequenceModel(KerasRecommender):
    """A user is what a network makes of a history: there is a table of items, and none of users.

    A model gives its network, of `skrec.networks.SequenceNetwork`, and says what of a history is read. Under `verbose` a progress bar on
    standard error says how many histories have been read to recommend.
    """

    embedding_dim: PositiveInt = 64
    max_length: PositiveInt = 50
    _: KW_ONLY
    epochs: int = 30
    learning_rate: float = 0.001
    loss: str | Loss = "softmax"
    calibration: Annotated[float, Interval(Real, 0, 1, closed="both"), NOT_COMPILED] = 0.75
    temperature: Annotated[float | None, Interval(Real, 0, None, closed="neither"), None] = None
    l2: NonNegative = 0.0
    dropout: Share = 0.2
    id_dropout: Share = 0.2
    retriever: Search = "exact"

    n_heads = 1  # of models with attention: a parameter there

    _reads: ClassVar[tuple[str, ...]] = ("item",)

    @abstractmethod
    def _make_network(self, layers: Any, spec: NetworkSpec) -> Any:
        """Make the network around the layers of the encoders."""

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.embedding_dim % self.n_heads:
            raise InvalidParameterError(
                f"The heads of {type(self).__name__} share its embedding_dim={self.embedding_dim} evenly, and n_heads={self.n_heads} "
                "doesn't divide it. Change one of the two."
            )

    def _reading(self) -> Reading:
        """How histories are read."""
        return Reading(int(self.max_length))

    def _widths(self) -> dict[str, int]:
        return {"item": int(self.embedding_dim) + self._n_biases()}

    def _build_network(self, spec: NetworkSpec) -> Any:
        network = self._make_network(spec.embedding_layers(int(self.embedding_dim)), spec)
        network.build_for(spec.samples())
        return network

    def _shared_arguments(self, layers: Any) -> tuple[Any, ...]:
        """Arguments of every network of `SequenceNetwork`."""
        temperature = None if self.temperature is None else float(self.temperature)
        rates = (float(self.dropout), float(self.id_dropout))
        return (layers, int(self.embedding_dim), bool(self._n_biases()), temperature, *rates)

    def _default_negatives(self, loss: Loss) -> int:
        """As for every model, but for the number that a mini-batch shares: here a step of the network costs more than they do."""
        return _SHARED_NEGATIVES if loss.negatives == "shared" else loss.default_negatives

    def _batching(self, loss: Loss, n_events: int) -> Batching:
        size, calibration = self._step_size(n_events), float(self.calibration)
        return SequenceBatching(loss, self._count_negatives(loss), self.negatives, size, self._reading(), calibration)

    def _users(self, scorer: Scorer) -> Users:
        return HistoryUsers(scorer, self._reading())

    def _progress(self, n_users: int) -> AbstractContextManager[Callable[[int], None] | None]:
        return reading_shown(n_users) if self.verbose else nullcontext()
