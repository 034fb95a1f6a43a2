"""Fitting a model and measuring it; seconds of each epoch."""

import contextlib
import time
from itertools import pairwise
from typing import Any

import pandas as pd
from sklearn.base import clone

from benchmarks.sequences.data import K, ndcg_and_hits


class Clock:
    """What scikit-learn's callbacks are asked: here it only notes when epochs end.

    Keras' callbacks would copy the weights each time; `verbose` prints a line an epoch, whose times are taken instead.
    """

    def __init__(self) -> None:
        self.times: list[float] = []

    def write(self, text: str) -> None:
        """Take a line of an epoch."""
        if text.startswith("Epoch "):
            self.times.append(time.perf_counter())

    def flush(self) -> None:
        """There is nothing to flush."""

    def seconds(self, begin: float) -> list[float]:
        """Give what each epoch took; the first one counts from `begin`, and programs are compiled in it."""
        return [end - start for start, end in pairwise([begin, *self.times])]


def per_epoch(seconds: list[float]) -> dict[str, Any]:
    """Facts about epochs: how many, what each took, the first one, and the mean of the others, or of the first if it is the only one."""
    others = seconds[1:] or seconds
    return {
        "epochs": len(seconds),
        "epoch_s": sum(others) / len(others),
        "first_epoch_s": seconds[0],
        "epochs_s": [round(value, 3) for value in seconds],
    }


def last_events(train: pd.DataFrame, n: int) -> pd.DataFrame:
    """Keep the last events of each user, in the order they stand in."""
    return train.groupby("user_id", sort=False).tail(n).reset_index(drop=True)


def n_predicted(train: pd.DataFrame) -> int:
    """Count what an epoch predicts: each event of a user but the first."""
    return len(train) - train["user_id"].nunique()


def run(
    model: Any, train: pd.DataFrame, test: pd.DataFrame, backend: str | None = None, last: int | None = None
) -> dict[str, Any]:
    """Fit and measure.

    Parameters
    ----------
    model : Recommender
    train, test : DataFrame
        Of `leave_last_out`.
    backend : str, optional
        What a neural model computes on; its device is the best that backend has.
    last : int, optional
        Fit on so many last events of each user only. Lists are made from all of them, as otherwise.

    Returns
    -------
    dict
        ``ndcg@10``, ``hit@10``, ``fit_s``, ``rank_s`` and, for a neural model, ``backend``, ``device`` and what `per_epoch` gives.
    """
    model, clock = clone(model), Clock()
    if "verbose" in model.get_params():
        model.set_params(verbose=1, backend=backend)
    begin = time.perf_counter()
    with contextlib.redirect_stdout(clock):  # type: ignore[type-var]
        model.fit(train if last is None else last_events(train, last))
    fitted = time.perf_counter()
    if "verbose" in model.get_params():
        model.set_params(verbose=0)
    answer = model.recommend(test["user_id"].to_numpy(), k=K, history=None if last is None else train)
    ranked = time.perf_counter()
    lists = {user: row[:n].tolist() for user, row, n in zip(answer.users, answer.items, answer.lengths, strict=True)}
    facts: dict[str, Any] = {**ndcg_and_hits(lists, test), "fit_s": fitted - begin, "rank_s": ranked - fitted}
    if clock.times:
        facts |= {"backend": model.backend_, "device": str(model.device_), **per_epoch(clock.seconds(begin))}
    return facts
