"""Run ``python -m benchmarks.structure``."""

import json
import subprocess
from pathlib import Path
from typing import Any

import click

from benchmarks.results import RESULTS, record
from benchmarks.speed.report import Column, show
from benchmarks.structure import estimators, parameters, source, traces

NAME = "structure"
FOLDERS: list[Column] = [
    ("folder", "folder", ""),
    ("files", "files", "d"),
    ("lines", "lines", ",d"),
    ("inside", "arrows inside", "d"),
    ("out", "arrows out", "d"),
    ("floors", "floors", "d"),
    ("body_p50", "body p50", "d"),
    ("body_p90", "p90", "d"),
    ("body_max", "max", "d"),
]
CALLS: list[Column] = [
    ("call", "call", ""),
    ("where", "in", ""),
    ("calls", "calls", "d"),
    ("files", "files", "d"),
    ("switches", "switches", "d"),
    ("depth", "depth", "d"),
]


def static_rows(files: dict[str, source.File]) -> list[dict[str, Any]]:
    """Measure what can be read."""
    row = estimators.row
    lengths = [source.body_length(function) for file in files.values() for function in source.functions(file.tree)]
    engine = source.engine_files(files)
    rows = [
        row("files of skrec", len(files)),
        row("lines of skrec", sum(file.n_lines for file in files.values())),
        row("files of the engine", len(engine)),
        row("lines of the engine", sum(file.n_lines for file in engine)),
        *(row(f"function body, {name}", value) for name, value in source.spread(lengths).items()),
    ]
    models = [file for file in estimators.model_files(files) if file.name != "models/__init__.py"]
    parts = [estimators.parts_of(file) for file in models]
    rows.append(row("model files", len(models)))
    rows += [row(f"model files: {part}", sum(found[part] for found in parts)) for part in parts[0]]
    sasrec = next((found for file, found in zip(models, parts, strict=True) if file.name == "models/sasrec.py"), {})
    rows += [row(f"sasrec.py: {part}", sasrec[part]) for part in ("total", "model") if sasrec]
    untyped = estimators.untyped_estimators(files)
    deleted, outside = estimators.passed_by_attributes(files), estimators.set_from_outside(files)
    rows += [
        row("signatures where an estimator is Any", len(untyped), untyped),
        row("files with such signatures", len({name.partition(":")[0] for name in untyped})),
        row("attributes set and deleted", len(deleted), deleted),
        row("attributes set on another object", len(outside), outside),
        *(row(name, count) for name, count in estimators.told_apart_by_hand(files).items()),
    ]
    return rows + parameter_rows(files)


def parameter_rows(files: dict[str, source.File]) -> list[dict[str, Any]]:
    """Measure how often `epochs`, and defaults, are written."""
    row, found = estimators.row, parameters.places(files, "epochs")
    every = sorted(place for places in found.values() for place in places)
    of_sasrec = parameters.of_one_model(found, "models/sasrec.py")
    written, repeated = parameters.repeated_defaults(files)
    return [
        row("places of epochs", len(every), every),
        *(row(f"places of epochs: {kind}", len(places)) for kind, places in found.items()),
        row("places of epochs for SASRec", len(of_sasrec), of_sasrec),
        row("defaults written", written),
        row("defaults written again", repeated),
    ]


def class_rows() -> list[dict[str, Any]]:
    """Measure what stands above estimators."""
    from skrec import models

    row = estimators.row
    above = estimators.classes_above(models.DeepFM)
    public = [getattr(models, name) for name in models.__all__]
    public = [found for found in public if isinstance(found, type) and issubclass(found, models.BaseRecommender)]
    most = max(public, key=lambda found: len(estimators.classes_above(found)))
    again = {name: count for name, count in estimators.redefined(models.SASRec).items() if count}
    return [
        row("classes of skrec above DeepFM", len(above), above),
        row("most classes above a model", len(estimators.classes_above(most)), [most.__name__]),
        row(
            "methods redefined between SASRec's bases",
            sum(again.values()),
            [f"{name} {count}" for name, count in again.items()],
        ),
    ]


@click.command(context_settings={"show_default": True, "max_content_width": 120})
@click.option("--record", "label", metavar="LABEL", help="Append the run to benchmarks/results, under this name.")
@click.option("--compare", is_flag=True, help="Print the recorded runs side by side, and this one as the last.")
@click.option("--names", is_flag=True, help="Say what was counted, too.")
@click.option("--trace/--no-trace", default=True, help="Run models to count calls; needs JAX.")
def main(label: str | None, compare: bool, names: bool, trace: bool) -> None:
    """Measure how the installed skrec, or that of PYTHONPATH, is built."""
    import skrec

    root = Path(skrec.__file__).parent
    files = source.read_package(root)
    run = {"folders": source.folder_rows(files), "rows": [*static_rows(files), *class_rows()]}
    run["calls"] = traces.trace_rows(root) if trace else []
    if compare:
        side_by_side([*recorded(), {"label": label or "now", **run}])
    else:
        show(
            f"Folders of {root}",
            FOLDERS,
            run["folders"],
            "Arrows: distinct pairs of files of skrec, one importing the other.",
        )
        show("Figures", [("figure", "figure", ""), ("value", "value", ",d")], run["rows"])
        show(
            "Calls",
            CALLS,
            run["calls"],
            "Of functions of skrec in the calling thread; switches from file to file at calls and returns.",
        )
    if names:
        for found in run["rows"]:
            if found.get("names"):
                click.echo(f"{found['figure']}: {', '.join(found['names'])}")
    if label:
        path = record(NAME, run["rows"], label=label, commit=commit(root), folders=run["folders"], calls=run["calls"])
        click.echo(f"Recorded in {path}.")


def recorded() -> list[dict[str, Any]]:
    """Runs that were recorded, oldest first."""
    path = RESULTS / f"{NAME}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def side_by_side(runs: list[dict[str, Any]]) -> None:
    """Print every figure of some runs, a column a run."""
    heads = [(str(place), run["label"], ",d") for place, run in enumerate(runs)]
    figures = [{found["figure"]: found["value"] for found in run["rows"]} for run in runs]
    calls = [
        {
            f"{found['call']} ({found['where']}): {what}": found[what]
            for found in run["calls"]
            for what in ("calls", "files", "switches", "depth")
        }
        for run in runs
    ]
    folders = [
        {
            found["folder"]: f"{found['files']} files, {found['lines']:,} lines, {found['inside']} / {found['out']}"
            for found in run["folders"]
        }
        for run in runs
    ]
    for title, tables in (
        ("Folders: files, lines, arrows inside / out", folders),
        ("Figures", figures),
        ("Calls", calls),
    ):
        keys = list(dict.fromkeys(key for table in tables for key in table))
        rows = [{"key": key, **{str(place): table.get(key) for place, table in enumerate(tables)}} for key in keys]
        show(title, [("key", "", ""), *heads], rows)


def commit(root: Path) -> str | None:
    """Short hash of the last commit that changed the package, where it is of a checkout."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "log", "-1", "--format=%h", "--", "."], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return done.stdout.strip() or None


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.structure")
