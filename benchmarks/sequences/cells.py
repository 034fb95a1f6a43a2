"""What a step of each recurrent cell costs on each backend, what computes it, and what each cell learns."""

import time
from importlib.util import find_spec
from typing import Any

import click
import numpy as np

from benchmarks.results import record
from benchmarks.sequences import data, runs
from benchmarks.speed.processes import in_new_process
from benchmarks.speed.report import Column, show
from skrec.models import GRU4Rec, MatrixFactorization

BACKENDS = ("jax", "tensorflow", "torch")
CELLS = ("gru", "lstm", "rnn")
ROWS, LENGTH, WIDTH, UNITS, EVENTS = 22, 50, 64, 128, 8
"""Packed rows and their length, width of what is read, units, and events of a history: as a batch of Amazon Beauty has them."""

LOOPS = {"jax": "lax.scan, XLA", "tensorflow": "tf.while_loop", "torch": "Python loop"}
COLUMNS: list[Column] = [
    ("backend", "backend", ""),
    ("device", "device", ""),
    ("cell", "cell", ""),
    ("layer", "layer", ""),
    ("kernel", "kernel", ""),
    ("forward_ms", "forward, ms", ".2f"),
    ("step_ms", "with gradients, ms", ".2f"),
]
LEARNED: list[Column] = [
    ("model", "model", ""),
    ("ndcg@10", "NDCG@10", ".4f"),
    ("hit@10", "hit@10", ".4f"),
    ("epoch_s", "s per epoch", ".2f"),
]


@click.command()
@click.option(
    "--backend",
    "backends",
    multiple=True,
    type=click.Choice(BACKENDS),
    help="Repeat for others; by default all installed.",
)
@click.option("--repeats", default=20, show_default=True, help="Steps whose median is given.")
@click.option("--cost/--no-cost", default=True, help="Time the steps.")
@click.option(
    "--quality/--no-quality", default=True, help="Train each cell on ml-100k, and MatrixFactorization to compare with."
)
@click.option("--epochs", default=30, show_default=True, help="Of each cell's training.")
@click.option("--record/--no-record", "recorded", default=True)
def run(backends: tuple[str, ...], repeats: int, cost: bool, quality: bool, epochs: int, recorded: bool) -> None:
    """Time recurrent layers over a batch of short histories, each backend in a process of its own.

    skrec packs histories into rows, and starts anew where one begins; Keras' own layer reads the same histories one a row, padded to
    the same length. No mask is in the way of a fused kernel of either.
    """
    rows: list[dict[str, Any]] = []
    installed = [name for name in BACKENDS if find_spec(name) is not None]
    for backend in (backends or installed) if cost else ():
        rows += in_new_process(time_cells, {"KERAS_BACKEND": backend}, backend=backend, repeats=repeats)
    if cost:
        events = ROWS * LENGTH
        show(f"Recurrent layers, {events} events in histories of {EVENTS}, width {WIDTH}, {UNITS} units", COLUMNS, rows)
    learned = learn(epochs) if quality else []
    if quality:
        show(f"ml-100k, last event of each user, {epochs} epochs", LEARNED, learned)
    if recorded:
        click.echo(f"Recorded in {record('sequences-cells', rows, learned=learned, epochs=epochs)}.")


def learn(epochs: int) -> list[dict[str, Any]]:
    """NDCG@10 of each cell, and of MatrixFactorization."""
    train, test = data.leave_last_out(data.read("ml-100k"))
    made = {f"GRU4Rec-{cell}": GRU4Rec(cell=cell, max_length=100, epochs=epochs, random_state=0) for cell in CELLS}
    made["MatrixFactorization"] = MatrixFactorization(random_state=0)
    return [{"model": name, **runs.run(model, train, test)} for name, model in made.items()]


def time_cells(backend: str, repeats: int) -> list[dict[str, Any]]:
    """Time all cells; runs in a process of its own."""
    from skrec.backends import find_backend, find_device, start

    found = find_backend(backend)
    keras = start(found)
    from skrec.networks.recurrent_states import RecurrentStates

    device = find_device(found, "auto")
    rng = np.random.default_rng(0)
    packed = rng.normal(size=(ROWS, LENGTH, WIDTH)).astype(np.float32)
    age = np.tile(np.arange(LENGTH, dtype=np.int32) % EVENTS, (ROWS, 1))
    # As many histories as those rows hold, one a row.
    padded = rng.normal(size=(ROWS * LENGTH // EVENTS, LENGTH, WIDTH)).astype(np.float32)
    own = {"gru": keras.layers.GRU, "lstm": keras.layers.LSTM, "rnn": keras.layers.SimpleRNN}
    rows = []
    for cell in CELLS:
        layer = RecurrentStates(UNITS, cell)
        plain = own[cell](UNITS, return_sequences=True)
        fused = _fused(backend, cell, device)
        for name, made, inputs, kernel in (
            ("skrec, packed", layer, (packed, age), LOOPS[backend]),
            ("Keras, padded", plain, (padded,), "cuDNN" if fused else LOOPS[backend]),
        ):
            made.build((None, LENGTH, WIDTH))
            times = _times(keras, found, device, made, inputs, repeats)
            facts = {"backend": backend, "device": device, "cell": cell, "layer": name, "kernel": kernel}
            rows.append(facts | times)
    return rows


def _fused(backend: str, cell: str, device: str) -> bool:
    """Whether Keras hands a layer to cuDNN: GRU and LSTM on a GPU; of JAX, whose interface to it has an LSTM only, the latter."""
    return "cpu" not in device and cell in (("lstm",) if backend == "jax" else ("gru", "lstm"))


def _times(keras: Any, found: Any, device: str, layer: Any, inputs: tuple[Any, ...], repeats: int) -> dict[str, float]:
    """Median times of a layer's call and of its gradients, both compiled as skrec's models are."""
    weights = [keras.ops.convert_to_numpy(variable.value) for variable in layer.trainable_variables]

    def states(weights: Any, *inputs: Any) -> Any:
        with keras.StatelessScope(list(zip(layer.trainable_variables, weights, strict=True))):
            return layer(*inputs)

    def gradients(weights: Any, *inputs: Any) -> Any:
        def loss(parameters: Any) -> Any:
            return keras.ops.mean(states(parameters["weights"], *inputs) ** 2), ()

        return found.value_and_grad(loss, {"weights": list(weights)})[2]["weights"]

    with found.device_scope(device):
        forward, backward = found.compile_forward(states), found.compile_forward(gradients)
        return {
            "forward_ms": _median_ms(lambda: forward(weights, *inputs), repeats),
            "step_ms": _median_ms(lambda: backward(weights, *inputs), repeats),
        }


def _median_ms(call: Any, n: int) -> float:
    """Median time of a call, after those that compile."""
    for _ in range(3):
        call()
    times = []
    for _ in range(n):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return 1e3 * float(np.median(times))
