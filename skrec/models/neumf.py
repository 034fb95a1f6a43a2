"""NeuMF: GMF and a multi-layer perceptron."""

from dataclasses import KW_ONLY
from typing import Annotated, Any

from skrec._params import POSITIVE_INT, NonNegative, PositiveInt, Share, check_parameter
from skrec.models._keras import KerasRecommender
from skrec.models._network_spec import NetworkSpec


class NeuMF(KerasRecommender):
    """Neural matrix factorization: GMF and a multi-layer perceptron (MLP) on embeddings of its own.

    One Dense unit joins both into a score, equation 12 of [1]_; hidden units have a smooth activation (squareplus), so
    that all backends learn the same. Trained as `GMF`; both parts are trained together from the start, without the
    paper's pre-training. `predict` gives probabilities under binary cross-entropy. `partial_fit` is a warm start.

    Parameters
    ----------
    embedding_dim : int, default=32
        Width of each part's embeddings, at least 1.
    hidden : tuple of int, default=(64, 32, 16)
        Units of the perceptron's layers, each at least 1.
    epochs : int, default=20
        Passes over the events, at least 1.
    batch_size : int, default=1024
        Events of a mini-batch, at least 1.
    learning_rate : float, default=0.005
        Step size of the optimizer, > 0, unless `optimizer` brings its own.
    optimizer : {"adam", "adagrad", "sgd"} or object of skrec.optimizers, default="adam"
        Updates the network's weights, and the embedding rows of a mini-batch: sparse (lazy) updates.
    loss : {"bce", "bpr", "softmax"}, default="bce"
        Binary cross-entropy; pairwise ranking (BPR); or sampled softmax, the cross-entropy against negatives that a
        mini-batch shares. Only under "bce" is a score a probability.
    n_negatives : int, optional
        Negatives drawn for each event; under "softmax", distinct ones that a mini-batch shares, or all items if there
        are no more: the full softmax. None takes 4 under "bce", 1 under "bpr" and 512 under "softmax"; "mse" has none.
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
    l2 : float, default=0.01
        Penalty on the squared embeddings of each event, >= 0.
    dropout : float, default=0.0
        Share of each hidden layer's units dropped while training, in [0, 1).

    Attributes
    ----------
    tables_ : dict of str to ndarray
        Embeddings: ``"user"`` of shape (n_users, 2 embedding_dim) and ``"item"`` of shape (n_items, 2 embedding_dim), float32.
    network_weights_ : list of ndarray
        Kernels and biases of the perceptron's layers and of the last unit, whose bias is there under "bce" only.
    history_ : dict of str to list of float
        By epoch: ``loss``, ``accuracy`` and, with held-out events, ``val_ndcg@10``.
    rating_mean_ : float
        Mean of the ratings under loss "mse", else 0.
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
    GMF : Without the perceptron; faster to rank with.

    References
    ----------
    .. [1] X. He et al., "Neural Collaborative Filtering", WWW 2017. https://arxiv.org/abs/1708.05031

    Examples
    --------
    >>> from skrec.models import NeuMF
    >>> from skrec.testing import checkerboard
    >>> model = NeuMF(embedding_dim=4, hidden=(8,), epochs=20, learning_rate=0.02, random_state=0).fit(checkerboard(12))
    >>> model.recommend(users=[0], k=1).items
    array([[0]])
    """

    embedding_dim: PositiveInt = 32
    hidden: Annotated[tuple[int, ...], tuple, list] = (64, 32, 16)
    _: KW_ONLY
    l2: NonNegative = 0.01
    dropout: Share = 0.0

    def _widths(self) -> dict[str, int]:
        return {"user": 2 * int(self.embedding_dim), "item": 2 * int(self.embedding_dim)}

    def _build_network(self, spec: NetworkSpec) -> Any:
        from skrec.networks import NeuMFNetwork

        for units in self.hidden:
            check_parameter("hidden", units, [POSITIVE_INT], "NeuMF")
        hidden = tuple(int(units) for units in self.hidden)
        bias = not self._loss().compares
        return NeuMFNetwork(hidden, float(self.dropout), bias, dtype=spec.precision)
