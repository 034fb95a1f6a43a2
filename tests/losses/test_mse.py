import numpy as np
import pytest

from skrec.losses import MSE, Loss


def test_it_is_the_weighted_squared_error_of_the_ratings(measure, case):
    errors, weights = case.scores[:, 0].astype(np.float64) - case.rating[:, 0], case.weight[:, 0]
    loss, accuracy = measure(MSE(), label=case.rating)
    assert loss == pytest.approx((errors**2 * weights).sum() / weights.sum(), rel=1e-5)
    assert accuracy == pytest.approx(((np.abs(errors) < 0.5) * weights).sum() / weights.sum(), rel=1e-5)


def test_in_fold_in_it_is_the_squared_error_without_negatives(fold, pool):
    class General(MSE):
        fold = Loss.fold

    expected = (pool.positive.astype(np.float64) - pool.label) ** 2
    np.testing.assert_allclose(fold(MSE()), expected, rtol=1e-5)
    np.testing.assert_allclose(fold(General()), expected, rtol=1e-5)


def test_scores_are_ratings_less_their_mean():
    loss = MSE()
    np.testing.assert_allclose(loss.output(np.array([-1.0, 0.5], dtype=np.float32), 3.5), [2.5, 4.0])
    raw = loss.prior(np.array([0.25, 0.75]), 3.5)
    assert raw.dtype == np.float32
    np.testing.assert_allclose(loss.output(raw, 3.5), [0.25, 0.75], rtol=1e-6)
    assert loss.prior_of_unknown(3.5) == -3.5


def test_it_learns_ratings_and_draws_nothing():
    assert (MSE.target, MSE.negatives, MSE.metric) == ("rating", "none", "rmse")
    assert not MSE().weighs_negatives
