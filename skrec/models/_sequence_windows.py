"""Windows: the parts of histories that a training step reads."""

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


def pack(lengths: Codes, n_rows: int, width: int) -> tuple[Codes, Codes]:
    """Put windows into rows, the longest first, each into the first row that has room.

    Parameters
    ----------
    lengths : ndarray of shape (n,), int64
        At most `width` each.
    n_rows, width : int

    Returns
    -------
    rows, columns : ndarrays of shape (n,), int64
        Where each begins; row -1 where there is no room left.
    """
    used = np.zeros(n_rows, dtype=np.int64)
    rows, columns = np.full(len(lengths), -1, dtype=np.int64), np.zeros(len(lengths), dtype=np.int64)
    for window in np.argsort(-lengths, kind="stable"):
        length = lengths[window]
        fits = used <= width - length
        row = int(fits.argmax())
        if fits[row]:
            rows[window], columns[window] = row, used[row]
            used[row] += length
    return rows, columns
