import numpy as np
import pytest

from skrec.backends import find_backend, start
from skrec.losses import BCE, BPR, MSE, Loss, Softmax
from skrec.testing._loss_serving import CHECKS


@pytest.fixture(scope="module", autouse=True)
def ops():
    return start(find_backend()).ops


class Other(BCE):
    """Folds users in with another loss than it trains with."""

    def fold(self, positive, negative, label, pool):
        return 2.0 * super().fold(positive, negative, label, pool)


class Everything(BPR):
    """Takes items of the history for negatives."""

    def fold(self, positive, negative, label, pool):
        from keras import ops

        return super().fold(positive, negative, label, {**pool, "free": ops.ones_like(pool["free"])})


class Flipped(MSE):
    def output(self, scores, rating_mean):
        return -scores


class Double(MSE):
    def output(self, scores, rating_mean):
        return super().output(scores, rating_mean).astype(np.float64)


class InPlace(MSE):
    def output(self, scores, rating_mean):
        scores += np.float32(rating_mean)
        return scores


class Unlike(BCE):
    """Its prior isn't what its output undoes."""

    def prior(self, share, rating_mean):
        return share


class Endless(BCE):
    def prior(self, share, rating_mean):
        with np.errstate(divide="ignore"):
            return np.log(share / (1.0 - share)).astype(np.float32)


class Popular(Loss):
    def event_losses(self, positive, negative, label):
        raise NotImplementedError

    def prior_of_unknown(self, rating_mean):
        return 1.0


class Weightless(Popular):
    def positive_weight(self, n_negatives, n_items, calibration):
        return 1.0 - calibration


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("loss", [MSE(), Softmax(temperature=0.5)], ids=repr)
def test_losses_without_faults_pass(check, loss):
    check(loss)


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("the_same_loss", Other, "The loss of a new user's event, as fold computes it"),
        ("the_user_knows", Everything, "where an item that isn't free has another score"),
        ("keeps_the_order", Flipped, "must not turn the order of scores"),
        ("keeps_the_order", Double, "output must give float32. Got float64"),
        ("keeps_the_order", InPlace, "The scores, which output must not change"),
        ("prior", Unlike, "What output makes of the prior"),
        ("prior", Endless, "The prior for a share of 0 must be finite"),
        ("prior", Popular, "An unknown item must not be above one of a share of 0.001"),
        ("positive_weights", Weightless, "positive_weight must give a number above 0. Got 0.0"),
    ],
)
def test_broken_losses_are_caught_with_a_sentence(name, kind, message):
    (check,) = [check for check in CHECKS if name in check.__name__]
    with pytest.raises(AssertionError, match=message):
        check(kind())
