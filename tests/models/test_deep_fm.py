import numpy as np
import pandas as pd
import pytest

from skrec import Interactions, make_pipeline
from skrec.exceptions import InvalidParameterError
from skrec.models import DeepFM
from skrec.preprocessing import FeatureEncoder
from skrec.testing import checkerboard


def test_products_of_fields_alone_learn_what_first_order_weights_cannot():
    # A user likes an item if both stand on squares of one colour: no weight of either alone says anything.
    pairs = pd.DataFrame([(u, i) for u in range(16) for i in range(16)], columns=["user_id", "item_id"])
    users = pd.DataFrame({"user_id": range(18), "side": ["even", "odd"] * 9})
    items = pd.DataFrame({"item_id": range(18), "colour": ["white", "black"] * 9})
    labels = (pairs["user_id"] % 2 == pairs["item_id"] % 2).to_numpy().astype(float)
    encoder = FeatureEncoder([("side", "category", "side")], [("colour", "category", "colour")])
    model = DeepFM(4, (), epochs=60, learning_rate=0.05, id_dropout=0.3, random_state=0)
    pipeline = make_pipeline(encoder, model).fit(Interactions(pairs, users, items), labels)
    assert ((pipeline.predict(pairs) > 0.5) == (labels > 0.5)).mean() > 0.98
    cold = Interactions([(16, 16), (17, 17), (16, 17), (17, 16)], users, items)
    np.testing.assert_array_equal(pipeline.predict(cold) > 0.5, [True, True, False, False])


def test_a_score_is_the_sum_of_its_parts():
    board = checkerboard(8)
    model = DeepFM(3, (), epochs=3, learning_rate=0.05, random_state=0).fit(board)
    user, item = model.tables_["user"].astype(float), model.tables_["item"].astype(float)
    kernel, bias = model.network_weights_
    logits = user[:, :-1] @ item[:, :-1].T + user[:, -1:] + item[:, -1]
    logits += user[:, :-1] @ kernel[:3] + (item[:, :-1] @ kernel[3:])[:, 0] + bias
    pairs = [(u, i) for u in model.users_ for i in model.items_]
    expected = 1.0 / (1.0 + np.exp(-logits))
    np.testing.assert_allclose(model.predict(pairs).reshape(logits.shape), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("parameters", "name"),
    [({"embedding_dim": 0}, "embedding_dim"), ({"hidden": (0,)}, "hidden"), ({"loss": "x"}, "loss")],
)
def test_a_parameter_that_breaks_its_constraint_is_named(parameters, name):
    with pytest.raises(InvalidParameterError, match=f"The '{name}' parameter of DeepFM must be"):
        DeepFM(**parameters).fit(checkerboard(6))
