"""Fold-in: rows for users that weren't in fit, learned from their history while all else stays as it is.

A user's row minimises the model's own loss over the events of the history and a fixed set of negatives, with a pull towards the mean
row of the users of fit. Users don't influence each other, so that one gets the same row alone and in a batch.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from skrec.data import Histories
from skrec.models._batches import bucket
from skrec.models._features import n_of_fit
from skrec.models._neighbours import average, neighbour_weights
from skrec.models._program import Program
from skrec.optimizers import Adam
from skrec.plugin import Backend
from skrec.typing import Codes, Floats

_USERS = 32
_STEPS = 64
_RATE = 0.03
# Chosen on ML-100K: rows learned from whole histories of fit rank as well as the trained ones, rows from five events better than
# popularity. A weaker pull overfits short histories. A temperature multiplies scores, and what they cost with them: the pull with it.
_PULL = 3.0
_MAX_EVENTS = 512
_NEIGHBOURS = 20
_MAX_NEGATIVES = {"product": 2048, "joint": 256}


def shared_negatives(n_items: int, program: Program, rng: np.random.Generator) -> Codes:
    """Draw the items that every fold-in takes its negatives from: 2048, or 256 where each pair must go through a network."""
    limit = _MAX_NEGATIVES["joint" if program.vectors is None else "product"]
    if n_items <= limit:
        return np.arange(n_items, dtype=np.int64)
    return np.sort(rng.choice(n_items, limit, replace=False)).astype(np.int64)


def fold_in(model: Any, backend: Backend, program: Program, users: Codes, histories: Histories) -> Floats:
    """Learn rows.

    Parameters
    ----------
    model : KerasRecommender
        Fitted, with a table of users.
    backend : Backend
    program : Program
    users : ndarray of shape (n,)
        Codes, by which features are known; -1 for users of whom nothing else is.
    histories : Histories of n users

    Returns
    -------
    ndarray of shape (n, width), float32
    """
    mean = _prior(model, program)
    if not backend.capabilities.train:
        weights = neighbour_weights(histories, model.histories_, _NEIGHBOURS)
        return average(model.tables_["user"], weights, otherwise=mean)
    # A model that learned labels without drawing negatives has none but those that users labelled so.
    kept = histories if model.loss == "mse" or model._n_negatives() == 0 else histories.positives()
    if program.fold is None:
        program.fold = backend.compile_steps(_FoldStep(backend, program.network, model.loss))
    rows = np.tile(mean, (kept.n_users, 1)).astype(np.float32)
    lengths = np.minimum(kept.lengths, _MAX_EVENTS)
    # Grouped by the size that the user's own history has, so that nobody's row depends on who else is asked about.
    sizes = np.array([bucket(max(8, int(length))) for length in lengths], dtype=np.int64)
    for size in np.unique(sizes[lengths > 0]):
        members = np.flatnonzero((sizes == size) & (lengths > 0))
        for start in range(0, len(members), _USERS):
            chosen = members[start : start + _USERS]
            rows[chosen] = _learn(model, program, users[chosen], kept.take(chosen), int(size), mean)
    return rows


def _prior(model: Any, program: Program) -> Floats:
    """Row of a user of whom no event is known, shape (width,): the mean row, or zeros where rows were left out for features to carry."""
    mean: Floats = model.tables_["user"][: n_of_fit(model, "user")].mean(axis=0)
    left_out = program.encode is not None and model.features_.fields["user"] and getattr(model, "id_dropout", 0.0) > 0.0
    return np.zeros_like(mean) if left_out else mean


def _learn(model: Any, program: Program, users: Codes, histories: Histories, size: int, mean: Floats) -> Floats:
    """Learn the rows of up to 32 users with histories of similar length."""
    from keras import ops

    assert program.fold is not None
    network = program.network
    items, labels, weights = _arrays(model, histories, size)
    negatives = model._fold_negatives
    free = np.ones((_USERS, len(negatives)), dtype=np.float32)
    seen = histories.seen()[:, negatives].toarray()
    free[: histories.n_users][seen] = 0.0
    rows = model._serving.table(model, program, "item")
    table = np.concatenate([rows, model._serving.nobody(model, program, "item")[np.newaxis]])
    start = np.tile(mean, (_USERS, 1)).astype(np.float32)
    state = {
        "rows": start,
        "slots": {name: np.zeros_like(start) for name in Adam.slots},
        "mean": mean.astype(np.float32),
        "pull": np.float32(_PULL / (getattr(network, "temperature", None) or 1.0) ** 2),
        "weights": model.network_weights_,
        "fixed": model._network_state,
        "items": table[items],
        "labels": labels,
        "event_weights": weights,
        "negatives": table[negatives],
        "free": free,
        # Data, not a constant of the step: models that differ in it share the compiled program.
        "n_negatives": np.float32(model._n_negatives()),
        # Each negative stands for so many items, as in the softmax loss.
        "log_share": np.float32(np.log(n_of_fit(model, "item") / max(1, len(negatives)))),
        "step": np.float32(0.0),
        "features": _features(model, program, users),
    }
    tensors = _map(state, lambda value: ops.convert_to_tensor(value))
    after, _ = program.fold(tensors, {"step": np.arange(_STEPS, dtype=np.int32)}, _STEPS)
    return np.array(ops.convert_to_numpy(after["rows"]))[: histories.n_users]


def _features(model: Any, program: Program, users: Codes) -> dict[str, Any]:
    """Features of 32 users, and context of which nothing is known."""
    if program.encode is None:
        return {}
    filled = np.concatenate([users, np.full(_USERS - len(users), -1, dtype=np.int64)])
    context = model._serving.context(model, program, model.features_.context(None, _USERS, "context"))
    return {
        "user": {name: array[filled] for name, array in model.features_.arrays["user"].items()},
        **({} if context is None or "context" not in model._reads else {"context": context}),
    }


def _arrays(model: Any, histories: Histories, size: int) -> tuple[Codes, Floats, Floats]:
    """Lay histories out as (32, size): item codes, labels and weights; the latest events count."""
    items = np.full((_USERS, size), len(model.items_), dtype=np.int64)
    labels = np.zeros((_USERS, size), dtype=np.float32)
    weights = np.zeros((_USERS, size), dtype=np.float32)
    for user in range(histories.n_users):
        events = slice(max(histories.indptr[user], histories.indptr[user + 1] - size), histories.indptr[user + 1])
        length = events.stop - events.start
        items[user, :length] = histories.items[events]
        weights[user, :length] = histories.weights[events]
        if model.loss != "mse":
            labels[user, :length] = histories.positive[events]
        elif histories.ratings is not None:
            labels[user, :length] = histories.ratings[events] - model.rating_mean_
    if model.loss == "mse" and histories.ratings is None:
        weights[:] = 0.0  # nothing to learn from: the mean row stays
    return items, labels, weights


def _map(state: Any, function: Callable[[Any], Any]) -> Any:
    if isinstance(state, dict):
        return {name: _map(value, function) for name, value in state.items()}
    return [_map(value, function) for value in state] if isinstance(state, list) else function(state)


class _FoldStep:
    """One step of all 32 users' rows."""

    def __init__(self, backend: Backend, network: Any, loss: str) -> None:
        self.backend, self.network, self.loss = backend, network, loss
        self.optimizer = Adam()

    def __call__(self, state: dict[str, Any], batch: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        from keras import ops

        loss, _, gradients = self.backend.value_and_grad(self._objective, {"rows": state["rows"]}, state)
        step = state["step"] + 1.0
        rows, slots = self.optimizer.update(state["rows"], gradients["rows"], state["slots"], _RATE, step)
        return {**state, "rows": rows, "slots": slots, "step": step}, ops.stack([loss, loss])

    def _objective(self, parameters: dict[str, Any], state: dict[str, Any]) -> tuple[Any, Any]:
        from keras import ops

        from skrec.models._program import _with_weights

        rows = parameters["rows"]

        def score(item: Any) -> Any:
            def run() -> Any:
                return self.network({"user": self._user(rows, state["features"]), "item": item}, training=False)

            return ops.cast(_with_weights(self.network, state["weights"], state["fixed"], run), "float32")

        positive, weights = score(state["items"]), state["event_weights"]
        losses = (
            (positive - state["labels"]) ** 2
            if self.loss == "mse"
            else self._against(positive, score(state["negatives"]), state)
        )
        count = ops.maximum(ops.sum(weights, axis=1), 1e-6)
        fit = ops.sum(losses * weights, axis=1) / count
        # The pull fades as the history grows: it stands for prior knowledge worth a few events.
        pull = state["pull"] * ops.sum((rows - state["mean"]) ** 2, axis=1) / count
        return ops.sum(fit + pull), ()

    def _user(self, rows: Any, features: dict[str, Any]) -> Any:
        """What the network takes for users: their rows, or what it makes of these and of features."""
        from keras import ops

        if not features:
            return rows
        encoded = self.network.encode("user", {"id": rows, **features["user"]}, training=False)
        return ops.concatenate([encoded, features["context"]], axis=1) if "context" in features else encoded

    def _against(self, positive: Any, negative: Any, state: dict[str, Any]) -> Any:
        """Loss of each event against the negatives, shape (32, size)."""
        from keras import ops

        free, n_negatives = state["free"], state["n_negatives"]
        share = free / ops.maximum(ops.sum(free, axis=1, keepdims=True), 1e-6)
        if self.loss == "bce":
            against = ops.sum(ops.softplus(negative) * share, axis=1, keepdims=True)
            return (ops.softplus(positive) - state["labels"] * positive + n_negatives * against) / (1.0 + n_negatives)
        if self.loss == "bpr":
            differences = ops.expand_dims(positive, 2) - ops.expand_dims(negative, 1)
            return ops.sum(ops.softplus(-differences) * ops.expand_dims(share, 1), axis=2)
        masked = ops.where(free > 0, negative + state["log_share"], -1e9)
        top = ops.stop_gradient(
            ops.maximum(ops.max(masked, axis=1, keepdims=True), ops.max(positive, axis=1, keepdims=True))
        )
        total = ops.sum(ops.exp(masked - top), axis=1, keepdims=True)
        return ops.log(ops.exp(positive - top) + total) + top - positive
