"""The step by which rows of new users are learned, while all else stays as it is."""

from typing import Any

from skrec.losses import Loss
from skrec.optimizers import Adam
from skrec.plugin import Backend
from skrec.programs.network import HasVectors
from skrec.programs.scope import with_weights

RATE = 0.03


class FoldStep:
    """One step of the rows of a block of new users: ``step(state, batch) -> (state, [loss, loss])``.

    A user's row minimises the model's own loss over the events of the history and a pool of negatives, with a pull towards the prior
    row. The state holds ``rows`` and ``slots``, ``prior`` (width,), ``pull``, ``weights`` and ``fixed`` of the network; ``items``
    (n_users, n_events, width), ``labels`` and ``event_weights`` (n_users, n_events); ``negatives`` (m, width), and what `Loss.fold`
    reads of a pool; and ``features`` of the users and of the context. Where scores are inner products, vectors stand in the place of
    the items' rows, in ``negatives`` as columns (dim, m); and ``item`` (1, width) is the row of any item.
    """

    def __init__(self, backend: Backend, network: Any, loss: Loss) -> None:
        self.backend, self.network, self.loss = backend, network, loss
        self.optimizer, self.has_vectors = Adam(), isinstance(network, HasVectors)

    def __call__(self, state: dict[str, Any], batch: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        """Move the rows once; there is nothing to read of the batch."""
        from keras import ops

        loss, _, gradients = self.backend.value_and_grad(self._objective, {"rows": state["rows"]}, state)
        step = state["step"] + 1.0
        rows, slots = self.optimizer.update(state["rows"], gradients["rows"], state["slots"], RATE, step)
        return {**state, "rows": rows, "slots": slots, "step": step}, ops.stack([loss, loss])

    def _objective(self, parameters: dict[str, Any], state: dict[str, Any]) -> tuple[Any, Any]:
        from keras import ops

        rows = parameters["rows"]

        weights = state["event_weights"]
        positive, negative = (self._products if self.has_vectors else self._joined)(rows, state)
        losses = self.loss.fold(positive, negative, state["labels"], state)
        count = ops.maximum(ops.sum(weights, axis=1), 1e-6)
        fit = ops.sum(losses * weights, axis=1) / count
        # The pull fades as the history grows: it stands for prior knowledge worth a few events.
        pull = state["pull"] * ops.sum((rows - state["prior"]) ** 2, axis=1) / count
        return ops.sum(fit + pull), ()

    def _joined(self, rows: Any, state: dict[str, Any]) -> tuple[Any, Any]:
        """Scores of the events, (n_users, n_events), and of the negatives, (n_users, m), by the network."""

        def score(item: Any) -> Any:
            def run() -> Any:
                return self.network({"user": self._user(rows, state["features"]), "item": item}, training=False)

            return self._with_weights(run, state)

        return score(state["items"]), None if self.loss.negatives == "none" else score(state["negatives"])

    def _products(self, rows: Any, state: dict[str, Any]) -> tuple[Any, Any]:
        """The same of a network whose scores are inner products: vectors of the items stay what they are in each step."""
        from keras import ops

        def run() -> Any:
            return self.network.vectors(self._user(rows, state["features"]), state["item"])[0]

        vectors = self._with_weights(run, state)
        positive = ops.sum(ops.expand_dims(vectors, 1) * state["items"], axis=-1)
        return positive, None if self.loss.negatives == "none" else ops.matmul(vectors, state["negatives"])

    def _with_weights(self, run: Any, state: dict[str, Any]) -> Any:
        from keras import ops

        return ops.cast(with_weights(self.network, state["weights"], state["fixed"], run), "float32")

    def _user(self, rows: Any, features: dict[str, Any]) -> Any:
        """What the network takes for users: their rows, or what it makes of these and of features."""
        from keras import ops

        if not features:
            return rows
        encoded = self.network.encode("user", {"id": rows, **features["user"]}, training=False)
        return ops.concatenate([encoded, features["context"]], axis=1) if "context" in features else encoded
