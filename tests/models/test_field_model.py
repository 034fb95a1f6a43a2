"""What WideDeep, DeepFM and DCNv2 share: rows with a first-order weight behind, and one way to their networks."""

import numpy as np
import pytest
from skrec.models._biased_rows import BiasedRowsMixin

from skrec.exceptions import InvalidParameterError
from skrec.models import DCNv2, DeepFM, KerasRecommender, WideDeep
from skrec.models._field_model import FieldMixin
from skrec.testing import checkerboard

BOARD = checkerboard(6)
MODELS = [WideDeep, DeepFM, DCNv2]
QUICK = {"epochs": 1, "random_state": 0}


@pytest.mark.parametrize("model", MODELS)
def test_the_mixin_stands_before_the_class_that_it_changes(model):
    assert model.__mro__[1] is FieldMixin
    assert model.__mro__.index(BiasedRowsMixin) < model.__mro__.index(KerasRecommender)


@pytest.mark.parametrize("model", MODELS)
def test_first_order_weights_are_learned_and_no_part_of_the_item_vectors(model):
    fitted = model(3, (4,), **QUICK).fit(BOARD)
    assert {side: table.shape for side, table in fitted.tables_.items()} == {"user": (6, 4), "item": (6, 4)}
    assert fitted.tables_["item"][:, -1].any()
    np.testing.assert_array_equal(fitted.item_vectors(), fitted.tables_["item"][:, :-1])


@pytest.mark.parametrize(("loss", "biased"), [("bce", True), ("bpr", False), ("softmax", False)])
@pytest.mark.parametrize("model", MODELS)
def test_the_network_has_the_units_asked_for_and_a_bias_only_where_it_counts(model, loss, biased):
    network = model(3, [4, 2], loss=loss, **QUICK).fit(BOARD)._built_network()
    assert type(network).__name__ == f"{model.__name__}Network"
    assert (network.dim, [layer.units for layer in network.hidden], network.dtype_policy.name) == (3, [4, 2], "float32")
    assert network.last.use_bias is biased


@pytest.mark.parametrize("model", MODELS)
def test_layers_that_can_not_be_are_named_with_the_model(model):
    with pytest.raises(InvalidParameterError, match=f"The 'hidden' parameter of {model.__name__} must be .* Got 0"):
        model(3, (4, 0), **QUICK).fit(BOARD)
