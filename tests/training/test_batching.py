import numpy as np
import pytest

from skrec.data import EncodedEvents
from skrec.losses import BCE, Softmax
from skrec.serving import Reading
from skrec.training import PairBatching, SequenceBatching
from skrec.training.batches import BatchSource
from skrec.training.batching import with_earlier
from skrec.training.positives import PositivePairs
from skrec.training.sequences import SequenceSource

N_ITEMS = 30


def make_events(first, last, n_users=4, context=None):
    """Events of each user from a first moment to a last one, with the item 5 t + u at time t."""
    users, times = (part.ravel() for part in np.meshgrid(np.arange(n_users), np.arange(first, last), indexing="ij"))
    n = len(users)
    columns = (users, (5 * times + users) % N_ITEMS, None, np.ones(n, np.float32), np.ones(n, bool), times)
    return EncodedEvents(*columns, n_users, N_ITEMS, context)


def known(events):
    return PositivePairs(events, events.take([]), events)


PAIRS = PairBatching(BCE(), 3, "uniform", 16, ("user", "item"))
SEQUENCES = SequenceBatching(BCE(), 3, "uniform", 64, Reading(8), 0.5)


def test_pairs_are_held_out_at_random_and_histories_by_their_end():
    events = make_events(0, 20)
    _, at_random = PAIRS.split(events, 0.2, np.random.default_rng(0))
    train, latest = SEQUENCES.split(events, 0.2, np.random.default_rng(0))
    for user in range(4):
        assert latest.times[latest.users == user].min() > train.times[train.users == user].max()
    assert at_random.times.min() < 10
    for batching in (PAIRS, SEQUENCES):
        first, again = (batching.split(events, 0.2, np.random.default_rng(1))[1].items for _ in range(2))
        np.testing.assert_array_equal(first, again)


def test_pairs_are_those_of_the_new_events_alone():
    earlier, new = make_events(0, 5), make_events(5, 8)
    source = PAIRS.source(new, earlier, known(new), np.random.default_rng(0))
    assert type(source) is BatchSource
    assert source.n_events == len(new) == 12
    [(batches, n_steps)] = source.epoch()
    assert n_steps == 1
    assert batches["item"].shape == (1, 16, 4)  # the event's item, and three negatives
    assert {"user_rows", "item_rows"} <= set(batches)


def test_earlier_events_of_a_history_are_read_and_not_predicted_again():
    earlier, new = make_events(0, 5), make_events(5, 8)
    source = SEQUENCES.source(new, earlier, known(new), np.random.default_rng(0))
    assert type(source) is SequenceSource
    [(batches, _)] = source.epoch()
    rows = batches["item_rows"][0]
    there = batches["weight"][0, :, 0] > 0
    assert sorted(rows[batches["item"][0, there, 0]]) == sorted(new.items)
    read = set(rows[batches["history"][0]].ravel().tolist()) - {N_ITEMS}
    assert read >= set(earlier.items[earlier.times > 0].tolist())


def test_the_calibration_of_a_sequence_model_weighs_its_positives():
    events = make_events(0, 6)
    for calibration, weight in ((0.0, 1.0), (1.0, 3 / (N_ITEMS - 1))):
        batching = SequenceBatching(BCE(), 3, "uniform", 64, Reading(8), calibration)
        [(batches, _)] = batching.source(events, None, known(events), np.random.default_rng(0)).epoch()
        found = batches["weight"][0, :, 0]
        np.testing.assert_allclose(found[found > 0], weight, rtol=1e-5)


@pytest.mark.parametrize("batching", [PAIRS, SEQUENCES], ids=lambda batching: type(batching).__name__)
def test_the_same_generator_gives_the_same_batches(batching):
    events = make_events(0, 9)
    first, again, other = (
        [batches for batches, _ in batching.source(events, None, known(events), np.random.default_rng(seed)).epoch()]
        for seed in (0, 0, 1)
    )
    assert all(np.array_equal(one[name], two[name]) for one, two in zip(first, again, strict=True) for name in one)
    assert any(not np.array_equal(one[name], two[name]) for one, two in zip(first, other, strict=True) for name in one)


def test_shared_negatives_are_as_many_as_the_batching_says():
    events = make_events(0, 9)
    batching = PairBatching(Softmax(), 7, "popularity", 16, ())
    [(batches, _)] = list(batching.source(events, None, known(events), np.random.default_rng(0)).epoch())
    assert batches["shared"].shape[1] == 7


def test_earlier_events_stand_first_and_weigh_nothing():
    earlier, new = make_events(0, 3), make_events(3, 5, context={"day": np.zeros(8)})
    joined = with_earlier(new, earlier)
    assert joined.context is None
    assert joined.weights.tolist() == [0.0] * 12 + [1.0] * 8
    np.testing.assert_array_equal(joined.items, [*earlier.items, *new.items])
    assert earlier.weights.all()
    alone = with_earlier(new, None)
    assert (alone.context, len(alone)) == (None, 8)
