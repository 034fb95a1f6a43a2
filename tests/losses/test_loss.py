"""What every loss does, above all one that a user writes, whichever way it treats negatives."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone

from skrec._params import Positive
from skrec.exceptions import InvalidParameterError
from skrec.losses import BCE, BPR, MSE, Loss, Softmax
from skrec.losses.loss import weighted_mean
from skrec.models import GMF
from skrec.testing import checkerboard


class Logistic(Loss):
    """Logistic losses of an event and of its negatives, put together as `per` says."""

    scale: Positive = 1.0

    def event_losses(self, positive, negative, label):
        from keras import ops

        event = ops.softplus(-(2.0 * label - 1.0) * positive)
        if self.per == "negative":
            return ops.softplus(negative - positive)
        if self.per == "score":
            return ops.concatenate([event, ops.softplus(negative)], axis=-1)
        if self.negatives == "none":
            return event
        return event + ops.mean(ops.softplus(negative), axis=-1, keepdims=True)


def kind(negatives, per, compares=False, target="label"):
    attributes = {"negatives": negatives, "per": per, "compares": compares, "target": target, "default_negatives": 3}
    return type(f"{negatives.title()}{per.title()}", (Logistic,), {**attributes, "__module__": __name__})


KINDS = [
    kind("own", "score"),
    kind("own", "negative"),
    kind("own", "negative", compares=True),
    kind("own", "event", compares=True),
    kind("shared", "score"),
    kind("shared", "negative", compares=True),
    kind("shared", "event", compares=True),
    kind("none", "event"),
    kind("none", "event", target="rating"),
]
LOG_COUNT = np.array([0.5, 0.0, -1.0, 0.2, 1e9], dtype=np.float32)


def softplus(values):
    return np.logaddexp(0.0, np.asarray(values, dtype=np.float64))


def losses_of(loss, positive, negative, label):
    """What `Logistic` computes, in NumPy."""
    event = softplus(-(2.0 * label - 1.0) * positive)
    if loss.per == "negative":
        return softplus(negative - positive)
    if loss.per == "score":
        return np.concatenate([event, softplus(negative)], axis=-1)
    return event if loss.negatives == "none" else event + softplus(negative).mean(axis=-1, keepdims=True)


def negatives_of(loss, case):
    if loss.negatives == "shared":
        # The logQ correction; and an event's own item is no negative of it.
        return np.where(case.shared_item == case.item[:, :1], -np.inf, case.shared.astype(np.float64) - LOG_COUNT)
    return case.scores[:, 1:] if loss.negatives == "own" else case.scores[:, :0]


def weights_of(loss, case, shape):
    """Negatives have weights of their own where they are drawn for an event that isn't compared with them."""
    if loss.negatives == "own" and not loss.compares:
        return {"score": case.weight, "negative": case.weight[:, 1:], "event": case.weight[:, :1]}[loss.per]
    return np.broadcast_to(case.weight[:, :1], shape)


@pytest.mark.parametrize("loss", [made() for made in KINDS], ids=lambda loss: f"{type(loss).__name__}-{loss.compares}")
def test_the_value_of_a_batch_is_the_weighted_mean_of_the_losses_of_its_events(measure, case, loss):
    positive, negative = case.scores[:, :1].astype(np.float64), negatives_of(loss, case)
    label = case.rating if loss.target == "rating" else case.label
    seen = np.ones((4, 1)) if loss.compares else label[:, :1]
    losses = losses_of(loss, positive, negative, seen)
    if loss.compares:
        right = positive >= negative.max(axis=1, keepdims=True)
    else:
        right = (positive > 0) == (seen > 0.5) if loss.target == "label" else np.abs(positive - seen) < 0.5
    weights = weights_of(loss, case, losses.shape)
    batch = {"shared_log_count": LOG_COUNT} if loss.negatives == "shared" else {}
    batch |= {"label": label} if not loss.compares else {}
    found = measure(loss, **batch)
    assert found[0] == pytest.approx((losses * weights).sum() / weights.sum(), rel=1e-5)
    assert found[1] == pytest.approx((right * weights).sum() / weights.sum(), rel=1e-5)


@pytest.mark.parametrize("loss", [made() for made in KINDS], ids=lambda loss: f"{type(loss).__name__}-{loss.compares}")
def test_in_fold_in_each_event_stands_against_the_whole_pool(fold, pool, loss):
    free, n_negatives = pool.fields["free"][:, np.newaxis], 4.0
    positive = pool.positive[..., np.newaxis].astype(np.float64)
    negative = np.broadcast_to(pool.negative[:, np.newaxis], (2, 3, 5)).astype(np.float64)
    if loss.negatives == "shared":
        negative = np.where(free > 0, negative + np.log(3.0), -np.inf)  # each stands for three items
    losses = losses_of(loss, positive, negative, pool.label[..., np.newaxis])
    share = free / free.sum(axis=-1, keepdims=True)
    if loss.per == "score":
        expected = (losses[..., 0] + n_negatives * (losses[..., 1:] * share).sum(axis=-1)) / (1.0 + n_negatives)
    else:
        expected = losses[..., 0] if loss.per == "event" else (losses * share).sum(axis=-1)
    np.testing.assert_allclose(fold(loss), expected, rtol=1e-5)


BOARD = checkerboard(12)


@pytest.mark.parametrize(
    "loss",
    [made() for made in KINDS if made.target == "label"],
    ids=lambda loss: f"{type(loss).__name__}-{loss.compares}",
)
def test_a_loss_of_each_kind_trains_a_model(loss):
    model = GMF(4, epochs=20, learning_rate=0.05, loss=loss, random_state=0).fit(BOARD)
    history = model.history_
    assert np.mean(history["loss"][-3:]) < 0.95 * np.mean(history["loss"][:3])
    assert all(0.0 <= value <= 1.0 for value in history["accuracy"])
    if loss.negatives != "none":
        liked, rest = model.predict(BOARD), model.recommend(k=12).scores
        assert liked.mean() > np.nanmean(rest) + 0.1


@pytest.mark.parametrize("loss", [BCE(), BPR(), Softmax(), MSE()], ids=str)
def test_events_of_weight_zero_count_for_nothing(measure, case, loss):
    changed, label = case.scores.copy(), case.label.copy()
    changed[2], label[2] = 50.0, 7.0  # the third event has no weight
    assert measure(loss, changed, label=label) == pytest.approx(measure(loss), rel=1e-6)


@pytest.mark.parametrize("loss", [BCE(), BPR(), Softmax(), MSE()], ids=str)
def test_a_batch_of_padding_alone_loses_nothing(measure, case, loss):
    width = 3 if loss.weighs_negatives else 1
    assert measure(loss, weight=np.zeros((4, width), dtype=np.float32)) == (0.0, 0.0)


def test_a_weighted_mean_of_nothing_is_zero(keras):
    found = [weighted_mean(np.array([1.0, 4.0]), np.array(weights)) for weights in ([1.0, 3.0], [0.0, 0.0])]
    assert [float(value) for value in found] == [3.25, 0.0]


def test_without_saying_anything_a_loss_draws_four_negatives_for_each_event_and_learns_labels():
    found = (Loss.compares, Loss.negatives, Loss.per, Loss.target, Loss.default_negatives, Loss.metric)
    assert found == (False, "own", "event", "label", 4, "ndcg@10")
    assert Loss.centred
    assert Logistic().weighs_negatives
    assert not KINDS[2]().weighs_negatives
    scores = np.array([0.5, -1.0])
    assert Logistic().output(scores, 3.0) is scores
    np.testing.assert_array_equal(Logistic().prior(scores, 3.0), scores.astype(np.float32))
    assert Logistic().prior(scores, 3.0).dtype == np.float32
    assert Logistic().prior_of_unknown(3.0) == 0.0
    assert Logistic().positive_weight(4, 100, 1.0) == 1.0


def test_a_loss_must_say_what_an_event_loses():
    class Nothing(Loss):
        pass

    with pytest.raises(TypeError, match="event_losses"):
        Nothing()


def test_its_parameters_are_those_of_an_estimator():
    loss = Logistic(2.0)
    assert loss.get_params() == {"scale": 2.0}
    assert repr(loss) == "Logistic(scale=2.0)"
    assert clone(loss).scale == pickle.loads(pickle.dumps(loss)).set_params(scale=2.0).scale == 2.0
    model = GMF(loss=loss)
    assert model.get_params()["loss__scale"] == 2.0
    assert clone(model).set_params(loss__scale=3.0).loss.scale == 3.0
    assert loss.scale == 2.0


def test_wrong_parameters_are_refused_when_they_are_checked():
    Logistic().check()
    with pytest.raises(InvalidParameterError) as caught:
        Logistic(-1).check()
    assert str(caught.value) == (
        "The 'scale' parameter of Logistic must be a float in the range (0.0, inf). Got -1 instead."
    )


def test_losses_of_one_key_are_of_one_class_and_have_equal_parameters():
    assert Logistic(2.0).key() == Logistic(np.float64(2.0)).key()
    assert len({Logistic(2.0).key(), Logistic(3.0).key(), KINDS[0](2.0).key()}) == 3
    # What only the batches depend on is no part of it.
    assert BCE(calibration=0.5).key() == BCE().key()
    assert Softmax(temperature=0.5).key() != Softmax().key()
