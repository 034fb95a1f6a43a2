"""Memory of a search over many structures: what a process keeps of the programs it compiled."""

import gc
import os
from typing import Any

import click

from benchmarks.speed import options
from benchmarks.speed.processes import in_new_process
from benchmarks.speed.report import Column, finish, show

FIRST = 8
COLUMNS: list[Column] = [
    ("backend", "backend", ""),
    ("model", "model", ""),
    ("fits", "widths tried", ",d"),
    ("start_mb", "after a first fit, MB", ",.0f"),
    ("growth_mb", "growth, MB", ",.0f"),
    ("peak_mb", "largest growth, MB", ",.0f"),
    ("seconds", "took, s", ",.0f"),
]


@click.command()
@click.option("--widths", type=click.IntRange(1), default=100, help=f"How many embedding widths, from {FIRST} on.")
@click.option("--models", type=options.NAMES, default="MatrixFactorization", help="Models of skrec.models.")
@click.option("--limit-mb", type=float, default=300.0, help="What the growth is compared with.")
@options.backends
@options.seed
def run(widths: int, models: list[str], limit_mb: float, backends: list[str], seed: int) -> None:
    """Growth of memory over fits and recommendations of one model at many widths, each backend in its own process."""
    rows = [
        in_new_process(growth, model=model, n_widths=widths, backend=backend, seed=seed)
        for model in models
        for backend in options.installed(backends)
    ]
    worst = max(row["growth_mb"] for row in rows)
    note = (
        f"The growth of {worst:,.0f} MB is {'below' if worst < limit_mb else 'NOT below'} {limit_mb:g} MB. Linux only."
    )
    show(f"{widths} widths, one epoch each, and lists for four users", COLUMNS, rows, note)
    finish("widths", rows, limit_mb=limit_mb)


def growth(model: str, n_widths: int, backend: str, seed: int) -> dict[str, Any]:
    """Fit a model at one width after the other; runs in a process of its own."""
    import time

    import skrec.models

    X = skrec.make_interactions(100, 60, 1000, features=(), random_state=seed)
    kind = getattr(skrec.models, model)

    def fit(width: int) -> None:
        kind(embedding_dim=width, epochs=1, random_state=seed, backend=backend).fit(X).recommend([0, 1, 2, 3], 5)

    fit(FIRST - 1)
    begin, start, peak = time.perf_counter(), resident_mb(), 0.0
    for width in range(FIRST, FIRST + n_widths):
        fit(width)
        peak = max(peak, resident_mb() - start)
    return {
        "backend": backend,
        "model": model,
        "fits": n_widths,
        "start_mb": start,
        "growth_mb": resident_mb() - start,
        "peak_mb": peak,
        "seconds": time.perf_counter() - begin,
    }


def resident_mb() -> float:
    """Resident memory of this process once garbage is collected, in 10^6 bytes."""
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as statistics:
        return int(statistics.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
