import numpy as np
import pytest

from skrec.exceptions import InvalidParameterError
from skrec.models import NeuMF
from skrec.testing import checkerboard

N = 12
BOARD = checkerboard(N)
QUICK = {"epochs": 30, "learning_rate": 0.05, "random_state": 0}


@pytest.fixture(scope="module", params=["bce", "bpr", "softmax"])
def model(request):
    return NeuMF(4, (8,), loss=request.param, **QUICK).fit(BOARD)


def test_the_board_is_learned_under_every_loss(model):
    np.testing.assert_array_equal(model.recommend(k=1).items[:, 0] % 2, np.arange(N) % 2)


def test_a_score_joins_a_product_and_a_perceptron_of_the_rows(model):
    user, item = model.tables_["user"].astype(np.float64), model.tables_["item"].astype(np.float64)
    assert user.shape == item.shape == (N, 8)
    kernel, bias, unit, *unit_biases = model.network_weights_
    assert len(unit_biases) == (model.loss == "bce")
    logits = np.empty((N, N))
    for u in range(N):
        for i in range(N):
            sums = np.concatenate([user[u, 4:], item[i, 4:]]) @ kernel + bias
            hidden = (sums + np.sqrt(sums**2 + 0.01)) / 2.0
            logits[u, i] = np.concatenate([user[u, :4] * item[i, :4], hidden]) @ unit[:, 0]
    logits += sum(unit_biases, np.zeros(1))
    expected = 1.0 / (1.0 + np.exp(-logits)) if model.loss == "bce" else logits
    pairs = [(user, item) for user in model.users_ for item in model.items_]
    np.testing.assert_allclose(model.predict(pairs).reshape(N, N), expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("hidden", [(3, 5), [np.int64(3), 5]], ids=str)
def test_layers_are_those_asked_for(network_of, hidden):
    network = network_of(NeuMF(2, hidden, dropout=0.3))
    network.build({"user": (None, 4), "item": (None, None, 4)})
    assert [tuple(weight.shape) for weight in network.trainable_variables] == [
        *[(4, 3), (3,)],
        *[(3, 5), (5,)],
        *[(7, 1), (1,)],
    ]
    assert [drop.rate for drop in network.drops] == [0.3, 0.3]


@pytest.mark.parametrize("hidden", [(0,), (8, -1), (2.5,), ("wide",)])
def test_a_layer_without_units_is_refused(hidden):
    with pytest.raises(InvalidParameterError, match="The 'hidden' parameter of NeuMF must be an int in the range"):
        NeuMF(4, hidden).fit(BOARD)


def test_hidden_layers_come_in_a_tuple():
    with pytest.raises(InvalidParameterError, match="The 'hidden' parameter of NeuMF must be an instance of"):
        NeuMF(4, 8).fit(BOARD)
