import numpy as np
import pytest

from skrec.exceptions import SavedFileError
from skrec.models import GMF, NeuMF, SASRec
from skrec.persistence import load, save
from skrec.testing import checkerboard

BOARD = checkerboard(6)


@pytest.fixture(scope="module")
def neumf():
    return NeuMF(2, (3,), dropout=0.1, epochs=1, random_state=0).fit(BOARD)


@pytest.fixture
def loaded(neumf, tmp_path):
    save(neumf, tmp_path / "m")
    return load(tmp_path / "m")


@pytest.mark.parametrize("hidden", [(4,), (3, 3), (10**5, 10**5)], ids=str)
def test_parameters_of_another_network_are_told_when_it_is_asked(loaded, hidden):
    loaded.set_params(hidden=hidden)
    for ask in (loaded.recommend, lambda: loaded.predict([(0, 0)])):
        with pytest.raises(SavedFileError, match="What this NeuMF has learned doesn't belong to its parameters"):
            ask()


def test_a_file_does_not_learn_on_with_a_network_many_times_its_size(loaded):
    with pytest.raises(SavedFileError, match="a network of more than .* weights"):
        loaded.set_params(hidden=(10**5, 10**5)).partial_fit(BOARD)


def test_other_sizes_may_be_learned_on_with(loaded):
    assert loaded.set_params(hidden=(4,)).partial_fit(BOARD).network_weights_[0].shape[-1] == 4


def test_dropout_that_was_set_after_fit_changes_no_answer(loaded, neumf):
    np.testing.assert_array_equal(loaded.set_params(dropout=0.0).predict(BOARD), neumf.predict(BOARD))


@pytest.mark.parametrize(
    "model", [GMF(2, epochs=1, random_state=0), SASRec(2, 4, 1, 1, epochs=1, random_state=0)], ids=repr
)
def test_weights_of_another_shape_are_told(model):
    model.fit(BOARD)
    model._kept.clear()
    model.network_weights_[-1] = np.zeros((1, 1, 1, 1), dtype=np.float32)
    with pytest.raises(SavedFileError, match="doesn't belong to its parameters"):
        model.recommend(k=1)
