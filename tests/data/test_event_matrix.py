import numpy as np

from skrec import Popularity
from skrec.data import event_matrix


def test_an_entry_is_log2_of_1_plus_the_summed_weight_of_positive_events():
    rows = [(0, 0), (0, 0), (0, 0), (1, 1), (1, 0), (0, 1)]
    model = Popularity().fit(rows, y=[1, 1, 1, 1, 1, 0], sample_weight=[1, 1, 1, 0.5, 1, 9])
    matrix = event_matrix(model.histories_)
    np.testing.assert_allclose(matrix.toarray(), [[2.0, 0.0], [1.0, np.log2(1.5)]])
    assert matrix.nnz == 3
    assert matrix.dtype == np.float64


def test_the_history_is_left_alone():
    model = Popularity().fit([(0, 0), (0, 0)], sample_weight=[3, 4])
    event_matrix(model.histories_)
    assert model.histories_.weights.tolist() == [3, 4]
