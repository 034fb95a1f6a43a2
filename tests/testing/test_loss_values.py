import pytest

from skrec.backends import find_backend, start
from skrec.losses import Loss, Softmax
from skrec.testing._loss_values import CHECKS


@pytest.fixture(scope="module", autouse=True)
def ops():
    return start(find_backend()).ops


class Squared(Loss):
    """What the faults below are made of."""

    per = "score"

    def event_losses(self, positive, negative, label):
        from keras import ops

        return ops.concatenate([(positive - label) ** 2, negative**2], axis=-1)

    def accurate(self, positive, negative, label):
        from keras import ops

        return ops.concatenate(
            [ops.cast(ops.abs(positive - label) < 0.5, "float32"), ops.zeros_like(negative)], axis=-1
        )


class Narrow(Squared):
    def event_losses(self, positive, negative, label):
        return super().event_losses(positive, negative, label)[..., :1]


class Backwards(Squared):
    def event_losses(self, positive, negative, label):
        return -super().event_losses(positive, negative, label)


class Averaging(Squared):
    def event_losses(self, positive, negative, label):
        from keras import ops

        return super().event_losses(positive, negative, label) + ops.mean(positive)


class Overflowing(Squared):
    def event_losses(self, positive, negative, label):
        from keras import ops

        scores = ops.concatenate([positive * (1.0 - 2.0 * label), negative], axis=-1)
        return ops.log(1.0 + ops.exp(scores))


class Counting(Squared):
    """Counts what is wrong, which has no gradient."""

    def event_losses(self, positive, negative, label):
        from keras import ops

        return ops.round(super().event_losses(positive, negative, label))


class Certain(Squared):
    def accurate(self, positive, negative, label):
        return 2.0 + self.event_losses(positive, negative, label)


class Sure(Squared):
    def accurate(self, positive, negative, label):
        from keras import ops

        return ops.ones_like(self.event_losses(positive, negative, label))


class Summing(Squared):
    def value(self, scores, shared, batch):
        from keras import ops

        loss, accuracy = super().value(scores, shared, batch)
        return loss * ops.sum(batch["weight"]), accuracy


class Padded(Squared):
    def value(self, scores, shared, batch):
        from keras import ops

        loss, accuracy = super().value(scores, shared, batch)
        return loss + ops.mean(scores), accuracy


class Itself(Softmax):
    """Takes the event's own item for a negative of it."""

    def value(self, scores, shared, batch):
        return super().value(scores, shared, {**batch, "item": batch["item"] * 0 - 1})


class Unmasked(Softmax):
    def event_losses(self, positive, negative, label):
        from keras import ops

        return ops.log(ops.sum(ops.exp(negative - positive), axis=-1, keepdims=True))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_loss_without_faults_passes(check):
    check(Squared())


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("have_the_shape", Narrow, r"must give shape \(12, 2\) for per='score' and 1 negatives. Got shape \(12, 1\)"),
        ("right_costs_less", Backwards, "must cost less than what is wrong: positives scored 1"),
        ("depend_on_each_other", Averaging, "The loss of an event beside others"),
        ("large_scores", Overflowing, "The losses of events must be finite"),
        ("fall_against", Counting, "gradient of a loss must not be 0 everywhere"),
        ("check_accuracy", Certain, r"accurate must give numbers in \[0, 1\]"),
        ("check_accuracy", Sure, "What is right must have a higher accuracy"),
        ("weights_count", Summing, "where all weights are doubled"),
        ("padding", Padded, "where events of weight 0 have other scores"),
        ("no_negative_of_itself", Itself, "own item, among the negatives, scores more"),
        ("no_negative_of_itself", Unmasked, "The losses of events must be finite"),
    ],
)
def test_broken_losses_are_caught_with_a_sentence(name, kind, message):
    (check,) = [check for check in CHECKS if name in check.__name__]
    with pytest.raises(AssertionError, match=message):
        check(kind())
