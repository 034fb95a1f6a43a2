"""HSTU: attention with relative position and time biases."""

from collections.abc import Hashable
from typing import Any

import numpy as np

from skrec._params import PositiveInt
from skrec.data import Histories
from skrec.models._network_spec import NetworkSpec
from skrec.models._sequence_model import SequenceModel
from skrec.serving import Learned, Reading
from skrec.training import Lesson


class HSTU(SequenceModel):
    """HSTU: hierarchical sequential transduction units, attention with relative position and time biases.

    Units of pointwise attention without a softmax, gated, with a causal mask, and a bias for each relative position
    and, where there are timestamps, for each order of magnitude of the time between two events [1]_. Times count in the
    median time between two events of a user, so that their unit doesn't matter. Unlike in [1]_, the time of the event
    to predict isn't known, and gaps end at the event before it.
    Order comes from `timestamp`, equal ones from the order of the rows; without timestamps the order of the rows is
    that of the events. A user is what the network makes of a history: `recommend` reads the stored one, or folds in the
    one handed in, for known and cold users alike, and nothing is learned anew. Ratings aren't read. `partial_fit` is a
    warm start: new events are predicted from all that came before.

    Parameters
    ----------
    embedding_dim : int, default=64
        Width of the embeddings, at least 1, a multiple of `n_heads`.
    max_length : int, default=50
        Most events of a history that are read, at least 1: the latest ones. Longer histories are cut into windows for training.
    n_blocks : int, default=2
        Number of units on top of each other, at least 1.
    n_heads : int, default=1
        Heads of the attention, at least 1.
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
        Share of the entries of embeddings and units dropped while training, in [0, 1).
    id_dropout : float, default=0.2
        Share of a mini-batch's items whose id is dropped while training, where items have features, in [0, 1).
    retriever : str or Retriever, default="exact"
        Top-k search of `recommend`: a retriever's name or an object of it, such as "faiss" where that plugin is
        installed.

    Attributes
    ----------
    features_ : ModelFeatures
        Fitted encoders and encoded features of the items.
    tables_ : dict of str to ndarray
        Embeddings: ``"item"`` of shape (n_items, embedding_dim), float32. There is no table of users.
    network_weights_ : list of ndarray
        Trained weights of the network.
    time_unit_ : float or None
        Median time between two events of a user that follow each other, without those of the same moment, in the unit of `timestamp`,
        nanoseconds for datetimes; None without timestamps.
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
    SASRec : Learns position embeddings instead.
    BERT4Rec : Bidirectional attention.

    References
    ----------
    .. [1] J. Zhai et al., "Actions Speak Louder than Words: Trillion-Parameter Sequential Transducers for Generative Recommendations",
       ICML 2024. https://arxiv.org/abs/2402.17152
    .. [2] A. Petrov, C. Macdonald, "gSASRec: Reducing Overconfidence in Sequential Recommendation Trained with Negative Sampling", RecSys
       2023. https://arxiv.org/abs/2308.07192

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.models import HSTU
    >>> walks = pd.DataFrame([(u, (u + t) % 6) for u in range(30) for t in range(5)], columns=["user_id", "item_id"])
    >>> model = HSTU(8, max_length=4, epochs=30, learning_rate=0.02, dropout=0.0, random_state=0).fit(walks)
    >>> history = pd.DataFrame({"user_id": [77, 77], "item_id": [2, 3]})
    >>> model.recommend(history=history, k=1).items
    array([[4]])
    """

    n_blocks: PositiveInt = 2
    n_heads: PositiveInt = 1

    def _study(self, lesson: Lesson) -> None:
        if lesson.before is None:  # else learned biases belong to the unit of before
            timed = self._times != "nothing"
            self.time_unit_ = _median_gap(Histories.group(lesson.everything)) if timed else None
        super()._study(lesson)

    def _structure(self, known: Learned) -> Hashable:
        return self.time_unit_ is not None

    def _reading(self) -> Reading:
        return Reading(int(self.max_length), time_unit=self.time_unit_)

    def _make_network(self, layers: Any, spec: NetworkSpec) -> Any:
        from skrec.networks import HSTUNetwork

        own = {"max_length": int(self.max_length), "n_blocks": int(self.n_blocks), "n_heads": int(self.n_heads)}
        with_time = self.time_unit_ is not None
        return HSTUNetwork(*self._shared_arguments(layers), **own, with_time=with_time, dtype=spec.precision)


def _median_gap(histories: Histories) -> float:
    """Median time between consecutive events of a user, of those that aren't 0; 1 where there are none."""
    gaps = np.diff(histories.times)[np.diff(histories.users()) == 0]
    gaps = gaps[gaps > 0]
    return float(np.median(gaps)) if len(gaps) else 1.0
