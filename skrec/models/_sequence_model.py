"""What sequence models have in common: they read histories, in training and when they are asked."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from skrec._params import Interval, StrOptions
from skrec._search import pair_scores, search
from skrec.backends import find_device
from skrec.data import EncodedEvents, Histories, Recommendations, join_events
from skrec.exceptions import InvalidParameterError
from skrec.models._features import shared
from skrec.models._keras import KerasRecommender
from skrec.models._positives import PositivePairs
from skrec.models._query import Query
from skrec.models._sequence_progress import reading_shown
from skrec.models._sequence_reader import read_histories
from skrec.models._sequence_split import split_latest
from skrec.models._sequences import Reading, SequenceSource
from skrec.models._serving import product
from skrec.models._spec import POSITIVE_INT, SHARED_CONSTRAINTS, NetworkSpec
from skrec.typing import Codes, Floats, Mask, Scores

if TYPE_CHECKING:  # to type checkers it has the methods of the whole
    _Base = KerasRecommender
else:
    _Base = object

_SHARED_NEGATIVES = 2048

SEQUENCE_CONSTRAINTS: dict[str, list[Any]] = {
    **SHARED_CONSTRAINTS,
    "embedding_dim": POSITIVE_INT,
    "max_length": POSITIVE_INT,
    "loss": [StrOptions({"bce", "bpr", "softmax"})],
    "calibration": [Interval(Real, 0, 1, closed="both")],
    "temperature": [Interval(Real, 0, None, closed="neither"), None],
    "dropout": [Interval(Real, 0, 1, closed="left")],
    "id_dropout": [Interval(Real, 0, 1, closed="left")],
}
"""Constraints of the parameters that every sequence model has."""


class SequenceMixin(_Base):
    """The parts of a `KerasRecommender` that differ where a user is what a network makes of a history.

    A model stands before `KerasRecommender` with it: ``class SASRec(SequenceMixin, KerasRecommender)``. It gives its network, of
    `skrec.networks.SequenceNetwork`, and says what of a history is read. There is a table of items, and none of users.
    """

    _scores_history: ClassVar[bool] = True
    _reads: ClassVar[tuple[str, ...]] = ("item",)
    embedding_dim: int
    max_length: int
    calibration: float
    temperature: float | None
    dropout: float
    id_dropout: float

    @abstractmethod
    def _make_network(self, layers: Any, spec: NetworkSpec) -> Any:
        """Make the network around the layers of the encoders."""

    def _reading(self) -> Reading:
        """How histories are read."""
        return Reading(int(self.max_length))

    def _has_bias(self) -> bool:
        """Whether item rows end in a bias."""
        return False

    def _user_width(self) -> int:
        """Width of what the network makes of a history."""
        return int(self.embedding_dim)

    def _widths(self) -> dict[str, int]:
        return {"item": int(self.embedding_dim) + int(self._has_bias())}

    def _first_rows(self, side: str, n: int, width: int, rng: np.random.Generator) -> Floats:
        rows = super()._first_rows(side, n, width, rng)
        rows[:, int(self.embedding_dim) :] = 0.0
        return rows

    def _embedding(self, rows: Floats) -> Floats:
        return rows[:, : int(self.embedding_dim)]

    def _build_network(self, spec: NetworkSpec) -> Any:
        network = self._make_network(self.features_.layers(int(self.embedding_dim)), spec)
        network.build_for(self.features_.samples())
        return network

    def _shared_arguments(self, layers: Any) -> tuple[Any, ...]:
        """Arguments of every network of `SequenceNetwork`."""
        temperature = None if self.temperature is None else float(self.temperature)
        bias, rates = self._has_bias(), (float(self.dropout), float(self.id_dropout))
        return (layers, int(self.embedding_dim), bias, temperature, *rates)

    def _n_negatives(self) -> int:
        """As for every model, but for the number that a batch shares: here a step of the network costs more than they do."""
        if self.n_negatives is None and self.loss == "softmax":
            return _SHARED_NEGATIVES
        return super()._n_negatives()

    def _check_heads(self) -> None:
        """Check that heads share the width evenly."""
        n_heads: int = getattr(self, "n_heads", 1)
        if self.embedding_dim % n_heads:
            raise InvalidParameterError(
                f"The heads of {type(self).__name__} share its embedding_dim={self.embedding_dim} evenly, and n_heads={n_heads} doesn't "
                "divide it. Change one of the two."
            )

    def _partial_fit(self, new: EncodedEvents, everything: EncodedEvents) -> None:
        """Train on new events; those before them are read, and not predicted again."""
        old = everything.take(np.arange(len(everything) - len(new)))
        self._earlier = replace(old, weights=np.zeros_like(old.weights))
        try:
            super()._partial_fit(new, everything)
        finally:
            del self._earlier

    def _train(self, events: EncodedEvents, everything: EncodedEvents) -> None:
        self._check_heads()
        try:
            super()._train(events, everything)
        finally:
            self.__dict__.pop("_known_before", None)

    def _split_events(
        self, events: EncodedEvents, fraction: float, rng: np.random.Generator
    ) -> tuple[EncodedEvents, EncodedEvents]:
        """Hold each user's latest events out: what comes later says too much about what came before."""
        train, held_out = split_latest(events, fraction, rng)
        if len(held_out):
            self._known_before = Histories.group(self._with_earlier(train))
        return train, held_out

    def _with_earlier(self, events: EncodedEvents) -> EncodedEvents:
        earlier: EncodedEvents | None = getattr(self, "_earlier", None)
        events = replace(events, context=None)
        return events if earlier is None else join_events(earlier, events)

    def _batch_source(self, train: EncodedEvents, known: PositivePairs, rng: np.random.Generator) -> SequenceSource:
        return SequenceSource(
            self._with_earlier(train),
            self._reading(),
            self.loss,
            self._n_negatives(),
            self.negatives,
            self._batch_size(len(train)),
            rng,
            known,
            float(self.calibration),
        )

    def recommend(
        self,
        users: Any = None,
        k: int = 10,
        *,
        items: Any = None,
        exclude_items: Any = None,
        exclude_seen: bool = True,
        history: Any = None,
        context: Any = None,
    ) -> Recommendations:
        """Recommend items to users; see `BaseRecommender.recommend`.

        Histories are read in blocks of users, so that memory is bounded; under `verbose` a progress bar on standard error says how many
        have been read.
        """
        others = {"items": items, "exclude_items": exclude_items, "exclude_seen": exclude_seen}
        others |= {"history": history, "context": context}
        if not self.verbose or not self.__sklearn_is_fitted__():
            return super().recommend(users, k, **others)
        n_users = len(self.users_) if users is None and history is None else None
        with reading_shown(n_users) as report:
            model = shared(self)
            model._report = report
            return KerasRecommender.recommend(model, users, k, **others)

    def _read(self, histories: Histories) -> Floats:
        """Vectors of users with these histories, shape (n, dim), as item vectors are multiplied with."""
        backend, program = self._served()
        with backend.device_scope(find_device(backend, self.device)):
            width = self._known_vectors()[1].shape[1]
            report: Callable[[int], None] = getattr(self, "_report", _ignore)
            return read_histories(self, program, self._reading(), histories, width, report)

    def _known_vectors(self) -> tuple[Floats, Floats]:
        """No vectors of users, which are read when asked for; and those of the items, followed by that of an unknown one."""
        backend, program = self._served()
        with backend.device_scope(find_device(backend, self.device)):
            items = self._serving.item_vectors(self, program)
        return np.zeros((0, items.shape[1]), dtype=np.float32), items

    def _user_vectors(self, query: Query) -> Floats:
        return self._read(query.histories)

    def _score(self, users: Codes, histories: Histories, folded: Mask) -> Scores:
        return product(self._read(histories), self._known_vectors()[1][:-1])

    def _best(self, users: Codes, seen: Any, k: int) -> Codes:
        histories: Histories = getattr(self, "_known_before", self.histories_)
        return search(self._read(histories.take(users)), self._known_vectors()[1][:-1], k, seen[users])[0]

    def _predict(self, users: Codes, items: Codes, moment: Any = None) -> Scores:
        distinct, rows = np.unique(users, return_inverse=True)
        histories = self.histories_.take(distinct)
        scores = pair_scores(self._read(histories), self._known_vectors()[1], rows, items)
        cold = (histories.positives().lengths == 0)[rows]
        popular = np.append(self._popularity(), self._unknown_popularity())
        scores[cold] = popular[items[cold]]
        return self._output(scores)


def _ignore(n_users: int) -> None:
    """Take a report of progress that nobody asked for."""
