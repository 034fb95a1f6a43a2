"""Keras' callbacks and scikit-learn's, called around each epoch."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from skrec.programs import Weights
from skrec.serving import Learned

if TYPE_CHECKING:
    # scikit-learn has no types: under its decorator a model's `fit` would have none either.
    from skrec._sklearn_types import CallbackSupportMixin, with_callbacks
else:
    try:
        from sklearn.callback import CallbackSupportMixin, with_callbacks
    except ImportError:  # scikit-learn 1.9 calls callbacks experimental: without them, estimators work without

        class CallbackSupportMixin:
            """Stand-in that supports no callbacks."""

            def _init_callback_context(self, max_subtasks):
                """There is no context to report to."""

        def with_callbacks(method):
            """Leave the method as it is."""
            return method


__all__ = ["CallbackSupportMixin", "EpochTasks", "History", "KerasCallbacks", "with_callbacks"]

History = dict[str, list[float]]
"""By name, one figure an epoch."""


class EpochTasks:
    """Tells scikit-learn's callbacks of each epoch; does nothing where there are none.

    Parameters
    ----------
    estimator : CallbackSupportMixin
    epochs : int
    data : mapping of str to object
        ``X`` and ``y`` as the user passed them.
    fitted : callable
        ``fitted(learned, history)`` gives the attributes of the estimator as if training had ended so, for callbacks that score it.
    """

    def __init__(
        self,
        estimator: CallbackSupportMixin,
        epochs: int,
        data: Mapping[str, Any],
        fitted: Callable[[Learned, History], dict[str, Any]],
    ) -> None:
        self._estimator, self._data, self._fitted = estimator, data, fitted
        self._context = estimator._init_callback_context(max_subtasks=epochs)
        self._epoch: Any = None
        if self._context is not None:
            self._context.call_on_fit_task_begin(estimator=estimator, **self._data)

    def begin(self) -> None:
        """An epoch begins."""
        if self._context is not None:
            self._epoch = self._context.subcontext(task_name="epoch")
            self._epoch.call_on_fit_task_begin(estimator=self._estimator, **self._data)

    def end(self, learned: Callable[[], Learned], history: History) -> bool:
        """An epoch ends; says whether a callback asks to stop."""
        if self._context is None:
            return False
        return bool(
            self._epoch.call_on_fit_task_end(
                estimator=self._estimator,
                reconstruction_attributes=lambda: self._fitted(learned(), history),
                **self._data,
            )
        )

    def finish(self) -> None:
        """Training is over."""
        if self._context is not None:
            self._context.call_on_fit_task_end(estimator=self._estimator, **self._data)


class KerasCallbacks:
    """Calls copies of Keras callbacks, on a Keras model that mirrors what is trained.

    Parameters
    ----------
    callbacks : sequence of keras.callbacks.Callback
        Copied, since callbacks remember the training they served.
    network : keras.Layer
        A network of its own.
    weights : Weights
    rate : float
        Learning rate, which callbacks may change.
    epochs, steps : int
    optimizer : keras.optimizers.Optimizer, optional
        What callbacks see, and change the learning rate of; by default one that has nothing else.
    """

    def __init__(
        self,
        callbacks: Sequence[Any],
        network: Any,
        weights: Weights,
        rate: float,
        epochs: int,
        steps: int,
        optimizer: Any = None,
    ) -> None:
        import keras

        self.model = _mirror(network, weights.tables)
        self.model.compile(optimizer=optimizer or keras.optimizers.SGD(rate), loss=None, jit_compile=False)
        self._list = keras.callbacks.CallbackList(
            [copy.deepcopy(callback) for callback in callbacks], model=self.model, epochs=epochs, steps=steps, verbose=0
        )
        self.write(weights)

    @property
    def rate(self) -> float:
        """Learning rate as the callbacks left it; 0 where the optimizer shows none, and reads none."""
        from keras import ops

        return float(ops.convert_to_numpy(getattr(self.model.optimizer, "learning_rate", 0.0)))

    @property
    def stop(self) -> bool:
        """Whether a callback asked to stop."""
        return bool(self.model.stop_training)

    def call(self, event: str, *arguments: Any) -> None:
        """Call ``on_<event>`` of every callback."""
        getattr(self._list, f"on_{event}")(*arguments)

    def write(self, weights: Weights) -> None:
        """Show the callbacks the weights as they are."""
        for side, variable in self.model.tables.items():
            variable.assign(weights.tables[side])
        for variable, value in zip(self.model.network.trainable_variables, weights.network, strict=True):
            variable.assign(value)
        for variable, value in zip(self.model.network.non_trainable_variables, weights.fixed, strict=True):
            variable.assign(value)

    def read(self) -> Weights:
        """Read the weights, which a callback may have changed."""
        network = self.model.network
        return Weights(
            {side: _numpy(variable) for side, variable in self.model.tables.items()},
            [_numpy(variable) for variable in network.trainable_variables],
            [_numpy(variable) for variable in network.non_trainable_variables],
        )


def _numpy(variable: Any) -> Any:
    import keras
    import numpy as np

    return np.array(keras.ops.convert_to_numpy(variable.value))


def _mirror(network: Any, tables: dict[str, Any]) -> Any:
    """Make a Keras model that owns the network and the tables, for callbacks that save or restore weights."""
    import keras

    class RecommenderNetwork(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.network = network
            self.tables = {
                side: self.add_weight(shape=table.shape, initializer="zeros", trainable=False, name=f"{side}_table")
                for side, table in tables.items()
            }
            self.built = True

        def call(self, inputs: Any, training: bool = False) -> Any:
            return self.network(inputs, training=training)

    return RecommenderNetwork()
