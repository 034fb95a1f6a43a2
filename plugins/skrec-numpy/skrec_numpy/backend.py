"""The NumPy backend: Keras without a framework below it, for serving."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from importlib.metadata import version
from typing import Any, ClassVar, NoReturn, final

import numpy as np

from skrec.exceptions import BackendCapabilityError
from skrec.plugin import Backend, Capabilities
from skrec.typing import Floats
from skrec_numpy._without_jax import import_keras


@final
class NumpyBackend(Backend):
    """Keras on NumPy: scores and recommends, and can't train.

    New histories are folded in by the users of fit whose histories are most similar, since learning a row takes gradients.
    """

    keras_name: ClassVar[str] = "numpy"
    module: ClassVar[str] = "numpy"
    install: ClassVar[str] = "pip install skrec-keras-numpy"
    capabilities: ClassVar[Capabilities] = Capabilities(train=False, jit=False, distribution=False, tpu=False)

    def is_available(self) -> bool:
        """NumPy is always there."""
        return True

    def version(self) -> str:
        """Version of NumPy."""
        return version("numpy")

    def configure(self) -> None:
        """Import Keras, which wants JAX for its NumPy backend; see `_without_jax`."""
        import_keras()

    def devices(self) -> list[str]:
        """The CPU."""
        return ["cpu"]

    def device_scope(self, device: str) -> AbstractContextManager[Any]:
        """Everything is on the CPU."""
        return nullcontext()

    def make_table(self, values: Floats, n_slots: int) -> Any:
        """Copy an array, with room for what an optimizer of another backend would remember."""
        return np.pad(values, ((0, 0), (0, n_slots * values.shape[1])))

    def read_table(self, table: Any, width: int) -> Floats:
        """Copy the first columns."""
        return np.array(table[:, :width])

    def gather_rows(self, table: Any, ids: Any) -> Any:
        """Copy rows."""
        return table[ids]

    def scatter_rows(self, table: Any, ids: Any, rows: Any) -> Any:
        """Overwrite rows in place."""
        table[ids] = rows
        return table

    def value_and_grad(self, function: Callable[..., Any], parameters: Any, *arguments: Any) -> tuple[Any, Any, Any]:
        """Raise: NumPy computes no gradients."""
        _refuse()

    def compile_steps(
        self, step: Callable[[Any, Any], tuple[Any, Any]]
    ) -> Callable[[Any, Mapping[str, Any], int], tuple[Any, Any]]:
        """Give a function that raises when it is called: a model's other functions still serve."""

        def run(state: Any, batches: Mapping[str, Any], n_steps: int) -> tuple[Any, Any]:
            _refuse()

        return run

    def compile_forward(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Call the function as it is, but without NumPy's warnings: compiled programs of other backends raise none either."""

        def run(*arguments: Any) -> Any:
            with np.errstate(all="ignore"):
                return _to_numpy(function(*arguments))

        return run


def _refuse() -> NoReturn:
    raise BackendCapabilityError(
        "Backend 'numpy' can't train: it computes no gradients, and serves fitted models only. Fit on one of jax, tensorflow, torch, "
        "skrec.save the model there, and skrec.load it here."
    )


def _to_numpy(result: Any) -> Any:
    """Turn a tensor, or a tuple, list or dict of tensors, into arrays; bfloat16, which NumPy has no sums for, into float32."""
    if isinstance(result, dict):
        return {name: _to_numpy(value) for name, value in result.items()}
    if isinstance(result, (tuple, list)):
        return type(result)(_to_numpy(value) for value in result)
    array = np.asarray(result)
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array
