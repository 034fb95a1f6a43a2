"""Caser: convolutions over the latest events."""

from dataclasses import KW_ONLY
from typing import Any

from skrec._params import PositiveInt
from skrec.models._network_spec import NetworkSpec
from skrec.models._sequence_model import SequenceModel


class Caser(SequenceModel):
    """Caser: convolutions over the latest events of a history, taken for an image.

    The embeddings of the latest `order` items are rows of an image. Horizontal filters, with max pooling, find patterns
    of several items, vertical ones weigh the items; two Dense layers make a user's vector of their output [1]_. Unlike
    in [1]_ there is no embedding of the user: a history is all that is read, and items are scored by the embeddings
    that are read, with a bias.
    Order comes from `timestamp`, equal ones from the order of the rows; without timestamps the order of the rows is
    that of the events. A user is what the network makes of a history: `recommend` reads the stored one, or folds in the
    one handed in, for known and cold users alike, and nothing is learned anew. Ratings aren't read. `partial_fit` is a
    warm start: new events are predicted from all that came before.

    Parameters
    ----------
    embedding_dim : int, default=64
        Width of the embeddings, at least 1.
    max_length : int, default=50
        Most events of a history that are read, at least 1: the latest ones. Longer histories are cut into windows for training.
    order : int, default=5
        How many of the latest events the filters see, at least 1: the L of [1]_.
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
        Under "bce", how far positives are weighed down to make up for the negatives that aren't drawn, in [0, 1]: the t of gBCE [2]_; 0
        is plain binary cross-entropy.
    temperature : float, optional
        Divides the inner product of vectors scaled to length 1, > 0; None leaves vectors as they are.
    l2 : float, default=0.0
        Penalty on the squared embeddings of each predicted event and its negatives, >= 0.
    dropout : float, default=0.2
        Share of the filters' output dropped while training, in [0, 1).
    id_dropout : float, default=0.2
        Share of a mini-batch's items whose id is dropped while training, where items have features, in [0, 1).
    retriever : str or Retriever, default="exact"
        Top-k search of `recommend`: a retriever's name or an object of it, such as "faiss" where that plugin is
        installed.
    n_horizontal : int, default=16
        Horizontal filters of each height from 1 to `order`, at least 1.
    n_vertical : int, default=4
        Vertical filters, at least 1.

    Attributes
    ----------
    features_ : ModelFeatures
        Fitted encoders and encoded features of the items.
    tables_ : dict of str to ndarray
        Embeddings, each followed by a bias: ``"item"`` of shape (n_items, embedding_dim + 1), float32. There is no table of users.
    network_weights_ : list of ndarray
        Trained weights of the network.
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
    GRU4Rec : Hidden states in place of filters.
    SASRec : Attention to the whole history.

    References
    ----------
    .. [1] J. Tang, K. Wang, "Personalized Top-N Sequential Recommendation via Convolutional Sequence Embedding", WSDM 2018.
       https://arxiv.org/abs/1809.07426
    .. [2] A. Petrov, C. Macdonald, "gSASRec: Reducing Overconfidence in Sequential Recommendation Trained with Negative Sampling", RecSys
       2023. https://arxiv.org/abs/2308.07192

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.models import Caser
    >>> walks = pd.DataFrame([(u, (u + t) % 6) for u in range(30) for t in range(5)], columns=["user_id", "item_id"])
    >>> model = Caser(8, max_length=4, epochs=30, learning_rate=0.02, dropout=0.0, random_state=0).fit(walks)
    >>> history = pd.DataFrame({"user_id": [77, 77], "item_id": [2, 3]})
    >>> model.recommend(history=history, k=1).items
    array([[4]])
    """

    order: PositiveInt = 5
    _: KW_ONLY
    n_horizontal: PositiveInt = 16
    n_vertical: PositiveInt = 4

    def _n_biases(self) -> int:
        return 1

    def _make_network(self, layers: Any, spec: NetworkSpec) -> Any:
        from skrec.networks import CaserNetwork

        own = {
            "order": int(self.order),
            "n_horizontal": int(self.n_horizontal),
            "n_vertical": int(self.n_vertical),
        }
        return CaserNetwork(*self._shared_arguments(layers), **own, dtype=spec.precision)
