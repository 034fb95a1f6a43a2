import numpy as np
import pytest

from skrec.models import SASRec

QUICK = {"learning_rate": 0.02, "dropout": 0.0, "random_state": 0}


@pytest.fixture(scope="module")
def model(walks):
    return SASRec(8, 6, epochs=30, **QUICK).fit(walks)


def test_the_next_item_is_learned(model, steps):
    history, following = steps
    np.testing.assert_array_equal(model.recommend(history=history, k=1).items[:, 0], following)


def test_there_is_a_table_of_items_and_none_of_users(model):
    assert {side: table.shape for side, table in model.tables_.items()} == {"item": (6, 8)}


def test_blocks_and_places_shape_the_network(walks):
    model = SASRec(8, 5, 3, 2, epochs=1, **QUICK).fit(walks)
    shapes = [weight.shape for weight in model.network_weights_]
    assert shapes.count((8, 24)) == 3
    assert (5, 8) in shapes


def test_longer_patterns_than_one_step_are_learned(walks):
    """What comes next depends on the first of three events, which the ones between don't tell."""
    rng = np.random.default_rng(0)
    firsts = rng.integers(0, 2, size=200)
    events = [(user, item) for user, first in enumerate(firsts) for item in (first, 2, 3, 4 + first)]
    model = SASRec(16, 4, epochs=40, **QUICK).fit(events)
    answer = model.recommend(history=[(900, 0), (900, 2), (900, 3), (901, 1), (901, 2), (901, 3)], k=1)
    np.testing.assert_array_equal(answer.items[:, 0], [4, 5])
