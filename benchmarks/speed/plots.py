"""Plots of recorded runs, for the documentation."""

import json
from pathlib import Path
from typing import Any

import click

from benchmarks.results import RESULTS

OUTPUT = Path(__file__).parents[2] / "docs" / "_static" / "speed"


@click.command()
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, help="Folder of the recorded runs.")
@click.option("--output", type=click.Path(path_type=Path), default=OUTPUT, help="Folder of the plots.")
def run(results: Path, output: Path) -> None:
    """Draw the last runs of scaling and recommend as SVG."""
    plots = {
        "scaling": (scaling_lines(results), "nanoseconds per training event"),
        "recommend": (recommend_lines(results), "users per second"),
    }
    output.mkdir(parents=True, exist_ok=True)
    for name, (lines, y) in plots.items():
        click.echo(_draw(lines, "items in the catalogue", y, output / f"{name}.svg"))


def scaling_lines(results: Path) -> dict[str, list[tuple[float, float]]]:
    """Collect (items, ns per event) by backend, with plain Keras; of each backend the last run that it took part in."""
    last: dict[str, list[dict[str, Any]]] = {}
    for run in _runs(results, "speed-scaling"):
        for backend in {row["backend"] for row in run["rows"]}:
            last[backend] = [row for row in run["rows"] if row["backend"] == backend]
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in (row for rows in last.values() for row in rows):
        lines.setdefault(f"skrec, {row['backend']}", []).append((row["items"], row["ns_per_event"]))
        if row.get("plain_ns_per_event") is not None:
            lines.setdefault(f"plain Keras, {row['backend']}", []).append((row["items"], row["plain_ns_per_event"]))
    return lines


def recommend_lines(results: Path) -> dict[str, list[tuple[float, float]]]:
    """Collect (items, users per second) by system."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in _last(results, "speed-recommend")["rows"]:
        if row["data"] == "curve":
            lines.setdefault(row["system"], []).append((row["items"], row["users_per_s"]))
    return lines


def _last(results: Path, name: str) -> dict[str, Any]:
    """Read the last recorded run of a benchmark."""
    return _runs(results, name)[-1]


def _runs(results: Path, name: str) -> list[dict[str, Any]]:
    """Read all recorded runs of a benchmark."""
    path = results / f"{name}.jsonl"
    if not path.exists():
        raise click.ClickException(
            f"{path} isn't there: run python -m benchmarks.speed {name.removeprefix('speed-')} first."
        )
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _draw(lines: dict[str, list[tuple[float, float]]], x: str, y: str, path: Path) -> Path:
    """Draw lines on logarithmic axes; the same numbers give the same file."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        raise click.ClickException("Plots need matplotlib. Run: pip install matplotlib.") from None
    with mpl.rc_context({"svg.hashsalt": "skrec", "svg.fonttype": "none"}):
        figure = Figure(figsize=(6.4, 4.0), layout="constrained")
        axes = figure.subplots()
        colors: dict[str, str] = {}
        for name, points in sorted(lines.items()):
            kind, _, variant = name.partition(", ")
            color = colors.setdefault(variant or kind, f"C{len(colors)}")
            style = "-" if kind == "skrec" else "--"
            axes.plot(*zip(*sorted(points), strict=True), style, marker="o", color=color, label=name)
        axes.set(xscale="log", yscale="log", xlabel=x, ylabel=y)
        axes.grid(True, which="major", alpha=0.3)
        axes.legend(fontsize="small")
        figure.savefig(path, metadata={"Date": None})
    return path
