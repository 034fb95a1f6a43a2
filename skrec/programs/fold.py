"""The step by which rows of new users are learned, while all else stays as it is."""

from typing import Any

from skrec.losses import Loss
from skrec.optimizers import Adam
from skrec.plugin import Backend
from skrec.programs.scope import with_weights

RATE = 0.03


class FoldStep:
    """One step of the rows of a block of new users: ``step(state, batch) -> (state, [loss, loss])``.

    A user's row minimises the model's own loss over the events of the history and a pool of negatives, with a pull towards the prior
    row. The state holds ``rows`` and ``slots``, ``prior`` (width,), ``pull``, ``weights`` and ``fixed`` of the network; ``items``
    (n_users, n_events, width), ``labels`` and ``event_weights`` (n_users, n_events); ``negatives`` (m, width), and what `Loss.fold`
    reads of a pool; and ``features`` of the users and of the context.
    """

    def __init__(self, backend: Backend, network: Any, loss: Loss) -> None:
        self.backend, self.network, self.loss = backend, network, loss
        self.optimizer = Adam()

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

        def score(item: Any) -> Any:
            def run() -> Any:
                return self.network({"user": self._user(rows, state["features"]), "item": item}, training=False)

            return ops.cast(with_weights(self.network, state["weights"], state["fixed"], run), "float32")

        positive, weights = score(state["items"]), state["event_weights"]
        negative = None if self.loss.negatives == "none" else score(state["negatives"])
        losses = self.loss.fold(positive, negative, state["labels"], state)
        count = ops.maximum(ops.sum(weights, axis=1), 1e-6)
        fit = ops.sum(losses * weights, axis=1) / count
        # The pull fades as the history grows: it stands for prior knowledge worth a few events.
        pull = state["pull"] * ops.sum((rows - state["prior"]) ** 2, axis=1) / count
        return ops.sum(fit + pull), ()

    def _user(self, rows: Any, features: dict[str, Any]) -> Any:
        """What the network takes for users: their rows, or what it makes of these and of features."""
        from keras import ops

        if not features:
            return rows
        encoded = self.network.encode("user", {"id": rows, **features["user"]}, training=False)
        return ops.concatenate([encoded, features["context"]], axis=1) if "context" in features else encoded
