"""What is learned of events: their ratings and features, as a network takes them. Nothing here needs a network."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from skrec import Interactions
from skrec.data import Histories, Vocabulary, encode_events
from skrec.exceptions import InvalidDataError
from skrec.losses import BCE, MSE
from skrec.preprocessing import FeatureEncoder
from skrec.training import Lesson, prepare


class Raw(MSE):
    """Learns ratings as they are."""

    centred = False


def frame(users=("a", "b", "a")):
    return pd.DataFrame({"user_id": list(users), "item_id": ["x", "x", "y"], "day": ["mon", "tue", "mon"]})


TABLE = pd.DataFrame({"item_id": ["y", "x", "unknown"], "year": [2000.0, 1990.0, 1000.0]})


def lesson_of(X, ratings=None, weights=None, before=None, grows=False):
    """A lesson, with the ids of its events."""
    users, items = (Vocabulary.build(X.events[name], name)[0] for name in ("user_id", "item_id"))
    ratings = None if ratings is None else np.array(ratings, dtype=np.float32)
    weights = None if weights is None else np.array(weights, dtype=np.float32)
    events = encode_events(X, ratings, weights, users, items)
    return Lesson(events, events, X, grows=grows, before=before), users, items


def prepared(lesson, users, items, loss=None, asked="mse", sides=()):
    counts = np.bincount(lesson.events.items, minlength=len(items)).astype(float)
    return prepare(lesson, loss or MSE(), asked, users, items, Histories.group(lesson.events), counts, sides)


def test_labels_and_events_stay_as_they_are():
    lesson, users, items = lesson_of(Interactions(frame()), ratings=[1.0, 0.0, 1.0])
    known, after = prepared(lesson, users, items, BCE())
    np.testing.assert_array_equal(after.events.ratings, [1.0, 0.0, 1.0])
    assert (known.rating_mean, known.features) == (0.0, None)
    assert (known.users, known.items) == (users, items)
    assert (known.weights.tables, known.weights.network, known.weights.fixed) == ({}, [], [])
    assert after.events.context is None
    assert (after.everything, after.interactions) == (lesson.everything, lesson.interactions)


def test_ratings_are_centred_by_their_weighted_mean():
    lesson, users, items = lesson_of(Interactions(frame()), ratings=[5.0, 1.0, 4.0], weights=[1.0, 2.0, 1.0])
    known, after = prepared(lesson, users, items)
    assert known.rating_mean == 2.75
    np.testing.assert_allclose(after.events.ratings, [2.25, -1.75, 1.25])
    np.testing.assert_array_equal(lesson.events.ratings, [5.0, 1.0, 4.0])
    np.testing.assert_array_equal(after.everything.ratings, [5.0, 1.0, 4.0])


def test_what_came_before_keeps_its_mean():
    lesson, users, items = lesson_of(Interactions(frame()), ratings=[5.0, 1.0, 4.0])
    before, _ = prepared(lesson, users, items)
    later = replace(lesson, before=replace(before, rating_mean=3.0))
    known, after = prepared(later, users, items)
    assert known.rating_mean == 3.0
    np.testing.assert_allclose(after.events.ratings, [2.0, -2.0, 1.0])


def test_a_loss_may_learn_ratings_as_they_are():
    lesson, users, items = lesson_of(Interactions(frame()), ratings=[5.0, 1.0, 4.0])
    known, after = prepared(lesson, users, items, Raw())
    assert known.rating_mean == 0.0
    np.testing.assert_array_equal(after.events.ratings, [5.0, 1.0, 4.0])


@pytest.mark.parametrize("loss", [MSE(), Raw()], ids=["centred", "as they are"])
def test_without_ratings_there_is_nothing_to_learn(loss):
    lesson, users, items = lesson_of(Interactions(frame()))
    with pytest.raises(InvalidDataError) as caught:
        prepared(lesson, users, items, loss, asked=loss)
    assert str(caught.value) == (
        f"loss={loss!r} learns ratings, and there are none. Pass y, or a column 'rating' in X."
    )


@pytest.fixture(scope="module")
def encoded():
    """The events with encoded features of their items and moments."""
    encoder = FeatureEncoder(None, [("year", "number", "year")], [("day", "category", "day")])
    return encoder.fit_transform(Interactions(frame(), items=TABLE))


def test_features_are_read_in_the_order_of_the_ids_and_context_in_that_of_the_events(encoded):
    lesson, users, items = lesson_of(encoded)
    known, after = prepared(lesson, users, items, BCE(), sides=("item", "context"))
    assert items.ids.tolist() == ["x", "y"]
    [year] = known.features.arrays["item"].values()
    assert len(year) == 3  # and one of which nothing is known
    assert year[0, 0] < year[1, 0]
    [day] = after.events.context.values()
    assert len(day) == 3
    np.testing.assert_array_equal(day[0], day[2])
    assert not np.array_equal(day[0], day[1])
    assert known.features.arrays["user"] == {}


def test_a_side_that_no_network_reads_is_left_out(encoded):
    lesson, users, items = lesson_of(encoded)
    known, after = prepared(lesson, users, items, BCE(), sides=("user",))
    assert known.features.arrays == {"user": {}, "item": {}}
    assert after.events.context is None
    assert prepared(lesson, users, items, BCE())[0].features is None


def test_further_events_are_encoded_as_the_first_were(encoded):
    lesson, users, items = lesson_of(encoded)
    first, _ = prepared(lesson, users, items, BCE(), sides=("item", "context"))
    # Later, the year of one film is another; encoders fitted on the new events would know no other day.
    later = Interactions(frame(["a", "a", "c"]).assign(day="mon"), items=TABLE.assign(year=[2000.0, 1995.0, 1000.0]))
    grown, users, items = lesson_of(later, before=first, grows=True)
    known, after = prepared(grown, users, items, BCE(), sides=("item", "context"))
    assert known.features.fields["item"] is first.features.fields["item"]
    [before], [year] = (of.features.arrays["item"].values() for of in (first, known))
    assert before[0, 0] < year[0, 0] < year[1, 0] == before[1, 0]
    [day] = after.events.context.values()
    [mon] = prepared(lesson, users, items, BCE(), sides=("item", "context"))[1].events.context.values()
    assert (day == mon[0]).all()


def test_a_fit_that_does_not_grow_reads_its_own_features(encoded):
    lesson, users, items = lesson_of(encoded)
    first, _ = prepared(lesson, users, items, BCE(), sides=("item",))
    again, _ = prepared(replace(lesson, before=first), users, items, BCE(), sides=("item",))
    assert again.features is not first.features
