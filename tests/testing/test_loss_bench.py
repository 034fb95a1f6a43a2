import numpy as np
import pytest

from skrec.backends import find_backend, start
from skrec.losses import BCE, BPR, MSE, Loss, Softmax
from skrec.testing._loss_bench import N_EVENTS, N_NEGATIVES, batch_of, draw_labels, gradient, pool_of, value
from skrec.training.batches import BatchSource


@pytest.fixture(scope="module", autouse=True)
def ops():
    return start(find_backend()).ops


@pytest.mark.parametrize("loss", [BCE(), BPR(), MSE(), Softmax()], ids=repr)
def test_mini_batches_have_the_form_that_training_gives_them(loss):
    from skrec.data import Interactions, Vocabulary, encode_events
    from skrec.testing import checkerboard
    from skrec.training.positives import PositivePairs

    X = checkerboard(6)
    ids = [Vocabulary.build(X.events[name], name.removesuffix("_id"))[0] for name in ("user_id", "item_id")]
    events = encode_events(Interactions(X), np.ones(len(X)), None, *ids)
    pairs = PositivePairs(events, events.take(slice(0, 0)), events)
    source = BatchSource(events, loss, N_NEGATIVES, "uniform", 64, np.random.default_rng(0), pairs)
    theirs, _ = next(source.epoch())
    scores, shared, ours = batch_of(loss, np.ones(N_EVENTS))
    assert set(theirs) - {"user"} == set(ours)
    for name, array in ours.items():
        assert (theirs[name].dtype, theirs[name].shape[2:]) == (array.dtype, array.shape[1:]), name
    assert scores.shape[1] == theirs["item"].shape[2]
    assert (shared is None) == ("shared" not in theirs)


def test_labels_are_what_a_loss_learns():
    assert set(np.unique(draw_labels(BPR(), (50, 1)))) == {1.0}
    assert set(np.unique(draw_labels(BCE(), (50, 1)))) == {0.0, 1.0}
    assert set(np.unique(draw_labels(MSE(), (50, 1)))) == {-2.0, -1.0, 0.0, 1.0, 2.0}


def test_gradients_are_those_of_the_sum_of_the_losses():
    positive, label = np.array([[1.0], [3.0]], dtype=np.float32), np.array([[0.5], [1.0]], dtype=np.float32)
    total, found = gradient(MSE(), positive, positive[:, :0], label)
    assert total == pytest.approx(0.25 + 4.0)
    np.testing.assert_allclose(found["positive"], [[1.0], [4.0]])


class Pair(Loss):
    """Its mini-batches cost two numbers."""

    def event_losses(self, positive, negative, label):
        return positive

    def value(self, scores, shared, batch):
        return scores[:2, 0], scores[0, 0]


def test_the_cost_of_a_mini_batch_is_one_number():
    with pytest.raises(AssertionError, match=r"value must give two single numbers. Got shape \(2,\)"):
        value(Pair(), *batch_of(Pair(), np.ones(3)))
    assert pool_of(2, 3)["free"].shape == (2, 3)
