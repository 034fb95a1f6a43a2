import numpy as np
import pytest

RNG = np.random.default_rng(4)
SCORES = RNG.normal(scale=2.0, size=(4, 3)).astype(np.float32)
SHARED = RNG.normal(scale=2.0, size=(4, 5)).astype(np.float32)
ITEM = np.array([[0, 1, 2], [3, 0, 4], [1, 1, 1], [4, 2, 2]], dtype=np.int32)
SHARED_ITEM = np.array([0, 1, 2, 6, 7], dtype=np.int32)
LABEL = np.array([[1, 0, 0], [0, 0, 0], [1, 0, 0], [1, 0, 0]], dtype=np.float32)
WEIGHT = np.array([[1.0, 1.0, 0.5], [2.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.25, 0.25, 0.25]], dtype=np.float32)
RATING = np.array([[3.2, 0, 0], [-1.0, 0, 0], [9.9, 0, 0], [0.1, 0, 0]], dtype=np.float32)


@pytest.fixture
def measure(keras, networks, to_numpy):
    """Compute loss and accuracy of a named loss as two floats."""

    def compute(name, scores=SCORES, shared_scores=None, **batch):
        batch = {"item": ITEM, "label": LABEL, "weight": WEIGHT, **batch}
        if "shared" in batch:
            batch = {"shared_log_count": np.zeros(len(batch["shared"]), dtype=np.float32), **batch}
        batch = {key: keras.ops.convert_to_tensor(value) for key, value in batch.items()}
        scores = keras.ops.convert_to_tensor(scores)
        shared_scores = None if shared_scores is None else keras.ops.convert_to_tensor(shared_scores)
        return tuple(float(to_numpy(value)) for value in networks.LOSSES[name](scores, shared_scores, batch))

    return compute


def test_bce_is_the_weighted_cross_entropy_of_the_labels(measure):
    probability = 1.0 / (1.0 + np.exp(-SCORES.astype(np.float64)))
    losses = -LABEL * np.log(probability) - (1 - LABEL) * np.log(1 - probability)
    right = (probability > 0.5) == (LABEL == 1)
    loss, accuracy = measure("bce")
    assert loss == pytest.approx((losses * WEIGHT).sum() / WEIGHT.sum(), rel=1e-5)
    assert accuracy == pytest.approx((right * WEIGHT).sum() / WEIGHT.sum(), rel=1e-5)


def test_bce_of_huge_scores_is_finite(measure):
    scores, weight = np.array([[80.0, -80.0, 80.0]], dtype=np.float32), np.ones((1, 3), dtype=np.float32)
    loss, _ = measure("bce", scores, label=LABEL[:1], weight=weight)
    assert loss == pytest.approx(80.0 / 3.0, rel=1e-5)


def test_bpr_compares_the_event_with_each_negative(measure):
    total, right, weights = 0.0, 0.0, 0.0
    for scores, weight in zip(SCORES.astype(np.float64), WEIGHT[:, 0], strict=True):
        for negative in scores[1:]:
            total -= weight * np.log(1.0 / (1.0 + np.exp(negative - scores[0])))
            right += weight * (scores[0] > negative)
            weights += weight
    loss, accuracy = measure("bpr")
    assert loss == pytest.approx(total / weights, rel=1e-5)
    assert accuracy == pytest.approx(right / weights, rel=1e-5)


def test_softmax_leaves_the_event_out_of_the_shared_negatives(measure):
    total, right = 0.0, 0.0
    for user in range(4):
        positive = np.float64(SCORES[user, 0])
        others = [SHARED[user, j] for j in range(5) if SHARED_ITEM[j] != ITEM[user, 0]]
        log_total = np.log(np.exp(positive) + np.exp(np.array(others, dtype=np.float64)).sum())
        total += WEIGHT[user, 0] * (log_total - positive)
        right += WEIGHT[user, 0] * (positive >= max(others))
    loss, accuracy = measure("softmax", SCORES[:, :1], SHARED, item=ITEM[:, :1], shared=SHARED_ITEM)
    assert loss == pytest.approx(total / WEIGHT[:, 0].sum(), rel=1e-5)
    assert accuracy == pytest.approx(right / WEIGHT[:, 0].sum(), rel=1e-5)


def test_softmax_over_all_items_is_the_full_softmax(measure):
    scores = RNG.normal(size=(4, 5)).astype(np.float32)
    item = np.array([[2], [0], [4], [1]], dtype=np.int32)
    own = np.take_along_axis(scores, item, axis=1)
    weight = np.ones((4, 1), dtype=np.float32)
    loss, _ = measure("softmax", own, scores, item=item, weight=weight, shared=np.arange(5, dtype=np.int32))
    wide = scores.astype(np.float64)
    expected = np.log(np.exp(wide).sum(axis=1)) - own[:, 0]
    assert loss == pytest.approx(expected.mean(), rel=1e-5)


def test_softmax_takes_the_logarithm_of_how_often_it_is_drawn_off_a_negatives_score(measure):
    count = np.array([0.4, 1.0, 2.0, 0.05, 0.1])
    total = 0.0
    for user in range(4):
        positive = np.float64(SCORES[user, 0])
        others = [SHARED[user, j] - np.log(count[j]) for j in range(5) if SHARED_ITEM[j] != ITEM[user, 0]]
        total += WEIGHT[user, 0] * (np.log(np.exp(positive) + np.exp(others).sum()) - positive)
    batch = {"item": ITEM[:, :1], "shared": SHARED_ITEM}
    loss, _ = measure("softmax", SCORES[:, :1], SHARED, shared_log_count=np.log(count).astype(np.float32), **batch)
    assert loss == pytest.approx(total / WEIGHT[:, 0].sum(), rel=1e-5)
    plain, _ = measure("softmax", SCORES[:, :1], SHARED, **batch)
    assert abs(plain - loss) > 0.05


def test_the_loss_of_drawn_negatives_estimates_that_of_all_items_without_bias_in_its_sum(measure):
    rng = np.random.default_rng(0)
    scores, share = rng.normal(size=30).astype(np.float32), rng.dirichlet(np.full(30, 2.0))
    everything = np.exp(scores.astype(np.float64))[1:].sum()  # all but the event's own item, which is the first
    drawn = rng.choice(30, 20_000, p=share).astype(np.int32)
    batch = {"item": np.zeros((1, 1), dtype=np.int32), "shared": drawn, "weight": np.ones((1, 1), dtype=np.float32)}
    counts = np.log(len(drawn) * share[drawn]).astype(np.float32)
    loss, _ = measure("softmax", scores[np.newaxis, :1], scores[np.newaxis, drawn], shared_log_count=counts, **batch)
    assert loss == pytest.approx(np.log(np.exp(scores[0]) + everything) - scores[0], abs=0.03)


def test_what_fills_a_batch_up_is_nobodys_negative(measure):
    counts, batch = np.array([0.5, 0.0, -1.0, 1e9, 1e9], dtype=np.float32), {"item": ITEM[:, :1]}
    filled = measure("softmax", SCORES[:, :1], SHARED, shared=SHARED_ITEM, shared_log_count=counts, **batch)
    short = measure(
        "softmax", SCORES[:, :1], SHARED[:, :3], shared=SHARED_ITEM[:3], shared_log_count=counts[:3], **batch
    )
    assert filled == pytest.approx(short, rel=1e-6)


def test_softmax_of_huge_scores_is_finite(measure):
    shared = np.array([[900.0, -900.0]], dtype=np.float32)
    batch = {"item": np.array([[5]], dtype=np.int32), "shared": np.array([0, 1], dtype=np.int32)}
    loss, _ = measure(
        "softmax", np.array([[100.0]], dtype=np.float32), shared, weight=np.ones((1, 1), dtype=np.float32), **batch
    )
    assert loss == pytest.approx(800.0, rel=1e-5)


def test_mse_is_the_weighted_squared_error_of_the_ratings(measure):
    errors = SCORES[:, 0].astype(np.float64) - RATING[:, 0]
    weights = WEIGHT[:, 0]
    loss, accuracy = measure("mse", label=RATING)
    assert loss == pytest.approx((errors**2 * weights).sum() / weights.sum(), rel=1e-5)
    assert accuracy == pytest.approx(((np.abs(errors) < 0.5) * weights).sum() / weights.sum(), rel=1e-5)


@pytest.mark.parametrize("name", ["bce", "bpr", "softmax", "mse"])
def test_events_of_weight_zero_count_for_nothing(measure, name):
    def of(scores, label):
        if name == "softmax":
            return measure(name, scores[:, :1], SHARED, item=ITEM[:, :1], shared=SHARED_ITEM, label=label)
        return measure(name, scores, label=label)

    changed, label = SCORES.copy(), LABEL.copy()
    changed[2], label[2] = 50.0, 7.0  # the third event has no weight
    assert of(changed, label) == pytest.approx(of(SCORES, LABEL), rel=1e-6)


@pytest.mark.parametrize("name", ["bce", "bpr", "softmax", "mse"])
def test_a_batch_of_padding_alone_loses_nothing(measure, name):
    shared = {"shared": SHARED_ITEM} if name == "softmax" else {}
    assert measure(name, SCORES, SHARED if shared else None, weight=np.zeros_like(WEIGHT), **shared) == (0.0, 0.0)
