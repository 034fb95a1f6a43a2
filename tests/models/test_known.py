from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from skrec.models._known import Known, alike, restore
from skrec.models._training import Weights

from skrec.data import Vocabulary


def vocabulary(*ids):
    return Vocabulary(pd.Index(ids), "user")


def rows(*firsts, width=2):
    """Rows that begin with the numbers given."""
    return np.array([[first] * width for first in firsts], dtype=np.float32)


def known(**changes):
    """What a model of users a, b and c, and of items 1 and 2 has learned."""
    parts = {
        "users": vocabulary("a", "b", "c"),
        "items": vocabulary(1, 2),
        "tables": {"user": rows(10, 11, 12), "item": rows(20, 21)},
        "network": [np.array([1.0, 2.0])],
        "fixed": [np.array(7)],
    }
    return Known(**{**parts, **changes})


def fresh(n_users, n_items, width=2, network_shape=(2,)):
    tables = {"user": np.zeros((n_users, width), np.float32), "item": np.zeros((n_items, width), np.float32)}
    return Weights(tables, [np.zeros(network_shape)], [np.array(0)])


class Model:
    """Stands for a model that is about to be trained."""

    def __init__(self, users, items):
        self.user_vocabulary_, self.item_vocabulary_ = vocabulary(*users), vocabulary(*items)

    def _restore_network(self, fresh, before):
        return list(before.network) if alike(fresh, before.network) else fresh


def test_learned_rows_go_to_where_their_ids_stand_now_and_new_ids_keep_new_rows():
    model = Model(["new", "c", "a"], [2, 3])
    weights = restore(model, fresh(5, 4), known())
    # The rows that fill the tables up stay zero.
    np.testing.assert_array_equal(weights.tables["user"], rows(0, 12, 10, 0, 0))
    np.testing.assert_array_equal(weights.tables["item"], rows(21, 0, 0, 0))
    np.testing.assert_array_equal(weights.network[0], [1.0, 2.0])
    assert weights.fixed[0] == 7


def test_where_nobody_is_known_all_rows_are_new():
    weights = restore(Model(["x"], [9]), fresh(2, 2), known())
    assert not weights.tables["user"].any()
    assert not weights.tables["item"].any()


def test_tables_of_another_width_start_anew():
    weights = restore(Model(["a"], [1]), fresh(2, 2, width=3), known())
    assert not weights.tables["user"].any()
    assert weights.tables["user"].shape == (2, 3)


def test_networks_of_another_shape_start_anew():
    weights = restore(Model(["a"], [1]), fresh(2, 2, network_shape=(3,)), known(fixed=[]))
    np.testing.assert_array_equal(weights.network[0], np.zeros(3))
    assert weights.fixed[0] == 0
    np.testing.assert_array_equal(weights.tables["user"][0], [10, 10])  # which is no matter of the rows


def test_a_model_without_tables_restores_its_network():
    weights = restore(Model(["a"], [1]), Weights({}, [np.zeros(2)], []), known(tables={}, fixed=[]))
    assert weights.tables == {}
    np.testing.assert_array_equal(weights.network[0], [1.0, 2.0])


def test_what_was_learned_is_left_alone():
    before = known()
    restore(Model(["c", "b"], [2]), fresh(3, 2), before)
    np.testing.assert_array_equal(before.tables["user"], rows(10, 11, 12))


def test_it_is_taken_from_a_fitted_model():
    before = known()
    model = SimpleNamespace(
        user_vocabulary_=before.users,
        item_vocabulary_=before.items,
        tables_=before.tables,
        network_weights_=before.network,
        _network_state=before.fixed,
    )
    assert Known.of(model) == before


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ([], [], True),
        ([np.zeros((2, 3))], [np.ones((2, 3))], True),
        ([np.zeros((2, 3))], [np.zeros((3, 2))], False),
        ([np.zeros(2)], [np.zeros(2), np.zeros(2)], False),
        ([np.zeros(())], [np.zeros((1,))], False),
    ],
)
def test_lists_of_equal_shapes_are_alike(first, second, same):
    assert alike(first, second) == same
