"""A progress bar over the models that are trained and their epochs, and an end to training that takes too long."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


@final
class EpochCounter:
    """A callback of scikit-learn that calls a function at the end of each epoch, which says whether to stop there.

    Parameters
    ----------
    count : callable
    """

    def __init__(self, count: Callable[[], bool]) -> None:
        self._count = count

    def setup(self, estimator: Any, context: Any) -> None:
        """Nothing to prepare."""

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Nothing to count yet."""

    def on_fit_task_end(self, estimator: Any, context: Any) -> bool:
        """Count an epoch; says whether to stop."""
        return context.task_name == "epoch" and self._count()

    def teardown(self, estimator: Any, context: Any) -> None:
        """Nothing to put away."""


@contextmanager
def progress(console: "Console") -> "Iterator[Progress]":
    """Show bars while the block runs."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[epochs]}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        yield bars


def fit(estimator: Any, X: Any, name: str, bars: "Progress", seconds: float) -> None:
    """Fit an estimator, and show its epochs where it has any.

    Parameters
    ----------
    estimator : estimator
    X : Interactions
    name : str
        What to call the bar.
    bars : rich.progress.Progress
    seconds : float
        Time after which training ends with the epoch it is in, and the bar says so.
    """
    epochs = estimator.get_params(deep=False).get("epochs")
    task = bars.add_task(name, total=epochs or 1, epochs="")
    start, done = time.perf_counter(), 0

    def count() -> bool:
        nonlocal done
        done += 1
        stop = done < epochs and time.perf_counter() - start > seconds
        bars.update(task, completed=done, epochs=f"epoch {done} of {epochs}{': time is up' if stop else ''}")
        return stop

    counts = epochs is not None and hasattr(estimator, "set_callbacks")
    if counts:
        estimator.set_callbacks(EpochCounter(count))
    try:
        estimator.fit(X)
    finally:
        if counts:
            estimator.set_callbacks()
    if not counts:
        bars.update(task, completed=epochs or 1)
