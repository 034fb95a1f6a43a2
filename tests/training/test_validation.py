"""What is measured on held-out events, with a server whose scores the test gives."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from skrec import Popularity
from skrec.data import Histories
from skrec.exceptions import BelowPopularityWarning
from skrec.losses import BCE, BPR, MSE, Loss, Softmax
from skrec.models import GMF
from skrec.testing import checkerboard
from skrec.training import validation as module
from skrec.training.validation import Validation


class Server:
    """Ranks and scores as it is told, and keeps what it was asked."""

    block_size = 2

    def __init__(self, scores):
        self.scores, self.asked, self.served = np.asarray(scores, dtype=np.float32), [], []

    def __call__(self, learned):
        self.served.append(learned)
        return self

    def best(self, query, k):
        assert len(query) <= self.block_size
        scores = np.where(query.excluded.toarray(), -np.inf, self.scores[query.users])
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return np.where(np.isneginf(np.take_along_axis(scores, order, axis=1)), -1, order)

    def score_encoded(self, users, items, context):
        self.asked.append((users, items, context))
        return self.scores[: len(users)]

    def output(self, scores):
        return scores


@pytest.fixture
def measure(encoded, known):
    """Measure one epoch; gives the figures, the validation and the server."""

    def of(scores, train, held_out, loss=None, n_negatives=4, rating_mean=0.0):
        server, loss = Server(scores), loss or BCE()
        histories = Histories.group(train)
        validation = Validation(loss, n_negatives, train, held_out, histories, server)
        learned = replace(known(train), rating_mean=rating_mean)
        logs = validation.measure(learned)
        [served] = server.served
        assert served.histories is histories  # whatever was known before: held-out events are not
        assert served.weights is learned.weights
        return logs, validation, server

    return of


@pytest.fixture
def events(encoded):
    """Make events of 4 users and 14 items."""
    return lambda users, items, **columns: encoded(users, items, n_users=4, n_items=14, **columns)


FALLING = np.tile(-np.arange(14.0), (4, 1))


@pytest.mark.parametrize("loss", [BCE(), BPR(), Softmax()], ids=str)
def test_ndcg_is_of_the_full_catalogue_without_what_was_trained_on(measure, events, loss):
    # User 0: items 0 and 1 are seen, so that 2 is first and 5, the held-out one, third. User 1: 4 is first, 6 past the tenth place.
    scores = FALLING.copy()
    scores[0, [5, 3]] = [-2.5, -2.4]
    scores[1, 4], scores[1, 6] = 9.0, -99.0
    train, held_out = events([0, 0, 1, 2], [0, 1, 2, 3]), events([0, 1, 1], [5, 4, 6])
    expected = [(1 / np.log2(4)), 1.0 / (1.0 + 1.0 / np.log2(3))]
    logs, validation, _ = measure(scores, train, held_out, loss)
    assert logs == {"val_ndcg@10": pytest.approx(np.mean(expected), rel=1e-6)}
    assert validation.quality(logs) == logs["val_ndcg@10"]


def test_a_held_out_item_counts_once_and_a_labelled_negative_not_at_all(measure, events):
    train, held_out = events([0, 1], [13, 13]), events([0, 0, 1], [0, 0, 0], positive=[True, True, False])
    assert measure(FALLING, train, held_out)[0] == {"val_ndcg@10": 1.0}


def test_without_a_relevant_event_the_metric_is_zero(measure, events):
    train, held_out = events([0, 1], [13, 13]), events([0], [0], positive=[False])
    assert measure(np.zeros((4, 14)), train, held_out)[0] == {"val_ndcg@10": 0.0}


def test_a_short_list_has_no_hits_past_its_end(measure, events):
    # User 0 has seen all items but two, and user 1 all but the last.
    train = events([0] * 12 + [1] * 13, [*range(12), *range(13)])
    logs, *_ = measure(FALLING, train, events([0, 1], [13, 13]))
    assert logs["val_ndcg@10"] == pytest.approx((1.0 / np.log2(3) + 1.0) / 2.0, rel=1e-6)


def test_of_very_many_users_the_first_are_ranked(measure, events, monkeypatch):
    monkeypatch.setattr(module, "_MAX_USERS", 2)
    scores = FALLING.copy()
    scores[[2, 3], 0] = -99.0
    train, held_out = events([0, 1, 2, 3], [13] * 4), events([3, 1, 2, 0], [0, 0, 0, 0])
    assert measure(scores, train, held_out)[0] == {"val_ndcg@10": 1.0}


def test_under_mse_the_metric_is_the_weighted_error_of_the_ratings_and_less_is_better(measure, events):
    # Ratings come centered, predictions don't.
    held_out = events([0, 1, 2], [0, 1, 2], ratings=[0.0, -1.0, 1.0], weights=[1.0, 3.0, 2.0])
    logs, validation, _ = measure([3.5, 1.0, 4.0], held_out.take(slice(0, 0)), held_out, MSE(), rating_mean=3.0)
    assert logs == {"val_rmse": pytest.approx(np.sqrt((1 * 0.25 + 3 * 1.0 + 2 * 0.0) / 6.0), rel=1e-6)}
    assert validation.quality(logs) == -logs["val_rmse"]


class WithoutNegatives(Loss):
    negatives = "none"

    def event_losses(self, positive, negative, label):
        return positive


@pytest.mark.parametrize(("loss", "n_negatives"), [(BCE(), 0), (WithoutNegatives(), 4)], ids=str)
@pytest.mark.parametrize(
    ("positive", "expected"), [([True, False, True, False], 4.0 / 6.0), ([True] * 4, 0.5), ([False] * 4, 0.5)]
)
def test_where_labels_are_learned_the_metric_is_the_area_under_their_curve(
    measure, events, loss, n_negatives, positive, expected
):
    # Of positives at .9 and .2 and negatives at .1 and .3, three of four pairs are in order; one of the negatives weighs twice.
    held_out = replace(
        events([0, 1, 2, 3], [0, 1, 2, 3], positive=positive, weights=[1.0, 1.0, 1.0, 2.0]),
        context={"day": np.arange(4)},
    )
    logs, validation, server = measure([0.9, 0.1, 0.2, 0.3], held_out.take(slice(0, 0)), held_out, loss, n_negatives)
    assert logs == {"val_auc": pytest.approx(expected)}
    assert validation.quality(logs) == logs["val_auc"]
    assert all(context is held_out.context for _, _, context in server.asked)


def test_a_loss_that_compares_is_never_asked_about_labels(measure, events):
    train, held_out = events([0], [13]), events([0], [0])
    assert list(measure(FALLING, train, held_out, BPR(), n_negatives=0)[0]) == ["val_ndcg@10"]


class TestPopularity:
    """What is learned has to beat the popular items on the same events."""

    @pytest.fixture
    def validation(self, events):
        def of(train, held_out, loss=None, n_negatives=4, **options):
            return Validation(loss or BCE(), n_negatives, train, held_out, Histories.group(train), None, **options)

        return of

    def test_the_popular_items_are_measured_as_the_model_is_without_what_a_user_has_seen(self, validation, encoded):
        rng = np.random.default_rng(0)
        users, items = rng.integers(0, 20, 400), rng.zipf(1.5, 400) % 30
        positive, weights = rng.random(400) < 0.8, rng.choice([0.5, 1.0, 2.0], 400)
        all_events = encoded(users, items, positive=positive, weights=weights, n_users=20, n_items=30)
        train, held_out = all_events.take(slice(0, 300)), all_events.take(slice(300, 400))
        frame = pd.DataFrame({"user_id": users, "item_id": items, "rating": positive.astype(int), "weight": weights})
        # All ids are in fit: codes are in order of the ids, and what has no event in training has no weight worth speaking of.
        ids = pd.DataFrame({"user_id": 99, "item_id": np.arange(30), "rating": 0, "weight": 1.0})
        model = Popularity().fit(pd.concat([ids, frame[:300]]))
        assert validation(train, held_out).popular() == pytest.approx(model.score(frame[300:]), rel=1e-12)

    def test_earlier_events_count_for_popularity(self, validation, events):
        train, held_out = events([0, 1], [0, 1]), events([2], [13])
        assert validation(train, held_out).popular() == 0.0
        assert validation(train, held_out, earlier=events([0, 1], [13, 13])).popular() == 1.0

    def test_the_best_epoch_below_it_is_warned_of(self, validation, events):
        made = validation(events([0, 1], [0, 0]), events([2], [0]))
        message = r"best epoch has val_ndcg@10 = 0.5000, and the popular items have 1.0000.*try EASE or ItemKNN"
        with pytest.warns(BelowPopularityWarning, match=message):
            made.compare({"val_ndcg@10": [0.2, 0.5, 0.4]})
        made.compare({"val_ndcg@10": [0.2, 1.0, 0.4]})  # no warning: it would be an error here

    def test_it_is_compared_with_no_error_of_ratings_no_curve_and_no_empty_list_of_users(self, validation, events):
        train, held_out = events([0, 1], [0, 0], ratings=[1.0, 2.0]), events([2], [0], ratings=[1.0])
        assert validation(train, held_out, MSE()).popular() is None
        assert validation(train, held_out, n_negatives=0).popular() is None
        validation(train, held_out, MSE()).compare({"val_rmse": [9.0]})
        assert validation(train, events([2], [0], positive=[False])).popular() is None

    def test_a_fit_that_loses_to_the_popular_items_says_so_once(self):
        rng = np.random.default_rng(0)
        events = np.column_stack([rng.integers(0, 60, 500), np.minimum(rng.zipf(1.6, 500), 25)])
        model = GMF(4, epochs=2, learning_rate=1e-6, validation_fraction=0.2, random_state=0)
        with pytest.warns(BelowPopularityWarning) as caught:
            model.fit(events)
        assert [warning.filename for warning in caught] == [__file__]

    def test_a_fit_that_learns_says_nothing(self):
        GMF(4, epochs=40, learning_rate=0.05, validation_fraction=0.2, random_state=0).fit(checkerboard(12))
