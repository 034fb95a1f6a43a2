import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from skrec.training.distinct import distinct_rows

IDS = arrays.arrays(
    np.int32,
    st.tuples(st.integers(1, 5), st.integers(1, 40)),
    # Few ids, so that they repeat; and the largest there may be.
    elements=st.integers(0, 9) | st.sampled_from([2**31 - 2, 2**30]),
)


@given(IDS)
def test_rows_are_the_distinct_ids_of_each_step_and_positions_lead_back(ids):
    before = ids.copy()
    rows, counts, positions = distinct_rows(ids, 2**31 - 1, 2**31)
    np.testing.assert_array_equal(ids, before)
    assert rows.shape == positions.shape == ids.shape
    assert counts.shape == (len(ids),)
    assert rows.dtype == counts.dtype == positions.dtype == np.int32
    np.testing.assert_array_equal(np.take_along_axis(rows, positions, axis=1), ids)
    for step, count in enumerate(counts):
        assert rows[step, :count].tolist() == sorted(set(ids[step].tolist()))
        assert (rows[step, count:] == 2**31 - 1).all()


@pytest.mark.parametrize("m", [1, 2, 3, 1000, 1024, 1025])
def test_so_it_is_for_large_steps(m):
    ids = np.random.default_rng(m).integers(0, 300, size=(4, m), dtype=np.int32)
    rows, counts, positions = distinct_rows(ids, 300, 301)
    np.testing.assert_array_equal(np.take_along_axis(rows, positions, axis=1), ids)
    for step in range(4):
        distinct, inverse = np.unique(ids[step], return_inverse=True)
        assert counts[step] == len(distinct)
        np.testing.assert_array_equal(rows[step, : len(distinct)], distinct)
        np.testing.assert_array_equal(positions[step], inverse)


def test_the_padding_may_be_an_id_too():
    # What fills a batch up points to the row behind the last one: it is one of the distinct rows then.
    rows, counts, positions = distinct_rows(np.array([[3, 9, 9, 3]], dtype=np.int32), 9, 10)
    assert rows.tolist() == [[3, 9, 9, 9]]
    assert counts.tolist() == [2]
    assert positions.tolist() == [[0, 1, 1, 0]]
