from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from skrec.data import EncodedEvents, Histories, Vocabulary
from skrec.programs import MIN_SIZE, Weights, bucket
from skrec.serving import Learned
from skrec.training.warm_start import alike, draw_weights, keep_if_alike, restore


def rows(*firsts, width=2):
    """Rows that begin with the numbers given."""
    return np.array([[first] * width for first in firsts], dtype=np.float32)


def learned(users, items, weights):
    """What was learned, or is known, of users and items of these ids."""
    nothing = np.zeros(0, dtype=np.int64)
    columns = (nothing, nothing, None, nothing.astype(np.float32), nothing.astype(bool), nothing)
    histories = Histories.group(EncodedEvents(*columns, len(users), len(items)))
    ids = Vocabulary(pd.Index(users), "user"), Vocabulary(pd.Index(items), "item")
    return Learned(*ids, histories, np.zeros(len(items)), weights)


def before(**changes):
    """What a model of users a, b and c, and of items 1 and 2 has learned."""
    tables = {"user": rows(10, 11, 12), "item": rows(20, 21)}
    weights = replace(Weights(tables, [np.array([1.0, 2.0])], [np.array(7)]), **changes)
    return learned(["a", "b", "c"], [1, 2], weights)


def now(users, items):
    return learned(users, items, Weights({}, [], []))


def fresh(n_users, n_items, width=2, network_shape=(2,)):
    tables = {"user": np.zeros((n_users, width), np.float32), "item": np.zeros((n_items, width), np.float32)}
    return Weights(tables, [np.zeros(network_shape)], [np.array(0)])


class Plan:
    """Draws rows that begin with 1, 2, ..., and takes a network's weights where they fit, twice as large."""

    def __init__(self, **widths):
        self.widths = widths

    def first_rows(self, side, n, width, rng):
        return rows(*range(1, n + 1), width=width) + np.float32(rng.random())

    def restore(self, fresh, before, now):
        self.asked = before, now
        return [2.0 * array for array in keep_if_alike(fresh, before.weights.network)]


def test_learned_rows_go_to_where_their_ids_stand_now_and_new_ids_keep_new_rows():
    weights = restore(Plan(), fresh(5, 4), before(), now(["new", "c", "a"], [2, 3]))
    # The rows that fill the tables up stay zero.
    np.testing.assert_array_equal(weights.tables["user"], rows(0, 12, 10, 0, 0))
    np.testing.assert_array_equal(weights.tables["item"], rows(21, 0, 0, 0))
    assert weights.fixed[0] == 7


def test_where_nobody_is_known_all_rows_are_new():
    weights = restore(Plan(), fresh(2, 2), before(), now(["x"], [9]))
    assert not weights.tables["user"].any()
    assert not weights.tables["item"].any()


def test_tables_of_another_width_start_anew():
    weights = restore(Plan(), fresh(2, 2, width=3), before(), now(["a"], [1]))
    assert not weights.tables["user"].any()
    assert weights.tables["user"].shape == (2, 3)


def test_the_plan_says_what_becomes_of_the_networks_weights():
    plan, old, known = Plan(), before(), now(["a"], [1])
    np.testing.assert_array_equal(restore(plan, fresh(2, 2), old, known).network[0], [2.0, 4.0])
    assert plan.asked == (old, known)


def test_networks_of_another_shape_start_anew():
    weights = restore(Plan(), fresh(2, 2, network_shape=(3,)), before(fixed=[]), now(["a"], [1]))
    np.testing.assert_array_equal(weights.network[0], np.zeros(3))
    assert weights.fixed[0] == 0
    np.testing.assert_array_equal(weights.tables["user"][0], [10, 10])  # which is no matter of the rows


def test_a_model_without_tables_restores_its_network():
    weights = restore(Plan(), Weights({}, [np.zeros(2)], []), before(tables={}, fixed=[]), now(["a"], [1]))
    assert weights.tables == {}
    np.testing.assert_array_equal(weights.network[0], [2.0, 4.0])


def test_what_was_learned_is_left_alone():
    old = before()
    restore(Plan(), fresh(3, 2), old, now(["c", "b"], [2]))
    np.testing.assert_array_equal(old.weights.tables["user"], rows(10, 11, 12))
    np.testing.assert_array_equal(old.weights.network[0], [1.0, 2.0])


@pytest.fixture
def network():
    """What first weights are drawn for."""
    from skrec.backends import find_backend, start

    keras = start(find_backend())
    made = keras.layers.Dense(1)
    made.build((None, 3))
    return made


@pytest.mark.parametrize(("n", "size"), [(3, MIN_SIZE), (63, MIN_SIZE), (64, bucket(65)), (100, bucket(101))])
def test_first_tables_are_filled_up_to_a_size_that_other_fits_have_with_a_row_for_padding(network, n, size):
    weights = draw_weights(Plan(user=2), now(range(n), [1]), network, np.random.default_rng(0))
    assert set(weights.tables) == {"user"}
    table = weights.tables["user"]
    assert (table.shape, table.dtype) == ((size, 2), np.float32)
    assert len(table) > n
    np.testing.assert_array_equal(np.floor(table[:n, 0]), np.arange(1, n + 1))
    assert not table[n:].any()


def test_first_weights_are_drawn_by_the_generator_alone_the_tables_first(network):
    known = now(["a"], [1, 2])
    first, again, other = (
        draw_weights(Plan(user=2, item=3), known, network, np.random.default_rng(seed)) for seed in (0, 0, 1)
    )
    for side in ("user", "item"):
        np.testing.assert_array_equal(first.tables[side], again.tables[side])
        assert not np.array_equal(first.tables[side], other.tables[side])
    np.testing.assert_array_equal(first.network[0], again.network[0])
    assert not np.array_equal(first.network[0], other.network[0])
    rng = np.random.default_rng(0)
    item, user = rng.random(), rng.random()  # in the order of the sides' names
    assert first.tables["item"][0, 0] == np.float32(1.0) + np.float32(item)
    assert first.tables["user"][0, 0] == np.float32(1.0) + np.float32(user)


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
    kept = keep_if_alike(first, second)
    assert all(array is expected for array, expected in zip(kept, second if same else first, strict=True))
