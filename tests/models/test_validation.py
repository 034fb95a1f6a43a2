from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skrec.models._validation import Validation, split_events

from skrec.data import EncodedEvents, Histories
from skrec.models import KerasRecommender, MatrixFactorization, _validation


def make_events(users, items, ratings=None, *, n_users=4, n_items=14, positive=None, weights=None):
    n = len(users)
    return EncodedEvents(
        np.array(users, dtype=np.int64),
        np.array(items, dtype=np.int64),
        None if ratings is None else np.array(ratings, dtype=np.float32),
        np.ones(n, dtype=np.float32) if weights is None else np.array(weights, dtype=np.float32),
        np.ones(n, dtype=bool) if positive is None else np.array(positive),
        np.zeros(n, dtype=np.int64),
        n_users,
        n_items,
    )


@settings(deadline=None, max_examples=60)
@given(
    pairs=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 7)), min_size=1, max_size=80),
    fraction=st.floats(0.0, 0.99),
    seed=st.integers(0, 9),
)
def test_nobodys_and_nothings_last_event_is_held_out(pairs, fraction, seed):
    events = make_events([user for user, _ in pairs], [item for _, item in pairs], n_users=6, n_items=8)
    train, held_out = split_events(events, fraction, np.random.default_rng(seed))
    assert len(train) + len(held_out) == len(events)
    assert set(train.users.tolist()) == set(events.users.tolist())
    assert set(train.items.tolist()) == set(events.items.tolist())
    both = sorted(zip([*train.users, *held_out.users], [*train.items, *held_out.items], strict=True))
    assert both == sorted(pairs)


def test_about_the_fraction_is_held_out_by_the_generator_alone():
    rng = np.random.default_rng(0)
    events = make_events(rng.integers(0, 4, 2000), rng.integers(0, 14, 2000))
    splits = [split_events(events, 0.2, np.random.default_rng(seed))[1] for seed in (1, 1, 2)]
    assert len(splits[0]) == pytest.approx(400, abs=60)
    np.testing.assert_array_equal(splits[0].items, splits[1].items)
    assert len(splits[0]) != len(splits[2]) or not np.array_equal(splits[0].items, splits[2].items)


def test_without_a_fraction_nothing_is_held_out_and_nothing_is_drawn():
    events, rng = make_events([0, 1], [0, 1]), np.random.default_rng(3)
    train, held_out = split_events(events, 0.0, rng)
    assert train is events
    assert len(held_out) == 0
    assert rng.random() == np.random.default_rng(3).random()


class Ranks(KerasRecommender):
    """A neural model whose catalogue scores are given."""

    _widths = _build_network = None

    def __init__(self, scores, loss="bce"):
        self.scores, self.loss = scores, loss

    def _n_negatives(self):
        return 4

    def _has_vectors(self):
        return False

    def _adopt(self, weights):
        self.adopted = weights

    def _score(self, users, histories, folded):
        return self.scores[users].astype(np.float32)


Ranks.__abstractmethods__ = frozenset()


def ranks(scores, train, held_out):
    model = Ranks(np.array(scores, dtype=float))
    n_users, n_items = model.scores.shape
    model.users_, model.items_ = np.arange(n_users), np.arange(n_items)
    joined = [np.concatenate([getattr(train, name), getattr(held_out, name)]) for name in ("users", "items")]
    model.item_counts_ = np.ones(n_items)
    model.histories_ = Histories.group(make_events(*joined, n_users=n_users, n_items=n_items))
    return model


def test_ndcg_is_of_the_full_catalogue_without_what_was_trained_on():
    # User 0: items 0 and 1 are seen, so that 2 is first and 5, the held-out one, third. User 1: 4 is first, 6 past the tenth place.
    scores = np.tile(-np.arange(14.0), (4, 1))
    scores[0, [5, 3]] = [-2.5, -2.4]
    scores[1, 4], scores[1, 6] = 9.0, -99.0
    train = make_events([0, 0, 1, 2], [0, 1, 2, 3])
    held_out = make_events([0, 1, 1], [5, 4, 6])
    expected = [(1 / np.log2(4)), 1.0 / (1.0 + 1.0 / np.log2(3))]
    model = ranks(scores, train, held_out)
    validation = Validation(model, train, held_out)
    logs = validation.measure("the weights")
    assert model.adopted == "the weights"
    assert list(logs) == ["val_ndcg@10"]
    assert logs["val_ndcg@10"] == pytest.approx(np.mean(expected), rel=1e-6)
    assert validation.quality(logs) == logs["val_ndcg@10"]


def test_a_held_out_item_counts_once_and_a_labelled_negative_not_at_all():
    scores = np.tile(-np.arange(14.0), (4, 1))
    train, held_out = make_events([0, 1], [13, 13]), make_events([0, 0, 1], [0, 0, 0], positive=[True, True, False])
    assert Validation(ranks(scores, train, held_out), train, held_out).measure(None) == {"val_ndcg@10": 1.0}


def test_without_a_relevant_event_the_metric_is_zero():
    train, held_out = make_events([0, 1], [13, 13]), make_events([0], [0], positive=[False])
    model = ranks(np.zeros((4, 14)), train, held_out)
    assert Validation(model, train, held_out).measure(None) == {"val_ndcg@10": 0.0}


def test_of_very_many_users_the_first_are_ranked(monkeypatch):
    monkeypatch.setattr(_validation, "_MAX_USERS", 2)
    scores = np.tile(-np.arange(14.0), (4, 1))
    scores[[2, 3], 0] = -99.0
    train = make_events([0, 1, 2, 3], [13] * 4)
    held_out = make_events([3, 1, 2, 0], [0, 0, 0, 0])
    assert Validation(ranks(scores, train, held_out), train, held_out).measure(None) == {"val_ndcg@10": 1.0}


def test_under_mse_the_metric_is_the_weighted_error_of_the_ratings_and_less_is_better():
    model = MatrixFactorization(loss="mse")
    model.rating_mean_ = 3.0
    model._adopt = lambda weights: None
    # Ratings come centered, predictions don't.
    model._predict = lambda users, items: np.array([3.5, 1.0, 4.0], dtype=np.float32)
    held_out = make_events([0, 1, 2], [0, 1, 2], ratings=[0.0, -1.0, 1.0], weights=[1.0, 3.0, 2.0])
    validation = Validation(model, held_out.take(slice(0, 0)), held_out)
    logs = validation.measure(SimpleNamespace())
    assert logs == {"val_rmse": pytest.approx(np.sqrt((1 * 0.25 + 3 * 1.0 + 2 * 0.0) / 6.0), rel=1e-6)}
    assert validation.quality(logs) == -logs["val_rmse"]


@pytest.mark.parametrize(("positive", "expected"), [([True, False, True, False], 0.5), ([True] * 4, 0.5)])
def test_where_labels_are_learned_the_metric_is_the_area_under_their_curve(positive, expected):
    model = MatrixFactorization(loss="bce")
    model._n_negatives = lambda: 0
    model._adopt = lambda weights: None
    asked = []
    model._predict = lambda *arguments: asked.append(arguments) or np.array([0.9, 0.1, 0.2, 0.3], dtype=np.float32)
    # Of positives at .9 and .2 and negatives at .1 and .3, three of four pairs are in order; one of the negatives weighs twice.
    held_out = make_events([0, 1, 2, 3], [0, 1, 2, 3], positive=positive, weights=[1.0, 1.0, 1.0, 2.0])
    if not all(positive):
        expected = (1.0 + 2.0 + 1.0 + 0.0) / 6.0
    validation = Validation(model, held_out.take(slice(0, 0)), held_out)
    logs = validation.measure(SimpleNamespace())
    assert logs == {"val_auc": pytest.approx(expected)}
    assert validation.quality(logs) == logs["val_auc"]
    assert all(arguments[2] is held_out.context for arguments in asked)
