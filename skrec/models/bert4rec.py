"""BERT4Rec: a bidirectional transformer that predicts masked events."""

from dataclasses import KW_ONLY
from numbers import Integral, Real
from typing import Annotated, Any

from skrec._params import Interval, PositiveInt
from skrec.models._network_spec import NetworkSpec
from skrec.models._sequence_model import SequenceModel
from skrec.serving import Reading


class BERT4Rec(SequenceModel):
    """BERT4Rec: a bidirectional transformer that predicts masked events of a history (cloze task).

    A share of the events is masked, and predicted from all others [1]_; in half of the windows the last one is, too,
    for that is what `recommend` asks for: the event after the history. A mask after the history takes one of
    `max_length` positions. Items have a bias.
    Order comes from `timestamp`, equal ones from the order of the rows; without timestamps the order of the rows is
    that of the events. A user is what the network makes of a history: `recommend` reads the stored one, or folds in the
    one handed in, for known and cold users alike, and nothing is learned anew. Ratings aren't read. `partial_fit` is a
    warm start: new events are predicted from all that came before.

    Parameters
    ----------
    embedding_dim : int, default=64
        Width of the embeddings, at least 1, a multiple of `n_heads`.
    max_length : int, default=50
        Most events of a history that are read, at least 2: the latest ones. Longer histories are cut into windows for training.
    n_blocks : int, default=2
        Number of transformer blocks, at least 1.
    n_heads : int, default=2
        Heads of the attention, at least 1.
    epochs : int, default=60
        Passes over the events, at least 1. Each predicts only what is masked, so that more are needed than of other models.
    batch_size : int, default=1024
        Events that a mini-batch holds, at least 1; whole rows of `max_length` events, as near as they come, in which
        short histories are packed (sequence packing). A share is predicted.
    learning_rate : float, default=0.003
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
        Share of the entries of embeddings, attention weights and blocks dropped while training, in [0, 1).
    id_dropout : float, default=0.2
        Share of a mini-batch's items whose id is dropped while training, where items have features, in [0, 1).
    retriever : str or Retriever, default="exact"
        Top-k search of `recommend`: a retriever's name or an object of it, such as "faiss" where that plugin is
        installed.
    mask_share : float, default=0.4
        Share of the events that are masked while training, in (0, 1).

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
    SASRec : Causal attention, and predicts every event in each pass.
    HSTU : Attention with relative position and time biases.

    References
    ----------
    .. [1] F. Sun et al., "BERT4Rec: Sequential Recommendation with Bidirectional Encoder Representations from Transformer", CIKM 2019.
       https://arxiv.org/abs/1904.06690
    .. [2] A. Petrov, C. Macdonald, "gSASRec: Reducing Overconfidence in Sequential Recommendation Trained with Negative Sampling", RecSys
       2023. https://arxiv.org/abs/2308.07192

    Examples
    --------
    >>> import pandas as pd
    >>> from skrec.models import BERT4Rec
    >>> walks = pd.DataFrame([(u, (u + t) % 6) for u in range(30) for t in range(5)], columns=["user_id", "item_id"])
    >>> model = BERT4Rec(8, max_length=4, mask_share=0.2, epochs=120, learning_rate=0.02, dropout=0.0, random_state=0)
    >>> model = model.fit(walks)
    >>> history = pd.DataFrame({"user_id": [77, 77], "item_id": [2, 3]})
    >>> model.recommend(history=history, k=1).items
    array([[4]])
    """

    max_length: Annotated[int, Interval(Integral, 2, None, closed="left")] = 50
    n_blocks: PositiveInt = 2
    n_heads: PositiveInt = 2
    _: KW_ONLY
    mask_share: Annotated[float, Interval(Real, 0, 1, closed="neither")] = 0.4
    epochs: int = 60
    learning_rate: float = 0.003

    def _n_biases(self) -> int:
        return 1

    def _reading(self) -> Reading:
        return Reading(int(self.max_length), mask_share=float(self.mask_share))

    def _make_network(self, layers: Any, spec: NetworkSpec) -> Any:
        from skrec.networks import BERT4RecNetwork

        own = {"max_length": int(self.max_length), "n_blocks": int(self.n_blocks), "n_heads": int(self.n_heads)}
        return BERT4RecNetwork(*self._shared_arguments(layers), **own, dtype=spec.precision)
