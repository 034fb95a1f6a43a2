"""KerasRecommender: seeds, places on the device, trains and serves; asks a model for its network only."""

from abc import abstractmethod
from collections.abc import Hashable
from dataclasses import KW_ONLY
from functools import partial
from operator import is_
from typing import Annotated, Any, ClassVar, Self

import numpy as np

from skrec._fields import parameter_names
from skrec._params import NOT_COMPILED, POSITIVE_INT, Flag, Name, OneOf, Positive, PositiveInt, Seed, Share
from skrec._random import generator
from skrec._sklearn import available_if
from skrec.backends import find_backend, find_device, start
from skrec.data import Interactions
from skrec.exceptions import InvalidParameterError
from skrec.losses import Loss, find_loss
from skrec.models._base import BaseRecommender
from skrec.models._compiled import Compiled, find_compiled
from skrec.models._learned_weights import for_weights, to_learn_on
from skrec.models._network_spec import NetworkSpec, build_network, structure_key
from skrec.models._saved_state import clone_sharing, state_to_pickle, state_to_save
from skrec.optimizers import Optimizer
from skrec.plugin import Backend, Retriever
from skrec.programs import Program, Weights, find_rule
from skrec.queries import Query, find_retriever
from skrec.retrievers import ExactRetriever
from skrec.serving import Learned, ModelFeatures, Scorer, Server, Setup, TableUsers, Users
from skrec.training import (
    Batching,
    CallbackSupportMixin,
    EpochTasks,
    History,
    Lesson,
    PairBatching,
    Plan,
    keep_if_alike,
    learn,
    patience_of,
    prepare,
    with_callbacks,
)
from skrec.typing import Codes, Floats, Scores

Search = Annotated[str | Retriever, str, Retriever, NOT_COMPILED]
"""What searches item vectors: a retriever's name, or an object."""

_NO_CHOICE: str | Retriever | None = None


class KerasRecommender(CallbackSupportMixin, BaseRecommender):
    """A recommender whose scores come from a Keras network over rows of a user and an item table.

    A model gives the width of its tables, `_widths`, and its network, `_build_network`; all else has a default. This class draws first
    weights, negatives and mini-batches from `random_state` with NumPy, so that they are the same on every backend; trains; and learns
    rows for users it hasn't seen (fold-in). Nothing global is touched: no seed, no dtype policy.

    Parameters
    ----------
    epochs : int, default=20
        Passes over the events, at least 1.
    batch_size : int, default=1024
        Events of a training step (mini-batch), at least 1.
    learning_rate : float, default=0.005
        Step size of the optimizer, > 0, unless `optimizer` brings its own.
    optimizer : {"adam", "adagrad", "sgd"} or object of skrec.optimizers, default="adam"
        Updates the network's weights, and the embedding rows of a mini-batch: sparse (lazy) updates.
    loss : {"bce", "bpr", "softmax"} or object of skrec.losses, default="bce"
        Binary cross-entropy, pairwise ranking, or cross-entropy against negatives that a batch shares.
    n_negatives : int, optional
        Negatives drawn for each event; under "softmax", distinct ones that a mini-batch shares, or all items if there
        are no more: the full softmax. None takes 4 under "bce", 1 under "bpr" and 512 under "softmax".
    negatives : {"uniform", "popularity", "in-batch"}, default="uniform"
        Draw negatives uniformly from all items, or by popularity, as often as items occur in events. In-batch
        negatives, under "softmax" only, are the items of the mini-batch's other events. Under "softmax" negatives get
        the logQ (sampling-bias) correction.
    validation_fraction : float, default=0.0
        Share of the events held out at random to measure ``val_ndcg@10`` after each epoch, in [0, 1).
    early_stopping : bool or int, default=False
        Stop when the validation metric hasn't improved for this many epochs (True: 5), and keep the best weights. Without a
        `validation_fraction`, a tenth of the events is held out.
    callbacks : list of keras.callbacks.Callback, optional
        Copied for each fit. Batch events are sent once for each chunk of steps that runs in one call.
    warm_start : bool, default=False
        Let `fit` start from the embedding rows and weights learned before, for the ids that are still there.
    random_state : int, RandomState, Generator or None, default=None
        Seed of initial weights, mini-batches and negatives: the same on every backend.
    verbose : int, default=0
        1 prints a line for each epoch.
    backend : str, optional
        ``"jax"``, ``"tensorflow"``, ``"torch"`` or a plugin's; by default as `skrec.set_backend` describes.
    device : str, default="auto"
        ``"cpu"``, ``"gpu:0"``, ...; "auto" takes the best there is.
    precision : {"float32", "mixed_bfloat16", "mixed_float16"}, default="float32"
        Keras dtype policy of the network; tables stay float32.

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

    _: KW_ONLY
    epochs: Annotated[PositiveInt, NOT_COMPILED] = 20
    batch_size: Annotated[int | str, POSITIVE_INT, NOT_COMPILED] = 1024
    learning_rate: Annotated[Positive, NOT_COMPILED] = 0.005
    optimizer: Annotated[str | Optimizer, NOT_COMPILED] = "adam"
    loss: Annotated[str | Loss, NOT_COMPILED] = "bce"
    n_negatives: Annotated[int | None, POSITIVE_INT, None, NOT_COMPILED] = None
    negatives: Annotated[str, OneOf("uniform", "popularity", "in-batch"), NOT_COMPILED] = "uniform"
    validation_fraction: Annotated[Share, NOT_COMPILED] = 0.0
    early_stopping: Annotated[bool | int, "boolean", POSITIVE_INT, NOT_COMPILED] = False
    callbacks: Annotated[Any, list, tuple, None, NOT_COMPILED] = None
    warm_start: Annotated[Flag, NOT_COMPILED] = False
    random_state: Annotated[Seed, NOT_COMPILED] = None
    verbose: Annotated[int, "verbose", NOT_COMPILED] = 0
    backend: Annotated[str | None, str, None, NOT_COMPILED] = None
    device: Annotated[Name, NOT_COMPILED] = "auto"
    precision: Annotated[str, OneOf("float32", "mixed_bfloat16", "mixed_float16")] = "float32"

    # Not every model has these as parameters: without an annotation they are values of the class.
    l2 = 0.0
    id_dropout = 0.0
    retriever = _NO_CHOICE

    _trained: ClassVar[tuple[str, ...]] = ("tables_", "network_weights_")
    _reads: ClassVar[tuple[str, ...]] = ()
    """Whose features the network reads, of "user", "item" and "context"."""
    _learns_ratings: ClassVar[bool] = False
    """Whether losses of ratings, such as "mse", will do."""
    _takes_keras: ClassVar[bool] = False
    """Whether losses of Keras will do as they are."""

    @abstractmethod
    def _widths(self) -> dict[str, int]:
        """Width of the tables' rows: ``{"user": ..., "item": ...}``; empty for a network that takes ids."""

    @abstractmethod
    def _build_network(self, spec: NetworkSpec) -> Any:
        """Make the network: a `keras.Layer` that scores as `skrec.networks.FactorNetwork.call` describes.

        It may have the methods of `skrec.programs.HasVectors`, where scores are inner products, of `EncodesRows` and `ReadsHistories`.
        """

    def _structure(self, known: Learned) -> Hashable:
        """Say on what else that was learned the compiled network depends; on the number of ids it does where it takes ids."""
        return ()

    def _n_biases(self) -> int:
        """How many numbers at the end of a row are no part of its embedding; they start at 0."""
        return 0

    def _first_rows(self, side: str, n: int, width: int, rng: np.random.Generator) -> Floats:
        """Draw first rows of a table: normal with standard deviation 0.1, biases 0."""
        rows = rng.standard_normal((n, width), dtype=np.float32)
        rows *= np.float32(0.1)
        rows[:, width - self._n_biases() :] = 0.0
        return rows

    def _restore_network(self, fresh: list[Any], before: Learned, now: Learned) -> list[Any]:
        """Take the network's learned weights, unless they were those of a network of another shape."""
        return keep_if_alike(fresh, before.weights.network)

    def _default_negatives(self, loss: Loss) -> int:
        """How many negatives there are where `n_negatives` is None."""
        return loss.default_negatives

    def _step_size(self, n_events: int) -> int:
        """Events of a training step."""
        return int(self.batch_size)

    def _batching(self, loss: Loss, n_negatives: int, size: int, sides: tuple[str, ...]) -> Batching:
        """Say how events become mini-batches of a size; `sides` have a table."""
        return PairBatching(loss, n_negatives, self.negatives, size, sides)

    def _users(self, scorer: Scorer) -> Users:
        """Say where a user's row or vector comes from."""
        return TableUsers(scorer)

    @with_callbacks
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn from events; see `BaseRecommender.fit`. With ``warm_start=True``, starts from the rows and weights learned before."""
        return super().fit(X, y, sample_weight)

    @with_callbacks
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn from further events: a warm start, not what `fit` on all events gives.

        Trains for `epochs` epochs on the events given, from the rows and weights learned before; new users and items get new rows.
        Parameters are those of `fit`.
        """
        return super().partial_fit(X, y, sample_weight)

    def _check_parameters(self) -> None:
        super()._check_parameters()
        self._rule(self._widths())
        loss = self._loss()
        if self.negatives == "in-batch" and loss.negatives != "shared":
            raise InvalidParameterError(
                f"negatives='in-batch' is for loss='softmax', whose negatives a batch shares. Got loss={self.loss!r} instead."
            )

    def _loss(self) -> Loss:
        return find_loss(self.loss, ratings=self._learns_ratings, keras=self._takes_keras, owner=type(self).__name__)

    def _rule(self, widths: dict[str, int]) -> Optimizer:
        return find_rule(self.optimizer, tables=bool(widths), owner=type(self).__name__)

    def _learned_before(self, grow: bool) -> Learned | None:
        return self._learned() if self.__sklearn_is_fitted__() and (grow or self.warm_start) else None

    def _study(self, lesson: Lesson) -> None:
        loss = self._loss()
        self._labelled = not bool(lesson.everything.positive.all())
        n_negatives = self._count_negatives(loss)
        if loss.compares and n_negatives == 0:
            raise InvalidParameterError(
                f"loss={self.loss!r} compares positives with negatives: n_negatives must be at least 1, or None. Got 0 instead."
            )
        ids = self.user_vocabulary_, self.item_vocabulary_
        known, lesson = prepare(lesson, loss, self.loss, *ids, self.histories_, self.item_counts_, self._reads)
        searched = self.retriever is None or self.retriever == "exact"
        retriever = None if searched else find_retriever(self.retriever)
        rng = generator(self.random_state)
        backend = find_backend(self.backend)
        start(backend, to_train=True)
        # Callbacks that score ask for these while training goes on.
        self.backend_, self.device_ = backend.keras_name, find_device(backend, self.device)
        with backend.device_scope(self.device_):
            compiled = to_learn_on(partial(self._compiled, backend, loss, known), lesson, self)
            serve = partial(self._server, compiled.program, backend, self.device_, loss, n_negatives)
            batching = self._batching(loss, n_negatives, self._step_size(len(lesson.events)), tuple(compiled.widths))
            plan = self._plan(compiled, backend, batching)
            tasks = EpochTasks(self, plan.epochs, lesson.data, self._as_if)
            learned, history = learn(plan, lesson, known, compiled.network, rng, serve, tasks)
        self._adopt(learned, history)
        if retriever is not None and not isinstance(retriever, ExactRetriever):
            self.retriever_ = retriever.fit(serve(learned).item_vectors())
        self._keep(serve(learned, vars(self).get("retriever_")))

    def _plan(self, compiled: Compiled, backend: Backend, batching: Batching) -> Plan:
        """Read what else training needs of the parameters."""
        return Plan(
            compiled.program,
            backend,
            compiled.optimizer,
            batching,
            compiled.build,
            compiled.widths,
            self._first_rows,
            self._restore_network,
            float(self.learning_rate),
            int(self.epochs),
            float(self.validation_fraction),
            patience_of(self.early_stopping),
            self.callbacks or (),
            int(self.verbose),
        )

    def _count_negatives(self, loss: Loss) -> int:
        """How many negatives there are: None leaves it to the loss, and to labels where a model can do without negatives."""
        if self.n_negatives is not None:
            return int(self.n_negatives)
        labels = loss.target == "label" and not loss.compares
        return 0 if labels and "context" in self._reads and self._labelled else self._default_negatives(loss)

    def _compiled(self, backend: Backend, loss: Loss, known: Learned) -> Compiled:
        """Find, or make, the compiled functions for this model's structure; with a network made for these data."""
        widths, n_users, n_items = self._widths(), len(known.users), len(known.items)
        spec = NetworkSpec(n_users + 1, n_items + 1, self.precision, seed=0, features=known.features)
        build, optimizer = partial(build_network, self._build_network, spec, widths), self._rule(widths)
        parameters = structure_key(type(self), self.get_params(deep=False), self._not_compiled, loss, optimizer)
        key = parameters, self._structure(known), () if widths else (n_users, n_items)
        return find_compiled(backend, key, build, known.features, widths, loss, optimizer, self.l2)

    def _learned(self) -> Learned:
        """What was learned, as one value."""
        return Learned(
            self.user_vocabulary_,
            self.item_vocabulary_,
            self.histories_,
            self.item_counts_,
            Weights(self.tables_, self.network_weights_, self._network_state),
            self.features_ if self._reads else None,
            self.rating_mean_,
            self._fold_negatives,
        )

    def _results(self, learned: Learned, history: History) -> dict[str, Any]:
        """Attributes that hold what was learned: the inverse of `_learned`."""
        found: dict[str, Any] = {} if learned.features is None else {"features_": learned.features}
        weights = learned.weights
        found |= {"tables_": weights.tables, "network_weights_": weights.network, "_network_state": weights.fixed}
        found |= {"rating_mean_": learned.rating_mean, "_fold_negatives": learned.pool, "_kept": []}
        return found | {"history_": dict(history), "n_iter_": len(history["loss"])}

    def _adopt(self, learned: Learned, history: History) -> None:
        """Keep what was learned; the annotations are for type checkers, to which one in the class' body would be a parameter."""
        self.tables_: dict[str, Floats]
        self.network_weights_: list[Any]
        self.features_: ModelFeatures
        self.rating_mean_: float
        self.history_: History
        self.n_iter_: int
        self._network_state: list[Any]
        self._fold_negatives: Codes
        # Without an index of the fit before.
        others = {name: value for name, value in vars(self).items() if name != "retriever_"}
        self.__dict__ = others | self._results(learned, history)

    def _as_if(self, learned: Learned, history: History) -> dict[str, Any]:
        """Attributes of the estimator as if training had ended now."""
        left_out = {*parameter_names(type(self)), *(name for name in vars(self) if name.startswith("_callback"))}
        others = {name: value for name, value in vars(self).items() if name not in left_out}
        return others | self._results(learned, history) | {"retriever_": None}  # no index of the fit before

    def _server(
        self,
        program: Program,
        backend: Backend,
        device: str,
        loss: Loss,
        n_negatives: int,
        learned: Learned,
        index: Retriever | None = None,
    ) -> Server:
        """Make what answers queries with what was learned."""
        name, drops_ids = self.backend or backend.keras_name, float(self.id_dropout) > 0.0
        setup = Setup(program, backend, name, device, loss, n_negatives, drops_ids, self._n_biases())
        return Server(self._users(Scorer(learned, setup)), self.retriever or "exact", index)

    def _parameter_values(self) -> list[Any]:
        return [getattr(self, name) for name in parameter_names(type(self))]

    def _keep(self, server: Server) -> Server:
        """Keep a server for the parameters as they are: inside a list, so that questions change no attribute."""
        self.__dict__["_kept"][:] = [(self._parameter_values(), server)]
        return server

    def _served(self) -> Server:
        """Give the server of what was learned, made once for the parameters as they are."""
        kept: list[tuple[list[Any], Server]] = self.__dict__["_kept"]
        for values, server in kept:
            if all(map(is_, values, self._parameter_values())):
                return server
        backend = find_backend(self.backend)
        start(backend)
        loss, learned, device = self._loss(), self._learned(), find_device(backend, self.device)
        with backend.device_scope(device):
            program, learned = for_weights(partial(self._compiled, backend, loss), learned, type(self).__name__)
        index = vars(self).get("retriever_")
        return self._keep(self._server(program, backend, device, loss, self._count_negatives(loss), learned, index))

    def _ranker(self, users: Any = None, items: Any = None, X: Interactions | None = None) -> Server:
        server = self._served()
        return server.with_ids(users, items) if X is None else server.with_ids_of(X)

    def _score(self, query: Query) -> Scores:
        """Score the catalogue; `Server` ranks without it where items can be searched."""
        return self._served().score(query)

    def _has_item_similarity(self) -> bool:
        return "item" in self._widths()

    @available_if(lambda self: self._has_item_similarity())
    def item_vectors(self) -> Floats:
        """Give the items' embeddings, without biases: ndarray of shape (n_items, dim), float32, in the order of `items_`."""
        self._check_fitted()
        return self._served().embeddings()

    def __sklearn_clone__(self) -> Any:
        return clone_sharing(self)

    def __getstate__(self) -> dict[str, Any]:
        return state_to_pickle(super().__getstate__())

    def __skrec_state__(self) -> dict[str, Any]:
        # With the objects that a pickle has stand-ins for: a file has no place for code.
        return state_to_save(
            type(self).__name__, {**self.__getstate__(), "loss": self.loss, "optimizer": self.optimizer}
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__({**state, "_kept": []} if "network_weights_" in state else state)

    def __sklearn_is_fitted__(self) -> bool:
        return "network_weights_" in vars(self)
