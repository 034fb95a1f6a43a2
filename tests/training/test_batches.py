from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skrec.data import EncodedEvents
from skrec.losses import BCE, find_loss
from skrec.programs import MAX_STEPS, MIN_SIZE, bucket
from skrec.training import batches as module
from skrec.training.batches import BatchSource
from skrec.training.positives import PositivePairs


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


def make_source(events, loss, n_negatives=3, batch_size=64, seed=0, known=None, negatives="uniform", tables=()):
    known = known_pairs(events) if known is None else known
    loss = find_loss(loss) if isinstance(loss, str) else loss
    return BatchSource(events, loss, n_negatives, negatives, batch_size, np.random.default_rng(seed), known, tables)


def rows_of(source):
    """Run one epoch; gives the batches that are to be run, one row an event, the padding included."""
    rows = {}
    for batches, n_steps in source.epoch():
        for name, array in batches.items():
            if name in {"user", "item", "label", "weight"}:
                rows.setdefault(name, []).append(array[:n_steps].reshape(-1, *array.shape[2:]))
    return {name: np.concatenate(arrays) for name, arrays in rows.items()}


@pytest.mark.parametrize("loss", ["bce", "bpr", "softmax", "mse"])
@settings(deadline=None, max_examples=40)
@given(n_events=st.integers(1, 300), batch_size=st.integers(1, 90), limit=st.integers(1, 3000))
def test_every_event_comes_once_an_epoch_whatever_the_sizes(loss, n_events, batch_size, limit):
    events = make_events(n_events, 20, 30)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CHUNK_IDS", limit)
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
    monkeypatch.setattr(module, "_CHUNK_IDS", 300)
    source = make_source(make_events(77), loss, batch_size=8)
    shapes = {
        tuple((name, array.shape, str(array.dtype)) for name, array in batches.items()) for batches, _ in source.epoch()
    }
    assert len(shapes) == 1
    shape = {name: (shape, dtype) for name, shape, dtype in shapes.pop()}
    width = 4 if loss in {"bce", "bpr"} else 1
    steps = source._steps
    assert shape.pop("user") == ((steps, 8), "int32")
    assert shape.pop("item") == ((steps, 8, width), "int32")
    # Of each event's candidates only those of bce have weights of their own, and only bce and mse read labels.
    assert shape.pop("weight") == ((steps, 8, width if loss == "bce" else 1), "float32")
    assert shape.pop("label", None) == (((steps, 8, width), "float32") if loss in {"bce", "mse"} else None)
    assert shape.pop("shared", None) == (((steps, 3), "int32") if loss == "softmax" else None)
    assert shape.pop("shared_log_count", None) == (((steps, 3), "float32") if loss == "softmax" else None)
    assert shape == {}


@pytest.mark.parametrize("loss", ["bce", "bpr", "softmax", "mse"])
def test_padding_weighs_nothing_and_touches_no_real_row(loss):
    events = make_events(50)
    rows = rows_of(make_source(events, loss, batch_size=16))
    padding = np.arange(64) >= 50
    assert not rows["weight"][padding].any()
    assert not rows.get("label", np.zeros(64))[padding].any()
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


@pytest.mark.parametrize("loss", ["bpr", "softmax", "mse"])
def test_an_event_carries_its_weight(loss):
    events = make_events(40)
    weights = dict(zip(zip(events.users.tolist(), events.items.tolist(), strict=True), events.weights, strict=True))
    rows = rows_of(make_source(events, loss))
    for user, items, weight in zip(rows["user"][:40], rows["item"][:40], rows["weight"][:40], strict=True):
        assert weight.tolist() == [weights[int(user), int(items[0])]]


@pytest.mark.parametrize(
    ("loss", "negatives"),
    [("bpr", "uniform"), ("bpr", "popularity"), *[("softmax", how) for how in ("uniform", "popularity", "in-batch")]],
)
def test_without_any_positive_event_an_epoch_is_one_batch_of_padding(loss, negatives):
    events = make_events(10, negatives=True)
    events = events.take(~events.positive)
    [(batches, n_steps)] = make_source(events, loss, negatives=negatives).epoch()
    assert n_steps == 1
    assert not batches["weight"].any()
    assert (batches["item"] == events.n_items).all()
    assert np.isfinite(batches.get("shared_log_count", 0.0)).all()


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


@pytest.mark.parametrize(
    ("n_items", "n_negatives", "size"), [(12, 12, 12), (12, 2048, 12), (11, 2048, 12), (11, 11, 11)]
)
def test_as_many_shared_negatives_as_items_are_all_items_filled_up_to_the_size_of_similar_catalogues(
    n_items, n_negatives, size
):
    [(batches, _)] = make_source(make_events(50, n_items=n_items), "softmax", n_negatives=n_negatives).epoch()
    expected = [*range(n_items), *[n_items] * (size - n_items)]
    np.testing.assert_array_equal(batches["shared"], np.tile(expected, (len(batches["shared"]), 1)))
    filling = batches["shared"] == n_items
    np.testing.assert_array_equal(batches["shared_log_count"], np.where(filling, np.float32(1e9), 0.0))


def test_epochs_are_shuffled_and_seeded():
    events = make_events(70)

    def two_epochs(seed):
        source = make_source(events, "bce", seed=seed)
        return [rows_of(source)["item"] for _ in range(2)]

    first, again, other = two_epochs(0), two_epochs(0), two_epochs(1)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first[0], other[0])


POSITIONS = {"user": ("user",), "item": ("item", "shared")}


@pytest.mark.parametrize("tables", [("user",), ("item",), ("user", "item"), ()], ids=str)
@pytest.mark.parametrize(
    ("loss", "negatives"),
    [("bce", "uniform"), ("bpr", "popularity"), ("softmax", "uniform"), ("softmax", "in-batch"), ("mse", "uniform")],
)
def test_where_a_side_has_a_table_its_ids_are_positions_among_the_distinct_rows(loss, negatives, tables):
    events = make_events(200, 20, 30)
    plain, packed = (
        make_source(events, loss, batch_size=16, negatives=negatives, tables=sides) for sides in ((), tables)
    )
    for (ids, n_steps), (batches, n_packed) in zip(plain.epoch(), packed.epoch(), strict=True):
        assert n_steps == n_packed
        for side, padding in (("user", 20), ("item", 30)):
            fields = [name for name in POSITIONS[side] if name in ids]
            if side not in tables:
                for name in fields:
                    np.testing.assert_array_equal(batches.pop(name), ids.pop(name))
                continue
            rows, counts = batches.pop(f"{side}_rows"), batches.pop(f"{side}_count")
            assert rows.dtype == counts.dtype == np.int32
            # No more rows than the table has, however many ids a batch names.
            assert rows.shape == (len(rows), min(sum(ids[name][0].size for name in fields), bucket(padding + 1)))
            for step, count in enumerate(counts):
                used = np.unique(np.concatenate([ids[name][step].ravel() for name in fields]))
                np.testing.assert_array_equal(rows[step, :count], used)
                assert (rows[step, count:] == padding).all()
            for name in fields:
                positions, expected = batches.pop(name), ids.pop(name)
                assert positions.dtype == np.int32
                assert positions.flags.c_contiguous
                found = np.take_along_axis(rows, positions.reshape(len(rows), -1), axis=1)
                np.testing.assert_array_equal(found.reshape(expected.shape), expected)
        assert set(batches) == set(ids)
        for name, array in ids.items():
            np.testing.assert_array_equal(batches[name], array)


def uneven_events(n_items=12):
    """342 events of as many users: the later an item, the more of them; three items have none."""
    items = np.repeat(np.arange(n_items), np.arange(n_items) * 5 + 1)
    n = len(items)
    ones = np.ones(n, dtype=np.float32)
    return EncodedEvents(np.arange(n), items, None, ones, np.ones(n, dtype=bool), np.zeros(n, np.int64), n, n_items + 3)


def test_popular_items_are_drawn_as_often_as_they_occur_unless_they_are_positive():
    events = uneven_events()
    nobody = nothing(events)
    source = make_source(events, "bpr", 9, known=PositivePairs(nobody, nobody, nobody), negatives="popularity")
    drawn = np.concatenate([rows_of(source)["item"][: len(events), 1:].ravel() for _ in range(10)])
    counts, occurring = np.bincount(drawn, minlength=15), np.bincount(events.items, minlength=15)
    assert not counts[12:].any()  # items without any event
    expected = occurring / occurring.sum()
    assert np.abs(counts / counts.sum() - expected).max() < 5.0 * np.sqrt(0.15 / len(drawn))
    known = known_pairs(events)
    rows = rows_of(make_source(events, "bce", 9, negatives="popularity"))
    real = rows["user"] < len(events)
    assert known.contains(rows["user"][real, np.newaxis], rows["item"][real, 1:]).mean() < 0.01


@pytest.mark.parametrize(
    ("negatives", "n_negatives", "batch_size"),
    [("uniform", 6, 16), ("uniform", 15, 16), ("popularity", 40, 16), ("in-batch", 6, 57)],
)
def test_the_logarithm_beside_a_shared_negative_is_of_how_often_it_is_drawn_on_average(
    negatives, n_negatives, batch_size
):
    events = uneven_events()
    source = make_source(events, "softmax", n_negatives, batch_size, negatives=negatives)
    counts, logs, n_batches = np.zeros(16), np.full(16, np.nan), 0
    for _ in range(300):
        for batches, n_steps in source.epoch():
            counts += np.bincount(batches["shared"][:n_steps].ravel(), minlength=16)
            logs[batches["shared"]] = batches["shared_log_count"]
            n_batches += n_steps
    drawn = np.flatnonzero(counts)
    assert drawn.tolist() == list(range(15 if negatives == "uniform" else 12))
    np.testing.assert_allclose(np.exp(logs[drawn]), counts[drawn] / n_batches, rtol=0.1, atol=0.02)
    if negatives == "in-batch":
        assert logs[15] == np.float32(1e9)  # what fills a batch up is nobody's negative


def test_in_batch_negatives_are_the_items_of_the_batch():
    source = make_source(make_events(70), "softmax", n_negatives=3, batch_size=16, negatives="in-batch")
    for batches, _ in source.epoch():
        assert batches["shared"].shape[1] == 16
        np.testing.assert_array_equal(batches["shared"], batches["item"][:, :, 0])


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


def test_under_a_calibration_positives_weigh_less_and_labelled_negatives_do_not():
    events = make_events(60, negatives=True)
    plain, calibrated = (rows_of(make_source(events, BCE(calibration=value)))["weight"] for value in (0.0, 1.0))
    real, positive = plain[:, 0] > 0, plain[:, 1] > 0  # negatives that are drawn count beside positives only
    assert 0 < positive.sum() < real.sum()
    # Of eleven items three are drawn: the share of the negatives, 3 / 10.
    np.testing.assert_allclose(calibrated[positive, 0], 0.3 * plain[positive, 0], rtol=1e-5)
    np.testing.assert_array_equal(calibrated[~positive, 0], plain[~positive, 0])
    np.testing.assert_array_equal(calibrated[:, 1:], plain[:, 1:])


def test_context_goes_with_its_event():
    events = replace(make_events(50), context={"day": np.arange(50.0), "place": np.arange(100.0).reshape(50, 2)})
    of_pair = {pair: n for n, pair in enumerate(zip(events.users.tolist(), events.items.tolist(), strict=True))}
    [(batches, _)] = make_source(events, "bce").epoch()
    assert batches["context/day"].shape == (1, 64)
    assert batches["context/place"].shape == (1, 64, 2)
    for place in range(50):
        number = of_pair[int(batches["user"][0, place]), int(batches["item"][0, place, 0])]
        assert batches["context/day"][0, place] == number
        assert batches["context/place"][0, place].tolist() == [2.0 * number, 2.0 * number + 1.0]
