"""Checks of what a loss says of users that weren't in fit, and of the scores that are shown."""

from typing import Any

import numpy as np

from skrec.testing._expect import brief, expect, expect_close, expect_equal, expect_finite
from skrec.testing._loss_bench import (
    N_EVENTS,
    N_NEGATIVES,
    batch_of,
    draw_labels,
    draw_scores,
    fold,
    pool_of,
    value,
)

_MEAN = 3.2


def check_fold_in_learns_from_the_same_loss(loss: Any) -> None:
    """New users' rows minimise what training minimised: `fold` of an event is the `value` of a mini-batch in which no other counts."""
    n_users, n_each = 3, N_EVENTS // 3
    positive, label = draw_scores(loss, (n_users, n_each)), draw_labels(loss, (n_users, n_each))
    if loss.weighs_negatives:
        label[:] = 1.0  # training draws negatives for positives
    negative: Any = None if loss.negatives == "none" else draw_scores(loss, (n_users, N_NEGATIVES), 2)
    pool = pool_of(n_users, N_NEGATIVES)
    found = fold(loss, positive, negative, label, pool).reshape(N_EVENTS)
    scores, shared, batch = batch_of(loss, np.ones(N_EVENTS, dtype=np.float32))
    scores[:, 0] = positive.reshape(N_EVENTS)
    if "label" in batch:
        batch["label"][:, 0] = label.reshape(N_EVENTS)
    if shared is not None:
        shared = np.repeat(negative, n_each, axis=0)
        batch["shared_log_count"] = np.full(N_NEGATIVES, -pool["log_share"])
    elif negative is not None:
        scores[:, 1:] = np.repeat(negative, n_each, axis=0)
    for event in range(N_EVENTS):
        weight = np.zeros_like(batch["weight"])
        weight[event] = 1.0
        expected = value(loss, scores, shared, {**batch, "weight": weight})[0]
        expect_close(found[event], expected, "The loss of a new user's event, as fold computes it,")


def check_fold_in_leaves_out_what_the_user_knows(loss: Any) -> None:
    """Items of the history are no negatives."""
    if loss.negatives == "none":
        return
    positive, label, negative = (
        draw_scores(loss, (2, 3)),
        draw_labels(loss, (2, 3)),
        draw_scores(loss, (2, N_NEGATIVES), 2),
    )
    pool = pool_of(2, N_NEGATIVES)
    pool["free"][0, 1] = 0.0
    expected = fold(loss, positive, negative, label, pool)
    negative[0, 1] += 4.0
    expect_close(
        fold(loss, positive, negative, label, pool),
        expected,
        "The losses where an item that isn't free has another score",
    )
    pool["free"][1] = 0.0
    fold(loss, positive, negative, label, pool)


def check_output_keeps_the_order(loss: Any) -> None:
    """Lists are ranked by raw scores, and show what `output` makes of them."""
    scores = np.sort(draw_scores(loss, (50,))).astype(np.float32)
    before = scores.copy()
    found = np.asarray(loss.output(scores, _MEAN))
    expect_equal(scores, before, "The scores, which output must not change,")
    expect(
        found.shape == scores.shape,
        f"output must give the shape of the scores, {scores.shape}. Got shape {found.shape} instead.",
    )
    expect(found.dtype == np.float32, f"output must give float32. Got {found.dtype} instead.")
    expect_finite(found, "What output gives")
    expect(
        (np.diff(found) >= 0).all(),
        "output must not turn the order of scores: a higher score must stay at least as high.",
    )
    square = scores[:49].reshape(7, 7)
    expect_equal(
        loss.output(square, _MEAN), found[:49].reshape(7, 7), "What output gives for a table of the same scores"
    )


def check_prior_is_what_output_maps_to_the_share(loss: Any) -> None:
    """Users of whom nothing is known get the popular items, whose scores are their shares of the users."""
    share = np.array([0.001, 0.01, 0.2, 0.5, 0.9], dtype=np.float32)
    raw = np.asarray(loss.prior(share, _MEAN))
    expect(
        raw.dtype == np.float32 and raw.shape == share.shape,
        f"prior must give float32 numbers, one an item. Got {brief(raw)} instead.",
    )
    expect_close(loss.output(raw, _MEAN), share, "What output makes of the prior, the shares of the items,")
    for edge in (0.0, 1.0):
        expect_finite(loss.prior(np.array([edge], dtype=np.float32), _MEAN), f"The prior for a share of {edge:g}")
    unknown = np.array([loss.prior_of_unknown(_MEAN)], dtype=np.float32)
    expect_finite(unknown, "The prior of an unknown item")
    expect(
        float(unknown[0]) <= float(raw[0]),
        f"An unknown item must not be above one of a share of 0.001, {raw[0]:.6g}. Got {unknown[0]:.6g} instead.",
    )


def check_positive_weights_are_above_zero(loss: Any) -> None:
    """What positives weigh beside their negatives, in models that have a `calibration`."""
    for calibration in (0.0, 0.5, 1.0):
        found = loss.positive_weight(4, 100, calibration)
        expect(np.isfinite(found) and found > 0, f"positive_weight must give a number above 0. Got {found!r} instead.")


CHECKS = (
    check_fold_in_learns_from_the_same_loss,
    check_fold_in_leaves_out_what_the_user_knows,
    check_output_keeps_the_order,
    check_prior_is_what_output_maps_to_the_share,
    check_positive_weights_are_above_zero,
)
