"""KerasModel: any Keras model of a user id and an item id."""

import random
from collections.abc import Callable
from dataclasses import KW_ONLY
from typing import Annotated, Any, ClassVar

import numpy as np

from skrec._params import NOT_COMPILED, PositiveInt
from skrec.backends import find_backend, start
from skrec.exceptions import InvalidParameterError
from skrec.models._keras import KerasRecommender
from skrec.models._network_spec import NetworkSpec
from skrec.models._saved_network import SavedNetwork
from skrec.serving import Learned, NeighbourUsers, Scorer, Users


class KerasModel(KerasRecommender):
    """Any Keras network as a recommender, without a class of its own.

    A function builds the network; everything else - ids, negatives, training, ranking, filtering, fold-in - works as for the built-in
    models. Fold-in is by nearest neighbours: a user with a new history is scored as the average of the users of fit
    whose histories are most similar, weighted by that similarity, whatever the network. `partial_fit` is a warm start.

    Parameters
    ----------
    build : callable
        ``build(spec) -> keras.Model``, with `spec` a :class:`NetworkSpec`. The model takes ``spec.inputs()``: a dict of ``user_id`` and
        ``item_id``, int32 of shape (batch,), or the two in this order; and gives scores of shape (batch,) or (batch, 1): logits, without a
        last sigmoid. Under "bpr" and "softmax" leave out a last bias: it cancels out, and rounding alone would move it, on each
        backend another way. A function of a module, not a lambda, keeps the estimator picklable.
    epochs : int, default=20
        Passes over the events, at least 1.
    batch_size : int, default=1024
        Events of a mini-batch, at least 1.
    learning_rate : float, default=0.005
        Step size of the optimizer, > 0, unless `optimizer` brings its own.
    optimizer : {"adam", "adagrad", "sgd"}, object of skrec.optimizers or of keras.optimizers, default="adam"
        One of Keras is copied for each fit; its learning rate, or schedule, is its own.
    loss : {"bce", "bpr", "softmax", "mse"}, object of skrec.losses or of keras.losses, or callable, default="bce"
        Binary cross-entropy, pairwise ranking, cross-entropy against negatives that a batch shares, or squared error of the ratings. For
        those of Keras, and functions ``loss(y_true, y_pred)``, see `skrec.losses.KerasLoss`: unless ``from_logits=True``, scores are no
        logits, and the network must end in what the loss asks for.
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
        Handed to `build` as ``spec.precision``, to be passed to layers as ``dtype``.
    n_neighbors : int, default=20
        Nearest neighbours, the most similar users of fit, that score a new history (fold-in), at least 1.

    Attributes
    ----------
    network_weights_ : list of ndarray
        The network's trained weights.
    history_ : dict of str to list of float
        By epoch: ``loss``, ``accuracy`` and, with held-out events, ``val_ndcg@10`` (``val_rmse`` under "mse").
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
    GMF : The same with tables of its own, and faster for large catalogues.

    Examples
    --------
    >>> import keras
    >>> from skrec.models import KerasModel
    >>> from skrec.testing import checkerboard
    >>> def build(spec):
    ...     inputs = spec.inputs()
    ...     user = keras.layers.Embedding(spec.n_users, 4)(inputs["user_id"])
    ...     item = keras.layers.Embedding(spec.n_items, 4)(inputs["item_id"])
    ...     hidden = keras.layers.Dense(8, activation="relu")(keras.layers.Concatenate()([user, item]))
    ...     return keras.Model(inputs, keras.layers.Dense(1)(hidden))
    >>> model = KerasModel(build, epochs=120, learning_rate=0.02, random_state=0).fit(checkerboard(12))
    >>> model.recommend(users=[0], k=1).items
    array([[0]])
    """

    build: Annotated[Callable[[NetworkSpec], Any] | None, callable] = None
    _: KW_ONLY
    n_neighbors: Annotated[PositiveInt, NOT_COMPILED] = 20
    optimizer: Annotated[Any, NOT_COMPILED] = "adam"
    loss: Annotated[Any, NOT_COMPILED] = "bce"

    _learns_ratings: ClassVar[bool] = True
    _takes_keras: ClassVar[bool] = True

    def _widths(self) -> dict[str, int]:
        return {}

    def _build_network(self, spec: NetworkSpec) -> Any:
        from skrec.networks import IdNetwork

        assert self.build is not None
        model = self.build(spec)
        _check_model(model)
        return IdNetwork(model, dtype=spec.precision)

    def _users(self, scorer: Scorer) -> Users:
        return NeighbourUsers(scorer, int(self.n_neighbors))

    def _restore_network(self, fresh: list[Any], before: Learned, now: Learned) -> list[Any]:
        """Take learned weights; rows that stand for ids go to where their ids stand now, and new ids get new rows."""
        if isinstance(
            self.build, SavedNetwork
        ):  # which doesn't say which weights grow with the ids: all or none are taken
            same = np.array_equal(before.users.ids, now.users.ids) and np.array_equal(before.items.ids, now.items.ids)
            return super()._restore_network(fresh, before, now) if same else fresh
        moves = {}
        for side in ("user", "item"):
            codes = now.ids(side).encode(before.ids(side).ids)
            # The row behind the last one stands for no id at all.
            to, taken = np.append(codes[codes >= 0], len(now.ids(side))), np.flatnonzero(codes >= 0)
            moves[side] = to, np.append(taken, len(before.ids(side)))
        for new, old, (side, axis) in zip(fresh, before.weights.network, self._axes(now), strict=False):
            if not side and new.shape == old.shape:
                new[...] = old
            elif side and new.ndim == old.ndim:
                to, taken = np.moveaxis(new, axis, 0), np.moveaxis(old, axis, 0)
                if to.shape[1:] == taken.shape[1:] and len(taken) > moves[side][1][-1]:
                    to[moves[side][0]] = taken[moves[side][1]]
        return fresh

    def _axes(self, now: Learned) -> list[tuple[str, int]]:
        """Say of each weight whether, and along which axis, it has a row for each user or item: what grows with one more."""
        n_users, n_items = len(now.users) + 1, len(now.items) + 1
        axes = []
        for shape, users, items in zip(
            self._shapes(n_users, n_items),
            self._shapes(n_users + 1, n_items),
            self._shapes(n_users, n_items + 1),
            strict=True,
        ):
            grown = [("user", axis) for axis, size in enumerate(shape) if users[axis] != size]
            grown += [("item", axis) for axis, size in enumerate(shape) if items[axis] != size]
            axes.append(grown[0] if grown else ("", 0))
        return axes

    def _shapes(self, n_users: int, n_items: int) -> list[tuple[int, ...]]:
        """Shapes of the weights of a network for so many ids."""
        state = random.getstate()  # from which Keras draws seeds
        try:
            network = self._build_network(NetworkSpec(n_users, n_items, self.precision, seed=0))
        finally:
            random.setstate(state)
        return [tuple(variable.shape) for variable in network.trainable_variables]

    def __skrec_state__(self) -> dict[str, Any]:
        state = super().__skrec_state__()
        if self.__sklearn_is_fitted__():
            # A file holds no code: the network is kept as Keras describes it, and stands in for the function that built it.
            backend = find_backend(self.backend)
            start(backend)
            network = self._compiled(backend, self._loss(), self._learned()).network
            state["build"] = SavedNetwork.of(network.model, len(self.users_), len(self.items_))
        return state


def _check_model(model: Any) -> None:
    """Check that a built network takes two ids and gives one score."""
    import keras

    if not isinstance(model, keras.Model):
        raise InvalidParameterError(
            f"The function 'build' of KerasModel must return a keras.Model. Got {type(model).__name__} instead."
        )
    inputs, outputs = getattr(model, "inputs", None) or [], getattr(model, "outputs", None) or []
    shapes = [tuple(tensor.shape) for tensor in outputs]
    if len(inputs) != 2 or len(outputs) != 1 or shapes[0] not in {(None,), (None, 1)}:
        raise InvalidParameterError(
            "The network that 'build' returns must take user_id and item_id, as spec.inputs() gives them, and give one score of shape "
            f"(batch,) or (batch, 1). Got {len(inputs)} inputs and outputs of shapes {shapes} instead."
        )
