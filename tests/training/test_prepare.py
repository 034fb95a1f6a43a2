from dataclasses import replace

import numpy as np
import pytest

from skrec import Interactions
from skrec.data import Histories, Vocabulary, encode_events
from skrec.exceptions import InvalidDataError
from skrec.losses import BCE, MSE
from skrec.training import Lesson, prepare

EVENTS = [("ann", "alien", 4.0), ("ann", "brazil", 1.0), ("bob", "alien", 1.0)]


def prepared(loss, asked="mse", rows=EVENTS, before=None, weights=None):
    X = Interactions(rows)
    users, items = Vocabulary(["ann", "bob"], "user"), Vocabulary(["alien", "brazil"], "item")
    events = encode_events(X, None, weights, users, items)
    lesson = Lesson(events, events, X, before=before)
    return prepare(lesson, loss, asked, users, items, Histories.group(events), np.array([2.0, 1.0]), ())


def test_ratings_are_centred_by_their_weighted_mean_which_is_known_from_then_on():
    known, lesson = prepared(MSE(), weights=np.array([1.0, 1.0, 2.0]))
    assert known.rating_mean == pytest.approx(7.0 / 4.0)
    np.testing.assert_allclose(lesson.events.ratings, np.array([4.0, 1.0, 1.0]) - 7.0 / 4.0)


def test_what_was_learned_before_is_relative_to_the_mean_of_then():
    before = replace(prepared(MSE())[0], rating_mean=3.0)
    known, lesson = prepared(MSE(), before=before)
    assert known.rating_mean == 3.0
    np.testing.assert_allclose(lesson.events.ratings, [1.0, -2.0, -2.0])


def test_a_loss_of_labels_leaves_ratings_alone():
    known, lesson = prepared(BCE())
    assert known.rating_mean == 0.0
    np.testing.assert_array_equal(lesson.events.ratings, [4.0, 1.0, 1.0])


def test_no_weight_is_known_yet_and_no_feature_where_none_is_read():
    known, _ = prepared(BCE())
    assert known.weights.tables == {}
    assert known.features is None
    assert known.users.ids.tolist() == ["ann", "bob"]


def test_ratings_that_are_missing_are_named_with_the_loss_that_asks_for_them():
    with pytest.raises(
        InvalidDataError, match="loss='mse' learns ratings, and there are none. Pass y, or a column 'rating' in X."
    ):
        prepared(MSE(), rows=[row[:2] for row in EVENTS])
