import numpy as np
import pytest

from skrec.models._sequence_windows import Windows, cut, pack


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


@pytest.mark.parametrize("seed", range(4))
def test_packed_windows_never_overlap(seed):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 11, size=40)
    rows, columns = pack(lengths, 25, 10)
    used = np.zeros((25, 10), dtype=int)
    for length, row, column in zip(lengths, rows, columns, strict=True):
        assert row >= 0
        used[row, column : column + length] += 1
    assert used.max() == 1
    assert used.sum() == lengths.sum()


def test_what_finds_no_room_is_left_out():
    rows, _ = pack(np.array([6, 3, 6, 4]), 1, 10)
    np.testing.assert_array_equal(rows, [0, -1, -1, 0])
    assert len(Windows(np.arange(4), np.ones(4)).take(np.flatnonzero(rows >= 0))) == 2
