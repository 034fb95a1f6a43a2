"""A progress bar while histories are read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def reading_shown(n_users: int | None) -> Iterator[Callable[[int], None]]:
    """Show on standard error how many users' histories have been read.

    Parameters
    ----------
    n_users : int or None
        How many there will be, where that is known.

    Yields
    ------
    callable
        To be told of further users. The bar goes when the context does.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("histories read"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("histories", total=n_users)
        yield lambda n: progress.advance(task, n)
