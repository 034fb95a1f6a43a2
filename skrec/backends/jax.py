"""The JAX backend."""

import importlib.util
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import wraps
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np

from skrec.backends._program_files import ProgramFiles
from skrec.backends._recent import FORWARDS, STEPS
from skrec.exceptions import InvalidParameterError
from skrec.plugin import Backend, Capabilities
from skrec.typing import Floats

_CACHE_MB = "1000"
_LARGE = 1 << 24
"""Bytes above which a table isn't copied on the way from or to NumPy: a small program is compiled instead, for its shape."""
_SWEEP_AFTER = 4
"""How many loops of steps are forgotten before JAX's own caches are emptied, see `_forget_steps`."""
_n_forgotten = count(1)


@final
class JaxBackend(Backend):
    """Keras on JAX: whole chunks of training steps compile into one program."""

    keras_name: ClassVar[str] = "jax"
    module: ClassVar[str] = "jax"
    install: ClassVar[str] = 'pip install "skrec-keras[jax]"'
    fixed_shapes: ClassVar[bool] = True
    capabilities: ClassVar[Capabilities] = Capabilities(train=True, jit=True, distribution=True, tpu=True)

    def is_available(self) -> bool:
        """Say whether JAX is installed."""
        return importlib.util.find_spec("jax") is not None

    def version(self) -> str:
        """Version of JAX."""
        return version("jax")

    def configure(self) -> None:
        """Keep compiled programs on disk, unless JAX has a folder for that already or ``SKREC_JAX_CACHE=0``.

        The folder alone is useless: JAX's default thresholds store programs only that took a second to compile.

        Raises
        ------
        InvalidParameterError
            If ``SKREC_JAX_CACHE`` is no size.
        """
        import jax

        limit = _cache_bytes()
        if not limit or jax.config.jax_compilation_cache_dir:
            return
        import pooch

        _store_programs(pooch.os_cache("skrec") / "jax", limit)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)

    def devices(self) -> list[str]:
        """TPUs, then GPUs, then the CPU."""
        import jax

        names: list[str] = []
        for platform, kind in (("tpu", "tpu"), ("gpu", "gpu"), ("cpu", "cpu")):
            try:
                found = jax.devices(platform)
            except RuntimeError:  # JAX's way to say that there is none
                continue
            names += [f"{kind}:{index}" for index in range(len(found))] if kind != "cpu" or len(found) > 1 else ["cpu"]
        return names if "cpu" in names else [*names, "cpu"]

    def device_scope(self, device: str) -> AbstractContextManager[Any]:
        """Make a device JAX's default one."""
        import jax

        kind, _, index = device.partition(":")
        return jax.default_device(jax.devices(kind)[int(index or 0)])  # type: ignore[no-any-return]

    def make_table(self, values: Floats, n_slots: int) -> Any:
        """Put an array on the device."""
        import jax

        n_rows, width = values.shape
        if n_slots and (1 + n_slots) * values.nbytes > _LARGE:
            return _once(lambda rows: jax.numpy.pad(rows, ((0, 0), (0, n_slots * width))), values)
        table = np.zeros((n_rows, (1 + n_slots) * width), dtype=values.dtype)
        table[:, :width] = values
        return jax.device_put(table)

    def read_table(self, table: Any, width: int) -> Floats:
        """Copy a table to NumPy."""
        return np.array(
            _once(lambda rows: rows[:, :width], table) if table.nbytes > _LARGE else np.asarray(table)[:, :width]
        )

    def gather_rows(self, table: Any, ids: Any) -> Any:
        """Copy rows."""
        return table.at[ids].get(mode="clip")

    def scatter_rows(self, table: Any, ids: Any, rows: Any) -> Any:
        """Overwrite rows; in place, since compiled steps give their state away."""
        return table.at[ids].set(rows, mode="drop")

    def value_and_grad(self, function: Callable[..., Any], parameters: Any, *arguments: Any) -> tuple[Any, Any, Any]:
        """Differentiate with ``jax.value_and_grad``."""
        import jax

        (loss, auxiliary), gradients = jax.value_and_grad(function, has_aux=True)(parameters, *arguments)
        return loss, auxiliary, gradients

    def compile_steps(
        self, step: Callable[[Any, Any], tuple[Any, Any]]
    ) -> Callable[[Any, Mapping[str, Any], int], tuple[Any, Any]]:
        """Compile a loop over the steps; how many of a chunk's steps are run is no shape, so that a short chunk needs no other program."""
        import jax
        import jax.numpy as jnp

        def loop(state: Any, batches: Any, n_steps: Any) -> tuple[Any, Any]:
            capacity = next(iter(batches.values())).shape[0]

            def body(index: Any, carry: Any) -> Any:
                state, losses = carry
                state, loss = step(state, {name: array[index] for name, array in batches.items()})
                return state, losses.at[index].set(loss)

            start = jnp.zeros((capacity, 2), dtype=jnp.float32)
            return jax.lax.fori_loop(0, n_steps, body, (state, start))  # type: ignore[no-any-return]

        compiled = self._jit(loop, donate_argnums=0)
        kept = STEPS.keep(lambda: _forget_steps(compiled))

        def run(state: Any, batches: Mapping[str, Any], n_steps: int) -> tuple[Any, Any]:
            kept.use()
            return compiled(state, dict(batches), n_steps)  # type: ignore[no-any-return]

        return run

    def compile_forward(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Compile a function for inference."""
        import jax

        compiled = self._jit(function)
        kept = FORWARDS.keep(compiled.clear_cache)

        def run(*arguments: Any) -> Any:
            kept.use()
            return jax.tree_util.tree_map(np.asarray, compiled(*arguments))

        return run

    def _jit(self, function: Callable[..., Any], **options: Any) -> Any:
        """Compile so that an accelerator computes what the CPU does: float32 products in full, and sums in a fixed order.

        By default JAX lets a GPU round the factors to TF32, and a TPU to bfloat16; and a GPU adds up gradients of one row in whatever
        order its threads come. Factors in bfloat16 stay what they are. ``SKREC_JAX_EXACT=0`` leaves all of it to JAX.
        """
        import jax

        kinds = {device.partition(":")[0] for device in self.devices()}
        if kinds == {"cpu"} or os.environ.get("SKREC_JAX_EXACT") == "0":
            return jax.jit(function, **options)

        @wraps(function)
        def exact(*arguments: Any) -> Any:
            with jax.default_matmul_precision("highest"):
                return function(*arguments)

        if "gpu" in kinds:
            options["compiler_options"] = {"xla_gpu_deterministic_ops": True}
        return jax.jit(exact, **options)


def _once(function: Callable[[Any], Any], values: Any) -> Any:
    """Run a function on the device; its program goes with it, since other tables have other shapes."""
    import jax

    return jax.jit(function)(values)


def _forget_steps(compiled: Any) -> None:
    """Forget a compiled loop of steps; now and then, also what lies around it.

    Each structure leaves small programs behind that nobody can name, such as Keras' draws of first weights: JAX keeps thousands of them,
    of 2 MB each. To forget them costs the time of compiling what is still in use anew, mostly from disk.
    """
    import jax

    compiled.clear_cache()
    if next(_n_forgotten) % _SWEEP_AFTER == 0:
        jax.clear_caches()


def _cache_bytes() -> int:
    """Read how many bytes of compiled programs may be kept on disk."""
    text = os.environ.get("SKREC_JAX_CACHE", "").strip() or _CACHE_MB
    try:
        size = float(text)
    except ValueError:
        size = -1.0
    if not 0.0 <= size < float("inf"):
        raise InvalidParameterError(
            f"The environment variable SKREC_JAX_CACHE must be a size in MB, or 0 to keep no programs on disk. Got {text!r} instead."
        )
    return int(size * 1e6)


def _store_programs(folder: Path, limit: int) -> None:
    """Let JAX keep its programs in a folder, by way of `ProgramFiles`."""
    import jax

    try:
        from jax._src import compilation_cache  # noqa: PLC2701 - JAX has no public way to take another store than its own

        theirs = compilation_cache.get_file_cache
    except (ImportError, AttributeError):  # a JAX to come: rather no programs on disk than a folder without bounds
        return

    def get_file_cache(path: str) -> Any:
        return (ProgramFiles(folder, limit), path) if path == str(folder) else theirs(path)

    compilation_cache.get_file_cache = get_file_cache
    jax.config.update("jax_compilation_cache_dir", str(folder))
