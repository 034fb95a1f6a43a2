"""Seconds from ``python`` to the first fitted model, and where they go."""

import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks.speed import options
from benchmarks.speed.processes import compilation_cache, run_python
from benchmarks.speed.report import Column, finish, show

STAGES = (
    "interpreter",
    "import skrec",
    "import scikit-learn and pandas",
    "import the framework",
    "import keras",
    "make 1,000 events",
    "compile",
    "train",
)
COLUMNS: list[Column] = [
    ("backend", "backend", ""),
    ("cache", "cache", ""),
    ("total", "total, s", ".2f"),
    ("interpreter", "python", ".2f"),
    ("import skrec", "skrec", ".2f"),
    ("import scikit-learn and pandas", "sklearn, pandas", ".2f"),
    ("import the framework", "framework", ".2f"),
    ("import keras", "keras", ".2f"),
    ("make 1,000 events", "events", ".2f"),
    ("compile", "compile", ".2f"),
    ("train", "train", ".2f"),
]
CHILD = Path(__file__).with_name("first_fit_child.py")


@click.command()
@options.backends
@options.runs(3)
def run(backends: list[str], runs: int) -> None:
    """Seconds from a new process to fitted on 1,000 events, by stage."""
    rows = []
    for backend in options.installed(backends):
        cold, warm = [], []
        for _ in range(runs):
            with tempfile.TemporaryDirectory() as cache:
                cold.append(measure(backend, cache))
                # Only JAX has a cache of compiled programs on disk.
                warm += [measure(backend, cache)] if backend == "jax" else []
        rows.append({"backend": backend, "cache": "empty" if warm else "none", **_medians(cold), "runs": cold})
        if warm:
            rows.append({"backend": backend, "cache": "warm", **_medians(warm), "runs": warm})
    note = f"Medians of {runs} runs. Compile: what the first fit takes more than a second one of equal shapes."
    show("From python to fitted on 1,000 events, seconds", COLUMNS, rows, note)
    finish("first-fit", rows)


def measure(backend: str, cache: str) -> dict[str, float]:
    """Start a process and take the time of each stage, in seconds."""
    variables = {"SKREC_BACKEND": backend, "KERAS_BACKEND": backend, **compilation_cache(cache)}
    framework = options.FRAMEWORKS.get(backend, backend)
    # -P keeps this folder off the new process' import path.
    command = [sys.executable, "-P", str(CHILD), repr(time.time()), backend, framework]
    stages: dict[str, float] = json.loads(run_python(command, variables).splitlines()[-1])
    first, second = stages.pop("first fit"), stages.pop("second fit")
    stages |= {"compile": first - second, "train": second}
    return stages | {"total": sum(stages.values())}


def _medians(found: list[dict[str, float]]) -> dict[str, Any]:
    return {stage: median(stages[stage] for stages in found) for stage in (*STAGES, "total")}
