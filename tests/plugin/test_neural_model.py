"""A neural model as a plugin writes it: fields, `_widths` and `_build_network`, and nothing else."""

import inspect

import numpy as np
import pytest

from skrec.exceptions import InvalidParameterError
from skrec.losses import Loss
from skrec.models import KerasRecommender, SASRec
from skrec.plugin import Positive, PositiveInt
from skrec.testing import check_recommender, checkerboard


class Hinge(Loss):
    """A loss as a plugin writes it."""

    margin: Positive = 1.0
    compares = True
    per = "negative"

    def event_losses(self, positive, negative, label):
        from keras import ops

        return ops.relu(self.margin + negative - positive)


class Metric(KerasRecommender):
    """Whose scores are no inner products."""

    dim: PositiveInt = 8
    loss = "bpr"

    def _widths(self):
        return {"user": self.dim, "item": self.dim}

    def _build_network(self, spec):
        import keras
        from keras import ops

        class Distances(keras.Layer):
            def call(self, inputs, training=False):
                return -ops.sum((ops.expand_dims(inputs["user"], 1) - inputs["item"]) ** 2, axis=-1)

        return Distances(dtype=spec.precision)


BOARD = checkerboard(12)


def fitted(**parameters):
    return Metric(**{"epochs": 20, "learning_rate": 0.05, "random_state": 0, **parameters}).fit(BOARD)


@pytest.mark.parametrize("loss", ["bpr", "bce", Hinge(2.0)], ids=str)
def test_it_learns_and_folds_in(loss):
    model = fitted(loss=loss)
    (missing,) = set(range(0, 12, 2)) - set(BOARD.events["item_id"][BOARD.events["user_id"] == 0])
    assert model.recommend([0], k=1).items.tolist() == [[missing]]
    history = [(99, item) for item in (0, 2, 4)]
    assert set(model.recommend(history=history, k=3).items[0]) == {6, 8, 10}


def test_it_is_trained_on_from_where_it_was():
    model = fitted(warm_start=True)
    loss = model.history_["loss"][-1]
    assert model.fit(BOARD).history_["loss"][0] < 2 * loss
    assert model.partial_fit([(0, 99)]).recommend([2], k=20).items.shape == (1, 20)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_it_computes_in_half_precision(precision):
    full, half = fitted(), fitted(precision=precision)
    assert np.corrcoef(full.predict(BOARD), half.predict(BOARD))[0, 1] > 0.9


def test_its_parameters_are_checked_by_their_fields():
    with pytest.raises(
        InvalidParameterError, match=r"'dim' parameter of Metric must be an int in the range \[1, inf\)"
    ):
        Metric(0).fit(BOARD)
    with pytest.raises(InvalidParameterError, match="'margin' parameter of Hinge must be a float"):
        Metric(loss=Hinge(margin=0.0)).fit(BOARD)


class Changed(SASRec):
    """With other defaults, with and without an annotation, and a parameter of its own."""

    epochs = 7
    max_length: int = 9
    dropout: float = 0.5
    radius: Positive = 1.0


def test_a_changed_default_leaves_a_parameter_where_it_was():
    own, base = (dict(inspect.signature(kind).parameters) for kind in (Changed, SASRec))
    radius = own.pop("radius")
    assert (radius.kind, list(own)) == (radius.POSITIONAL_OR_KEYWORD, list(base))
    assert {name: one.default for name, one in own.items() if one.default != base[name].default} == {
        "epochs": 7,
        "max_length": 9,
        "dropout": 0.5,
    }
    assert all(one.kind == base[name].kind for name, one in own.items())
    assert Changed(4, epochs=2).get_params()["epochs"] == 2
    with pytest.raises(InvalidParameterError, match="'epochs' parameter of Changed must be an int"):
        Changed(4, epochs=0).fit(BOARD)


@pytest.mark.slow
def test_it_keeps_what_a_recommender_promises():
    check_recommender(Metric(4, epochs=2, random_state=0))
