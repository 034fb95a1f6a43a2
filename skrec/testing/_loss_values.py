"""Checks of what a loss computes in training: of events, and of mini-batches."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from skrec.testing._expect import brief, expect, expect_close, expect_finite
from skrec.testing._loss_bench import (
    N_EVENTS,
    N_NEGATIVES,
    array,
    batch_of,
    draw_labels,
    draw_scores,
    event_losses,
    gradient,
    n_negatives,
    raw_ratings,
    refused,
    tensor,
    value,
)


def check_losses_have_the_shape_that_per_says(loss: Any) -> None:
    """Of mini-batches in training, of users by events in fold-in; where nothing is compared, events may have no negatives."""
    without = [] if loss.compares or loss.negatives == "shared" else [0]
    counts = without if loss.negatives == "none" else [*without, 1, N_NEGATIVES]
    for leading, n in (*(((N_EVENTS,), n) for n in counts), ((3, 4), counts[-1])):
        positive, negative = draw_scores(loss, (*leading, 1)), draw_scores(loss, (*leading, n), 2)
        event_losses(loss, positive, negative, draw_labels(loss, positive.shape))


def check_what_is_right_costs_less(loss: Any) -> None:
    """Positives above negatives, labels on their side, ratings that are met."""
    for what, right, wrong in _opposites(loss):
        good, bad = (float(event_losses(loss, *scores).sum()) for scores in (right, wrong))
        expect(good < bad, f"What is right must cost less than what is wrong: {what}. Got {good:.6g} and {bad:.6g}.")


def check_events_do_not_depend_on_each_other(loss: Any) -> None:
    """The loss of an event is the same whatever stands beside it in a mini-batch."""
    positive, negative = draw_scores(loss, (N_EVENTS, 1)), draw_scores(loss, (N_EVENTS, n_negatives(loss)), 2)
    label = draw_labels(loss, positive.shape)
    together = event_losses(loss, positive, negative, label)
    positive[1:], negative[1:], label[1:] = positive[:1], negative[:1], label[:1]
    found = event_losses(loss, positive, negative, label)[0]
    expect_close(found, together[0], "The loss of an event beside others")


def check_large_scores_give_finite_losses_and_gradients(loss: Any) -> None:
    """One overflow spoils all weights."""
    low = 0.01 if raw_ratings(loss) else -100.0
    positive = np.resize(np.array([low, 0.5, 100.0], dtype=np.float32), (N_EVENTS, 1))
    negative = np.resize(np.array([low, low, 0.5, 100.0], dtype=np.float32), (N_EVENTS, n_negatives(loss)))
    label = draw_labels(loss, positive.shape)
    event_losses(loss, positive, negative, label)
    _, gradients = gradient(loss, positive, negative, label)
    expect_finite(gradients["positive"], "The gradients for large scores")
    expect_finite(gradients["negative"], "The gradients for large scores of negatives")


def check_losses_fall_against_the_gradient(loss: Any) -> None:
    """A loss is differentiable, in keras.ops alone, and its gradient leads somewhere."""
    positive, negative = draw_scores(loss, (N_EVENTS, 1)), draw_scores(loss, (N_EVENTS, n_negatives(loss)), 2)
    label = draw_labels(loss, positive.shape)
    before, found = gradient(loss, positive, negative, label)
    length = np.sqrt(sum(float((entry**2).sum()) for entry in found.values()))
    expect(
        length > 0.0,
        "The gradient of a loss must not be 0 everywhere. Compute it with keras.ops, without a round or a comparison.",
    )
    rate = np.float32(0.05 / length)
    after = event_losses(loss, positive - rate * found["positive"], negative - rate * found["negative"], label).sum()
    expect(
        after < before, f"A small step against the gradient must lower the loss, {before:.6g}. Got {after:.6g} instead."
    )


def check_accuracy_is_a_share_of_what_is_right(loss: Any) -> None:
    """What the history shows beside the loss: numbers in [0, 1], weighed as the losses are."""
    for what, right, wrong in _opposites(loss):
        shares = []
        for scores in (right, wrong):
            found = array(loss.accurate(*map(tensor, scores)))
            shape = event_losses(loss, *scores).shape
            expect(
                found.shape == shape,
                f"accurate must give the shape of event_losses, {shape}. Got shape {found.shape} instead.",
            )
            expect(
                ((found >= 0) & (found <= 1)).all(),
                f"accurate must give numbers in [0, 1]. Got {brief(found.tolist())} instead.",
            )
            shares.append(found.mean())
        expect(
            shares[0] > shares[1],
            f"What is right must have a higher accuracy than what is wrong: {what}. Got {shares[0]:.3g} and {shares[1]:.3g}.",
        )


def _opposites(loss: Any) -> Iterator[tuple[str, Any, Any]]:
    """Give scores that are right, and wrong: (positive, negative, label) each."""

    def scores(positive: float, negative: float, label: float) -> Any:
        shape = (N_EVENTS, n_negatives(loss))
        return tuple(
            np.full(shape, number, dtype=np.float32)
            for shape, number in (((N_EVENTS, 1), positive), (shape, negative), ((N_EVENTS, 1), label))
        )

    if loss.target == "rating":
        what = "ratings that are met, and such that are missed by 2"
        yield what, scores(3.0, 0.0, 3.0), scores(5.0, 0.0, 3.0)
        return
    what = "positives scored 1 and negatives scored 0, and the opposite"
    yield what, scores(1.0, 0.0, 1.0), scores(0.0, 1.0, 1.0)
    if not loss.compares and loss.per != "negative":
        what = "labelled negatives scored 0, and such scored 1"
        yield what, scores(0.0, 0.0, 0.0), scores(1.0, 0.0, 0.0)


def check_weights_count_events(loss: Any) -> None:
    """An event of weight 2 is worth two; only the ratio of weights matters."""
    weights = np.ones(N_EVENTS, dtype=np.float32)
    weights[3] = 2.0
    scores, shared, batch = batch_of(loss, weights)
    expected = value(loss, scores, shared, batch)
    doubled = value(loss, scores, shared, {**batch, "weight": 2.0 * batch["weight"]})
    expect_close(doubled, expected, "Loss and accuracy where all weights are doubled")
    # The event in the place of its neighbour, once each, and the neighbour nowhere.
    rows = np.where(np.arange(N_EVENTS) == 4, 3, np.arange(N_EVENTS))
    batch["weight"][4] = 0.0
    expected = value(loss, scores, shared, batch)
    batch["weight"][3] /= 2.0
    batch = {name: entry if name.startswith("shared") else entry[rows] for name, entry in batch.items()}
    found = value(loss, scores[rows], None if shared is None else shared[rows], batch)
    expect_close(found, expected, "Loss and accuracy of a mini-batch that holds an event twice, as with weight 2,")


def check_padding_counts_for_nothing(loss: Any) -> None:
    """The last mini-batch is filled up with events of weight 0, which have any scores; it may hold nothing else."""
    weights = np.ones(N_EVENTS, dtype=np.float32)
    weights[-4:] = 0.0
    scores, shared, batch = batch_of(loss, weights)
    expected = value(loss, scores, shared, batch)
    scores[-4:] = 7.0
    expect_close(
        value(loss, scores, shared, batch), expected, "Loss and accuracy where events of weight 0 have other scores"
    )
    nothing = {**batch, "weight": np.zeros_like(batch["weight"])}
    expect_close(value(loss, scores, shared, nothing), (0.0, 0.0), "Loss and accuracy of a mini-batch of padding")


def check_an_event_is_no_negative_of_itself(loss: Any) -> None:
    """Of a loss whose negatives are shared: those that are the event's own item don't count, and may be all there are."""
    if loss.negatives != "shared":
        return
    scores, shared, batch = batch_of(loss, np.ones(N_EVENTS, dtype=np.float32))
    assert shared is not None
    batch["shared"][2] = 5  # the item of event 5
    expected = value(loss, scores, shared, batch)
    shared[5, 2] = 9.0
    expect_close(
        value(loss, scores, shared, batch),
        expected,
        "Loss and accuracy where an event's own item, among the negatives, scores more",
    )
    positive = draw_scores(loss, (N_EVENTS, 1))
    negative = refused((N_EVENTS, 3))
    label = draw_labels(loss, positive.shape)
    event_losses(loss, positive, negative, label)
    for name, found in gradient(loss, positive, negative, label)[1].items():
        expect_finite(found, f"The gradients of {name} scores where no negative counts")


CHECKS = (
    check_losses_have_the_shape_that_per_says,
    check_what_is_right_costs_less,
    check_events_do_not_depend_on_each_other,
    check_large_scores_give_finite_losses_and_gradients,
    check_losses_fall_against_the_gradient,
    check_accuracy_is_a_share_of_what_is_right,
    check_weights_count_events,
    check_padding_counts_for_nothing,
    check_an_event_is_no_negative_of_itself,
)
