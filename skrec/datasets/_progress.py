"""A progress bar for downloads, shown only where it was asked for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_shown: ContextVar[bool] = ContextVar("skrec_download_progress", default=False)


@contextmanager
def progress_shown(shown: bool) -> Iterator[None]:
    """Show progress of the downloads within, or don't: so a dataset needn't hand this on to `fetch`."""
    token = _shown.set(shown)
    try:
        yield
    finally:
        _shown.reset(token)


Report = Callable[[int, int | None], None]
"""Takes the bytes that have arrived, and those expected, None where the server doesn't say."""


@contextmanager
def progress_bar(title: str, shown: bool | None) -> Iterator[Report]:
    """Put a progress bar on standard error for one download, where one is wanted.

    Parameters
    ----------
    title : str
    shown : bool or None
        None: as the surrounding `progress_shown` says, and not at all without one.

    Yields
    ------
    callable
        To be told of progress. The bar goes when the context does, also where the download failed.
    """
    if not (_shown.get() if shown is None else shown):
        yield lambda arrived, expected: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda arrived, expected: progress.update(task, completed=arrived, total=expected)
