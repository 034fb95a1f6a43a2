import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skrec.exceptions import InvalidParameterError
from skrec.losses import BCE, Loss
from skrec.models import GMF, GRU4Rec
from skrec.testing import checkerboard


def cross_entropy(scores, label):
    """Of labels, in double precision."""
    probability = 1.0 / (1.0 + np.exp(-np.asarray(scores, dtype=np.float64)))
    return -label * np.log(probability) - (1 - label) * np.log(1 - probability)


def test_it_is_the_weighted_cross_entropy_of_the_labels(measure, case):
    losses, right = cross_entropy(case.scores, case.label), (case.scores > 0) == (case.label == 1)
    loss, accuracy = measure(BCE())
    assert loss == pytest.approx((losses * case.weight).sum() / case.weight.sum(), rel=1e-5)
    assert accuracy == pytest.approx((right * case.weight).sum() / case.weight.sum(), rel=1e-5)


def test_of_huge_scores_it_is_finite(measure):
    scores = np.tile(np.array([[80.0, -80.0, 80.0]], dtype=np.float32), (4, 1))
    loss, _ = measure(
        BCE(), scores, label=np.array([[1.0, 0.0, 0.0]] * 4, np.float32), weight=np.ones((4, 3), np.float32)
    )
    assert loss == pytest.approx(80.0 / 3.0, rel=1e-5)


def test_in_fold_in_an_event_is_weighed_against_as_many_negatives_as_in_training(fold, pool):
    found = fold(BCE())
    for user in range(2):
        free = pool.fields["free"][user] == 1.0
        against = cross_entropy(pool.negative[user, free], 0.0).mean()
        expected = (cross_entropy(pool.positive[user], pool.label[user]) + 4.0 * against) / 5.0
        np.testing.assert_allclose(found[user], expected, rtol=1e-5)


def test_in_fold_in_it_is_what_every_loss_would_compute(compute, fold, pool):
    class General(BCE):
        fold = Loss.fold

    np.testing.assert_allclose(fold(BCE()), fold(General()), rtol=1e-5)


def test_scores_become_probabilities_and_shares_their_logits():
    loss, share = BCE(), np.array([0.25, 0.5, 0.999])
    raw = loss.prior(share, 3.0)
    assert raw.dtype == np.float32
    found = loss.output(raw, 3.0)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, share, rtol=1e-5)
    # Items that nobody has, or everybody, are as good as one user in a million.
    np.testing.assert_allclose(loss.output(loss.prior(np.array([0.0, 1.0]), 0.0), 0.0), [1e-6, 1 - 1e-6], atol=1e-7)
    assert loss.prior_of_unknown(3.0) == pytest.approx(np.log(1e-6))
    np.testing.assert_array_equal(
        loss.output(np.array([-100.0, 100.0]), 0.0), np.array([np.exp(-100.0), 1.0], dtype=np.float32)
    )


@pytest.mark.parametrize(
    ("n_negatives", "n_items", "calibration", "expected"),
    [
        # With share a = n / (m - 1) and calibration t: a (t (1 - 1/a) + 1/a) = 1 - t (1 - a).
        (3, 31, 1.0, 0.1),
        (3, 31, 0.5, 0.55),
        (3, 31, 0.0, 1.0),
        (0, 31, 1.0, 1.0),  # without negatives nobody is too confident
        (50, 31, 1.0, 1.0),
        (1, 1, 1.0, 1.0),
    ],
)
def test_positives_weigh_what_gbce_says(n_negatives, n_items, calibration, expected):
    assert BCE(calibration=calibration).positive_weight(n_negatives, n_items, 0.0) == pytest.approx(expected)
    # Without one of its own it takes the model's; its own comes first.
    assert BCE().positive_weight(n_negatives, n_items, calibration) == pytest.approx(expected)
    assert BCE(calibration=0.0).positive_weight(n_negatives, n_items, calibration) == 1.0


def test_a_calibration_outside_of_its_range_is_refused():
    with pytest.raises(InvalidParameterError, match=r"The 'calibration' parameter of BCE must be a float in the range"):
        BCE(calibration=1.5).check()


WALKS = pd.DataFrame(
    [(user, (user + step) % 6) for user in range(20) for step in range(5)], columns=["user_id", "item_id"]
)


def test_its_calibration_is_that_of_sequence_models():
    plain = GRU4Rec(
        4, 8, "rnn", units=4, epochs=2, loss="bce", n_negatives=2, dropout=0.0, id_dropout=0.0, random_state=0
    )
    theirs = clone(plain).set_params(calibration=0.75).fit(WALKS)
    ours = clone(plain).set_params(calibration=0.0, loss=BCE(calibration=0.75)).fit(WALKS)
    assert ours.history_ == theirs.history_
    lists, expected = (model.recommend(k=3, exclude_seen=False) for model in (ours, theirs))
    np.testing.assert_array_equal(lists.items, expected.items)
    np.testing.assert_array_equal(lists.scores, expected.scores)
    without = clone(plain).set_params(calibration=0.0).fit(WALKS)
    assert without.history_ != ours.history_


def test_a_model_without_a_calibration_has_that_of_the_loss():
    model = GMF(4, epochs=1, n_negatives=2, random_state=0)
    plain = clone(model).fit(checkerboard(12))
    calibrated = clone(model).set_params(loss=BCE(calibration=1.0)).fit(checkerboard(12))
    assert calibrated.predict(checkerboard(12)).mean() < plain.predict(checkerboard(12)).mean()
    np.testing.assert_array_equal(
        clone(model).set_params(loss=BCE(calibration=0.0)).fit(checkerboard(12)).tables_["user"], plain.tables_["user"]
    )
