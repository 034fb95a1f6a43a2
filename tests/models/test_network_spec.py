import pytest
from skrec.models._spec import N_NEGATIVES, NOT_STRUCTURE, SHARED_CONSTRAINTS

from skrec.backends import find_backend, start
from skrec.exceptions import InvalidParameterError
from skrec.models import GMF, KerasModel, MatrixFactorization, NetworkSpec, NeuMF
from skrec.testing import checkerboard


@pytest.mark.parametrize("model", [GMF, NeuMF, MatrixFactorization, KerasModel])
def test_every_neural_model_has_the_shared_parameters_with_their_constraints(model):
    parameters = set(model().get_params())
    assert set(SHARED_CONSTRAINTS) - parameters <= ({"l2"} if model is KerasModel else set())
    # Only models whose scores are inner products search by vectors.
    assert parameters >= NOT_STRUCTURE - ({"retriever"} if model in {NeuMF, KerasModel} else set())
    assert parameters == set(model._parameter_constraints) - ({"l2"} if model is KerasModel else set())


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("epochs", 0),
        ("epochs", 2.5),
        ("batch_size", 0),
        ("learning_rate", 0.0),
        ("learning_rate", True),
        ("optimizer", 3),
        ("n_negatives", 0),
        ("n_negatives", "all"),
        ("negatives", "hard"),
        ("l2", -0.1),
        ("validation_fraction", 1.0),
        ("early_stopping", 0.5),
        ("callbacks", "all"),
        ("warm_start", "yes"),
        ("random_state", "seed"),
        ("verbose", -1),
        ("backend", 1),
        ("device", None),
        ("precision", "float64"),
    ],
)
def test_a_parameter_that_breaks_its_constraint_is_named_and_the_model_stays_unfitted(name, wrong):
    model = GMF(**{name: wrong})
    with pytest.raises(InvalidParameterError, match=f"The '{name}' parameter of GMF must be"):
        model.fit(checkerboard(4))
    assert not model.__sklearn_is_fitted__()
    assert set(vars(model)) == set(model.get_params())


@pytest.mark.parametrize(("loss", "expected"), [("bce", 4), ("bpr", 1), ("softmax", 512), ("mse", 1)])
def test_how_many_negatives_there_are_follows_from_the_loss_unless_it_is_said(loss, expected):
    assert N_NEGATIVES[loss] == expected
    assert MatrixFactorization(loss=loss)._n_negatives() == expected
    assert MatrixFactorization(loss=loss, n_negatives=7)._n_negatives() == 7


@pytest.mark.parametrize(
    "model", [GMF(), NeuMF(loss="bpr"), MatrixFactorization(loss="mse")], ids=["bce", "bpr", "mse"]
)
def test_negatives_out_of_the_batch_are_for_the_loss_that_shares_them(model):
    model.set_params(negatives="in-batch")
    with pytest.raises(
        InvalidParameterError,
        match=f"negatives='in-batch' is for loss='softmax', whose negatives a batch shares. Got loss='{model.loss}' instead.",
    ):
        model.fit(checkerboard(4))
    assert not model.__sklearn_is_fitted__()


def test_the_inputs_of_a_network_are_two_columns_of_ids():
    start(find_backend())
    inputs = NetworkSpec(3, 4, "float32", 0).inputs()
    assert list(inputs) == ["user_id", "item_id"]
    assert [(tensor.name, tensor.shape, tensor.dtype) for tensor in inputs.values()] == [
        ("user_id", (None,), "int32"),
        ("item_id", (None,), "int32"),
    ]
