"""What a fit learned, as a value: ids that are added make another one."""

import copy
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pandas as pd
import pytest

from skrec import Interactions
from skrec.exceptions import InvalidDataError, UnknownIdWarning
from skrec.programs import Weights

N = 12


@pytest.fixture(scope="module")
def learned(known, features):
    """Tables of users and items, and features of both."""
    rng = np.random.default_rng(0)
    tables = {side: rng.standard_normal((N, 5), dtype=np.float32) for side in ("user", "item")}
    return known(weights=Weights(tables, [np.ones(3)], []), features=features("user", "item"), rating_mean=2.5)


@pytest.fixture
def new():
    """Two new ids of a side, with their features; of the second nothing is known."""

    def make(side):
        columns = {"side": ["odd", None]} if side == "user" else {"colour": ["black", None], "size": [3, None]}
        return pd.DataFrame({f"{side}_id": [70, 71], **columns})

    return make


def encoder(learned, side):
    return learned.features.fields[side][0][1]


def test_it_cannot_be_changed(learned):
    with pytest.raises(FrozenInstanceError):
        learned.rating_mean = 0.0


def test_ids_and_their_numbers_are_given_by_side(learned, ids):
    assert (learned.ids("user"), learned.ids("item")) == ids
    assert (learned.n_of_fit("user"), learned.n_of_fit("item")) == (N, N)


def test_a_part_of_the_features_is_taken_by_code_and_minus_1_is_of_whom_nothing_is_known(learned):
    part = learned.part("item", np.array([3, -1]))
    assert set(part) == {"colour", "size"}
    whole = learned.features.arrays["item"]
    for name, rows in part.items():
        np.testing.assert_array_equal(rows, whole[name][[3, N]])


def test_context_is_that_of_the_features_or_none(known, features, board):
    with_context = known(features=features("context"))
    found = with_context.context(board.events, len(board), "X")["device"]
    np.testing.assert_array_equal(found, with_context.features.context(board.events, len(board), "X")["device"])
    assert known(features=features("item")).context(board.events, len(board), "X") is None
    assert known().context(board.events, len(board), "X") is None


@pytest.mark.parametrize(("counts", "n"), [([3.0, 1.0], N), ([30.0, 6.0], 31.0), ([0.0, 0.0], N)])
def test_shares_are_of_the_users_of_fit_and_below_1_however_often_an_event_repeats(known, counts, n):
    learned = replace(known(), item_counts=np.array(counts))
    np.testing.assert_allclose(learned.shares, np.array(counts) / n)


def test_shares_do_not_change_with_users_that_are_added(learned, new):
    np.testing.assert_array_equal(learned.with_ids("user", new("user"), "users").shares, learned.shares)


@pytest.mark.parametrize("side", ["user", "item"])
def test_new_ids_follow_the_known_ones_with_rows_of_zeros_and_encoded_features(learned, new, side):
    before = copy.deepcopy(learned)
    grown = learned.with_ids(side, new(side), "frame")
    assert grown.ids(side).ids.tolist() == [*range(N), 70, 71]
    np.testing.assert_array_equal(grown.weights.tables[side][:N], learned.weights.tables[side])
    np.testing.assert_array_equal(grown.weights.tables[side][N:], 0.0)
    assert (grown.n_of_fit(side), grown.n_added[side]) == (N, 2)
    column = grown.features.fields[side][0][2]
    expected = encoder(learned, side).transform(new(side)[column])
    name = grown.features.fields[side][0][0]
    np.testing.assert_array_equal(grown.features.arrays[side][name][N : N + 2], expected)
    np.testing.assert_array_equal(grown.features.arrays[side][name][-1], learned.features.arrays[side][name][-1])
    assert len(grown.features.arrays[side][name]) == N + 3
    # The other side, and all else, is the very same.
    other = "item" if side == "user" else "user"
    assert grown.ids(other) is learned.ids(other)
    assert grown.features.arrays[other] is learned.features.arrays[other]
    assert grown.weights.tables[other] is learned.weights.tables[other]
    assert grown.weights.network is learned.weights.network
    assert (grown.rating_mean, grown.pool is learned.pool) == (2.5, True)
    # And the value before is what it was.
    assert learned.ids(side).ids.tolist() == before.ids(side).ids.tolist()
    assert learned.n_added == {"user": 0, "item": 0}
    np.testing.assert_array_equal(learned.weights.tables[side], before.weights.tables[side])
    np.testing.assert_array_equal(learned.features.arrays[side][name], before.features.arrays[side][name])


def test_users_and_items_added_together_keep_all_shapes_fitting(learned, new):
    grown = learned.with_ids("user", new("user"), "users").with_ids("item", new("item"), "items")
    assert (grown.n_of_fit("user"), grown.n_of_fit("item")) == (N, N)
    assert grown.histories.n_users == len(grown.users) == N + 2
    assert grown.histories.n_items == len(grown.items) == len(grown.item_counts) == N + 2
    assert grown.histories.seen().shape == (N + 2, N + 2)
    assert grown.histories.row(N).tolist() == []
    np.testing.assert_array_equal(grown.histories.row(3), learned.histories.row(3))
    np.testing.assert_array_equal(grown.item_counts[N:], 0.0)


def test_ids_are_added_twice(learned, new):
    once = learned.with_ids("item", new("item").head(1), "items")
    twice = once.with_ids("item", new("item"), "items")
    assert twice.items.ids.tolist() == [*range(N), 70, 71]
    assert twice.n_of_fit("item") == N


def test_of_an_id_that_comes_twice_the_first_row_counts(learned, new):
    frame = pd.concat([new("item").head(1), new("item").head(1).assign(colour="white")])
    grown = learned.with_ids("item", frame, "items")
    assert len(grown.items) == N + 1
    np.testing.assert_array_equal(grown.part("item", -2)["colour"], learned.part("item", 1)["colour"])


def test_where_there_is_nothing_to_add_it_is_itself(learned, known):
    item = pd.DataFrame({"item_id": [3], "colour": ["black"], "size": [1]})
    nothing = [item, item.head(0), pd.DataFrame({"item_id": [70], "plot": ["x"]}), pd.DataFrame({"colour": ["white"]})]
    assert all(learned.with_ids("item", frame, "items") is learned for frame in nothing)
    plain = known()
    assert plain.with_ids("item", item.assign(item_id=70), "items") is plain


def test_ids_of_another_kind_are_unknown_with_a_warning(learned):
    frame = pd.DataFrame({"user_id": ["ann"], "side": ["odd"]})
    with pytest.warns(UnknownIdWarning, match="All user ids are unknown"):
        assert learned.with_ids("user", frame, "users") is learned


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"item_id": [70, None]}, r"Column 'item_id' contains NaN or null ids in rows \[1\]"),
        ({"size": ["large", 1]}, r"Row 0 of column 'size' is 'large', and a number is expected"),
    ],
)
def test_rows_that_cannot_be_read_are_named(learned, new, change, message):
    with pytest.raises(InvalidDataError, match=message):
        learned.with_ids("item", new("item").assign(**change), "items")


def test_columns_that_encoders_read_must_be_there(learned, new):
    with pytest.raises(InvalidDataError, match=r"items lacks the columns \['size'\], which encoders read"):
        learned.with_ids("item", new("item").drop(columns="size"), "items")


class TestOfEvents:
    @pytest.fixture
    def met(self, new):
        """Events of known and new ids; tables that have a row of some, and of ids without an event."""
        items = pd.concat([new("item"), pd.DataFrame({"item_id": [72], "colour": ["white"], "size": [1]})])
        return Interactions([(70, 71), (3, 70), (99, 99)], new("user"), items)

    def test_ids_with_an_event_and_a_row_are_added(self, learned, met):
        grown = learned.with_ids_of(met)
        assert grown.users.ids[N:].tolist() == [70]
        assert sorted(grown.items.ids[N:].tolist()) == [70, 71]

    def test_known_ids_and_events_without_tables_add_none(self, learned, met, board):
        assert learned.with_ids_of(board) is learned
        assert learned.with_ids_of(Interactions(met.events)) is learned

    def test_a_table_that_lacks_a_column_is_named(self, learned, met):
        lacking = Interactions(met.events, items=met.items.drop(columns="size"))
        with pytest.raises(InvalidDataError, match=r"The table of items lacks the columns \['size'\]"):
            learned.with_ids_of(lacking)
