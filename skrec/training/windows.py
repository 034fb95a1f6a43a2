"""Windows: the parts of histories that a training step reads."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from skrec.typing import Codes


@dataclass(frozen=True)
class Windows:
    """Consecutive events of histories.

    Attributes
    ----------
    starts : ndarray of shape (n,), int64
        Place of each window's first event.
    lengths : ndarray of shape (n,), int64
        Number of its events, at least 1.
    """

    starts: Codes
    lengths: Codes

    def __len__(self) -> int:
        return len(self.starts)

    def take(self, positions: Codes) -> "Windows":
        """Take some of them."""
        return Windows(self.starts[positions], self.lengths[positions])

    def cells(self) -> tuple[Codes, Codes, Codes]:
        """Lay all events of the windows side by side.

        Returns
        -------
        places : ndarray of shape (n_cells,), int64
            Place of each event among all events.
        owners : ndarray of shape (n_cells,), int64
            Which window it belongs to.
        ages : ndarray of shape (n_cells,), int64
            How many events of the window stand before it.
        """
        owners = np.repeat(np.arange(len(self), dtype=np.int64), self.lengths)
        ages = np.arange(len(owners), dtype=np.int64) - np.repeat(np.cumsum(self.lengths) - self.lengths, self.lengths)
        return self.starts[owners] + ages, owners, ages


def cut(indptr: Codes, max_length: int, rng: np.random.Generator) -> Windows:
    """Cut histories into windows; where there is more than one, the first has a random length, so that each epoch cuts elsewhere.

    Parameters
    ----------
    indptr : ndarray of shape (n_users + 1,), int64
        User u's events stand at places ``indptr[u]:indptr[u + 1]``; a user without any gets no window.
    max_length : int
    rng : numpy.random.Generator

    Returns
    -------
    Windows
        Every event is in one window.
    """
    n_events = np.diff(indptr)
    longer = n_events > max_length
    first = np.where(longer, rng.integers(1, max_length + 1, size=len(n_events)), n_events)
    n_windows = (n_events > 0) + -(-(n_events - first) // max_length)
    users = np.repeat(np.arange(len(n_events)), n_windows)
    number = np.arange(len(users)) - np.repeat(np.cumsum(n_windows) - n_windows, n_windows)
    begins = np.where(number > 0, first[users] + (number - 1) * max_length, 0)
    ends = np.minimum(first[users] + number * max_length, n_events[users])
    return Windows((indptr[users] + begins).astype(np.int64), (ends - begins).astype(np.int64))


def pack(lengths: Codes, width: int) -> tuple[Codes, Codes]:
    """Put windows into as few rows as first-fit decreasing finds: the longest first, each into the first row that has room.

    Windows of one length are alike, so that rows of one pattern are filled together: the cost hardly depends on how many there are.

    Parameters
    ----------
    lengths : ndarray of shape (n,), int64
        In 1 .. width.
    width : int

    Returns
    -------
    rows, columns : ndarrays of shape (n,), int64
        Where each begins. Rows are counted from 0; those of the longest windows come first.
    """
    order = np.argsort(-lengths, kind="stable")
    left = np.bincount(lengths, minlength=width + 1).tolist()
    # Where in `order` the next window of each length stands.
    following = np.concatenate([np.cumsum(left[::-1])[::-1][1:], [0]])
    rows, columns = np.empty(len(lengths), dtype=np.int64), np.empty(len(lengths), dtype=np.int64)
    n_rows = 0
    while pattern := _fullest(left, width):
        n = min(left[length] // times for length, times in Counter(pattern).items())
        column = 0
        for length in pattern:
            chosen = order[following[length] : following[length] + n]
            rows[chosen], columns[chosen] = np.arange(n_rows, n_rows + n), column
            following[length] += n
            left[length] -= n
            column += length
        n_rows += n
    return rows, columns


def _fullest(left: list[int], room: int) -> list[int]:
    """Lengths of the windows that the next row takes: the longest that are left and find room; none where none is left."""
    pattern: list[int] = []
    length = room
    while length:
        n = min(left[length], room // length)
        pattern += [length] * n
        room -= n * length
        length = min(length - 1, room)
    return pattern
