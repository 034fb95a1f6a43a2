"""Work that another thread does ahead."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def prefetch(iterator: Iterator[T]) -> Generator[T, None, None]:
    """Give an iterator's elements; each is made in another thread while the one before is used.

    Parameters
    ----------
    iterator : iterator
        Asked by one thread at a time, in order, so that what it draws doesn't depend on timing.

    Yields
    ------
    object
        The elements. An error of the iterator is raised where its element would have come.
    """
    end = object()
    with ThreadPoolExecutor(1, thread_name_prefix="skrec-batches") as thread:
        coming = thread.submit(next, iterator, end)
        while (element := coming.result()) is not end:
            coming = thread.submit(next, iterator, end)
            yield element  # type: ignore[misc]
