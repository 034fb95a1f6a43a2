import numpy as np
import pytest

from skrec.models import DeepFM, TwoTower
from skrec.testing import checkerboard


@pytest.mark.parametrize("model", [TwoTower(4), DeepFM(4)], ids=lambda model: type(model).__name__)
def test_rows_are_an_embedding_and_a_weight_that_starts_at_nothing(model):
    assert model._widths() == {"user": 5, "item": 5}
    rows = model._first_rows("item", 20, 5, np.random.default_rng(0))
    assert rows.shape == (20, 5)
    assert (rows[:, -1] == 0).all()
    assert (rows[:, :-1] != 0).all()
    np.testing.assert_array_equal(model._embedding(rows), rows[:, :-1])


def test_the_weight_is_learned():
    model = TwoTower(4, epochs=1, random_state=0).fit(checkerboard(6))
    assert model.tables_["item"].shape == (6, 5)
    assert model.tables_["item"][:, -1].any()
