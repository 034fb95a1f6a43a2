"""Fitting a model and measuring it; seconds of each epoch."""

import time
from typing import Any

import pandas as pd
from sklearn.base import clone

from benchmarks.sequences.data import K, ndcg_and_hits


class Clock:
    """What scikit-learn's callbacks are asked: here it only notes when epochs end.

    Keras' callbacks would copy the weights each time; `verbose` prints a line an epoch, whose times are taken instead.
    """

    def __init__(self) -> None:
        self.begin = time.perf_counter()
        self.times: list[float] = []

    def write(self, text: str) -> None:
        """Take a line of an epoch."""
        if text.startswith("Epoch "):
            self.times.append(time.perf_counter())

    def flush(self) -> None:
        """There is nothing to flush."""

    def seconds_per_epoch(self) -> float:
        """Mean time between two epochs' ends: without the first epoch, in which programs are compiled, where there are others."""
        if len(self.times) < 2:
            return self.times[-1] - self.begin
        return (self.times[-1] - self.times[0]) / (len(self.times) - 1)


def run(model: Any, train: pd.DataFrame, test: pd.DataFrame) -> dict[str, Any]:
    """Fit and measure.

    Returns
    -------
    dict
        ``ndcg@10``, ``hit@10``, ``fit_s``, ``rank_s`` and, for a neural model, ``epochs``, ``epoch_s`` and ``first_epoch_s``.
    """
    import contextlib

    model, clock = clone(model), Clock()
    if "verbose" in model.get_params():
        model.set_params(verbose=1)
    begin = time.perf_counter()
    with contextlib.redirect_stdout(clock):  # type: ignore[type-var]
        model.fit(train)
    fitted = time.perf_counter()
    if "verbose" in model.get_params():
        model.set_params(verbose=0)
    answer = model.recommend(test["user_id"].to_numpy(), k=K)
    ranked = time.perf_counter()
    lists = {user: row[:n].tolist() for user, row, n in zip(answer.users, answer.items, answer.lengths, strict=True)}
    facts: dict[str, Any] = {**ndcg_and_hits(lists, test), "fit_s": fitted - begin, "rank_s": ranked - fitted}
    if clock.times:
        facts |= {"epochs": len(clock.times), "epoch_s": clock.seconds_per_epoch()}
        facts["first_epoch_s"] = clock.times[0] - begin
    return facts
