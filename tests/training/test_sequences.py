import numpy as np
import pytest

from skrec.data import EncodedEvents
from skrec.losses import find_loss
from skrec.serving import Reading
from skrec.training.positives import PositivePairs
from skrec.training.sequences import SequenceSource

N_ITEMS = 50


def make_events(lengths, weights=None, seed=0):
    """Item codes say where an event stands: user u's n-th item is 10 * n + u, modulo the catalogue."""
    users = np.repeat(np.arange(len(lengths)), lengths)
    ages = np.concatenate([np.arange(length) for length in lengths])
    items = (10 * ages + users) % N_ITEMS
    n = len(users)
    weights = np.ones(n, dtype=np.float32) if weights is None else np.asarray(weights, dtype=np.float32)
    columns = (users, items, None, weights, np.ones(n, dtype=bool), 1000.0 + 3.0 * np.arange(n) ** 2)
    return EncodedEvents(*columns, len(lengths), N_ITEMS).take(np.random.default_rng(seed).permutation(n))


def make_source(
    events, reading=None, loss="softmax", n_negatives=7, negatives="uniform", batch_size=64, calibration=0.0
):
    known = PositivePairs(events, events.take([]), events)
    return SequenceSource(
        events,
        reading or Reading(8),
        find_loss(loss),
        n_negatives,
        negatives,
        batch_size,
        np.random.default_rng(1),
        known,
        calibration,
    )


def steps_of(source):
    """Batches of an epoch one by one, with item ids in place of positions among the rows."""
    for batches, n in source.epoch():
        for step in range(n):
            batch = {name: array[step] for name, array in batches.items()}
            for name in ("history", "item", "shared"):
                if name in batch:
                    batch[name] = batch["item_rows"][batch[name]]
            yield batch


LENGTHS = [1, 2, 5, 9, 30, 7, 3, 2, 2, 4]


def pairs_predicted(source):
    """Each predicted event with the event it is predicted from."""
    found = []
    for batch in steps_of(source):
        there = batch["weight"][:, 0] > 0
        read = batch["history"].ravel()[batch["place"]]
        found += zip(read[there].tolist(), batch["item"][there, 0].tolist(), strict=True)
    return sorted(found)


@pytest.mark.parametrize("batch_size", [16, 64, 1024])
def test_one_pass_predicts_every_event_but_the_first_from_the_one_before(batch_size):
    source = make_source(make_events(LENGTHS), batch_size=batch_size)
    expected = sorted(
        ((10 * n + user) % N_ITEMS, (10 * n + 10 + user) % N_ITEMS)
        for user, length in enumerate(LENGTHS)
        for n in range(length - 1)
    )
    assert pairs_predicted(source) == expected
    assert pairs_predicted(source) == expected  # in every epoch


def test_histories_in_a_row_keep_their_ages_and_places():
    source = make_source(make_events(LENGTHS))
    for batch in steps_of(source):
        age, position, history = batch["age"], batch["position"], batch["history"]
        for row in range(len(age)):
            for column in np.flatnonzero(history[row] < N_ITEMS):
                start = column - age[row, column]
                assert age[row, start] == 0
                assert (history[row, start : column + 1] % 10 == history[row, column] % 10).all()  # one user's
                assert position[row, column] - position[row, start] == age[row, column]
        assert position.max() == 7
        assert (age[history == N_ITEMS] == 0).all()


def test_padding_costs_little_however_short_histories_are():
    lengths = [3] * 300 + [40] * 3
    source = make_source(make_events(lengths), Reading(40), batch_size=256)
    cells = filled = 0
    for batch in steps_of(source):
        cells += batch["history"].size
        filled += (batch["history"] < N_ITEMS).sum()
    assert filled / cells > 0.8  # one history a row would fill a twentieth


@pytest.mark.parametrize(("max_length", "batch_size"), [(50, 128), (10, 128), (100, 100), (100, 512)])
def test_batches_hold_as_many_events_as_whole_rows_come_near_and_are_full(max_length, batch_size):
    lengths = np.random.default_rng(0).geometric(1 / 30, size=200) + 1
    source = make_source(make_events(lengths), Reading(max_length), batch_size=batch_size)
    predicted = [int((batch["weight"] > 0).sum()) for batch in steps_of(source)]
    cells = next(steps_of(source))["history"].size
    assert abs(cells - batch_size) <= max_length / 2
    assert sum(predicted) == (lengths - 1).sum()
    assert sum(predicted) / (len(predicted) * cells) > 0.9


def test_rows_are_in_random_order():
    source = make_source(make_events([9] * 20 + [3] * 20), batch_size=8)
    lengths = [int(batch["age"].max()) for batch in steps_of(source)]
    assert lengths != sorted(lengths, reverse=True)


def test_events_of_weight_zero_are_read_and_not_predicted():
    lengths = [6, 6, 6]
    weights = np.ones(18)
    weights[:6] = 0.0  # all of the first user's
    weights[6:10] = 0.0  # the first four of the second's
    source = make_source(make_events(lengths, weights))
    targets = [item for _, item in pairs_predicted(source)]
    assert sorted(targets) == sorted([41, 1, *((10 * n + 2) % N_ITEMS for n in range(1, 6))])
    read = {item for batch in steps_of(source) for item in batch["history"].ravel().tolist()}
    assert 1 in read
    assert not any(item % 10 == 0 and item < N_ITEMS for item in read)  # the first user has nothing to predict


def test_without_anything_to_predict_there_is_one_batch_of_padding():
    source = make_source(make_events([1, 1, 1]))
    [batch] = list(steps_of(source))
    assert not batch["weight"].any()
    assert (batch["history"] == N_ITEMS).all()


def test_without_a_positive_event_there_is_one_batch_of_padding():
    events = make_events([3, 3])
    source = make_source(events.take(np.zeros(6, dtype=bool)))
    [batch] = list(steps_of(source))
    assert not batch["weight"].any()


def test_masked_events_are_predicted_in_their_own_place():
    source = make_source(make_events(LENGTHS), Reading(8, mask_share=0.3))
    masked = total = 0
    for _ in range(20):
        for batch in steps_of(source):
            there = batch["weight"][:, 0] > 0
            read = batch["history"].ravel()[batch["place"][there]]
            np.testing.assert_array_equal(read, batch["item"][there, 0])
            assert (batch["masked"].ravel()[batch["place"][there]] == 1.0).all()
            assert batch["masked"].sum() == there.sum()
            masked, total = masked + there.sum(), total + (batch["history"] < N_ITEMS).sum()
    assert 0.25 < masked / total < 0.5


def test_times_count_from_the_first_event_of_a_window():
    source = make_source(make_events([4]), Reading(8, time_unit=3.0))
    [batch] = list(steps_of(source))
    rows, columns = np.nonzero(batch["history"] < N_ITEMS)
    np.testing.assert_allclose(batch["time"][rows, columns], [0.0, 1.0, 4.0])


def test_under_bce_each_event_has_negatives_that_its_user_has_no_event_with():
    source = make_source(make_events(LENGTHS), loss="bce", n_negatives=3, calibration=1.0)
    for batch in steps_of(source):
        there = batch["weight"][:, 0] > 0
        assert batch["item"].shape == (64, 4)
        np.testing.assert_array_equal(batch["label"][there], np.tile([1.0, 0, 0, 0], (there.sum(), 1)))
        # The weight of gBCE with t = 1: the share of the negatives that are drawn.
        np.testing.assert_allclose(batch["weight"][there, 0], 3 / (N_ITEMS - 1), rtol=1e-5)
        assert (batch["weight"][there, 1:] == 1.0).all()
        own = batch["item"][there]
        long = own[:, 0] % 10 != 4
        assert (own[long, 1:] % 10 != own[long, :1] % 10).mean() > 0.9


def test_without_calibration_positives_weigh_one():
    batch = next(steps_of(make_source(make_events(LENGTHS), loss="bce", n_negatives=3)))
    assert set(batch["weight"][:, 0].tolist()) <= {0.0, 1.0}


@pytest.mark.parametrize("negatives", ["uniform", "popularity", "in-batch"])
def test_shared_negatives_come_with_how_often_they_are_drawn(negatives):
    source = make_source(make_events(LENGTHS), negatives=negatives)
    for batch in steps_of(source):
        assert batch["shared"].shape == batch["shared_log_count"].shape
        assert (batch["shared_log_count"][batch["shared"] == N_ITEMS] == 1e9).all()


def test_equal_seeds_give_equal_batches():
    first, second = (list(steps_of(make_source(make_events(LENGTHS)))) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])
