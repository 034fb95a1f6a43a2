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
from skrec.models._network_spec import NetworkSpec

__all__ = ["FieldModel"]


class FieldModel(KerasRecommender):
    """A network joins all fields of a pair: ids, and features of the user, the item and the context.

    A model gives its network, of `skrec.networks.CrossingNetwork`. A table row is an id's vector with its first-order weight behind.

    Parameters
    ----------
    embedding_dim : int, default=16
        Width of each field's embedding, at least 1.
    hidden : tuple of int, default=(128, 64)
        Units of the perceptron's layers, each at least 1.
    epochs : int, default=20
        Passes over the events, at least 1.
    batch_size : int, default=1024
        Events of a mini-batch, at least 1.
    learning_rate : float, default=0.002
        Step size of the optimizer, > 0, unless `optimizer` brings its own.
    optimizer : {"adam", "adagrad", "sgd"} or object of skrec.optimizers, default="adam"
        Updates the network's weights, and the embedding rows of a mini-batch: sparse (lazy) updates.
    loss : {"bce", "bpr", "softmax"}, default="bce"
        Binary cross-entropy; pairwise ranking (BPR); or sampled softmax, the cross-entropy against negatives that a
        mini-batch shares. Only under "bce" is a score a probability.
    n_negatives : int, optional
        Negatives drawn for each positive, >= 0. None takes, under "bce", 0 where some events are labelled 0, and 4 elsewhere; 1 under
        "bpr" and 512 under "softmax".
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
        Let `fit` start from the embedding rows and weights learned before, for the ids that are still there. Encoders
        are those that the new data bring: the network's weights are kept only if all have the shapes of before, and a
        category's vector then by its code, whatever category has it now. `partial_fit` keeps the encoders.
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
    id_dropout : float, default=0.1
        Share of a mini-batch's users and items whose id is dropped while training, where there are features, in [0, 1).
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
