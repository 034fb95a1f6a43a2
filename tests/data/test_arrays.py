import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from skrec.data import Interactions, as_ids, check_labels, check_weights, plain_array, refuse_sparse
from skrec.exceptions import InvalidDataError
from skrec.models import EASE
from skrec.testing import checkerboard

MASKED = np.ma.masked_array([[1, 2], [3, 4]], mask=[[False, False], [True, False]])


def test_a_masked_cell_is_refused_with_its_row_and_what_lies_under_it_never_counts():
    model = EASE(1.0).fit([(1, 2), (3, 4), (1, 4)])
    message = "masked cells, in rows \\[1\\]. Leave these rows out, or fill the cells"
    for call in (
        lambda: Interactions(MASKED),
        lambda: EASE().fit(MASKED),
        lambda: model.predict(MASKED),
        lambda: model.recommend(users=MASKED[:, 0]),
        lambda: model.recommend(items=MASKED[:, 0]),
        lambda: check_labels(MASKED[:, 0], 2),
        lambda: check_weights(MASKED[:, 0], 2),
        lambda: checkerboard(4)[MASKED[:, 0]],
    ):
        with pytest.raises(InvalidDataError, match=message):
            call()


def test_masked_cells_of_a_matrix_are_empty():
    X = Interactions.from_matrix(np.ma.masked_array([[1, 1], [1, 0]], mask=[[True, False], [False, False]]))
    assert list(X.events.itertuples(index=False, name=None)) == [(0, 1), (1, 0)]


def test_an_array_whose_mask_hides_nothing_is_an_array():
    assert plain_array(np.ma.masked_array([1, 2], mask=False), "ids").tolist() == [1, 2]
    refuse_sparse(np.ma.masked_array([[1, 2]]), "X")


def test_records_are_refused_with_their_fields():
    records = np.zeros(2, dtype=[("user_id", int), ("item_id", int)])
    with pytest.raises(
        InvalidDataError, match=r"the fields \['user_id', 'item_id'\]. Pass one of them, or make a frame"
    ):
        as_ids(records, "users")


def test_ids_in_the_byte_order_of_another_machine_are_the_same_ids():
    rows = np.array([[1, 2], [3, 4], [1, 4]])
    ours, theirs = EASE(1.0).fit(rows), EASE(1.0).fit(pd.DataFrame(rows.astype(">i8"), columns=["user_id", "item_id"]))
    assert theirs.users_.tolist() == ours.users_.tolist()
    assert ours.recommend(np.array([3], dtype=">i8")).items.tolist() == ours.recommend([3]).items.tolist()


def test_a_sparse_matrix_is_told_where_it_enters():
    with pytest.raises(InvalidDataError, match="pass Interactions.from_matrix"):
        refuse_sparse(sparse.eye(3), "X")
