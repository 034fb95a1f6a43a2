"""Quality of MatrixFactorization against the wall time of its fit."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.speed.data import Split
from benchmarks.speed.processes import compilation_cache, in_new_process
from benchmarks.speed.ranking import quality

METHODS = {
    "refit": "each point is a fit of its own, in a new process with an empty compilation cache",
    "warm": "warm starts in one process with an empty compilation cache; at each point the optimizer's moments start anew",
}
"""How points come about, in words for a table."""


def curve(
    split: Split,
    parameters: dict[str, Any],
    k: int,
    epochs: Sequence[int],
    method: str,
    backend: str | None = None,
    limit_s: float | None = None,
) -> list[dict[str, Any]]:
    """Measure quality after several numbers of epochs.

    Time counts from the call of `fit` to its end: compiling is in it, imports and ranking aren't.

    Parameters
    ----------
    split : Split
    parameters : dict
        Of `MatrixFactorization`, without epochs.
    k : int
        Length of the lists.
    epochs : sequence of int
        Ascending.
    method : {"refit", "warm"}
        See `METHODS`.
    backend : str, optional
    limit_s : float, optional
        Seconds of training: the last point gets as many epochs as fit in, by the cost of those before.

    Returns
    -------
    list of dict
        ``epochs``, ``fit_s``, ``ndcg``, ``recall``, ``import_s`` for each point.
    """
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        split.save(Path(folder, "data.npz"))
        call = {"folder": folder, "parameters": {**parameters, "backend": backend}, "k": k}
        if method == "warm":
            steps = np.diff([0, *epochs]).tolist()
            with tempfile.TemporaryDirectory() as cache:
                points = in_new_process(measure, compilation_cache(cache), **call, steps=steps, limit_s=limit_s)
            return _judged(split, folder, points)
        for wanted in epochs:
            n = min(wanted, _affordable(rows, limit_s))
            if rows and n <= rows[-1]["epochs"]:
                break
            with tempfile.TemporaryDirectory() as cache:
                point = in_new_process(measure, compilation_cache(cache), **call, steps=[n])
            rows += _judged(split, folder, point)
    return rows


def measure(
    folder: str, parameters: dict[str, Any], k: int, steps: list[int], limit_s: float | None = None
) -> list[dict[str, Any]]:
    """Fit, rank and leave the lists in the folder; several steps are warm starts. Runs in a process of its own."""
    begin = time.perf_counter()
    import pandas as pd

    from skrec.backends import find_backend, start
    from skrec.models import MatrixFactorization

    start(find_backend(parameters.get("backend")))
    import_s = time.perf_counter() - begin
    with np.load(Path(folder, "data.npz")) as data:
        frame = pd.DataFrame({"user_id": data["users"], "item_id": data["items"]})
        users = data["rank_users"]
    model = MatrixFactorization(**parameters, warm_start=len(steps) > 1)
    seed, points = parameters.get("random_state") or 0, []
    total, done = 0.0, 0
    for position, step in enumerate(steps):
        n = min(step, _affordable(points, limit_s) - done)
        if n < 1:
            break
        # A warm start with the same seed would see the same batches again.
        model.set_params(epochs=n, random_state=seed + position)
        begin = time.perf_counter()
        model.fit(frame)
        total, done = total + time.perf_counter() - begin, done + n
        np.save(Path(folder, f"lists-{position}.npy"), _codes(model.recommend(users, k)))
        points.append({"epochs": done, "fit_s": total, "loss": model.history_["loss"][-1], "import_s": import_s})
    return points


def _codes(answer: Any) -> Any:
    """Turn the lists into codes, -1 past the end of a short one."""
    items = np.full(answer.scores.shape, -1, dtype=np.int64)
    items[np.arange(items.shape[1]) < answer.lengths[:, np.newaxis]] = answer.to_frame()["item_id"]
    return items


def _judged(split: Split, folder: str, points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add each point's quality."""
    users = np.unique(split.test_users)
    return [
        {**point, **quality(np.load(Path(folder, f"lists-{position}.npy")), users, split.test_users, split.test_items)}
        for position, point in enumerate(points)
    ]


def _affordable(points: list[dict[str, Any]], limit_s: float | None) -> int:
    """Tell how many epochs fit in the limit altogether, by the cost of those so far."""
    if not points or limit_s is None:
        return 2**31
    last, before = points[-1], points[-2] if len(points) > 1 else {"epochs": 0, "fit_s": 0.0}
    per_epoch = (last["fit_s"] - before["fit_s"]) / (last["epochs"] - before["epochs"])
    # A slow moment may have made the last point cheaper than the one before by chance.
    per_epoch = max(per_epoch, 0.5 * last["fit_s"] / last["epochs"])
    return last["epochs"] + int((limit_s - last["fit_s"]) / per_epoch)
