"""The TensorFlow backend."""

import importlib.util
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any, ClassVar, final

import numpy as np

from skrec.backends._recent import FORWARDS, STEPS
from skrec.plugin import Backend, Capabilities
from skrec.typing import Floats


@final
class TensorFlowBackend(Backend):
    """Keras on TensorFlow: whole chunks of training steps are one graph, tables are variables updated by scatter."""

    keras_name: ClassVar[str] = "tensorflow"
    module: ClassVar[str] = "tensorflow"
    install: ClassVar[str] = 'pip install "skrec-keras[tensorflow]"'
    capabilities: ClassVar[Capabilities] = Capabilities(train=True, jit=True, distribution=False, tpu=True)

    def is_available(self) -> bool:
        """Say whether TensorFlow is installed."""
        return importlib.util.find_spec("tensorflow") is not None

    def version(self) -> str:
        """Version of TensorFlow, whichever of its distributions is installed."""
        for distribution in ("tensorflow", "tensorflow-cpu", "tf-nightly"):
            with suppress(PackageNotFoundError):
                return version(distribution)
        return ""

    def configure(self) -> None:
        """Let GPU memory grow, instead of taking all of it at once."""
        import tensorflow as tf

        for gpu in tf.config.list_physical_devices("GPU"):
            with suppress(RuntimeError):  # somebody has started TensorFlow already: then it stays as it is
                tf.config.experimental.set_memory_growth(gpu, True)

    def devices(self) -> list[str]:
        """TPUs, then GPUs, then the CPU."""
        import tensorflow as tf

        names: list[str] = []
        for kind in ("TPU", "GPU"):
            names += [f"{kind.lower()}:{index}" for index in range(len(tf.config.list_logical_devices(kind)))]
        return [*names, "cpu"]

    def device_scope(self, device: str) -> AbstractContextManager[Any]:
        """Place new tensors on a device."""
        import tensorflow as tf

        kind, _, index = device.partition(":")
        return tf.device(f"/{kind.upper()}:{index or 0}")  # type: ignore[no-any-return]

    def make_table(self, values: Floats, n_slots: int) -> Any:
        """Make a variable, which single rows can be written to."""
        import tensorflow as tf

        return tf.Variable(tf.pad(values, ((0, 0), (0, n_slots * values.shape[1]))), trainable=False)

    def read_table(self, table: Any, width: int) -> Floats:
        """Copy a table to NumPy."""
        return np.array(table[:, :width].numpy())

    def gather_rows(self, table: Any, ids: Any) -> Any:
        """Copy rows."""
        import tensorflow as tf

        return tf.gather(table, ids)

    def scatter_rows(self, table: Any, ids: Any, rows: Any) -> Any:
        """Overwrite rows of the variable."""
        import tensorflow as tf

        table.scatter_update(tf.IndexedSlices(rows, ids))
        return table

    def value_and_grad(self, function: Callable[..., Any], parameters: Any, *arguments: Any) -> tuple[Any, Any, Any]:
        """Differentiate with a gradient tape."""
        import tensorflow as tf

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(tf.nest.flatten(parameters))
            loss, auxiliary = function(parameters, *arguments)
        flat = tf.nest.flatten(parameters)
        gradients = tape.gradient(loss, flat, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        dense = [tf.convert_to_tensor(gradient) for gradient in gradients]
        return loss, auxiliary, tf.nest.pack_sequence_as(parameters, dense)

    def compile_steps(
        self, step: Callable[[Any, Any], tuple[Any, Any]]
    ) -> Callable[[Any, Mapping[str, Any], int], tuple[Any, Any]]:
        """Compile a loop over the steps into one graph; how many of a chunk's steps are run is a tensor of it."""
        import tensorflow as tf

        def loop(tables: Any, state: Any, batches: Any, n_steps: Any) -> tuple[Any, Any]:
            carried = tf.nest.flatten(state)

            def body(index: Any, leaves: Any, figures: Any) -> Any:
                now = {**tf.nest.pack_sequence_as(state, leaves), **tables}
                after, figure = step(now, {name: array[index] for name, array in batches.items()})
                # Tables are variables, which the step has updated in place: a loop can't carry them.
                left = {name: value for name, value in after.items() if name not in tables}
                return index + 1, tf.nest.flatten(left), figures.write(index, figure)

            figures = tf.TensorArray(tf.float32, size=n_steps, element_shape=(2,))
            _, carried, figures = tf.while_loop(
                lambda index, *_: index < n_steps, body, (0, carried, figures), parallel_iterations=1
            )
            return tf.nest.pack_sequence_as(state, carried), figures.stack()

        compiled: dict[str, Any] = {}
        kept = STEPS.keep(compiled.clear)

        def run(state: Any, batches: Mapping[str, Any], n_steps: int) -> tuple[Any, Any]:
            kept.use()
            graph = compiled.get("loop")
            if graph is None:
                graph = compiled["loop"] = _graphs(loop)
            tensors = {name: tf.convert_to_tensor(array) for name, array in batches.items()}
            tables = {name: value for name, value in state.items() if name == "tables"}  # not every state has some
            rest = {name: value for name, value in state.items() if name != "tables"}
            after, figures = graph(tables, rest, tensors, tf.constant(n_steps))
            return {**after, **tables}, figures

        return run

    def compile_forward(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Compile a function for inference."""
        import tensorflow as tf

        # One graph for each combination of ranks: between shapes of different rank TensorFlow finds nothing in common,
        # and would trace a graph of tensors whose rank isn't known.
        compiled: dict[tuple[int, ...], Any] = {}
        kept = FORWARDS.keep(compiled.clear)

        def run(*arguments: Any) -> Any:
            kept.use()
            tensors = tf.nest.map_structure(_tensor, arguments)
            ranks = tuple(np.ndim(leaf) for leaf in tf.nest.flatten(arguments))
            graph = compiled.get(ranks)
            if graph is None:
                graph = compiled[ranks] = _graphs(function)
            return tf.nest.map_structure(lambda tensor: tensor.numpy(), graph(*tensors))

        return run


def _graphs(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function into graphs, as few as its arguments' shapes need.

    TensorFlow warns of what it traces often, and tells functions apart by their code, which those of all models share: a partial is
    told apart by itself.
    """
    import tensorflow as tf

    return tf.function(partial(function), autograph=False, reduce_retracing=True)  # type: ignore[no-any-return]


def _tensor(value: Any) -> Any:
    """Make a tensor of an array, so that another array of its shape needs no new graph."""
    import tensorflow as tf

    return tf.convert_to_tensor(value) if isinstance(value, np.ndarray) else value
