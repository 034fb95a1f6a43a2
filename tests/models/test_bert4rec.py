import numpy as np
import pytest

from skrec.models import BERT4Rec

QUICK = {"learning_rate": 0.02, "dropout": 0.0, "random_state": 0}


@pytest.fixture(scope="module")
def model(walks):
    return BERT4Rec(8, 6, mask_share=0.2, epochs=120, **QUICK).fit(walks)


def test_the_next_item_is_learned(model, steps):
    history, following = steps
    np.testing.assert_array_equal(model.recommend(history=history, k=1).items[:, 0], following)


def test_there_is_a_table_of_items_and_none_of_users(model):
    assert {side: table.shape for side, table in model.tables_.items()} == {"item": (6, 9)}


def test_the_share_of_masked_events_is_a_parameter(walks):
    few, many = (BERT4Rec(8, 6, mask_share=share, epochs=1, **QUICK).fit(walks) for share in (0.1, 0.9))
    assert few._reading().mask_share == 0.1
    assert np.abs(few.tables_["item"] - many.tables_["item"]).max() > 1e-4


def test_a_mask_needs_a_place_beside_an_event(walks):
    with pytest.raises(
        ValueError, match=r"The 'max_length' parameter of BERT4Rec must be an int in the range \[2, inf\)"
    ):
        BERT4Rec(8, 1).fit(walks)
