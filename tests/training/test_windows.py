import numpy as np
import pytest

from skrec.training.windows import cut, pack


def test_every_event_is_in_one_window_of_one_user():
    lengths = np.array([0, 3, 4, 5, 0, 11, 1])
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    for seed in range(5):
        windows = cut(indptr, 4, np.random.default_rng(seed))
        places, owners, ages = windows.cells()
        np.testing.assert_array_equal(np.sort(places), np.arange(indptr[-1]))
        assert (windows.lengths >= 1).all()
        assert (windows.lengths <= 4).all()
        users = np.searchsorted(indptr, places, side="right") - 1
        assert all(len(set(users[owners == window])) == 1 for window in range(len(windows)))
        np.testing.assert_array_equal(places, windows.starts[owners] + ages)


def test_long_histories_are_cut_elsewhere_each_time_and_short_ones_never():
    indptr = np.array([0, 4, 30])
    rng = np.random.default_rng(0)
    starts = {tuple(cut(indptr, 5, rng).starts.tolist()) for _ in range(50)}
    assert len(starts) == 5
    assert all(found[:2] == (0, 4) for found in starts)
    # All but the first and the last window are full.
    assert (cut(indptr, 5, rng).lengths[2:-1] == 5).all()


def test_without_events_there_are_no_windows():
    assert len(cut(np.array([0, 0, 0]), 5, np.random.default_rng(0))) == 0
    assert len(cut(np.array([0]), 5, np.random.default_rng(0))) == 0


def first_fit_decreasing(lengths, width):
    """Number of events in each row, as the textbook has it: the longest first, each into the first row that has room."""
    used = []
    for length in sorted(lengths, reverse=True):
        row = next((row for row, events in enumerate(used) if events + length <= width), None)
        if row is None:
            used.append(length)
        else:
            used[row] += length
    return used


@pytest.mark.parametrize("width", [1, 7, 10, 40])
@pytest.mark.parametrize("seed", range(4))
def test_packed_windows_never_overlap_and_fill_the_rows_of_first_fit_decreasing(seed, width):
    rng = np.random.default_rng(seed)
    lengths = np.minimum(rng.geometric(0.2, size=60), width)
    rows, columns = pack(lengths, width)
    used = np.zeros((rows.max() + 1, width), dtype=int)
    for length, row, column in zip(lengths, rows, columns, strict=True):
        assert column + length <= width
        used[row, column : column + length] += 1
    assert used.max() == 1
    assert used.sum(axis=1).tolist() == first_fit_decreasing(lengths.tolist(), width)


def test_windows_of_one_length_are_packed_in_the_order_they_come():
    rows, columns = pack(np.array([3, 5, 3, 3, 2]), 6)
    np.testing.assert_array_equal(rows, [1, 0, 1, 2, 2])
    np.testing.assert_array_equal(columns, [0, 0, 3, 0, 3])


def test_no_windows_need_no_rows():
    rows, columns = pack(np.array([], dtype=np.int64), 8)
    assert len(rows) == len(columns) == 0
