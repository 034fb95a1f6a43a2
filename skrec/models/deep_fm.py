"""DeepFM: a factorization machine and a perceptron."""

from typing import Any

from skrec.models._field_model import FieldModel


class DeepFM(FieldModel):
    """A factorization machine and a perceptron over the same embeddings: products of all pairs of fields are added to `WideDeep` [1]_.

    Reads what `FeatureEncoder` sends along: features of users, items and context. Where labels are 0 and 1, it learns
    them (click-through rate prediction), and under "bce" `predict` gives the probability of a 1; where each event is a
    positive, negatives are drawn. Cold users and items are scored by their features, since ids are dropped at random
    while training. `recommend` scores each user's candidates through the network, in blocks; with ``context=``, in that
    context. `partial_fit` is a warm start, with the encoders of fit; new rows of known ids that have events in it
    replace those of before.

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

    Attributes
    ----------
    features_ : ModelFeatures
        Fitted encoders and encoded features.
    tables_ : dict of str to ndarray
        Embeddings of ids, with their first-order weight: ``"user"`` of shape (n_users, embedding_dim + 1) and ``"item"`` of shape
        (n_items, embedding_dim + 1), float32.
    network_weights_ : list of ndarray
        Trained weights of the network and of the encoders' networks.
    history_ : dict of str to list of float
        By epoch: ``loss``, ``accuracy`` and, with held-out events, ``val_ndcg@10``, or ``val_auc`` where labels are learned and no
        negatives drawn.
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
    TwoTower : Scores by inner products, which are searched faster.
    skrec.preprocessing.FeatureEncoder : Says which columns are features.

    References
    ----------
    .. [1] H. Guo et al., "DeepFM: A Factorization-Machine based Neural Network for CTR Prediction", IJCAI 2017.
       https://arxiv.org/abs/1703.04247

    Examples
    --------
    >>> from skrec import make_interactions, make_pipeline
    >>> from skrec.models import DeepFM
    >>> from skrec.preprocessing import Binarize, FeatureEncoder
    >>> X = make_interactions(n_users=60, n_items=40, n_events=900, features=("tags", "number"), random_state=0)
    >>> encoder = FeatureEncoder(users=[("age", "number", "age")], items=[("genres", "tags", "genres")])
    >>> pipeline = make_pipeline(Binarize(4.0), encoder, DeepFM(4, (8,), epochs=2, random_state=0)).fit(X)
    >>> bool((pipeline.predict(X) < 1.0).all())
    True
    """

    def _make_network(self, **shared: Any) -> Any:
        from skrec.networks import DeepFMNetwork

        return DeepFMNetwork(**shared)
