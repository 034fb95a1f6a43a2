import inspect
from typing import Any

import numpy as np
import pytest

from skrec._params import NOT_COMPILED, Positive
from skrec.backends import find_backend, start
from skrec.exceptions import InvalidParameterError
from skrec.losses import BCE, Loss, Softmax, find_loss
from skrec.models import GMF, KerasModel, KerasRecommender, MatrixFactorization, NetworkSpec, NeuMF
from skrec.models._network_spec import structure_key
from skrec.optimizers import SGD, Adam
from skrec.testing import checkerboard

SHARED = set(inspect.signature(KerasRecommender).parameters)
FOUND = {"loss", "optimizer"}
"""What these may be, say those who find them."""


@pytest.mark.parametrize("model", [GMF, NeuMF, MatrixFactorization, KerasModel])
def test_every_neural_model_has_the_shared_parameters_with_their_constraints(model):
    parameters = set(model().get_params())
    assert {"epochs", "loss", "random_state", "precision"} <= SHARED <= parameters
    for name in SHARED - FOUND:
        assert name in model._parameter_constraints
    # Only models whose scores are inner products search by vectors.
    assert ("retriever" in parameters) == (model in {GMF, MatrixFactorization})
    assert parameters == set(model._parameter_constraints) | FOUND


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("embedding_dim", 0),
        ("epochs", 0),
        ("epochs", 2.5),
        ("batch_size", 0),
        ("learning_rate", 0.0),
        ("learning_rate", True),
        ("optimizer", 3),
        ("loss", "mse"),
        ("loss", 3),
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
        ("retriever", 1),
    ],
)
def test_a_parameter_that_breaks_its_constraint_is_named_and_the_model_stays_unfitted(name, wrong):
    model = GMF(**{name: wrong})
    with pytest.raises(InvalidParameterError, match=rf"The '{name}' parameter .*must be .* Got {wrong!r} instead\."):
        model.fit(checkerboard(4))
    assert not model.__sklearn_is_fitted__()
    assert set(vars(model)) == set(model.get_params())


@pytest.mark.parametrize(("loss", "expected"), [("bce", 4), ("bpr", 1), ("softmax", 512), ("mse", 1)])
def test_how_many_negatives_there_are_follows_from_the_loss_unless_it_is_said(loss, expected):
    found = find_loss(loss)
    assert found.default_negatives == expected
    assert MatrixFactorization(loss=loss)._count_negatives(found) == expected
    assert MatrixFactorization(loss=loss, n_negatives=7)._count_negatives(found) == 7


@pytest.mark.parametrize(
    "model",
    [GMF(), NeuMF(loss="bpr"), MatrixFactorization(loss="mse"), GMF(loss=BCE())],
    ids=["bce", "bpr", "mse", "object"],
)
def test_negatives_out_of_the_batch_are_for_the_loss_that_shares_them(model):
    model.set_params(negatives="in-batch")
    with pytest.raises(InvalidParameterError) as caught:
        model.fit(checkerboard(4))
    assert str(caught.value) == (
        f"negatives='in-batch' is for loss='softmax', whose negatives a batch shares. Got loss={model.loss!r} instead."
    )
    assert not model.__sklearn_is_fitted__()


def test_the_inputs_of_a_network_are_two_columns_of_ids():
    start(find_backend())
    inputs = NetworkSpec(3, 4, "float32", 0).inputs()
    assert list(inputs) == ["user_id", "item_id"]
    assert [(tensor.name, tensor.shape, tensor.dtype) for tensor in inputs.values()] == [
        ("user_id", (None,), "int32"),
        ("item_id", (None,), "int32"),
    ]


def test_without_features_there_is_nothing_to_embed():
    spec = NetworkSpec(3, 4, "float32", 0)
    assert (spec.embedding_layers(8), spec.samples()) == ({}, {})


class Listed(Loss):
    """A loss with parameters of any kind."""

    parts: Any = None
    rate: Positive = 1.0

    def event_losses(self, positive, negative, label):
        return positive


def key(parameters=None, loss=None, optimizer=None, kind=GMF):
    return structure_key(kind, parameters or {}, {"epochs"}, loss or BCE(), optimizer or Adam())


def test_what_is_compiled_is_found_again_by_what_it_depends_on():
    assert key({"dim": 4, "epochs": 1}) == key({"epochs": 2, "dim": np.int64(4)})
    assert key({"hidden": [8, 4]}) == key({"hidden": (8, np.int32(4))})
    assert key(optimizer=Adam(learning_rate=0.5)) == key()  # the rate is handed to each step
    assert key(loss=BCE(calibration=0.5)) == key()
    assert key(loss=Listed([1, 2])) == key(loss=Listed((1, 2)))
    different = [
        key(),
        key({"dim": 4}),
        key({"dim": 5}),
        key(kind=NeuMF),
        key(loss=Softmax()),
        key(loss=Softmax(0.5)),
        key(loss=Listed([1, 2])),
        key(optimizer=SGD()),
        key(optimizer=Adam(beta_1=0.5)),
    ]
    assert len(set(different)) == len(different)


@pytest.mark.parametrize("of", [{"parameters": {"build": np.zeros(2)}}, {"loss": Listed(np.zeros(2))}])
def test_what_cannot_be_found_again_is_refused(of):
    with pytest.raises(InvalidParameterError, match="these must be hashable, and a ndarray isn't"):
        key(**of)


def test_marked_parameters_are_those_that_no_program_depends_on():
    assert "loss" in GMF._not_compiled  # its own key is part of the structure
    assert SHARED - GMF._not_compiled == {"precision"}
    assert {"embedding_dim", "l2", "dropout"}.isdisjoint(GMF._not_compiled)
    assert NOT_COMPILED not in [kind for kinds in GMF._parameter_constraints.values() for kind in kinds]
