import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, KFold

from skrec.exceptions import InvalidParameterError
from skrec.losses import Loss, Softmax
from skrec.models import GMF
from skrec.testing import checkerboard


def expected(case, log_count=(0.0,) * 5, temperature=1.0):
    """Loss and accuracy, event by event: an event's own item is none of its negatives."""
    total, right = 0.0, 0.0
    for user in range(4):
        positive = np.float64(case.scores[user, 0]) / temperature
        others = [
            case.shared[user, j] / temperature - log_count[j]
            for j in range(5)
            if case.shared_item[j] != case.item[user, 0]
        ]
        log_total = np.log(np.exp(positive) + np.exp(np.array(others, dtype=np.float64)).sum())
        total += case.weight[user, 0] * (log_total - positive)
        right += case.weight[user, 0] * (positive >= max(others))
    return total / case.weight[:, 0].sum(), right / case.weight[:, 0].sum()


def test_it_leaves_the_event_out_of_the_shared_negatives(measure, case):
    assert measure(Softmax()) == pytest.approx(expected(case), rel=1e-5)


def test_over_all_items_it_is_the_full_softmax(measure, case):
    item = np.array([[2], [0], [4], [1]], dtype=np.int32)
    own, weight = np.take_along_axis(case.shared, item, axis=1), np.ones((4, 1), dtype=np.float32)
    loss, _ = measure(Softmax(), own, item=item, weight=weight, shared=np.arange(5, dtype=np.int32))
    wide = case.shared.astype(np.float64)
    assert loss == pytest.approx((np.log(np.exp(wide).sum(axis=1)) - own[:, 0]).mean(), rel=1e-5)


COUNT = np.array([0.4, 1.0, 2.0, 0.05, 0.1])


def test_the_logarithm_of_how_often_it_is_drawn_is_taken_off_a_negatives_score(measure, case):
    found = measure(Softmax(), shared_log_count=np.log(COUNT).astype(np.float32))
    assert found == pytest.approx(expected(case, np.log(COUNT)), rel=1e-5)
    assert abs(found[0] - measure(Softmax())[0]) > 0.05


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_a_temperature_divides_all_scores_before_the_correction(measure, case, temperature):
    found = measure(Softmax(temperature), shared_log_count=np.log(COUNT).astype(np.float32))
    assert found == pytest.approx(expected(case, np.log(COUNT), temperature), rel=1e-5)


def test_the_loss_of_drawn_negatives_estimates_that_of_all_items_without_bias_in_its_sum(measure):
    rng = np.random.default_rng(0)
    scores, share = rng.normal(size=30).astype(np.float32), rng.dirichlet(np.full(30, 2.0))
    everything = np.exp(scores.astype(np.float64))[1:].sum()  # all but the event's own item, which is the first
    drawn = rng.choice(30, 20_000, p=share).astype(np.int32)
    batch = {"item": np.zeros((1, 1), dtype=np.int32), "shared": drawn, "weight": np.ones((1, 1), dtype=np.float32)}
    counts = np.log(len(drawn) * share[drawn]).astype(np.float32)
    batch["shared_log_count"] = counts
    loss, _ = measure(Softmax(), scores[np.newaxis, :1], scores[np.newaxis, drawn], **batch)
    assert loss == pytest.approx(np.log(np.exp(scores[0]) + everything) - scores[0], abs=0.03)


def test_what_fills_a_batch_up_is_nobodys_negative(measure, case):
    counts = np.array([0.5, 0.0, -1.0, 1e9, 1e9], dtype=np.float32)
    filled = measure(Softmax(), shared_log_count=counts)
    # As if there were three: whatever stands in the places that are filled up.
    other = case.shared.copy()
    other[:, 3:] = 77.0
    assert filled == measure(Softmax(), negatives=other, shared_log_count=counts)
    assert filled == pytest.approx(expected(case, [*counts[:3], np.inf, np.inf]), rel=1e-5)


def test_of_huge_scores_it_is_finite(measure, case):
    shared = np.tile(np.array([[900.0, -900.0, -900.0, -900.0, -900.0]], dtype=np.float32), (4, 1))
    loss, _ = measure(Softmax(), np.full((4, 3), 100.0, np.float32), shared, item=np.full((4, 1), 9, np.int32))
    assert loss == pytest.approx(800.0, rel=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_in_fold_in_each_free_item_of_the_pool_stands_for_several(fold, pool, temperature):
    found = fold(Softmax(temperature))
    for user in range(2):
        negative = pool.negative[user, pool.fields["free"][user] == 1.0].astype(np.float64) / temperature
        against = 3.0 * np.exp(negative).sum()
        positive = pool.positive[user].astype(np.float64) / temperature
        np.testing.assert_allclose(found[user], np.log(np.exp(positive) + against) - positive, rtol=1e-5)


def test_in_fold_in_it_is_what_every_loss_would_compute(fold):
    class General(Softmax):
        fold = Loss.fold

    np.testing.assert_allclose(fold(Softmax()), fold(General()), rtol=1e-5)


@pytest.mark.parametrize("wrong", [0.0, -1.0, None, "low"])
def test_a_temperature_is_a_number_above_zero(wrong):
    with pytest.raises(
        InvalidParameterError, match=r"The 'temperature' parameter of Softmax must be a float in the range"
    ):
        Softmax(wrong).check()
    with pytest.raises(
        InvalidParameterError, match=r"The 'temperature' parameter of Softmax must be a float in the range"
    ):
        GMF(loss=Softmax(wrong)).fit(checkerboard(4))


def test_its_temperature_is_a_key_of_a_search():
    model = GMF(4, epochs=1, loss=Softmax(), learning_rate=0.05, random_state=0)
    search = GridSearchCV(
        model, {"loss__temperature": [0.25, 1.0]}, cv=KFold(2, shuffle=True, random_state=0), error_score="raise"
    ).fit(checkerboard(12))
    assert search.cv_results_["param_loss__temperature"].tolist() == [0.25, 1.0]
    best = search.best_estimator_
    assert best.loss.temperature == best.get_params()["loss__temperature"] == search.best_params_["loss__temperature"]
    assert model.loss.temperature == 1.0  # the loss that was handed in is left alone
