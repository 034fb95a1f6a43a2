"""What WideDeep, DeepFM and DCNv2 share: rows with a first-order weight behind, and one way to their networks."""

import numpy as np
import pytest

from skrec.exceptions import InvalidParameterError
from skrec.models import BaseRecommender, DCNv2, DeepFM, FieldModel, KerasRecommender, WideDeep
from skrec.testing import checkerboard

MODELS = [WideDeep, DeepFM, DCNv2]


@pytest.mark.parametrize("model", MODELS)
def test_above_a_model_stands_what_models_over_fields_share_and_nothing_else_of_ours(model):
    assert model.__mro__[1:3] == (FieldModel, KerasRecommender)
    assert FieldModel.__bases__ == (KerasRecommender,)
    assert BaseRecommender in model.__mro__
    assert {name for name in vars(model) if callable(vars(model)[name])} <= {"__init__", "_make_network"}


def test_rows_are_an_embedding_and_a_weight_that_starts_at_nothing():
    model = DeepFM(4)
    assert model._widths() == {"user": 5, "item": 5}
    rows = model._first_rows("item", 20, 5, np.random.default_rng(0))
    assert rows.shape == (20, 5)
    assert (rows[:, -1] == 0).all()
    assert (rows[:, :-1] != 0).all()


def test_first_order_weights_are_learned_and_no_part_of_the_item_vectors(ranker):
    tables, vectors = ranker[-1].tables_, ranker[-1].item_vectors()
    assert {side: table.shape[1] for side, table in tables.items()} == {"user": 5, "item": 5}
    assert all(table[:, -1].any() for table in tables.values())
    np.testing.assert_array_equal(vectors[:, :4], tables["item"][:, :-1])
    assert vectors.shape[1] % 4 == 0  # whole fields


@pytest.mark.parametrize(("loss", "biased"), [("bce", True), ("bpr", False), ("softmax", False)])
@pytest.mark.parametrize("model", MODELS)
def test_the_network_has_the_units_asked_for_and_a_bias_only_where_it_counts(network_of, model, loss, biased):
    network = network_of(model(3, [4, 2], loss=loss))
    assert type(network).__name__ == f"{model.__name__}Network"
    assert (network.dim, [layer.units for layer in network.hidden], network.dtype_policy.name) == (3, [4, 2], "float32")
    assert network.last.use_bias is biased


@pytest.mark.parametrize("model", MODELS)
def test_layers_that_can_not_be_are_named_with_the_model(model):
    with pytest.raises(InvalidParameterError, match=f"The 'hidden' parameter of {model.__name__} must be .* Got 0"):
        model(3, (4, 0)).fit(checkerboard(6))
