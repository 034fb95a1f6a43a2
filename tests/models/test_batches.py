from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.data import EncodedEvents
from skrec.models import _batches
from skrec.models._batches import MAX_STEPS, MIN_SIZE, BatchSource, PositivePairs, bucket


def make_events(n_events, n_users=7, n_items=11, *, seed=0, negatives=False, ratings=False):
    """Random events without repeated pairs, unless there are more than pairs."""
    rng = np.random.default_rng(seed)
    pairs = rng.permutation(n_users * n_items)[:n_events]
    labels = rng.integers(0, 2, size=len(pairs)).astype(np.float32) if negatives else None
    if ratings:
        labels = rng.uniform(1.0, 5.0, size=len(pairs)).astype(np.float32)
    return EncodedEvents(
        pairs // n_items,
        pairs % n_items,
        labels,
        rng.uniform(0.5, 2.0, size=len(pairs)).astype(np.float32),
        labels > 0 if negatives else np.ones(len(pairs), dtype=bool),
        np.zeros(len(pairs), dtype=np.int64),
        n_users,
        n_items,
    )


def nothing(events):
    return events.take(np.zeros(len(events), dtype=bool))


def known_pairs(events):
    return PositivePairs(events, nothing(events), events)


def make_source(events, loss, n_negatives=3, batch_size=64, seed=0, known=None):
    known = known_pairs(events) if known is None else known
    return BatchSource(events, loss, n_negatives, batch_size, np.random.default_rng(seed), known)


def rows_of(source):
    """Run one epoch; gives the batches that are to be run, one row an event, the padding included."""
    rows = {}
    for batches, n_steps in source.epoch():
        for name, array in batches.items():
            if name != "shared":
                rows.setdefault(name, []).append(array[:n_steps].reshape(-1, *array.shape[2:]))
    return {name: np.concatenate(arrays) for name, arrays in rows.items()}


@pytest.mark.parametrize(
    ("n", "size"), [(0, 1), (1, 1), (2, 2), (3, 4), (5, 6), (6, 6), (7, 8), (9, 12), (13, 16), (17, 24), (97, 128)]
)
def test_sizes_are_rounded_to_powers_of_two_and_three_quarters_of_them(n, size):
    assert bucket(n) == size


@given(st.integers(1, 10**9))
def test_a_rounded_size_holds_n_and_wastes_at_most_half_of_it(n):
    assert n <= bucket(n) <= max(1.5 * n, n + 1)
    assert bucket(bucket(n)) == bucket(n)


@pytest.mark.parametrize("loss", ["bce", "bpr", "softmax", "mse"])
@settings(deadline=None, max_examples=40)
@given(n_events=st.integers(1, 300), batch_size=st.integers(1, 90), limit=st.integers(1, 3000))
def test_every_event_comes_once_an_epoch_whatever_the_sizes(loss, n_events, batch_size, limit):
    events = make_events(n_events, 20, 30)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_batches, "_CHUNK_IDS", limit)
        source = make_source(events, loss, batch_size=batch_size)
        rows, steps = rows_of(source), [n_steps for _, n_steps in source.epoch()]
    real = rows["weight"][:, 0] > 0
    found = Counter(zip(rows["user"][real].tolist(), rows["item"][real, 0].tolist(), strict=True))
    assert found == Counter(zip(events.users.tolist(), events.items.tolist(), strict=True))
    assert source.n_events == n_events
    assert sum(steps) == source.n_steps == -(-n_events // source._size)
    assert all(0 < n_steps <= source._steps <= MAX_STEPS for n_steps in steps)


@pytest.mark.parametrize("loss", ["bce", "bpr", "softmax", "mse"])
def test_chunks_have_one_shape_so_that_nothing_is_compiled_again(loss, monkeypatch):
    monkeypatch.setattr(_batches, "_CHUNK_IDS", 300)
    source = make_source(make_events(77), loss, batch_size=8)
    shapes = {
        tuple((name, array.shape, str(array.dtype)) for name, array in batches.items()) for batches, _ in source.epoch()
    }
    assert len(shapes) == 1
    shape = {name: (shape, dtype) for name, shape, dtype in shapes.pop()}
    width = 4 if loss in {"bce", "bpr"} else 1
    steps = source._steps
    assert shape["user"] == ((steps, 8), "int32")
    assert shape["item"] == ((steps, 8, width), "int32")
    assert shape["label"] == shape["weight"] == ((steps, 8, width), "float32")
    assert shape.get("shared") == (((steps, 3), "int32") if loss == "softmax" else None)


@pytest.mark.parametrize("loss", ["bce", "bpr", "softmax", "mse"])
def test_padding_weighs_nothing_and_touches_no_real_row(loss):
    events = make_events(50)
    rows = rows_of(make_source(events, loss, batch_size=16))
    padding = np.arange(64) >= 50
    assert not rows["weight"][padding].any()
    assert not rows["label"][padding].any()
    assert (rows["user"][padding] == events.n_users).all()
    assert (rows["item"][padding] == events.n_items).all()
    assert (rows["weight"][~padding] > 0).all()
    assert (rows["user"][~padding] < events.n_users).all()
    assert (rows["item"][~padding] < events.n_items).all()


def test_tiny_data_are_filled_up_to_one_size():
    assert make_source(make_events(3), "bce", batch_size=1024)._size == MIN_SIZE
    assert make_source(make_events(3), "bce", batch_size=8)._size == 8


@pytest.mark.parametrize("loss", ["bce", "bpr"])
def test_negatives_are_hardly_ever_positive_and_cover_everything_else(loss):
    events = make_events(30)
    positive = set(zip(events.users.tolist(), events.items.tolist(), strict=True))
    drawn = Counter()
    source = make_source(events, loss, n_negatives=5)
    for _ in range(40):
        rows = rows_of(source)
        real = rows["weight"][:, 0] > 0
        drawn.update(
            (user, item)
            for user, items in zip(rows["user"][real].tolist(), rows["item"][real, 1:].tolist(), strict=True)
            for item in items
        )
    # Four rounds of rejection leave a false negative now and then to those who have most of the items.
    false = sum(count for pair, count in drawn.items() if pair in positive)
    assert false < 0.05 * sum(drawn.values())
    users = set(events.users.tolist())
    assert {(user, item) for user in users for item in range(11)} - positive <= set(drawn)


def test_negatives_are_never_positive_where_most_items_are_free():
    events = make_events(20, 10, 400)
    positive = set(zip(events.users.tolist(), events.items.tolist(), strict=True))
    rows = rows_of(make_source(events, "bce", n_negatives=50))
    real = rows["weight"][:, 0] > 0
    pairs = zip(np.repeat(rows["user"][real], 50).tolist(), rows["item"][real, 1:].ravel().tolist(), strict=True)
    assert not set(pairs) & positive


def test_who_has_everything_still_gets_negatives():
    events = make_events(12, 3, 4)
    rows = rows_of(make_source(events, "bce", n_negatives=2))
    assert (rows["item"][:12] < 4).all()


def test_labels_and_weights_of_bce_are_those_of_the_event_and_of_its_negatives():
    events = make_events(60, negatives=True)
    weights = dict(zip(zip(events.users.tolist(), events.items.tolist(), strict=True), events.weights, strict=True))
    positive = set(zip(events.users[events.positive].tolist(), events.items[events.positive].tolist(), strict=True))
    rows = rows_of(make_source(events, "bce"))
    for user, items, label, weight in zip(rows["user"], rows["item"], rows["label"], rows["weight"], strict=True):
        if user == events.n_users:
            continue
        pair = (int(user), int(items[0]))
        assert label.tolist() == [float(pair in positive), 0.0, 0.0, 0.0]
        # A labelled negative is a negative itself: the ones drawn beside it don't count.
        counted = weights[pair] if pair in positive else 0.0
        np.testing.assert_array_equal(weight, [weights[pair], counted, counted, counted])


def test_a_labelled_negative_may_be_drawn_as_a_negative():
    events = make_events(77, negatives=True)
    known = known_pairs(events)
    assert not known.contains(events.users[~events.positive], events.items[~events.positive]).any()
    assert known.contains(events.users[events.positive], events.items[events.positive]).all()


@pytest.mark.parametrize("loss", ["bpr", "softmax"])
def test_ranking_losses_leave_labelled_negatives_out(loss):
    events = make_events(60, negatives=True)
    source = make_source(events, loss)
    rows = rows_of(source)
    real = rows["weight"][:, 0] > 0
    assert source.n_events == real.sum() == events.positive.sum()
    found = set(zip(rows["user"][real].tolist(), rows["item"][real, 0].tolist(), strict=True))
    kept = events.positive
    assert found == set(zip(events.users[kept].tolist(), events.items[kept].tolist(), strict=True))


def test_all_candidates_of_bpr_carry_the_events_weight():
    rows = rows_of(make_source(make_events(40), "bpr"))
    np.testing.assert_array_equal(rows["weight"], np.repeat(rows["weight"][:, :1], 4, axis=1))


def test_without_any_positive_event_an_epoch_is_one_batch_of_padding():
    events = make_events(10, negatives=True).take(slice(0, 0))
    [(batches, n_steps)] = make_source(events, "bpr").epoch()
    assert n_steps == 1
    assert not batches["weight"].any()
    assert (batches["item"] == events.n_items).all()


def test_the_labels_of_mse_are_the_ratings():
    events = make_events(50, ratings=True)
    ratings = dict(zip(zip(events.users.tolist(), events.items.tolist(), strict=True), events.ratings, strict=True))
    rows = rows_of(make_source(events, "mse"))
    real = rows["weight"][:, 0] > 0
    for user, item, label in zip(rows["user"][real], rows["item"][real, 0], rows["label"][real, 0], strict=True):
        assert label == ratings[int(user), int(item)]


def test_shared_negatives_are_distinct_and_differ_between_steps_and_epochs():
    source = make_source(make_events(70, n_items=40), "softmax", n_negatives=15, batch_size=16)
    epochs = [np.concatenate([batches["shared"] for batches, _ in source.epoch()]) for _ in range(30)]
    for step in np.concatenate(epochs):
        assert len(set(step.tolist())) == 15
        assert step.min() >= 0
        assert step.max() < 40
    assert len({tuple(sorted(step.tolist())) for step in epochs[0]}) == len(epochs[0])
    assert not np.array_equal(epochs[0], epochs[1])
    counts = np.bincount(np.concatenate(epochs).ravel(), minlength=40)
    assert counts.min() > 0.6 * counts.mean()  # uniformly: no item is favoured


@pytest.mark.parametrize("n_negatives", [11, 2048])
def test_as_many_shared_negatives_as_items_are_all_items(n_negatives):
    [(batches, _)] = make_source(make_events(50), "softmax", n_negatives=n_negatives).epoch()
    np.testing.assert_array_equal(batches["shared"], np.tile(np.arange(11), (len(batches["shared"]), 1)))


def test_epochs_are_shuffled_and_seeded():
    events = make_events(70)

    def two_epochs(seed):
        source = make_source(events, "bce", seed=seed)
        return [rows_of(source)["item"] for _ in range(2)]

    first, again, other = two_epochs(0), two_epochs(0), two_epochs(1)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first[0], other[0])


@settings(deadline=None, max_examples=40)
@given(n_events=st.integers(1, 200), n_held_out=st.integers(0, 60), seed=st.integers(0, 5))
def test_the_bitmap_and_the_sorted_keys_of_large_catalogues_agree(n_events, n_held_out, seed):
    events = make_events(n_events, 15, 20, seed=seed, negatives=True)
    held_out = events.take(np.arange(len(events)) < n_held_out)
    train = events.take(np.arange(len(events)) >= n_held_out)
    small = PositivePairs(events, held_out, train)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_batches, "_BITMAP_ENTRIES", 0)
        large = PositivePairs(events, held_out, train)
    assert small._bitmap is not None
    assert large._bitmap is None
    users, items = np.arange(15)[:, np.newaxis], np.arange(20)
    np.testing.assert_array_equal(small.contains(users, items), large.contains(users, items))
    expected = np.zeros((15, 20), dtype=bool)
    expected[train.users[train.positive], train.items[train.positive]] = True
    np.testing.assert_array_equal(small.contains(users, items), expected)


def test_a_held_out_pair_may_be_drawn_as_a_negative_unless_it_was_trained_on_too():
    events = make_events(30)
    held_out = events.take(slice(0, 10))
    train = events.take(np.r_[0, 10:30])  # the first event was repeated, and one of the two held out
    known = PositivePairs(events, held_out, train)
    assert known.contains(events.users[:1], events.items[:1]).all()
    assert not known.contains(events.users[1:10], events.items[1:10]).any()
    assert known.contains(events.users[10:], events.items[10:]).all()
    drawn = Counter()
    source = make_source(train, "bce", n_negatives=8, known=known)
    for _ in range(20):
        rows = rows_of(source)
        drawn.update(zip(np.repeat(rows["user"], 8).tolist(), rows["item"][:, 1:].ravel().tolist(), strict=True))
    users_left = set(train.users.tolist())
    for user, item in zip(events.users[1:10].tolist(), events.items[1:10].tolist(), strict=True):
        assert user not in users_left or drawn[user, item] > 0
