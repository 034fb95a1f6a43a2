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
from skrec.models._network_spec import NetworkSpec
from skrec.serving import HistoryUsers, Reading, Scorer, Users, reading_shown
from skrec.training import Batching, SequenceBatching

__all__ = ["SequenceModel"]

_SHARED_NEGATIVES = 2048


class SequenceModel(KerasRecommender):
    """A user is what a network makes of a history: there is a table of items, and none of users.

    A model gives its network, a ``SequenceNetwork``, and says what of a history is read. Under `verbose` a progress bar on
    standard error says how many histories have been read to recommend.

    Parameters
    ----------
    embedding_dim : int, default=64
        Width of the embeddings, at least 1.
    max_length : int, default=50
        Most events of a history that are read, at least 1: the latest ones. Longer histories are cut into windows for training.
    epochs : int, default=30
        Passes over the events, at least 1.
    batch_size : int, default=1024
        Predicted events of a mini-batch, at least 1; whole rows of `max_length` events, as near as they come, in which
        short histories are packed (sequence packing).
    learning_rate : float, default=0.001
        Step size of the optimizer, > 0, unless `optimizer` brings its own.
    optimizer : {"adam", "adagrad", "sgd"} or object of skrec.optimizers, default="adam"
        Updates the network's weights, and the embedding rows of a mini-batch: sparse (lazy) updates.
    loss : {"softmax", "bpr", "bce"}, default="softmax"
        Sampled softmax, the cross-entropy against negatives that a mini-batch shares; pairwise ranking (BPR); or binary
        cross-entropy.
    n_negatives : int, optional
        Negatives drawn for each predicted event; under "softmax", distinct ones that a mini-batch shares, or all items
        if there are no more: the full softmax over the catalogue. None takes 4 under "bce", 1 under "bpr" and 2048
        under "softmax".
    negatives : {"uniform", "popularity", "in-batch"}, default="uniform"
        Draw negatives uniformly from all items, or by popularity, as often as items occur in events. In-batch
        negatives, under "softmax" only, are the items of the mini-batch's other events. Under "softmax" negatives get
        the logQ (sampling-bias) correction.
    validation_fraction : float, default=0.0
        Share of each user's events, the latest, held out to measure ``val_ndcg@10`` after each epoch, in [0, 1).
    early_stopping : bool or int, default=False
        Stop when the validation metric hasn't improved for this many epochs (True: 5), and keep the best weights. Without a
        `validation_fraction`, a tenth of the events is held out.
    callbacks : list of keras.callbacks.Callback, optional
        Copied for each fit. Batch events are sent once for each chunk of steps that runs in one call.
    warm_start : bool, default=False
        Let `fit` start from the embedding rows and weights learned before, for the ids that are still there.
    random_state : int, RandomState, Generator or None, default=None
        Seed of initial weights, windows, mini-batches and negatives: the same on every backend.
    verbose : int, default=0
        1 prints a line for each epoch, and shows a progress bar while `recommend` reads histories.
    backend : str, optional
        ``"jax"``, ``"tensorflow"``, ``"torch"`` or a plugin's; by default as `skrec.set_backend` describes.
    device : str, default="auto"
        ``"cpu"``, ``"gpu:0"``, ...; "auto" takes the best there is.
    precision : {"float32", "mixed_bfloat16", "mixed_float16"}, default="float32"
        Keras dtype policy of the network; tables stay float32.
    calibration : float, default=0.75
        Under "bce", how far positives are weighed down to make up for the negatives that aren't drawn, in [0, 1]: the t of gBCE; 0
        is plain binary cross-entropy.
    temperature : float, optional
        Divides the inner product of vectors scaled to length 1, > 0; None leaves vectors as they are.
    l2 : float, default=0.0
        Penalty on the squared embeddings of each predicted event and its negatives, >= 0.
    dropout : float, default=0.2
        Share of the entries of embeddings and states dropped while training, in [0, 1).
    id_dropout : float, default=0.2
        Share of a mini-batch's items whose id is dropped while training, where items have features, in [0, 1).
    retriever : str or Retriever, default="exact"
        Top-k search of `recommend`: a retriever's name or an object of it, such as "faiss" where that plugin is
        installed.
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

    def _reads_times(self) -> bool:
        return self._reading().time_unit is not None

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

    def _batching(self, loss: Loss, n_negatives: int, size: int, sides: tuple[str, ...]) -> Batching:
        return SequenceBatching(loss, n_negatives, self.negatives, size, self._reading(), float(self.calibration))

    def _users(self, scorer: Scorer) -> Users:
        return HistoryUsers(scorer, self._reading())

    def _progress(self, n_users: int) -> AbstractContextManager[Callable[[int], None] | None]:
        return reading_shown(n_users) if self.verbose else nullcontext()
