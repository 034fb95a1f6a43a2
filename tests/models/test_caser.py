import numpy as np
import pytest

from skrec.models import Caser

QUICK = {"batch_size": 64, "learning_rate": 0.02, "dropout": 0.0, "random_state": 0}


@pytest.fixture(scope="module")
def model(walks):
    return Caser(8, 6, 3, epochs=30, **QUICK).fit(walks)


def test_the_next_item_is_learned(model, steps):
    history, following = steps
    np.testing.assert_array_equal(model.recommend(history=history, k=1).items[:, 0], following)


def test_there_is_a_table_of_items_and_none_of_users(model):
    assert {side: table.shape for side, table in model.tables_.items()} == {"item": (6, 9)}


def test_only_the_latest_events_count(model):
    short = model.recommend(history=[(77, 1), (77, 2), (77, 3)], k=6, exclude_seen=False)
    long = model.recommend(history=[(77, 5), (77, 5), (77, 1), (77, 2), (77, 3)], k=6, exclude_seen=False)
    np.testing.assert_allclose(long.scores, short.scores, rtol=1e-5)


def test_filters_shape_the_network(network_of):
    network = network_of(Caser(8, 6, 2, n_horizontal=5, n_vertical=3))
    shapes = {tuple(weight.shape) for weight in network.trainable_variables}
    assert {(8, 5), (16, 5), (2, 3), (2 * 5 + 3 * 8, 8)} <= shapes
