import numpy as np
import pytest

from skrec.models import GRU4Rec
from skrec.persistence import load, save

QUICK = {"batch_size": 64, "learning_rate": 0.02, "dropout": 0.0, "random_state": 0}


@pytest.fixture(scope="module")
def model(walks):
    return GRU4Rec(8, 6, "gru", units=12, epochs=30, **QUICK).fit(walks)


def test_the_next_item_is_learned(model, steps):
    history, following = steps
    np.testing.assert_array_equal(model.recommend(history=history, k=1).items[:, 0], following)


def test_there_is_a_table_of_items_and_none_of_users(model):
    assert {side: table.shape for side, table in model.tables_.items()} == {"item": (6, 9)}


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_every_cell_learns(walks, steps, cell):
    history, following = steps
    model = GRU4Rec(8, 6, cell, units=12, n_layers=2, epochs=30, **QUICK).fit(walks)
    np.testing.assert_array_equal(model.recommend(history=history, k=1).items[:, 0], following)


def test_units_layers_and_cell_shape_the_network(network_of):
    def shapes(**parameters):
        return [tuple(weight.shape) for weight in network_of(GRU4Rec(8, 6, **parameters)).trainable_variables]

    assert (8, 60) in shapes(units=20)
    assert (8, 80) in shapes(units=20, cell="lstm")
    assert (20, 20) in shapes(units=20, cell="rnn", n_layers=2)


def test_a_saved_model_recommends_what_it_did(model, tmp_path):
    save(model, tmp_path / "model.skrec")
    found, expected = load(tmp_path / "model.skrec").recommend(k=3), model.recommend(k=3)
    np.testing.assert_array_equal(found.items, expected.items)
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-5)
