r"""The compiled side of a neural model: one training step over row-sparse tables, and scoring.

Embedding tables live outside the differentiated network. A step gathers the distinct rows of its batch, differentiates the loss with
respect to these rows and the network's weights, and writes new rows and moments back; its cost follows the batch, not the catalogue.
With rows :math:`E_r` of the distinct ids :math:`r` and their moments :math:`M_r`, the optimizer's rule gives

.. math:: (E_r, M_r) \leftarrow \mathrm{update}(E_r, \nabla_{E_r} L, M_r), \qquad E_s, M_s \text{ unchanged for } s \notin r.

On the device a row and its moments stand side by side in one table, :math:`(E_r, M_r)`: one place in memory to find for each id, not
three. Which rows are distinct is found by NumPy while the step before is still running.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from skrec.optimizers import Optimizer
from skrec.plugin import Backend

_CACHE_SIZE = 32
_programs: "OrderedDict[Hashable, Program]" = OrderedDict()


@dataclass
class Program:
    """A network with its compiled functions, shared by all fits of equal structure.

    Attributes
    ----------
    network : keras.Layer
        Only its structure is used: weights are handed in.
    train : callable
        ``(state, batches, n_steps) -> (state, losses)``, see `Backend.compile_steps`.
    score : callable
        ``(weights, fixed, user, item) -> (n_users, n_items)``: rows of users against rows of items.
    vectors : callable or None
        ``(weights, fixed, user, item) -> (user_vectors, item_vectors)`` where scores are inner products.
    encode : dict of str to callable, or None
        ``(weights, fixed, inputs) -> rows`` by side, where the network encodes rows and features first; what it gives are the rows that
        `score` and `vectors` take.
    fold : callable or None
        Learns rows of new users, see `_fold_in`.
    read : callable or None
        ``(weights, fixed, inputs) -> user_vectors`` where the network reads histories: what `vectors` gives after their last place.
    """

    network: Any
    train: Callable[..., Any]
    score: Callable[..., Any]
    vectors: Callable[..., Any] | None
    encode: dict[str, Callable[..., Any]] | None = None
    fold: Callable[..., Any] | None = None
    read: Callable[..., Any] | None = None


def find_program(key: Hashable, make: Callable[[], Program]) -> Program:
    """Give the program of a key, made once per process; the least recently used ones are forgotten."""
    if key in _programs:
        _programs.move_to_end(key)
        return _programs[key]
    program = _programs[key] = make()
    if len(_programs) > _CACHE_SIZE:
        _programs.popitem(last=False)
    return program


def make_program(
    backend: Backend, network: Any, widths: dict[str, int], loss: Callable[..., Any], optimizer: Optimizer, l2: float
) -> Program:
    """Compile a network's functions; they compile when first called.

    Parameters
    ----------
    backend : Backend
    network : keras.Layer
        Built; scores ``{"user": rows, "item": rows}``, or ids for a side without a table. If it has a method ``encode(side, inputs,
        training)``, rows are what that makes of ``{"id": table rows, name: features, ...}``. If it has a method ``read(inputs,
        training)``, users are what that makes of histories: see `skrec.networks.SequenceNetwork`.
    widths : dict of str to int
        Width of each table: "user", "item", both or none.
    loss : callable
        Of `skrec.networks.LOSSES`.
    optimizer : Optimizer
    l2 : float
        Penalty on the squared rows of each event.

    Returns
    -------
    Program
    """
    step = _Step(backend, network, widths, loss, optimizer, l2)

    def score(weights: Any, fixed: Any, user: Any, item: Any) -> Any:
        return _call(network, weights, fixed, {"user": user, "item": item}, training=False)[0]

    def vectors(weights: Any, fixed: Any, user: Any, item: Any) -> Any:
        return _with_weights(network, weights, fixed, lambda: network.vectors(user, item))

    def encoder(side: str) -> Callable[..., Any]:
        def encode(weights: Any, fixed: Any, inputs: Any) -> Any:
            return _with_weights(network, weights, fixed, lambda: network.encode(side, inputs, training=False))

        return backend.compile_forward(encode)

    def read(weights: Any, fixed: Any, inputs: Any) -> Any:
        def run() -> Any:
            return network.vectors(network.read(inputs, training=False)[:, -1], inputs["rows"][:, -1])[0]

        return _with_weights(network, weights, fixed, run)

    return Program(
        network,
        backend.compile_steps(step),
        backend.compile_forward(score),
        backend.compile_forward(vectors) if hasattr(network, "vectors") else None,
        {side: encoder(side) for side in ("user", "item", "context")} if hasattr(network, "encode") else None,
        read=backend.compile_forward(read) if hasattr(network, "read") else None,
    )


class _Step:
    """One training step: ``step(state, batch) -> (state, [loss, accuracy])``."""

    def __init__(
        self,
        backend: Backend,
        network: Any,
        widths: dict[str, int],
        loss: Callable[..., Any],
        optimizer: Optimizer,
        l2: float,
    ) -> None:
        self.backend, self.network, self.widths = backend, network, widths
        self.loss, self.optimizer, self.l2 = loss, optimizer, l2

    def __call__(self, state: dict[str, Any], batch: dict[str, Any]) -> tuple[dict[str, Any], Any]:
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
        loss, (accuracy, fixed), gradients = backend.value_and_grad(
            self._objective, parameters, state["fixed"], features, batch
        )
        step, rate = state["step"] + 1.0, state["rate"]
        tables = dict(state["tables"])
        for side, width in self.widths.items():
            names = self.optimizer.slots
            old = {name: packed[side][:, (n + 1) * width : (n + 2) * width] for n, name in enumerate(names)}
            new, slots = self.optimizer.update(rows[side], gradients["rows"][side], old, rate, step)
            both = ops.concatenate([new, *(slots[name] for name in names)], axis=1)
            tables[side] = backend.scatter_rows(tables[side], found[side], both)
        weights, weight_slots = self._update_weights(state, gradients["weights"], rate, step)
        after = {**state, "tables": tables, "weights": weights, "weight_slots": weight_slots}
        after |= {"fixed": fixed, "step": step}
        return after, ops.stack([ops.cast(loss, "float32"), ops.cast(accuracy, "float32")])

    def _rows(self, batch: dict[str, Any], side: str) -> Any:
        """Distinct rows of a batch; with what fills them up where shapes must be fixed, which costs more but compiles once."""
        rows = batch[f"{side}_rows"]
        return rows if self.backend.fixed_shapes else rows[: batch[f"{side}_count"]]

    def _objective(self, parameters: Any, fixed: Any, features: Any, batch: dict[str, Any]) -> tuple[Any, Any]:
        """Score the batch and compute the loss, penalty included."""
        from keras import ops

        rows, weights = parameters["rows"], parameters["weights"]
        context = None
        if hasattr(self.network, "encode"):
            (rows, context), fixed = self._encoded(weights, fixed, rows, features, batch)
        if hasattr(self.network, "read"):
            user, fixed = self._read(weights, fixed, rows, batch)
        else:
            user = self._take(rows, "user", batch["user"])
        item = self._take(rows, "item", batch["item"])
        user = user if context is None else ops.concatenate([user, context], axis=1)
        scores, fixed = _call(self.network, weights, fixed, {"user": user, "item": item}, training=True)
        used, shared = ["item"], None
        if "shared" in batch:
            others = self._take(rows, "item", batch["shared"])
            shared, fixed = _call(self.network, weights, fixed, {"user": user, "item": others}, training=True)
            shared = ops.cast(shared, "float32")
            used.append("shared")
        loss, accuracy = self.loss(ops.cast(scores, "float32"), shared, batch)
        if self.l2:
            loss = loss + self.l2 * self._penalty(parameters["rows"], used, batch)
        return loss, (accuracy, fixed)

    def _read(self, weights: Any, fixed: Any, rows: Any, batch: dict[str, Any]) -> tuple[Any, Any]:
        """Let the network read the batch's histories; gives its vectors at the places where events are predicted."""
        from keras import ops

        inputs = {**batch, "rows": self._take(rows, "item", batch["history"])}
        with _scope(self.network, weights, fixed) as scope:
            vectors = self.network.read(inputs, training=True)
        user = ops.take(ops.reshape(vectors, (-1, vectors.shape[-1])), batch["place"], axis=0)
        return user, [scope.get_current_value(variable) for variable in self.network.non_trainable_variables]

    def _encoded(self, weights: Any, fixed: Any, rows: Any, features: Any, batch: dict[str, Any]) -> tuple[Any, Any]:
        """Let the network encode each distinct row once, and each event's context."""
        moment = {name.partition("/")[2]: array for name, array in batch.items() if name.startswith("context/")}

        def run() -> Any:
            encoded = {
                side: self.network.encode(side, {"id": rows[side], **features[side]}, training=True)
                for side in self.widths
            }
            return encoded, self.network.encode("context", moment, training=True) if moment else None

        with _scope(self.network, weights, fixed) as scope:
            output = run()
        return output, [scope.get_current_value(variable) for variable in self.network.non_trainable_variables]

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

    def _update_weights(self, state: dict[str, Any], gradients: Any, rate: Any, step: Any) -> tuple[Any, Any]:
        """Apply the optimizer to the network's own weights."""
        weights, slots = [], []
        for weight, gradient, old in zip(state["weights"], gradients, state["weight_slots"], strict=True):
            new, moments = self.optimizer.update(weight, gradient, old, rate, step)
            weights.append(new)
            slots.append(moments)
        return weights, slots


def _call(network: Any, weights: Any, fixed: Any, inputs: dict[str, Any], *, training: bool) -> tuple[Any, Any]:
    """Call a network with weights handed in; gives its output and its state afterwards.

    Not `keras.Layer.stateless_call`, which skips the cast of the inputs to the layer's compute dtype: under mixed
    precision on TensorFlow, float32 rows would then meet bfloat16 products.
    """
    with _scope(network, weights, fixed) as scope:
        output = network(inputs, training=training)
    return output, [scope.get_current_value(variable) for variable in network.non_trainable_variables]


def _with_weights(network: Any, weights: Any, fixed: Any, function: Callable[[], Any]) -> Any:
    """Run a function while the network's variables stand for the values handed in."""
    with _scope(network, weights, fixed):
        return function()


def _scope(network: Any, weights: Any, fixed: Any) -> Any:
    import keras

    variables = [*network.trainable_variables, *network.non_trainable_variables]
    return keras.StatelessScope(state_mapping=list(zip(variables, [*weights, *fixed], strict=True)))


def initial_state(
    backend: Backend,
    tables: dict[str, Any],
    weights: list[Any],
    fixed: list[Any],
    optimizer: Optimizer,
    rate: float,
    features: dict[str, dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Put first values on the device, with the optimizer's slots at zero.

    Parameters
    ----------
    backend : Backend
    tables : dict of str to ndarray of shape (n_rows, width)
    weights, fixed : lists of ndarray
        The network's trainable and other weights.
    optimizer : Optimizer
    rate : float
        Learning rate.
    features : dict of str to dict of str to ndarray, optional
        By side and name, rows by code.

    Returns
    -------
    dict
        What `Program.train` takes and gives.
    """
    from keras import ops

    return {
        "tables": {side: backend.make_table(table, len(optimizer.slots)) for side, table in tables.items()},
        "weights": [ops.convert_to_tensor(weight) for weight in weights],
        "weight_slots": [{name: ops.zeros_like(weight) for name in optimizer.slots} for weight in weights],
        "fixed": [ops.convert_to_tensor(value) for value in fixed],
        "features": {
            side: {name: ops.convert_to_tensor(array) for name, array in arrays.items()}
            for side, arrays in (features or {}).items()
        },
        "step": ops.convert_to_tensor(0.0, dtype="float32"),
        "rate": ops.convert_to_tensor(rate, dtype="float32"),
    }


def read_state(
    backend: Backend, state: dict[str, Any], widths: dict[str, int]
) -> tuple[dict[str, Any], list[Any], list[Any]]:
    """Copy tables, without the optimizer's slots, weights and fixed weights back to NumPy."""
    from keras import ops

    return (
        {side: backend.read_table(table, widths[side]) for side, table in state["tables"].items()},
        [np.array(ops.convert_to_numpy(weight)) for weight in state["weights"]],
        [np.array(ops.convert_to_numpy(value)) for value in state["fixed"]],
    )
