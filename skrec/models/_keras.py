"""KerasRecommender: seeds, places on the device, trains and serves; asks a model for its network only."""

import random
from abc import abstractmethod
from collections.abc import Hashable
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np

from skrec._random import generator
from skrec.backends import find_backend, find_device, start
from skrec.data import EncodedEvents, Interactions
from skrec.exceptions import InvalidDataError, InvalidParameterError
from skrec.models._base import BaseRecommender
from skrec.models._batches import MIN_SIZE, BatchSource, bucket
from skrec.models._callbacks import CallbackSupportMixin, with_callbacks
from skrec.models._features import ModelFeatures
from skrec.models._fold_in import shared_negatives
from skrec.models._inputs import drop_weightless
from skrec.models._known import Known, alike, restore
from skrec.models._positives import PositivePairs
from skrec.models._program import Program, find_program, make_program
from skrec.models._retrieval import find_retriever
from skrec.models._saved_state import state_to_save
from skrec.models._scoring import ScoringMixin
from skrec.models._serving import Serving
from skrec.models._spec import COMPARING_LOSSES, N_NEGATIVES, NetworkSpec, structure_key
from skrec.models._training import Training, Weights
from skrec.models._validation import split_events
from skrec.optimizers import Optimizer, find_optimizer
from skrec.plugin import Backend, Retriever
from skrec.retrievers import ExactRetriever
from skrec.typing import Floats

_SEARCHED_USERS = 8192


class KerasRecommender(CallbackSupportMixin, ScoringMixin, BaseRecommender):
    """A recommender whose scores come from a Keras network over rows of a user and an item table.

    A model gives the width of its tables and its network. This class draws first weights, negatives and batches from
    `random_state` with NumPy, so that they are the same on every backend; trains; and learns rows for users it hasn't seen
    (fold-in). Nothing global is touched: no seed, no dtype policy.

    Attributes
    ----------
    tables_ : dict of str to ndarray
        Embeddings: ``"user"`` of shape (n_users, width) and ``"item"`` of shape (n_items, width), float32.
    network_weights_ : list of ndarray
        The network's trained weights.
    history_ : dict of str to list of float
        By epoch: ``loss``, ``accuracy``, and the validation metric ``val_ndcg@10`` (``val_rmse`` under loss "mse").
    rating_mean_ : float
        Mean of the ratings under "mse", else 0.
    n_iter_ : int
        Number of epochs trained.
    backend_, device_ : str
        What it was trained on.
    """

    _scores_history: ClassVar[bool] = False
    # Declared for readers and type checkers; each model's constructor stores them.
    epochs: int
    batch_size: Any
    learning_rate: float
    optimizer: str | Optimizer
    loss: str
    n_negatives: int | None
    negatives: str
    l2: float
    validation_fraction: float
    early_stopping: bool | int
    callbacks: Any
    warm_start: bool
    random_state: Any
    verbose: int
    backend: str | None
    device: str
    precision: str
    retriever_: Retriever
    _variable_shapes: Hashable

    @abstractmethod
    def _widths(self) -> dict[str, int]:
        """Width of the tables' rows: ``{"user": ..., "item": ...}``; empty for a network that takes ids."""

    @abstractmethod
    def _build_network(self, spec: NetworkSpec) -> Any:
        """Make the network: a `keras.Layer` that scores as `skrec.networks.FactorNetwork.call` describes."""

    def _first_rows(self, side: str, n: int, width: int, rng: np.random.Generator) -> Floats:
        """Draw first rows of a table; normal with standard deviation 0.1 unless a model knows better."""
        rows = rng.standard_normal((n, width), dtype=np.float32)
        rows *= np.float32(0.1)
        return rows

    @with_callbacks
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn from events; see `BaseRecommender.fit`. With ``warm_start=True``, starts from the rows and weights learned before."""
        # Callbacks that score want labels; where there are none, each event is a positive.
        labels = np.ones(len(X)) if y is None and hasattr(X, "__len__") else y
        self._callback_data = {"X": X, "y": labels}
        try:
            return super().fit(X, y, sample_weight)
        finally:
            self.__dict__.pop("_callback_data", None)

    @with_callbacks
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn from further events: a warm start, not what `fit` on all events gives.

        Trains for `epochs` epochs on the events given, from the rows and weights learned before; new users and items get new rows.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.

        Returns
        -------
        self
        """
        return super().partial_fit(X, y, sample_weight)

    def _start(self, X: Interactions, ratings: Any, weights: Any) -> None:
        X, ratings, weights = drop_weightless(X, ratings, weights)
        self._incoming = X
        known = Known.of(self) if self.warm_start and self.__sklearn_is_fitted__() else None
        self._before = known
        super()._start(X, ratings, weights)
        del self._before, self._incoming

    def _grow(self, X: Interactions, ratings: Any, weights: Any) -> None:
        X, ratings, weights = drop_weightless(X, ratings, weights)
        self._before, self._incoming, self._growing = Known.of(self), X, True
        super()._grow(X, ratings, weights)
        del self._before, self._incoming, self._growing

    def _fit(self, events: EncodedEvents) -> None:
        self._train(events, events)

    def _partial_fit(self, new: EncodedEvents, everything: EncodedEvents) -> None:
        self._train(new, everything)

    def _train(self, events: EncodedEvents, everything: EncodedEvents) -> None:
        """Train on events; `everything` says which pairs are no negatives."""
        if self.negatives == "in-batch" and self.loss != "softmax":
            raise InvalidParameterError(
                f"negatives='in-batch' is for loss='softmax', whose negatives a batch shares. Got loss={self.loss!r} instead."
            )
        retriever = find_retriever(self.retriever) if hasattr(self, "retriever") else None
        events = self._with_features(self._with_labels(events))
        self._labelled = not bool(everything.positive.all())
        if self.loss in COMPARING_LOSSES and self._n_negatives() == 0:
            raise InvalidParameterError(
                f"loss={self.loss!r} compares positives with negatives: n_negatives must be at least 1, or None. Got 0 instead."
            )
        rng = generator(self.random_state)
        backend = find_backend(self.backend)
        start(backend, to_train=True)
        device = find_device(backend, self.device)
        # Callbacks that score ask for these while training goes on, and not for an index of the fit before.
        self.backend_, self.device_ = backend.keras_name, device
        if hasattr(self, "retriever_"):
            del self.retriever_
        with backend.device_scope(device):
            if self._reads:
                self._fresh_network = self._built_network()
                self._variable_shapes = _shapes(self._fresh_network)
            program = self._program(backend)
            weights = self._first_weights(program, rng)
            self._fold_negatives = shared_negatives(len(self.items_), program, rng)
            training = Training(self, backend, program, find_optimizer(self.optimizer), rng)
            weights, self.history_ = training.run(events, everything, weights)
        self.n_iter_ = len(self.history_["loss"])
        self._adopt(weights)
        if retriever is not None and not isinstance(retriever, ExactRetriever):
            self.retriever_ = retriever.fit(self._known_vectors()[1][:-1])

    def _n_negatives(self) -> int:
        """How many negatives there are, where None leaves it to the loss, and to labels where a model can do without negatives."""
        if self.n_negatives is None and self.loss == "bce" and "context" in self._reads and self._labelled:
            return 0
        return N_NEGATIVES[self.loss] if self.n_negatives is None else int(self.n_negatives)

    def _batch_size(self, n_events: int) -> int:
        """Events of a training step."""
        return int(self.batch_size)

    def _split_events(
        self, events: EncodedEvents, fraction: float, rng: np.random.Generator
    ) -> tuple[EncodedEvents, EncodedEvents]:
        """Hold events out for the validation metric."""
        return split_events(events, fraction, rng)

    def _batch_source(self, train: EncodedEvents, known: PositivePairs, rng: np.random.Generator) -> BatchSource:
        """Make what gives the batches of an epoch."""
        size, n_negatives = self._batch_size(len(train)), self._n_negatives()
        return BatchSource(train, self.loss, n_negatives, self.negatives, size, rng, known, self._widths())

    def _with_labels(self, events: EncodedEvents) -> EncodedEvents:
        """Center the ratings under mse; the mean is added back to every score."""
        if self.loss != "mse":
            self.rating_mean_ = 0.0
            return events
        if events.ratings is None:
            raise InvalidDataError("loss='mse' learns ratings, and there are none. Pass y, or a column 'rating' in X.")
        if getattr(self, "_before", None) is None:
            self.rating_mean_ = float(np.average(events.ratings, weights=events.weights))
        return replace(events, ratings=events.ratings - np.float32(self.rating_mean_))

    def _with_features(self, events: EncodedEvents) -> EncodedEvents:
        """Encode what the events bring along, for a model that reads features."""
        if not self._reads:
            return events
        before = self.features_ if getattr(self, "_growing", False) else None
        self.features_ = ModelFeatures.read(self._incoming, self.users_, self.items_, self._reads, before)
        return replace(events, context=self.features_.context(self._incoming.events, len(events), "X"))

    def _adopt(self, weights: Weights) -> None:
        """Keep trained weights, without the rows that fill the tables up."""
        sizes = {"user": len(self.users_), "item": len(self.items_)}
        self.tables_ = {side: table[: sizes[side]] for side, table in weights.tables.items()}
        self.network_weights_, self._network_state = weights.network, weights.fixed
        self._serving = Serving()

    def _program(self, backend: Backend) -> Program:
        """Make, or find, the compiled functions for this model's structure."""
        optimizer = find_optimizer(self.optimizer)
        sizes: Any = () if self._widths() else (len(self.users_), len(self.items_))
        if self._reads:
            sizes = (self.features_.key(), self._network_shapes())
        key = (backend.keras_name, structure_key(self, optimizer), sizes)
        return find_program(key, lambda: self._make_program(backend, optimizer))

    def _network_shapes(self) -> Hashable:
        """Shapes of the network's weights, which depend on what encoders have met; found once, since they take building it."""
        if not hasattr(self, "_variable_shapes"):
            self._variable_shapes = _shapes(self._built_network())
        return self._variable_shapes

    def _make_program(self, backend: Backend, optimizer: Optimizer) -> Program:
        from skrec.networks import LOSSES

        widths = self._widths()
        return make_program(
            backend, self._built_network(), widths, LOSSES[self.loss], optimizer, float(getattr(self, "l2", 0.0))
        )

    def _built_network(self) -> Any:
        """Make the network and its variables."""
        widths = self._widths()
        state = random.getstate()  # from which Keras draws a seed for each layer that is given none
        try:
            network = self._build_network(
                NetworkSpec(len(self.users_) + 1, len(self.items_) + 1, self.precision, seed=0)
            )
            if not network.built:
                shapes = {"user": (None, widths["user"]), "item": (None, None, widths["item"])} if widths else None
                network.build(shapes)
        finally:
            random.setstate(state)
        return network

    def _first_weights(self, program: Program, rng: np.random.Generator) -> Weights:
        """Draw first weights, then put in what was learned before."""
        from skrec.networks import initial_weights

        sizes = {"user": len(self.users_), "item": len(self.items_)}
        tables = {}
        for side, width in sorted(self._widths().items()):
            rows = self._first_rows(side, sizes[side], width, rng)
            # One row more for filled-up batches, and more up to a size that other fits have too.
            tables[side] = np.zeros((bucket(max(MIN_SIZE, sizes[side] + 1)), width), dtype=np.float32)
            tables[side][: sizes[side]] = rows
        # Of its own network: that of the program may have been made for other data, and hold constants of those.
        network, fixed = initial_weights(self.__dict__.pop("_fresh_network", program.network), rng)
        fresh = Weights(tables, network, fixed)
        before: Known | None = getattr(self, "_before", None)
        return fresh if before is None else restore(self, fresh, before)

    def _restore_network(self, fresh: list[Any], before: Known) -> list[Any]:
        """Take the network's learned weights, unless they were those of a network of another shape."""
        return list(before.network) if alike(fresh, before.network) else fresh

    def __getstate__(self) -> dict[str, Any]:
        # BaseEstimator's state may be the live __dict__: copy before taking anything out.
        state = dict(super().__getstate__())
        state.pop("_serving", None)
        state.pop("_variable_shapes", None)
        return state

    def __skrec_state__(self) -> dict[str, Any]:
        return state_to_save(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if self.__sklearn_is_fitted__():
            self._serving = Serving()

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "network_weights_")


def _shapes(network: Any) -> Hashable:
    return tuple(tuple(variable.shape) for variable in network.variables)
