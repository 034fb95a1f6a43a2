import numpy as np
import pytest

from skrec.models import BERT4Rec
from skrec.persistence import load, save
from skrec.training.positives import PositivePairs

QUICK = {"n_blocks": 1, "batch_size": 64, "learning_rate": 0.005, "dropout": 0.0, "random_state": 0}


@pytest.fixture(scope="module")
def model(walks):
    return BERT4Rec(16, 6, mask_share=0.2, epochs=120, **QUICK).fit(walks)


def test_the_next_item_is_learned(model, steps):
    history, following = steps
    np.testing.assert_array_equal(model.recommend(history=history, k=1).items[:, 0], following)


def test_there_is_a_table_of_items_and_none_of_users(model):
    assert {side: table.shape for side, table in model.tables_.items()} == {"item": (6, 17)}


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_the_share_of_masked_events_is_a_parameter(walks, plan_of, share):
    plan, lesson = plan_of(BERT4Rec(8, 6, mask_share=share, random_state=0).fit, walks)
    nothing = lesson.events.take(slice(0, 0))
    pairs = PositivePairs(lesson.everything, nothing, lesson.events)
    source = plan.batching.source(lesson.events, None, pairs, np.random.default_rng(0))
    [[batches, n]] = source.epoch()
    masked = (batches["masked"][:n] > 0).sum() / len(walks)
    assert masked == pytest.approx(
        share, abs=0.15
    )  # in half of the windows the last event is masked, whatever the share


def test_a_mask_needs_a_place_beside_an_event(walks):
    with pytest.raises(
        ValueError, match=r"The 'max_length' parameter of BERT4Rec must be an int in the range \[2, inf\)"
    ):
        BERT4Rec(8, 1).fit(walks)


def test_a_saved_model_recommends_what_it_did(model, tmp_path):
    save(model, tmp_path / "model.skrec")
    found, expected = load(tmp_path / "model.skrec").recommend(k=3), model.recommend(k=3)
    np.testing.assert_array_equal(found.items, expected.items)
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-5)
