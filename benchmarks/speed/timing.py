"""How things are timed."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any


def seconds(function: Callable[[], Any], runs: int) -> list[float]:
    """Time a function several times, in seconds; warm it up before."""
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        function()
        times.append(time.perf_counter() - begin)
    return times


def seconds_per_epoch(model: Any, X: Any, epochs: int, runs: int) -> dict[str, Any]:
    """Time an epoch of a neural model that is compiled already.

    A callback would cost: models copy their tables back for it. So fits of 1 epoch and of ``1 + epochs`` epochs take turns, and
    the difference is that of `epochs` epochs; all that happens once a fit drops out.

    Parameters
    ----------
    model : KerasRecommender
    X : Interactions
    epochs : int
        How many epochs the difference is taken over.
    runs : int
        Pairs of fits.

    Returns
    -------
    dict
        ``epoch_s`` and ``once_s``, medians in seconds of an epoch and of what a fit does once; ``epochs_s``, all runs.
    """
    model.set_params(epochs=1).fit(X)
    differences, once = [], []
    for _ in range(runs):
        short = seconds(lambda: model.set_params(epochs=1).fit(X), 1)[0]
        long = seconds(lambda: model.set_params(epochs=1 + epochs).fit(X), 1)[0]
        differences.append((long - short) / epochs)
        once.append(short - differences[-1])
    return {"epoch_s": median(differences), "once_s": median(once), "epochs_s": differences}
