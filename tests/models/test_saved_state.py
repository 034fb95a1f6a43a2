import copy

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


def test_what_is_given_is_left_alone():
    state = {"callbacks": [print], "retriever_": object(), "tables_": {}}
    before = dict(state)
    with pytest.warns(UserWarning, match="The callbacks of Model aren't saved: they serve training only, and are code"):
        kept = state_to_save("Model", state)
    assert state == before
    assert kept == {"callbacks": None, "tables_": {}}


def test_an_index_is_made_anew(tmp_path, house):
    model = copy.deepcopy(house("mf"))
    model.retriever_ = object()
    save(model, tmp_path / "m")
    again = load(tmp_path / "m")
    assert not hasattr(again, "retriever_")
    np.testing.assert_array_equal(again.recommend(k=2).scores, house("mf").recommend(k=2).scores)


def test_the_server_of_a_model_is_no_part_of_its_file(tmp_path, gmf):
    gmf.recommend(k=1)
    save(gmf, tmp_path / "m")
    again = load(tmp_path / "m")
    assert "_kept" not in gmf.__skrec_state__()
    assert again._kept == []
    np.testing.assert_array_equal(again.recommend(k=2).scores, gmf.recommend(k=2).scores)
