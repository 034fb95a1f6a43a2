r"""The training step of a neural model, over row-sparse tables.

Embedding tables live outside the differentiated network. A step gathers the distinct rows of its batch, differentiates the loss with
respect to these rows and the network's weights, and writes new rows and moments back; its cost follows the batch, not the catalogue.
With rows :math:`E_r` of the distinct ids :math:`r` and their moments :math:`M_r`, the optimizer's rule gives

.. math:: (E_r, M_r) \leftarrow \mathrm{update}(E_r, \nabla_{E_r} L, M_r), \qquad E_s, M_s \text{ unchanged for } s \notin r.

On the device a row and its moments stand side by side in one table, :math:`(E_r, M_r)`: one place in memory to find for each id, not
three. Which rows are distinct is found by NumPy while the step before is still running.
"""

from typing import Any

from skrec.losses import Loss
from skrec.optimizers import Optimizer
from skrec.plugin import Backend
from skrec.programs.network import EncodesRows, ReadsHistories
from skrec.programs.scope import call_with_state


class TrainingStep:
    """One training step: ``step(state, batch) -> (state, [loss, accuracy])``."""

    def __init__(
        self,
        backend: Backend,
        network: Any,
        widths: dict[str, int],
        loss: Loss,
        optimizer: Optimizer,
        l2: float,
    ) -> None:
        self.backend, self.network, self.widths = backend, network, widths
        self.loss, self.optimizer, self.l2 = loss, optimizer, l2

    def __call__(self, state: dict[str, Any], batch: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        """Take one step; gives the state after it, and loss and accuracy before it."""
        from keras import ops

        backend = self.backend
        found = {side: self._rows(batch, side) for side in self.widths}
        packed = {side: backend.gather_rows(state["tables"][side], found[side]) for side in self.widths}
        rows = {side: packed[side][:, :width] for side, width in self.widths.items()}
        parameters = {"rows": rows, "weights": state["weights"]}
        features = {
            side: {name: ops.take(array, found[side], axis=0) for name, array in arrays.items()}
            for side, arrays in state["features"].items()
        }
        _, (loss, accuracy, fixed), gradients = backend.value_and_grad(
            self._objective, parameters, state["fixed"], features, state["weight_slots"], batch
        )
        step, rate = state["step"] + 1.0, state["rate"]
        tables = dict(state["tables"])
        for side, width in self.widths.items():
            names = self.optimizer.slots
            old = {name: packed[side][:, (n + 1) * width : (n + 2) * width] for n, name in enumerate(names)}
            new, slots = self.optimizer.update(rows[side], gradients["rows"][side], old, rate, step)
            both = ops.concatenate([new, *(slots[name] for name in names)], axis=1)
            tables[side] = backend.scatter_rows(tables[side], found[side], both)
        weights, weight_slots = self.optimizer.update_all(
            state["weights"], gradients["weights"], state["weight_slots"], rate, step
        )
        after = {**state, "tables": tables, "weights": weights, "weight_slots": weight_slots}
        after |= {"fixed": fixed, "step": step}
        return after, ops.stack([ops.cast(loss, "float32"), ops.cast(accuracy, "float32")])

    def _rows(self, batch: dict[str, Any], side: str) -> Any:
        """Distinct rows of a batch; with what fills them up where shapes must be fixed, which costs more but compiles once."""
        rows = batch[f"{side}_rows"]
        return rows if self.backend.fixed_shapes else rows[: batch[f"{side}_count"]]

    def _objective(
        self, parameters: Any, fixed: Any, features: Any, slots: Any, batch: dict[str, Any]
    ) -> tuple[Any, Any]:
        """Score the batch and compute the loss, penalty included: as it is differentiated, and as it is."""
        from keras import ops

        rows, weights = parameters["rows"], parameters["weights"]
        context = None
        if isinstance(self.network, EncodesRows):
            (rows, context), fixed = self._encoded(weights, fixed, rows, features, batch)
        if isinstance(self.network, ReadsHistories):
            user, fixed = self._read(weights, fixed, rows, batch)
        else:
            user = self._take(rows, "user", batch["user"])
        item = self._take(rows, "item", batch["item"])
        user = user if context is None else ops.concatenate([user, context], axis=1)
        scores, fixed = self._score(weights, fixed, user, item)
        used, shared = ["item"], None
        if "shared" in batch:
            others = self._take(rows, "item", batch["shared"])
            shared, fixed = self._score(weights, fixed, user, others)
            shared = ops.cast(shared, "float32")
            used.append("shared")
        loss, accuracy = self.loss.value(ops.cast(scores, "float32"), shared, batch)
        if self.l2:
            loss = loss + self.l2 * self._penalty(parameters["rows"], used, batch)
        return self.optimizer.scaled(loss, slots), (loss, accuracy, fixed)

    def _read(self, weights: Any, fixed: Any, rows: Any, batch: dict[str, Any]) -> tuple[Any, Any]:
        """Let the network read the batch's histories; gives its vectors at the places where events are predicted."""
        from keras import ops

        inputs = {**batch, "rows": self._take(rows, "item", batch["history"])}
        vectors, fixed = call_with_state(self.network, weights, fixed, lambda: self.network.read(inputs, training=True))
        return ops.take(ops.reshape(vectors, (-1, vectors.shape[-1])), batch["place"], axis=0), fixed

    def _score(self, weights: Any, fixed: Any, user: Any, item: Any) -> tuple[Any, Any]:
        """Let the network score, and go on with its state."""
        inputs = {"user": user, "item": item}
        return call_with_state(self.network, weights, fixed, lambda: self.network(inputs, training=True))

    def _encoded(self, weights: Any, fixed: Any, rows: Any, features: Any, batch: dict[str, Any]) -> tuple[Any, Any]:
        """Let the network encode each distinct row once, and each event's context."""
        moment = {name.partition("/")[2]: array for name, array in batch.items() if name.startswith("context/")}

        def run() -> Any:
            encoded = {
                side: self.network.encode(side, {"id": rows[side], **features[side]}, training=True)
                for side in self.widths
            }
            return encoded, self.network.encode("context", moment, training=True) if moment else None

        return call_with_state(self.network, weights, fixed, run)

    def _take(self, rows: dict[str, Any], side: str, positions: Any) -> Any:
        """Take the rows that a field of the batch points to; its ids where the side has no table."""
        from keras import ops

        return ops.take(rows[side], positions, axis=0) if side in self.widths else positions

    def _penalty(self, rows: dict[str, Any], used: list[str], batch: dict[str, Any]) -> Any:
        """Squared length of all table rows that the batch uses, per event."""
        from keras import ops

        total = 0.0
        for side, fields in (("user", ["user"]), ("item", used)):
            for field in fields if side in self.widths else ():
                taken = ops.take(rows[side], batch[field], axis=0)
                total = total + ops.sum(taken * taken)
        # Under TensorFlow the size of a batch may be a tensor.
        return total / ops.cast(ops.shape(batch["item"])[0], "float32")
