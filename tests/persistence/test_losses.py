"""Losses and optimizers in files: by name, or as Keras describes them."""

import json
import zipfile

import numpy as np
import pytest

from skrec._keras_objects import SavedKeras
from skrec.backends import find_backend, start
from skrec.exceptions import NotSavableError
from skrec.losses import KerasLoss, Softmax
from skrec.models import GMF, KerasModel
from skrec.optimizers import Adagrad
from skrec.persistence import load, save
from skrec.testing import checkerboard

BOARD = checkerboard(6).events.assign(rating=3.0)


@pytest.fixture(scope="module")
def keras():
    return start(find_backend())


def absolute(y_true, y_pred):
    return abs(y_true - y_pred)


def described(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("manifest.json"))["object"]["state"]


def test_a_loss_object_is_saved_by_its_name_with_its_parameters(tmp_path):
    model = GMF(2, loss=Softmax(temperature=0.5), optimizer=Adagrad(0.1), epochs=1, random_state=0).fit(BOARD)
    save(model, tmp_path / "m")
    assert described(tmp_path / "m")["loss"] == {"$object": "skrec-keras:losses/softmax", "state": {"temperature": 0.5}}
    again = load(tmp_path / "m")
    assert again.get_params()["loss__temperature"] == 0.5
    np.testing.assert_array_equal(again.predict(BOARD), model.predict(BOARD))


def test_a_wrapped_loss_is_saved_as_keras_describes_it(keras, tmp_path):
    loss = KerasLoss(keras.losses.BinaryFocalCrossentropy(from_logits=True, gamma=3.0), target="label")
    save(GMF(2, loss=loss), tmp_path / "m")
    state = described(tmp_path / "m")["loss"]
    assert (state["$object"], state["state"]["loss"]["$object"]) == ("skrec:KerasLoss", "skrec:SavedKeras")
    again = load(tmp_path / "m").loss
    assert again.key() == loss.key()
    assert again.get_params()["target"] == "label"
    save(GMF(2, loss=again), tmp_path / "again")
    assert load(tmp_path / "again").loss.key() == loss.key()


def test_a_model_keeps_losses_and_optimizers_of_keras(keras, tmp_path):
    rate = keras.optimizers.schedules.CosineDecay(0.1, 10)
    options = {"loss": keras.losses.Huber(delta=0.3), "optimizer": keras.optimizers.AdamW(rate)}
    save(KerasModel(**options), tmp_path / "m")
    again = load(tmp_path / "m")
    assert (repr(again.loss), repr(again.optimizer)) == ("SavedKeras(Huber)", "SavedKeras(AdamW)")
    assert again.loss.make()._fn_kwargs == {"delta": 0.3}
    assert float(again.optimizer.make().learning_rate) == pytest.approx(0.1)


def test_code_has_no_place_in_a_file(keras, tmp_path):
    class Own(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return absolute(y_true, y_pred)

    for model in (
        KerasModel(loss=Own()),
        KerasModel(loss=KerasLoss(absolute, "rating")),
        KerasModel(loss=absolute),
        KerasModel(optimizer=keras.optimizers.SGD(lambda: 0.1)),
    ):
        with pytest.raises(NotSavableError, match="only losses, optimizers and schedules of Keras itself"):
            save(model, tmp_path / "m")
    assert SavedKeras.of(keras.losses.huber) == SavedKeras.of(keras.losses.Huber())
