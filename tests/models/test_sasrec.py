import numpy as np

from skrec.models import SASRec


def test_the_next_item_is_learned(sasrec, steps):
    history, following = steps
    np.testing.assert_array_equal(sasrec.recommend(history=history, k=1).items[:, 0], following)


def test_there_is_a_table_of_items_and_none_of_users(sasrec):
    assert {side: table.shape for side, table in sasrec.tables_.items()} == {"item": (6, 8)}


def test_blocks_and_places_shape_the_network(network_of):
    shapes = [tuple(weight.shape) for weight in network_of(SASRec(8, 5, 3, 2)).trainable_variables]
    assert shapes.count((8, 24)) == 3
    assert (5, 8) in shapes


def test_longer_patterns_than_one_step_are_learned():
    """What comes next depends on the first of three events, which the ones between don't tell."""
    rng = np.random.default_rng(0)
    firsts = rng.integers(0, 2, size=200)
    events = [(user, item) for user, first in enumerate(firsts) for item in (first, 2, 3, 4 + first)]
    model = SASRec(16, 4, 1, epochs=60, batch_size=256, learning_rate=0.005, dropout=0.0, random_state=0).fit(events)
    answer = model.recommend(history=[(900, 0), (900, 2), (900, 3), (901, 1), (901, 2), (901, 3)], k=1)
    np.testing.assert_array_equal(answer.items[:, 0], [4, 5])
