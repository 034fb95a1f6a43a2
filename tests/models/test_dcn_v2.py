import numpy as np
import pytest

from skrec.exceptions import InvalidParameterError
from skrec.models import DCNv2
from skrec.testing import checkerboard

BOARD = checkerboard(12)
QUICK = {"learning_rate": 0.05, "random_state": 0}


def test_the_board_is_learned_by_cross_layers_alone():
    model = DCNv2(4, (), n_crosses=2, epochs=60, dropout=0.0, **QUICK).fit(BOARD)
    np.testing.assert_array_equal(model.recommend(k=1).items[:, 0] % 2, np.arange(12) % 2)


def test_a_score_is_a_weight_of_crossed_fields_and_first_order_weights():
    model = DCNv2(2, (), n_crosses=2, epochs=3, **QUICK).fit(BOARD)
    user, item = model.tables_["user"].astype(float), model.tables_["item"].astype(float)
    (last, bias), crosses = (
        [weights for weights in group]
        for group in (
            [weight for weight in model.network_weights_ if weight.shape in {(4, 1), (1,)}],
            [weight for weight in model.network_weights_ if weight.shape in {(4, 4), (4,)}],
        )
    )
    assert len(crosses) == 4
    logits = np.empty((12, 12))
    for u in range(12):
        for i in range(12):
            start = crossed = np.concatenate([user[u, :-1], item[i, :-1]])
            for kernel, shift in (crosses[:2], crosses[2:]):
                crossed = start * (crossed @ kernel + shift) + crossed
            logits[u, i] = (crossed @ last)[0] + bias[0] + user[u, -1] + item[i, -1]
    pairs = [(u, i) for u in model.users_ for i in model.items_]
    expected = 1.0 / (1.0 + np.exp(-logits))
    np.testing.assert_allclose(model.predict(pairs).reshape(12, 12), expected, rtol=1e-4, atol=1e-5)


def test_so_many_cross_layers_there_are(network_of):
    weights = [len(network_of(DCNv2(2, (4,), n_crosses=n)).trainable_variables) for n in (1, 3)]
    assert weights[1] - weights[0] == 4


@pytest.mark.parametrize(
    ("parameters", "name"),
    [({"embedding_dim": 0}, "embedding_dim"), ({"hidden": (0,)}, "hidden"), ({"n_crosses": 0}, "n_crosses")],
)
def test_a_parameter_that_breaks_its_constraint_is_named(parameters, name):
    with pytest.raises(InvalidParameterError, match=f"The '{name}' parameter of DCNv2 must be"):
        DCNv2(**parameters).fit(BOARD)
