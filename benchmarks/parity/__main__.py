"""Run ``python -m benchmarks.parity``: differences between backends, after training and after loading."""

import importlib.util
import itertools
import tempfile
from pathlib import Path

import click
import numpy as np

from benchmarks.parity import runs
from benchmarks.parity.models import EPOCHS
from benchmarks.results import record
from benchmarks.speed.processes import in_new_process
from benchmarks.speed.report import Column, show

TRAINING = ("jax", "tensorflow", "torch")


@click.command()
def main() -> None:
    """Train every Keras model on each backend, and serve it on each other one, skrec-keras-numpy's included if it is installed."""
    backends = [name for name in TRAINING if importlib.util.find_spec(name) is not None]
    serving = [*backends, "numpy"] if importlib.util.find_spec("skrec_numpy") is not None else backends
    with tempfile.TemporaryDirectory() as folder:
        for backend in backends:
            in_new_process(runs.train, folder=folder, backend=backend)
        scores = {name: dict(np.load(Path(folder, f"{name}.npz"))) for name in backends}
        served = {
            name: in_new_process(
                runs.serve, folder=folder, backend=name, trained_on=[other for other in backends if other != name]
            )
            for name in serving
        }
    rows = []
    for model, first in scores[backends[0]].items():
        trained = max(
            (
                float(np.abs(scores[one][model] - scores[other][model]).max())
                for one, other in itertools.combinations(backends, 2)
            ),
            default=0.0,
        )
        spread = float(first.std())
        row = {"model": model, "std": spread, "trained": trained, "trained_in_std": trained / spread}
        rows.append({**row, **{f"on_{name}": served[name][model] for name in serving}})
    columns: list[Column] = [
        ("model", "model", ""),
        ("std", "std of scores", ".3f"),
        ("trained", "trained apart", ".1e"),
        ("trained_in_std", "in std", ".1e"),
        *((f"on_{name}", f"served on {name}, in std", ".1e") for name in serving),
    ]
    note = "Largest differences: of predictions after training on each backend, and of those that another backend gives after loading."
    show(f"Parity of {', '.join(backends)}; dropout 0, {EPOCHS} epochs", columns, rows, note)
    click.echo(f"Recorded in {record('parity', rows)}.")


if __name__ == "__main__":
    main()
