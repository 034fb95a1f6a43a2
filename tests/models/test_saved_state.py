import numpy as np
import pytest

from skrec.models import MatrixFactorization
from skrec.models._saved_state import state_to_save
from skrec.persistence import load, save
from skrec.testing import checkerboard


def test_callbacks_are_left_out_with_a_warning(tmp_path):
    import keras

    model = MatrixFactorization(4, epochs=1, callbacks=[keras.callbacks.Callback()], random_state=0).fit(
        checkerboard(6)
    )
    with pytest.warns(UserWarning, match="The callbacks of MatrixFactorization aren't saved"):
        save(model, tmp_path / "m")
    assert load(tmp_path / "m").callbacks is None
    assert model.callbacks


def test_an_index_is_made_anew(tmp_path):
    model = MatrixFactorization(4, epochs=1, random_state=0).fit(checkerboard(6))
    model.retriever_ = object()
    assert "retriever_" not in state_to_save(model)
    save(model, tmp_path / "m")
    again = load(tmp_path / "m")
    del model.retriever_
    np.testing.assert_array_equal(again.recommend(k=2).scores, model.recommend(k=2).scores)
