"""What a step of each recurrent cell costs on a backend, and what computes it."""

import os
import time
from typing import Any

import click
import numpy as np

from benchmarks.results import record
from benchmarks.speed.report import Column, show

SHAPE = (22, 50, 64)
COLUMNS: list[Column] = [
    ("backend", "backend", ""),
    ("cell", "cell", ""),
    ("kernel", "kernel", ""),
    ("forward_ms", "forward, ms", ".2f"),
    ("step_ms", "forward and gradients, ms", ".2f"),
]


def median_ms(call: Any, n: int) -> float:
    """Median time of a call, after one that compiles."""
    call()
    times = []
    for _ in range(n):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return 1e3 * float(np.median(times))


@click.command()
@click.option("--backend", default="jax", show_default=True, type=click.Choice(["jax", "tensorflow", "torch"]))
@click.option("--repeats", default=20, show_default=True)
def run(backend: str, repeats: int) -> None:
    """Time a recurrent layer over a batch of packed histories: 22 rows of 50 events, width 64, 128 units."""
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
    from skrec.backends import find_backend, start

    found = find_backend(backend)
    keras = start(found)
    from skrec.networks.recurrent_states import RecurrentStates

    rng = np.random.default_rng(0)
    inputs = rng.normal(size=SHAPE).astype(np.float32)
    age = np.tile(np.arange(SHAPE[1], dtype=np.int32) % 8, (SHAPE[0], 1))
    rows = []
    for cell in ("gru", "lstm", "rnn"):
        layer = RecurrentStates(128, cell)
        layer.build((None, *SHAPE[1:]))
        weights = [keras.ops.convert_to_numpy(variable.value) for variable in layer.trainable_variables]

        def states(weights: Any, inputs: Any, age: Any, layer: Any = layer) -> Any:
            with keras.StatelessScope(list(zip(layer.trainable_variables, weights, strict=True))):
                return layer(inputs, age)

        def gradients(weights: Any, inputs: Any, age: Any, states: Any = states) -> Any:
            def loss(parameters: Any) -> Any:
                return keras.ops.mean(states(parameters["weights"], inputs, age) ** 2), ()

            return found.value_and_grad(loss, {"weights": list(weights)})[2]["weights"]

        forward, backward = found.compile_forward(states), found.compile_forward(gradients)
        rows.append(
            {
                "backend": backend,
                "cell": cell,
                "kernel": "keras.ops.scan",
                "forward_ms": median_ms(lambda f=forward, w=weights: f(w, inputs, age), repeats),
                "step_ms": median_ms(lambda f=backward, w=weights: f(w, inputs, age), repeats),
            }
        )
    show("Recurrent cells over packed histories", COLUMNS, rows)
    record("sequences-cells", rows)
