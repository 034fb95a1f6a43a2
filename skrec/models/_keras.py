"""KerasRecommender: seeds, places on the device, trains and serves; asks a model for its network only."""

from abc import abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.utils.metaestimators import available_if

from skrec._random import generator
from skrec._ranking import top_k
from skrec.backends import find_backend, find_device, start
from skrec.data import EncodedEvents, Histories, Interactions, Vocabulary
from skrec.exceptions import InvalidDataError, InvalidParameterError
from skrec.models._base import BaseRecommender
from skrec.models._batches import MIN_SIZE, bucket
from skrec.models._callbacks import CallbackSupportMixin, with_callbacks
from skrec.models._fold_in import fold_in, shared_negatives
from skrec.models._program import Program, find_program, make_program
from skrec.models._serving import Serving
from skrec.models._spec import NOT_STRUCTURE, NetworkSpec
from skrec.models._training import Training, Weights
from skrec.optimizers import Optimizer, find_optimizer
from skrec.plugin import Backend
from skrec.typing import Codes, Floats, Mask, Scores


class KerasRecommender(CallbackSupportMixin, BaseRecommender):
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
    batch_size: int
    learning_rate: float
    optimizer: str | Optimizer
    loss: str
    n_negatives: int
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

    @abstractmethod
    def _widths(self) -> dict[str, int]:
        """Width of the tables' rows: ``{"user": ..., "item": ...}``; empty for a network that takes ids."""

    @abstractmethod
    def _build_network(self, spec: NetworkSpec) -> Any:
        """Make the network: a `keras.Layer` that scores as `skrec.networks.FactorNetwork.call` describes."""

    def _first_rows(self, side: str, n: int, width: int, rng: np.random.Generator) -> Floats:
        """Draw first rows of a table; normal with standard deviation 0.1 unless a model knows better."""
        return rng.normal(0.0, 0.1, size=(n, width)).astype(np.float32)

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
        known = self._known_weights() if self.warm_start and self.__sklearn_is_fitted__() else None
        self._before = known
        super()._start(X, ratings, weights)
        del self._before

    def _grow(self, X: Interactions, ratings: Any, weights: Any) -> None:
        self._before = self._known_weights()
        super()._grow(X, ratings, weights)
        del self._before

    def _fit(self, events: EncodedEvents) -> None:
        self._train(events, events)

    def _partial_fit(self, new: EncodedEvents, everything: EncodedEvents) -> None:
        self._train(new, everything)

    def _train(self, events: EncodedEvents, everything: EncodedEvents) -> None:
        """Train on events; `everything` says which pairs are no negatives."""
        events = self._with_labels(events)
        rng = generator(self.random_state)
        backend = find_backend(self.backend)
        start(backend)
        device = find_device(backend, self.device)
        with backend.device_scope(device):
            program = self._program(backend)
            weights = self._first_weights(program, rng)
            self._fold_negatives = shared_negatives(len(self.items_), program, rng)
            training = Training(self, backend, program, find_optimizer(self.optimizer), rng)
            weights, self.history_ = training.run(events, everything, weights)
        self.n_iter_ = len(self.history_["loss"])
        self._adopt(weights)
        self.backend_, self.device_ = backend.keras_name, device

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

    def _adopt(self, weights: Weights) -> None:
        """Keep trained weights, without the rows that fill the tables up."""
        sizes = {"user": len(self.users_), "item": len(self.items_)}
        self.tables_ = {side: table[: sizes[side]] for side, table in weights.tables.items()}
        self.network_weights_, self._network_state = weights.network, weights.fixed
        self._serving = Serving()

    def _program(self, backend: Backend) -> Program:
        """Make, or find, the compiled functions for this model's structure."""
        optimizer = find_optimizer(self.optimizer)
        structure = {name: value for name, value in self.get_params(deep=False).items() if name not in NOT_STRUCTURE}
        rules = {name: value for name, value in optimizer.get_params().items() if name != "learning_rate"}
        sizes = () if self._widths() else (len(self.users_), len(self.items_))
        key: Hashable = (
            type(self),
            backend.keras_name,
            tuple(sorted((name, _hashable(value)) for name, value in structure.items())),
            type(optimizer),
            tuple(sorted(rules.items())),
            sizes,
        )
        return find_program(key, lambda: self._make_program(backend, optimizer))

    def _make_program(self, backend: Backend, optimizer: Optimizer) -> Program:
        from skrec.networks import LOSSES

        widths = self._widths()
        return make_program(
            backend, self._built_network(), widths, LOSSES[self.loss], optimizer, float(getattr(self, "l2", 0.0))
        )

    def _built_network(self) -> Any:
        """Make the network and its variables."""
        widths = self._widths()
        network = self._build_network(NetworkSpec(len(self.users_) + 1, len(self.items_) + 1, self.precision, seed=0))
        if not network.built:
            shapes = {"user": (None, widths["user"]), "item": (None, None, widths["item"])} if widths else None
            network.build(shapes)
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
        network, fixed = initial_weights(program.network, rng)
        fresh = Weights(tables, network, fixed)
        before: _Known | None = getattr(self, "_before", None)
        return fresh if before is None else self._restore(fresh, before)

    def _known_weights(self) -> "_Known":
        return _Known(
            self.user_vocabulary_, self.item_vocabulary_, self.tables_, self.network_weights_, self._network_state
        )

    def _restore(self, fresh: Weights, before: "_Known") -> Weights:
        """Copy learned rows to where their ids stand now."""
        for side, old, now in (
            ("user", before.users, self.user_vocabulary_),
            ("item", before.items, self.item_vocabulary_),
        ):
            if side in fresh.tables and fresh.tables[side].shape[1] == before.tables[side].shape[1]:
                codes = now.encode(old.ids)
                fresh.tables[side][codes[codes >= 0]] = before.tables[side][codes >= 0]
        network = self._restore_network(fresh.network, before)
        return Weights(fresh.tables, network, before.fixed if _alike(fresh.fixed, before.fixed) else fresh.fixed)

    def _restore_network(self, fresh: list[Any], before: "_Known") -> list[Any]:
        """Take the network's learned weights, unless they were those of a network of another shape."""
        return list(before.network) if _alike(fresh, before.network) else fresh

    def _served(self) -> tuple[Backend, Program]:
        """Start the backend, and find the program to score with."""
        backend = find_backend(self.backend)
        start(backend)
        return backend, self._program(backend)

    def _score(self, users: Codes, histories: Histories, folded: Mask) -> Scores:
        new = folded | (users < 0)
        backend, program = self._served()
        with backend.device_scope(find_device(backend, self.device)):
            scores = self._serving.known(self, program, users)
            if new.any():
                scores[new] = self._fold_in(histories.take(np.flatnonzero(new)))
        return scores

    def _fold_in(self, histories: Histories) -> Scores:
        """Score the catalogue for histories that weren't in fit, shape (n, n_items); called in the device's scope."""
        backend, program = self._served()
        return self._serving.rows(self, program, fold_in(self, backend, program, histories))

    def _known_scores(self, users: Codes) -> Scores:
        """Score the catalogue for users of fit by code, shape (n, n_items); called in the device's scope."""
        return self._serving.known(self, self._served()[1], users)

    def _known_vectors(self) -> tuple[Floats, Floats]:
        """Vectors of users and items, for models whose scores are inner products."""
        backend, program = self._served()
        with backend.device_scope(find_device(backend, self.device)):
            return self._serving.vectors(self, program)

    def _predict(self, users: Codes, items: Codes) -> Scores:
        backend, program = self._served()
        with backend.device_scope(find_device(backend, self.device)):
            scores = self._serving.pairs(self, program, users, items)
        if self.loss != "mse":
            popular = np.append(self._popularity(), self._unknown_popularity())
            cold = users < 0
            scores[cold] = popular[items[cold]]
        return self._output(scores)

    def _output(self, scores: Scores) -> Scores:
        if self.loss == "bce":
            return (1.0 / (1.0 + np.exp(-scores.astype(np.float64)))).astype(np.float32)
        return scores + np.float32(self.rating_mean_) if self.loss == "mse" else scores

    def _has_item_similarity(self) -> bool:
        return "item" in self._widths()

    def _item_similarity(self, items: Codes) -> Scores:
        """Cosines of the item vectors, shape (n, n_items)."""
        vectors = self.item_vectors()
        lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return np.asarray((vectors[items] / lengths[items]) @ (vectors / lengths).T)

    @available_if(lambda self: self._has_item_similarity())
    def item_vectors(self) -> Floats:
        """Give the items' embeddings, without biases.

        Returns
        -------
        ndarray of shape (n_items, dim), float32
            In the order of `items_`.
        """
        self._check_fitted()
        return self._embedding(self.tables_["item"])

    def _embedding(self, rows: Floats) -> Floats:
        """Take the embedding out of table rows."""
        return rows

    def _best(self, users: Codes, seen: Any, k: int) -> Codes:
        """Rank the catalogue for known users; -1 past the end of a short list. Shape (n, k)."""
        scores = self._block_scores(users, self.histories_.take(users), np.zeros(len(users), dtype=bool))
        excluded = seen[users]
        scores[np.repeat(np.arange(len(users)), np.diff(excluded.indptr)), excluded.indices] = -np.inf
        positions, lengths = top_k(scores, k)
        best = np.full((len(users), k), -1, dtype=np.int64)
        best[:, : positions.shape[1]] = np.where(np.arange(positions.shape[1]) < lengths[:, np.newaxis], positions, -1)
        return best

    def _popularity(self) -> Scores:
        """Scores that `_output` turns into each item's share of the users."""
        share = self.item_counts_ / max(len(self.users_), float(self.item_counts_.max(initial=0.0)) + 1.0)
        if self.loss == "bce":
            share = np.clip(share, 1e-6, 1.0 - 1e-6)
            return np.log(share / (1.0 - share)).astype(np.float32)
        return (share - self.rating_mean_).astype(np.float32)

    def _unknown_popularity(self) -> float:
        return float(np.log(1e-6)) if self.loss == "bce" else 0.0 - self.rating_mean_

    def __getstate__(self) -> dict[str, Any]:
        # BaseEstimator's state may be the live __dict__: copy before taking anything out.
        state = dict(super().__getstate__())
        state.pop("_serving", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if self.__sklearn_is_fitted__():
            self._serving = Serving()

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "network_weights_")


@dataclass(frozen=True)
class _Known:
    """What was learned before, with the ids it belongs to."""

    users: Vocabulary
    items: Vocabulary
    tables: dict[str, Floats]
    network: list[Any]
    fixed: list[Any]


def _alike(first: list[Any], second: list[Any]) -> bool:
    """Say whether two lists of arrays have the same shapes."""
    return [array.shape for array in first] == [array.shape for array in second]


def _hashable(value: Any) -> Hashable:
    """Turn a constructor parameter into part of a key."""
    if isinstance(value, np.generic):
        return value.item()  # type: ignore[no-any-return]
    if isinstance(value, (list, tuple)):
        return tuple(_hashable(entry) for entry in value)
    if not isinstance(value, Hashable):
        raise InvalidParameterError(
            f"Compiled networks are found again by their parameters, so these must be hashable, and a {type(value).__name__} isn't. "
            "Pass a plain function, or give its class __hash__ and __eq__."
        )
    return value
