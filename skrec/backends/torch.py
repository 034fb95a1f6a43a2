"""The PyTorch backend."""

import importlib.util
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from importlib.metadata import version
from typing import Any, ClassVar, final

import numpy as np

from skrec.plugin import Backend, Capabilities
from skrec.typing import Floats

_TORCH_KINDS = {"gpu": "cuda", "cpu": "cpu", "mps": "mps"}


@final
class TorchBackend(Backend):
    """Keras on PyTorch: steps run eagerly, tables are updated by index operations."""

    keras_name: ClassVar[str] = "torch"
    module: ClassVar[str] = "torch"
    install: ClassVar[str] = 'pip install "skrec-keras[torch]"'
    capabilities: ClassVar[Capabilities] = Capabilities(train=True, jit=False, distribution=False, tpu=False)

    def is_available(self) -> bool:
        """Say whether PyTorch is installed."""
        return importlib.util.find_spec("torch") is not None

    def version(self) -> str:
        """Version of PyTorch."""
        return version("torch")

    def configure(self) -> None:
        """Nothing to prepare: PyTorch takes GPU memory as it needs it."""

    def devices(self) -> list[str]:
        """GPUs, Apple's GPU, then the CPU."""
        import torch

        names = [f"gpu:{index}" for index in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
        if torch.backends.mps.is_available():
            names.append("mps:0")
        return [*names, "cpu"]

    def device_scope(self, device: str) -> AbstractContextManager[Any]:
        """Enter Keras' device scope, which its PyTorch backend keeps per thread."""
        import keras

        kind, _, index = device.partition(":")
        name = _TORCH_KINDS[kind]
        return keras.device(name if name == "cpu" else f"{name}:{index or 0}")  # type: ignore[no-any-return]

    def make_table(self, values: Floats, n_slots: int) -> Any:
        """Copy an array to the current device."""
        import torch
        from keras import ops

        table = ops.convert_to_tensor(values)
        return torch.nn.functional.pad(table, (0, n_slots * values.shape[1])) if n_slots else table.clone()

    def read_table(self, table: Any, width: int) -> Floats:
        """Copy a table to NumPy."""
        return np.array(table[:, :width].detach().cpu().numpy())

    def gather_rows(self, table: Any, ids: Any) -> Any:
        """Copy rows."""
        return table.index_select(0, ids)

    def scatter_rows(self, table: Any, ids: Any, rows: Any) -> Any:
        """Overwrite rows in place."""
        return table.index_copy_(0, ids.long(), rows)

    def value_and_grad(self, function: Callable[..., Any], parameters: Any, *arguments: Any) -> tuple[Any, Any, Any]:
        """Differentiate with autograd."""
        import torch
        from torch.utils import _pytree as pytree  # noqa: PLC2701 - torch's own, and it has no public one

        flat, structure = pytree.tree_flatten(parameters)
        leaves = [tensor.detach().requires_grad_(True) for tensor in flat]
        with torch.enable_grad():
            loss, auxiliary = function(pytree.tree_unflatten(leaves, structure), *arguments)
        gradients = torch.autograd.grad(loss, leaves, allow_unused=True)
        dense = [
            torch.zeros_like(leaf) if gradient is None else gradient
            for leaf, gradient in zip(leaves, gradients, strict=True)
        ]
        detached = pytree.tree_map(
            lambda value: value.detach() if isinstance(value, torch.Tensor) else value, auxiliary
        )
        return loss.detach(), detached, pytree.tree_unflatten(dense, structure)

    def compile_steps(
        self, step: Callable[[Any, Any], tuple[Any, Any]]
    ) -> Callable[[Any, Mapping[str, Any], int], tuple[Any, Any]]:
        """Run the steps one after the other."""
        import torch
        from keras import ops

        def run(state: Any, batches: Mapping[str, Any], n_steps: int) -> tuple[Any, Any]:
            tensors = {name: ops.convert_to_tensor(array) for name, array in batches.items()}
            losses = []
            with torch.no_grad():
                for index in range(n_steps):
                    state, loss = step(state, {name: array[index] for name, array in tensors.items()})
                    losses.append(loss)
            return state, torch.stack(losses)

        return run

    def compile_forward(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Run a function without recording gradients."""
        import torch
        from keras import ops
        from torch.utils import _pytree as pytree  # noqa: PLC2701 - torch's own, and it has no public one

        def tensor(value: Any) -> Any:
            return ops.convert_to_tensor(value) if isinstance(value, np.ndarray) else value

        def run(*arguments: Any) -> Any:
            with torch.no_grad():
                result = function(*pytree.tree_map(tensor, arguments))
            return pytree.tree_map(_numpy, result)

        return run


def _numpy(tensor: Any) -> Any:
    import torch

    # NumPy has no bfloat16 of its own, and float32 holds all its numbers.
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).detach().cpu().numpy()
