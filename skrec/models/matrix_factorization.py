"""MatrixFactorization: inner products of embeddings, with biases."""

from dataclasses import KW_ONLY
from numbers import Real
from typing import Annotated, Any, ClassVar

from skrec._params import Flag, Interval, NonNegative, OneOf, PositiveInt, Share
from skrec.losses import Loss
from skrec.models._keras import KerasRecommender, Search
from skrec.models._network_spec import NetworkSpec

_TEMPERATURE = 0.2


class MatrixFactorization(KerasRecommender):
    """Matrix factorization: the score of a pair is the inner product of its embeddings, plus biases.

    Under the ranking losses each event is a positive; under ``loss="mse"`` the model predicts ratings: their mean, a bias of the user,
    one of the item, and the inner product, equation 5 of [1]_. ``loss="softmax"`` is the sampled softmax, against
    negatives that a mini-batch shares, or the full softmax where `n_negatives` reaches the catalogue; with a
    `temperature`, embeddings are scaled to length 1 first (cosine similarity), so that popular items win by their bias
    and not by length, too. ``loss="bpr"`` is [2]_. `partial_fit` is a warm start.

    Under "mse" `predict` gives a cold user the mean plus the item's bias, while `recommend` lists the popular items for them. Dropout's
    masks are the same on every backend.

    Parameters
    ----------
    embedding_dim : int, default=128
        Width of the embeddings, at least 1.
    epochs : int, default=30
        Passes over the events, at least 1.
    batch_size : int, default=1024
        Events of a mini-batch, at least 1.
    learning_rate : float, default=0.003
        Step size of the optimizer, > 0, unless `optimizer` brings its own.
    optimizer : {"adam", "adagrad", "sgd"} or object of skrec.optimizers, default="adam"
        Updates the network's weights, and the embedding rows of a mini-batch: sparse (lazy) updates.
    loss : {"bce", "bpr", "softmax", "mse"}, default="softmax"
        Binary cross-entropy; pairwise ranking (BPR); sampled softmax, the cross-entropy against negatives that a
        mini-batch shares; or squared error of the ratings. Only under "bce" is a score a probability, and only under
        "mse" a rating.
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
    temperature : float, "auto" or None, default="auto"
        Divides the inner product of embeddings scaled to length 1, > 0; None leaves embeddings as they are. "auto" is 0.2 under
        "softmax" and None under the other losses. The larger and sparser the data, the lower the best one: 0.3 on MovieLens 100K, 0.1
        on Gowalla.
    bias : bool, default=True
        Whether users and items have biases. Under "softmax" and "bpr" a user's bias cancels out and stays 0.
    l2 : float, default=0.0
        Penalty on the squared embeddings of each event, >= 0.
    dropout : float, default=0.3
        Share of the embeddings' entries dropped while training, in [0, 1).
    retriever : str or Retriever, default="exact"
        Top-k search of `recommend`: a retriever's name or an object of it, such as "faiss" where that plugin is
        installed.

    Attributes
    ----------
    tables_ : dict of str to ndarray
        Embeddings: ``"user"`` of shape (n_users, width) and ``"item"`` of shape (n_items, width), float32;
        with `bias` the last of the width, which then is embedding_dim + 1.
    network_weights_ : list of ndarray
        Empty: all that is learned stands in the tables.
    history_ : dict of str to list of float
        By epoch: ``loss``, ``accuracy`` and, with held-out events, ``val_ndcg@10`` (``val_rmse`` under "mse").
    rating_mean_ : float
        Mean of the ratings under "mse", else 0.
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
    InvalidDataError
        In `fit`, under loss "mse" without ratings.

    See Also
    --------
    GMF : Weighs the embedding's entries.
    EASE : A linear model in closed form.

    References
    ----------
    .. [1] Y. Koren, R. Bell, C. Volinsky, "Matrix Factorization Techniques for Recommender Systems", Computer 2009.
    .. [2] S. Rendle et al., "BPR: Bayesian Personalized Ranking from Implicit Feedback", UAI 2009. https://arxiv.org/abs/1205.2618

    Examples
    --------
    >>> from skrec.models import MatrixFactorization
    >>> from skrec.testing import checkerboard
    >>> model = MatrixFactorization(embedding_dim=4, dropout=0.0, learning_rate=0.02, random_state=0).fit(checkerboard(12))
    >>> model.recommend(users=[0], k=1).items
    array([[0]])
    """

    embedding_dim: PositiveInt = 128
    _: KW_ONLY
    epochs: int = 30
    learning_rate: float = 0.003
    loss: str | Loss = "softmax"
    temperature: Annotated[float | str | None, Interval(Real, 0, None, closed="neither"), OneOf("auto"), None] = "auto"
    bias: Flag = True
    l2: NonNegative = 0.0
    dropout: Share = 0.3
    retriever: Search = "exact"

    _learns_ratings: ClassVar[bool] = True

    def _widths(self) -> dict[str, int]:
        width = int(self.embedding_dim) + self._n_biases()
        return {"user": width, "item": width}

    def _n_biases(self) -> int:
        return int(self.bias)

    def _build_network(self, spec: NetworkSpec) -> Any:
        from skrec.networks import FactorNetwork

        loss, temperature = self._loss(), self.temperature
        if temperature == "auto":
            temperature = _TEMPERATURE if loss.negatives == "shared" else None
        scale = None if temperature is None else float(temperature)
        return FactorNetwork(
            float(self.dropout), bool(self.bias), scale, user_bias=not loss.compares, dtype=spec.precision
        )
