"""KerasOptimizer: any optimizer of Keras, for networks without tables."""

import json
from collections.abc import Callable, Hashable, Sequence
from contextlib import ExitStack
from functools import wraps
from threading import Lock
from typing import Any, final

import numpy as np

from skrec._keras_objects import (
    SavedKeras,
    describe,
    excluded_weights,
    has_function_as_rate,
    is_keras_optimizer,
    stand_in,
)
from skrec.exceptions import InvalidParameterError
from skrec.optimizers import Optimizer, find_optimizer

__all__ = ["KerasOptimizer", "find_rule"]


def find_rule(optimizer: Any, *, tables: bool, owner: str) -> Optimizer:
    """Make the optimizer of a name, or check one that was handed in; also one of Keras, where there are no tables.

    Parameters
    ----------
    optimizer : str, Optimizer or keras.optimizers.Optimizer
    tables : bool
        Whether rows of tables are updated, which an optimizer of Keras can't.
    owner : str
        Named in the message.

    Raises
    ------
    InvalidParameterError
        If it is none of these, or breaks a constraint.
    """
    if not is_keras_optimizer(optimizer):
        return find_optimizer(optimizer)
    if tables:
        raise InvalidParameterError(
            f"The 'optimizer' parameter of {owner} can't be one of Keras, which updates whole tables where a batch touches a few rows. "
            f"Got {optimizer!r}: pass 'adam', 'adagrad', 'sgd' or an object of skrec.optimizers."
        )
    found = KerasOptimizer(optimizer)
    found.check()
    return found


@final
class KerasOptimizer(Optimizer):
    """An optimizer of Keras, applied to all weights at once.

    The object that was handed in isn't touched: each training has a copy of its configuration, and begins anew. A learning rate that
    is a number may be changed by callbacks; a schedule decides by itself.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer or SavedKeras
    """

    def __init__(self, optimizer: Any) -> None:
        self.optimizer = optimizer
        self._models: list[Any] = []  # of these variables, to which Keras applies the optimizer
        self._variables: list[Any] = []
        self._working: Any = None
        self._lock = Lock()

    @property
    def learning_rate(self) -> float | None:  # type: ignore[override]
        """The learning rate, or a schedule's first one; None where there are several."""
        optimizer = self.optimizer.make() if isinstance(self.optimizer, SavedKeras) else self.optimizer
        rate = getattr(optimizer, "learning_rate", None)
        return None if rate is None else float(_numpy(rate))

    def check(self) -> None:
        """Refuse a learning rate that is a function: a compiled step would ask it once, and never again."""
        if has_function_as_rate(self.optimizer):
            raise InvalidParameterError(
                f"The learning rate of {type(self.optimizer).__name__} can't be a function, which compiled steps wouldn't call again. "
                "Pass a number, or a schedule of keras.optimizers.schedules."
            )

    def key(self) -> Hashable:
        """Equal for optimizers of equal configuration, but for the learning rate; one that holds other code is itself alone."""
        saved = isinstance(self.optimizer, SavedKeras)
        config, foreign = (self.optimizer.config, "") if saved else describe(self.optimizer)
        if foreign:
            return type(self), id(self.optimizer)
        node = json.loads(config)
        if isinstance(node["config"].get("learning_rate"), float):
            del node["config"]["learning_rate"]
        return type(self), json.dumps(node, sort_keys=True)

    def update(
        self, value: Any, gradient: Any, slots: dict[str, Any], learning_rate: Any, step: Any
    ) -> tuple[Any, dict[str, Any]]:
        """There is none for a single block of numbers."""
        raise TypeError("An optimizer of Keras updates all weights of a network at once.")

    def for_network(self, variables: Sequence[Any]) -> "KerasOptimizer":
        """Give the same for the weights of a network; their variables stay as they are, and are but looked at."""
        found = KerasOptimizer(self.optimizer)
        found._models = list(variables)
        return found

    def copy(self) -> Any:
        """Make an optimizer of Keras of the same configuration."""
        described = stand_in(self.optimizer)
        if isinstance(described, SavedKeras):
            return described.make()
        config, rate = self.optimizer.get_config(), getattr(self.optimizer, "_learning_rate", None)
        if callable(rate):  # a schedule of somebody's own, which Keras might not make of its configuration
            config["learning_rate"] = rate
        found = type(self.optimizer).from_config(config)
        if pattern := excluded_weights(self.optimizer):
            found.exclude_from_weight_decay(var_names=[pattern])
        return found

    def first_slots(self, weights: Sequence[Any]) -> list[Any]:
        """Values of the optimizer's variables, as it makes them for these weights."""
        with self._lock:
            self._variables = self._variables or [_variable_like(model) for model in self._models]
            self._assign(self._variables, weights)
            fresh = self.copy()
            fresh.build(self._variables)
            if self._working is None:
                self._working = fresh
            return [_copied(variable) for variable in fresh.variables]

    def update_all(
        self, weights: Sequence[Any], gradients: Sequence[Any], slots: Sequence[Any], learning_rate: Any, step: Any
    ) -> tuple[list[Any], list[Any]]:
        """Let Keras take the step."""
        import keras

        optimizer = self._working
        rate: Any = getattr(optimizer, "learning_rate", None)
        slots = [
            keras.ops.cast(learning_rate, variable.dtype) if variable is rate else value
            for variable, value in zip(optimizer.variables, slots, strict=True)
        ]
        if _has_state():
            self._assign(self._variables, weights)
            self._assign(optimizer.variables, slots)
            optimizer.apply(list(gradients), self._variables)
            return [keras.ops.copy(v.value) for v in self._variables], [
                keras.ops.copy(v.value) for v in optimizer.variables
            ]
        if keras.backend.backend() == "torch":  # whose optimizers write into what they are handed
            weights, slots = [keras.ops.copy(value) for value in weights], [keras.ops.copy(value) for value in slots]
        after, left = optimizer.stateless_apply(list(slots), list(gradients), list(weights))
        return list(after), list(left)

    def scaled(self, loss: Any, slots: Sequence[Any]) -> Any:
        """Scale the loss as the optimizer asks for; it takes that off the gradients again."""
        import keras

        with keras.StatelessScope(state_mapping=list(zip(self._working.variables, slots, strict=True))):
            return self._working.scale_loss(loss)

    def finish(self, weights: Sequence[Any], slots: Sequence[Any]) -> list[Any]:
        """Take averages for weights, where the optimizer keeps some."""
        with self._lock:
            self._assign(self._variables, weights)
            self._assign(self._working.variables, slots)
            self._working.finalize_variable_values(self._variables)
            return [_copied(variable) for variable in self._variables]

    def alone(self, train: Callable[..., Any]) -> Callable[..., Any]:
        """Run one at a time what works on the same variables."""
        if not _has_state():
            return train

        @wraps(train)
        def run(*arguments: Any) -> Any:
            with self._lock:
                return train(*arguments)

        return run

    @staticmethod
    def _assign(variables: Sequence[Any], values: Sequence[Any]) -> None:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)


def _variable_like(model: Any) -> Any:
    """Make a variable of another's shape, constraint and path: optimizers may decide by its name what to do."""
    import keras

    with ExitStack() as stack:
        for scope in model.path.split("/")[:-1]:
            stack.enter_context(keras.name_scope(scope, deduplicate=False))
        found = keras.Variable("zeros", shape=model.shape, dtype=model.dtype, name=model.name)
    found.constraint, found.overwrite_with_gradient = model.constraint, model.overwrite_with_gradient
    return found


def _has_state() -> bool:
    """Whether Keras applies optimizers to variables alone, as under TensorFlow."""
    import keras

    return str(keras.backend.backend()) == "tensorflow"


def _numpy(value: Any) -> Any:
    from keras import ops

    return ops.convert_to_numpy(value)


def _copied(variable: Any) -> Any:
    """A tensor of a variable's values that shares no memory with it."""
    from keras import ops

    return ops.convert_to_tensor(np.array(_numpy(variable.value)))
