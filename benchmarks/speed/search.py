"""GridSearchCV over a neural model: shared compiled programs against none, and against plain Keras."""

import sys
import tempfile
import time
from statistics import median
from typing import Any

import click
import numpy as np

from benchmarks.speed import options, plain_neumf
from benchmarks.speed.data import ml100k_pairs
from benchmarks.speed.processes import compilation_cache, in_new_process
from benchmarks.speed.report import Column, finish, show

NO_CACHE = {"SKREC_JAX_CACHE": "0", "JAX_ENABLE_COMPILATION_CACHE": "false"}

# key: (name, what runs, whether compiled programs are shared)
VARIANTS: dict[str, tuple[str, str, bool]] = {
    "skrec": ("skrec, nothing compiled before", "skrec", True),
    "again": ("skrec, the same search again", "skrec", True),
    "unshared": ("skrec, nothing shared", "skrec", False),
    "loop": ("plain Keras, a loop", "loop", False),
    "wrapped": ("plain Keras, SKLearnRegressor", "wrapped", False),
}

COLUMNS: list[Column] = [
    ("variant", "search", ""),
    ("wall_s", "wall, s", ".1f"),
    ("import_s", "of that imports, s", ".1f"),
    ("fit_s", "per fit, s", ".2f"),
    ("ratio", "times the first", ".2f"),
    ("best", "best score", ".4f"),
    ("score", "score", ""),
]


@click.command()
@click.option("--rates", type=options.RATES, default="0.001,0.002,0.005,0.01", help="Learning rates of the grid.")
@click.option("--dims", type=options.NUMBERS, default="8,16,32", help="Embedding widths of the grid.")
@click.option("--splits", type=click.IntRange(2), default=3, help="Folds.")
@click.option("--epochs", type=click.IntRange(1), default=5, help="Epochs of each fit.")
@click.option("--batch-size", type=click.IntRange(1), default=1024, help="Events of a step; each has 4 negatives.")
@click.option("--events", type=int, default=100_000, help="Take only the first events.")
@click.option("--variants", type=options.NAMES, default=",".join(VARIANTS), help="Which of them to run.")
@options.runs(1)
def run(
    rates: list[float],
    dims: list[int],
    splits: int,
    epochs: int,
    batch_size: int,
    events: int,
    variants: list[str],
    runs: int,
) -> None:
    """Wall time of one search over NeuMF; MovieLens 100K, JAX, one worker, each search in a new process."""
    unknown = sorted(set(variants) - set(VARIANTS))
    if unknown:
        raise click.BadParameter(f"No variants {unknown}: choose from {', '.join(VARIANTS)}.", param_hint="--variants")
    call = {
        "rates": rates,
        "dims": dims,
        "splits": splits,
        "epochs": epochs,
        "batch_size": batch_size,
        "events": events,
    }
    n_fits = len(rates) * len(dims) * splits
    found: dict[str, list[dict[str, Any]]] = {}
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            for key in variants:
                name, what, share = VARIANTS[key]
                variables = {"SKREC_BACKEND": "jax", "KERAS_BACKEND": "jax"}
                variables |= compilation_cache(folder) if share else NO_CACHE
                found.setdefault(name, []).append(in_new_process(search, variables, what=what, share=share, **call))
    rows = [_row(name, answers, n_fits) for name, answers in found.items()]
    for row in rows:
        row["ratio"] = row["wall_s"] / rows[0]["wall_s"]
    title = (
        f"GridSearchCV, NeuMF, {len(rates) * len(dims)} candidates x {splits} folds, {epochs} epochs, MovieLens 100K"
    )
    note = f"Medians of {runs} run(s). A step of plain Keras takes the {1 + plain_neumf.N_NEGATIVES} rows of each event too."
    show(title, COLUMNS, rows, note)
    finish("search", rows)


def search(
    what: str, share: bool, rates: list[float], dims: list[int], splits: int, epochs: int, batch_size: int, events: int
) -> dict[str, Any]:
    """Run one search; in a process of its own, imports included in the time."""
    begin = time.perf_counter()
    import sklearn.model_selection  # noqa: F401 - every variant needs it, and imports are timed apart

    if what == "skrec":
        from skrec.backends import find_backend, start

        start(find_backend("jax"))
    else:
        import keras

        keras.utils.set_random_seed(0)
    imported = time.perf_counter()
    users, items = (side[:events] for side in ml100k_pairs())
    rows = batch_size * (1 + plain_neumf.N_NEGATIVES)
    if what == "skrec":
        best, score = _search_skrec(users, items, share, rates, dims, splits, epochs, batch_size), "NDCG@10"
    elif what == "loop":
        folds = list(_folds(splits).split(_frame(users, items)))
        best, score = plain_neumf.loop(users, items, folds, rates, dims, epochs, rows), "NDCG@10"
    else:
        best, score = plain_neumf.wrapped(users, items, splits, rates, dims, epochs, rows), "-MSE"
    end = time.perf_counter()
    return {"wall_s": end - begin, "import_s": imported - begin, "best": best, "score": score}


def _search_skrec(
    users: Any, items: Any, share: bool, rates: list[float], dims: list[int], splits: int, epochs: int, batch_size: int
) -> float:
    from sklearn.model_selection import GridSearchCV

    from skrec.model_selection import make_ranking_scorer
    from skrec.models import NeuMF

    ranking = make_ranking_scorer("ndcg@10")

    def forgetful(estimator: Any, X: Any, y: Any = None) -> Any:
        value = ranking(estimator, X, y)
        _forget_programs()
        return value

    # No penalty: the plain network has none.
    model = NeuMF(
        hidden=plain_neumf.HIDDEN,
        n_negatives=plain_neumf.N_NEGATIVES,
        l2=0.0,
        epochs=epochs,
        batch_size=batch_size,
        random_state=0,
    )
    grid = {"learning_rate": rates, "embedding_dim": dims}
    scoring = ranking if share else forgetful
    cv = GridSearchCV(model, grid, cv=_folds(splits), scoring=scoring, refit=False, n_jobs=1, error_score="raise")
    cv.fit(_frame(users, items))
    return float(cv.cv_results_["mean_test_score"].max())


def _forget_programs() -> None:
    """Forget compiled programs: JAX's, and those that skrec keeps, if it still keeps them there."""
    import jax

    jax.clear_caches()
    kept = getattr(sys.modules.get("skrec.programs.program"), "_programs", None)
    if kept is None:
        raise RuntimeError("skrec keeps its programs elsewhere now: mend benchmarks/speed/search.py.")
    kept.clear()


def _frame(users: Any, items: Any) -> Any:
    import pandas as pd

    from skrec import Interactions

    return Interactions(pd.DataFrame({"user_id": users, "item_id": items}))


def _folds(splits: int) -> Any:
    from skrec.model_selection import UserKFold

    return UserKFold(splits, shuffle=True, random_state=0)


def _row(name: str, answers: list[dict[str, Any]], n_fits: int) -> dict[str, Any]:
    row = {key: median(answer[key] for answer in answers) for key in ("wall_s", "import_s")}
    row["fit_s"] = (row["wall_s"] - row["import_s"]) / n_fits
    best = float(np.mean([answer["best"] for answer in answers]))
    return row | {"variant": name, "best": best, "score": answers[0]["score"], "runs": answers}
