import numpy as np
import pytest
from sklearn.base import clone

from skrec.exceptions import InvalidParameterError
from skrec.losses import BCE
from skrec.models import GMF
from skrec.testing import checkerboard
from skrec.training.batches import BatchSource
from skrec.training.positives import PositivePairs

N = 12
BOARD = checkerboard(N)
QUICK = {"epochs": 30, "learning_rate": 0.05, "random_state": 0}


@pytest.fixture(scope="module", params=["bce", "bpr", "softmax"])
def model(request):
    return GMF(4, loss=request.param, **QUICK).fit(BOARD)


def test_the_board_is_learned_under_every_loss(model):
    np.testing.assert_array_equal(model.recommend(k=1).items[:, 0] % 2, np.arange(N) % 2)


def test_a_score_is_the_weighted_product_of_both_rows(model):
    user, item = model.tables_["user"].astype(np.float64), model.tables_["item"].astype(np.float64)
    kernel, *biases = model.network_weights_
    assert kernel.shape == (4, 1)
    # A bias of all scores would cancel out under a loss that compares them.
    assert [bias.shape for bias in biases] == ([(1,)] if model.loss == "bce" else [])
    logits = (user * kernel[:, 0]) @ item.T + sum(biases)
    expected = 1.0 / (1.0 + np.exp(-logits)) if model.loss == "bce" else logits
    pairs = [(user, item) for user in model.users_ for item in model.items_]
    np.testing.assert_allclose(model.predict(pairs).reshape(N, N), expected, rtol=1e-4, atol=1e-5)


def test_only_under_bce_scores_are_probabilities(model):
    scores = model.predict([(user, item) for user in range(N) for item in range(N)])
    assert (model.loss == "bce") == bool((scores >= 0.0).all() and (scores <= 1.0).all())


def naive_adam(value, gradient, moments, rate, step):
    """Adam of the rows that have a gradient at all."""
    touched = np.abs(gradient).reshape(len(value), -1).sum(axis=1) > 0
    first, second = moments
    first[touched] += 0.1 * (gradient[touched] - first[touched])
    second[touched] += 0.001 * (gradient[touched] ** 2 - second[touched])
    scale = rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
    value[touched] -= scale * first[touched] / (np.sqrt(second[touched]) + 1e-7)


def naive_training(events, epochs, rate):
    """GMF in NumPy: the same first numbers and batches, gradients by hand."""
    rng = np.random.default_rng(0)
    item, user = (np.float32(0.1) * rng.standard_normal((n, 2), dtype=np.float32) for n in (6, 6))
    user, item = user.astype(float), item.astype(float)
    parts = {"user": user, "item": item, "kernel": np.ones((1, 2)), "bias": np.zeros((1, 1))}
    moments = {name: (np.zeros_like(value), np.zeros_like(value)) for name, value in parts.items()}
    nothing = events.take(slice(0, 0))
    draws = np.random.default_rng(rng.integers(2**63))
    source = BatchSource(events, BCE(), 4, "uniform", 1024, draws, PositivePairs(events, nothing, events))
    losses = []
    for step in range(1, epochs + 1):
        [(batches, _)] = source.epoch()
        real = batches["user"][0] < 6
        u, i, y, w = (batches[name][0][real] for name in ("user", "item", "label", "weight"))
        product = user[u][:, np.newaxis] * item[i]
        p = 1.0 / (1.0 + np.exp(-(product @ parts["kernel"][0] + parts["bias"][0])))
        losses.append(float((w * -np.log(np.where(y > 0, p, 1 - p))).sum() / w.sum()))
        error = (w * (p - y) / w.sum())[..., np.newaxis]
        gradients = {name: np.zeros_like(value) for name, value in parts.items()}
        np.add.at(gradients["user"], u, (error * parts["kernel"] * item[i]).sum(axis=1))
        np.add.at(gradients["item"], i, error * parts["kernel"] * user[u][:, np.newaxis])
        gradients["kernel"][0] = (error * product).sum(axis=(0, 1))
        gradients["bias"][0] = error.sum()
        for name, value in parts.items():
            naive_adam(value, gradients[name], moments[name], rate, step)
    return parts, losses


def test_training_is_that_of_naive_numpy():
    model = GMF(2, epochs=6, learning_rate=0.05, l2=0.0, random_state=0).fit(checkerboard(6))
    parts, losses = naive_training(model.histories_.as_events(), 6, 0.05)
    np.testing.assert_allclose(model.history_["loss"], losses, rtol=1e-5)
    for side in ("user", "item"):
        np.testing.assert_allclose(model.tables_[side], parts[side], rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(model.network_weights_[0][:, 0], parts["kernel"][0], rtol=1e-4)
    np.testing.assert_allclose(model.network_weights_[1], parts["bias"][0], rtol=1e-3)


@pytest.mark.parametrize(
    ("parameters", "name"),
    [({"embedding_dim": 0}, "embedding_dim"), ({"dropout": 1.0}, "dropout"), ({"loss": "mse"}, "loss")],
)
def test_a_parameter_that_breaks_its_constraint_is_named(parameters, name):
    with pytest.raises(InvalidParameterError, match=f"The '{name}' parameter of GMF must be"):
        GMF(**parameters).fit(BOARD)


def test_defaults_are_those_of_the_introductions():
    model = clone(GMF())
    assert (model.loss, model.optimizer, model._count_negatives(BCE()), model.embedding_dim) == ("bce", "adam", 4, 32)
