import sys

import pytest

from skrec.backends import find_backend, start
from skrec.exceptions import UnknownNameError
from skrec.losses import BCE, KerasLoss, Loss, Softmax
from skrec.plugin import names
from skrec.testing import check_loss
from skrec.testing.loss_checks import CHECKS

BUILT_IN = ("bce", "bpr", "mse", "softmax")
FURTHER = {
    "temperature": lambda losses: Softmax(temperature=0.5),
    "calibration": lambda losses: BCE(calibration=0.5),
    "huber": lambda losses: KerasLoss(losses.Huber(delta=0.3)),
    "focal": lambda losses: KerasLoss(losses.BinaryFocalCrossentropy(from_logits=True)),
    "hinge": lambda losses: KerasLoss(losses.Hinge()),
    "poisson": lambda losses: KerasLoss(losses.Poisson()),
}


@pytest.fixture(scope="module")
def losses():
    return start(find_backend()).losses


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_losses_pass(name):
    check_loss(name)


def test_every_built_in_loss_is_tested_here():
    assert set(names("losses")) == set(BUILT_IN)


@pytest.mark.slow
@pytest.mark.parametrize("name", FURTHER)
def test_losses_with_parameters_and_those_of_keras_pass(losses, name):
    check_loss(FURTHER[name](losses))


def run(name, loss):
    """Run one check."""
    (check,) = [check for check in CHECKS if check.__name__ == name]
    start(find_backend())
    check(loss)


class Logistic(Loss):
    """What the faults below are made of: the logistic loss of each score."""

    power: float = 1.0

    per = "score"

    def event_losses(self, positive, negative, label):
        from keras import ops

        scores = ops.concatenate([positive, negative], axis=-1)
        labels = ops.concatenate([label * ops.ones_like(positive), ops.zeros_like(negative)], axis=-1)
        return ops.softplus(scores) - labels * scores

    def accurate(self, positive, negative, label):
        from keras import ops

        right = [ops.equal(positive > 0, label > 0.5), ops.less_equal(negative, 0)]
        return ops.cast(ops.concatenate(right, axis=-1), "float32")


@pytest.mark.parametrize(
    "check", [check for check in CHECKS if check.__module__ == check_loss.__module__], ids=lambda check: check.__name__
)
def test_a_loss_without_faults_passes(check):
    start(find_backend())
    check(Logistic())


class Misspelt(Logistic):
    per = "scores"


class Anything(Logistic):
    compares = "yes"


class NoNegatives(Logistic):
    negatives = "none"


class Comparing(Logistic):
    compares, negatives, per = True, "none", "event"


class Countless(Logistic):
    default_negatives = 0


class RatedLabels(Logistic):
    metric = "rmse"


class Changing(Logistic):
    def __init__(self, power=1.0):
        self.power = power + 1.0


class Forgetful(Logistic):
    def key(self):
        return type(self)


class Unequal(Logistic):
    def key(self):
        return id(self)


class Remembering(Logistic):
    def event_losses(self, positive, negative, label):
        self.last = positive
        return super().event_losses(positive, negative, label)


class Talking(Logistic):
    def event_losses(self, positive, negative, label):
        sys.stdout.write("computing")
        return super().event_losses(positive, negative, label)


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("check_it_says_what_it_needs", Misspelt, "per must be one of .*Got 'scores' instead"),
        ("check_it_says_what_it_needs", Anything, "compares must be True or False. Got 'yes'"),
        ("check_it_says_what_it_needs", NoNegatives, "per must be 'event'. Got 'score'"),
        ("check_it_says_what_it_needs", Comparing, "needs negatives"),
        ("check_it_says_what_it_needs", Countless, "default_negatives must be an int of at least 1. Got 0"),
        ("check_it_says_what_it_needs", RatedLabels, "metric 'rmse' is one of ratings"),
        ("check_constructor_only_stores_parameters", Changing, "constructor either does not set or modifies parameter"),
        ("check_equal_losses_have_equal_keys", Forgetful, "that differ in power must have different keys"),
        ("check_equal_losses_have_equal_keys", Unequal, "A clone must have the same key"),
        ("check_it_computes_the_same_again", Remembering, "Computing must not change the loss"),
        ("check_it_computes_the_same_again", Talking, "A loss must print nothing. It printed 'computing"),
    ],
)
def test_broken_losses_are_caught_with_a_sentence(name, kind, message):
    with pytest.raises((AssertionError, RuntimeError), match=message):
        run(name, kind())


def test_classes_inside_functions_cannot_be_pickled():
    class Inner(Logistic):
        pass

    with pytest.raises(AssertionError, match="define its class at the top of a module"):
        run("check_it_can_be_pickled", Inner())


class Upwards(Logistic):
    """Training climbs."""

    def value(self, scores, shared, batch):
        loss, accuracy = super().value(scores, shared, batch)
        return -loss, accuracy


def test_a_model_must_learn():
    with pytest.raises(AssertionError, match="Training must lower the loss"):
        run("check_a_model_learns_from_it", _falling(Upwards()))


def _falling(loss):
    """The same, its loss told the right way up, so that the history shows it rise."""

    class Shown(Upwards):
        def value(self, scores, shared, batch):
            from keras import ops

            loss, accuracy = super().value(scores, shared, batch)
            return loss + 2.0 * ops.stop_gradient(-loss), accuracy

    return Shown()


class Stubborn(Logistic):
    """Keeps its parameters to itself."""

    def __getstate__(self):
        return {"power": 3.0}


def test_a_file_must_keep_the_parameters():
    with pytest.raises(
        AssertionError, match=r"A loaded model must have the loss Stubborn\(\)\. Got Stubborn\(power=3.0\)"
    ):
        run("check_a_model_with_it_is_saved", Stubborn())


@pytest.mark.parametrize("wrong", [5, len, BCE().event_losses])
def test_what_is_no_loss_is_refused(wrong):
    with pytest.raises(AssertionError, match="A loss must be an object of skrec.losses.Loss, a class of it"):
        check_loss(wrong)


def test_a_class_that_needs_arguments_is_checked_as_an_object():
    with pytest.raises(AssertionError, match="KerasLoss must be possible to make without arguments"):
        check_loss(KerasLoss)


def test_an_unknown_name_is_told():
    with pytest.raises(UnknownNameError, match="Did you mean 'softmax'"):
        check_loss("sotfmax")
