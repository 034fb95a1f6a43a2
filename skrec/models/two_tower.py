"""TwoTower: a user's and an item's vector from ids and features."""

import math
from dataclasses import KW_ONLY
from numbers import Real
from typing import Annotated, Any, ClassVar

import numpy as np

from skrec._params import (
    NOT_COMPILED,
    POSITIVE_INT,
    Interval,
    NonNegative,
    OneOf,
    PositiveInt,
    Share,
    check_parameter,
)
from skrec.losses import Loss
from skrec.models._keras import KerasRecommender, Search
from skrec.models._network_spec import NetworkSpec

_TEMPERATURE = 0.2
_STEPS = 200


class TwoTower(KerasRecommender):
    """Two towers: the score of a pair is the inner product of a user and an item vector, from ids and features.

    A tower adds up the id's embedding, the embeddings of the features that `FeatureEncoder` sent along, and a
    perceptron's output for these; and has a bias, linear in the features [1]_. Ids are dropped at random while
    training, so that cold items and cold users are scored by their features alone. Without a `FeatureEncoder` in front
    it is a matrix factorization. Under "softmax" scores get the logQ (sampling-bias) correction [1]_. Each item's
    content is encoded once a step, however many events have it. `partial_fit` is a warm start, with the encoders of
    fit; new rows of known ids that have events in it replace those of before.

    Parameters
    ----------
    embedding_dim : int, default=64
        Width of the vectors, at least 1.
    hidden : tuple of int, default=(128,)
        Units of the perceptrons' hidden layers, each at least 1; without any there is no perceptron.
    epochs : int, default=5
        Passes over the events, at least 1.
    batch_size : int or "auto", default="auto"
        Events of a mini-batch, at least 1. "auto" takes the power of two between 256 and 8192 with which an epoch has
        about 200 steps: in each, the content of its distinct items is encoded once, so that fewer and larger steps cost
        less.
    learning_rate : float, default=0.003
        Step size of the optimizer, > 0, unless `optimizer` brings its own.
    optimizer : {"adam", "adagrad", "sgd"} or object of skrec.optimizers, default="adam"
        Updates the network's weights, and the embedding rows of a mini-batch: sparse (lazy) updates.
    loss : {"softmax", "bpr", "bce"}, default="softmax"
        Sampled softmax, the cross-entropy against negatives that a mini-batch shares; pairwise ranking (BPR); or binary
        cross-entropy. Only under "bce" is a score a probability.
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
    temperature : float, "auto" or None, default="auto"
        Divides the inner product of vectors scaled to length 1, > 0; None leaves vectors as they are. "auto" is 0.2 under "softmax" and
        None under the other losses.
    id_dropout : float, default=0.3
        Share of a mini-batch's users and items whose id is dropped while training, where there are features, in [0, 1).
    l2 : float, default=0.0
        Penalty on the squared embeddings of each event's ids, >= 0.
    dropout : float, default=0.2
        Share of the vectors' entries dropped while training, in [0, 1).
    retriever : str or Retriever, default="exact"
        Top-k search of `recommend`: a retriever's name or an object of it, such as "faiss" where that plugin is
        installed.

    Attributes
    ----------
    features_ : ModelFeatures
        Fitted encoders and encoded features.
    tables_ : dict of str to ndarray
        Embeddings of ids, with their bias: ``"user"`` of shape (n_users, embedding_dim + 1) and ``"item"`` of shape (n_items,
        embedding_dim + 1), float32.
    network_weights_ : list of ndarray
        Trained weights of the towers and of the encoders' networks.
    history_ : dict of str to list of float
        By epoch: ``loss``, ``accuracy`` and, with held-out events, ``val_ndcg@10``.
    rating_mean_ : float
        0: ratings aren't predicted.
    n_iter_ : int
        Number of epochs trained.
    backend_, device_ : str
        What it was trained on.
    users_, items_ : ndarray
        Ids of fit, in first-seen order.
    item_counts_ : ndarray of shape (n_items,)
        Summed weights of each item's positive events.
    n_features_in_ : int
        Number of columns of `X` in fit.

    Raises
    ------
    InvalidParameterError
        In `fit`, if a parameter breaks the constraint written above.

    See Also
    --------
    MatrixFactorization : The same without features.
    skrec.preprocessing.FeatureEncoder : Says which columns are features.

    References
    ----------
    .. [1] X. Yi et al., "Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations", RecSys 2019.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec import make_interactions, make_pipeline
    >>> from skrec.models import TwoTower
    >>> from skrec.preprocessing import FeatureEncoder
    >>> X = make_interactions(n_users=60, n_items=40, n_events=900, features=("tags",), random_state=0)
    >>> encoder = FeatureEncoder(items=[("genres", "tags", "genres")])
    >>> pipeline = make_pipeline(encoder, TwoTower(8, epochs=3, random_state=0)).fit(X)
    >>> new = pd.DataFrame({"item_id": [901, 902], "genres": ["Horror", "Comedy"]})
    >>> sorted(pipeline.recommend(users=[1], items=new, k=2).items[0].tolist())
    [901, 902]
    """

    embedding_dim: PositiveInt = 64
    hidden: Annotated[tuple[int, ...], tuple, list] = (128,)
    _: KW_ONLY
    epochs: int = 5
    batch_size: Annotated[int | str, POSITIVE_INT, OneOf("auto"), NOT_COMPILED] = "auto"
    learning_rate: float = 0.003
    loss: str | Loss = "softmax"
    temperature: Annotated[float | str | None, Interval(Real, 0, None, closed="neither"), OneOf("auto"), None] = "auto"
    id_dropout: Share = 0.3
    l2: NonNegative = 0.0
    dropout: Share = 0.2
    retriever: Search = "exact"

    _reads: ClassVar[tuple[str, ...]] = ("user", "item")

    def _widths(self) -> dict[str, int]:
        width = int(self.embedding_dim) + 1
        return {"user": width, "item": width}

    def _n_biases(self) -> int:
        return 1

    def _step_size(self, n_events: int) -> int:
        if self.batch_size != "auto":
            return int(self.batch_size)
        return int(np.clip(2 ** round(math.log2(max(1, n_events) / _STEPS)), 256, 8192))

    def _build_network(self, spec: NetworkSpec) -> Any:
        from skrec.networks import TwoTowerNetwork

        for units in self.hidden:
            check_parameter("hidden", units, [POSITIVE_INT], "TwoTower")
        loss, temperature = self._loss(), self.temperature
        if temperature == "auto":
            temperature = _TEMPERATURE if loss.negatives == "shared" else None
        network = TwoTowerNetwork(
            spec.embedding_layers(int(self.embedding_dim)),
            int(self.embedding_dim),
            tuple(int(units) for units in self.hidden),
            float(self.dropout),
            None if temperature is None else float(temperature),
            float(self.id_dropout),
            user_bias=not loss.compares,
            dtype=spec.precision,
        )
        network.build_for(spec.samples())
        return network
