import numpy as np
import pytest

from skrec.losses import BPR


def test_it_compares_the_event_with_each_negative(measure, case):
    total, right, weights = 0.0, 0.0, 0.0
    for scores, weight in zip(case.scores.astype(np.float64), case.weight[:, 0], strict=True):
        for negative in scores[1:]:
            total -= weight * np.log(1.0 / (1.0 + np.exp(negative - scores[0])))
            right += weight * (scores[0] > negative)
            weights += weight
    loss, accuracy = measure(BPR())
    assert loss == pytest.approx(total / weights, rel=1e-5)
    assert accuracy == pytest.approx(right / weights, rel=1e-5)


def test_of_equal_scores_none_is_right(measure):
    loss, accuracy = measure(BPR(), np.ones((4, 3), dtype=np.float32))
    assert loss == pytest.approx(np.log(2.0), rel=1e-5)
    assert accuracy == 0.0


def test_in_fold_in_an_event_is_compared_with_all_of_the_pool_that_is_free(fold, pool):
    found = fold(BPR())
    for user in range(2):
        negative = pool.negative[user, pool.fields["free"][user] == 1.0].astype(np.float64)
        for event, positive in enumerate(pool.positive[user].astype(np.float64)):
            assert found[user, event] == pytest.approx(np.log1p(np.exp(negative - positive)).mean(), rel=1e-5)


def test_scores_stay_as_they_are_and_shares_are_what_cold_users_get():
    loss, values = BPR(), np.array([0.1, 0.7])
    assert loss.output(values, 3.0) is values
    np.testing.assert_array_equal(loss.prior(values, 3.0), values.astype(np.float32))
    assert loss.prior_of_unknown(3.0) == 0.0
