"""Programs are compiled for some shapes, and a backend may trace them for any: none of that shows in what is served."""

import logging

import numpy as np
import pandas as pd
import pytest

from skrec.models import GRU4Rec, MatrixFactorization, SASRec


@pytest.fixture(scope="module", autouse=True)
def traced_for_any_shape(backend, fast):
    """Skip what only TensorFlow can get wrong, unless slow tests are asked for too."""
    if backend.keras_name != "tensorflow" and fast:
        pytest.skip("this backend compiles for each shape, or runs operations as they come")


@pytest.mark.parametrize("cell", ["gru", *(pytest.param(cell, marks=pytest.mark.slow) for cell in ("lstm", "rnn"))])
def test_histories_of_all_lengths_are_read_by_recurrent_layers(cell):
    """Under TensorFlow the graph is traced anew for the second length, and from then on for lengths that it doesn't know."""
    walks = pd.DataFrame([(u, (u + t) % 6) for u in range(12) for t in range(5)], columns=["user_id", "item_id"])
    model = GRU4Rec(4, 24, cell, units=4, epochs=1, random_state=0).fit(walks)
    for length in (20, 10, 5):
        history = pd.DataFrame({"user_id": 77, "item_id": np.arange(length) % 5})
        lists = model.recommend(history=history, k=1)
        assert lists.items.tolist() == [[5]]  # the only item that isn't in the history
        assert np.isfinite(lists.scores).all()


def test_histories_of_all_lengths_are_learned_by_attention():
    """Under TensorFlow the third fit's graph is one for lengths that it doesn't know, those of the dropped attention weights too."""
    losses = []
    for length in (4, 8, 12, 12):
        walks = pd.DataFrame(
            [(u, (u + t) % 6) for u in range(12) for t in range(length)], columns=["user_id", "item_id"]
        )
        model = SASRec(4, 16, 1, epochs=1, dropout=0.5, random_state=0).fit(walks)
        losses.append(model.history_["loss"][0])
    assert np.isfinite(losses).all()
    assert losses[2] == losses[3]


def test_models_fitted_one_after_the_other_are_nothing_to_warn_of(caplog):
    """TensorFlow would count the graphs of all models as retraced ones of a single function."""
    logger = logging.getLogger("tensorflow")
    logger.addHandler(caplog.handler)
    try:
        for n in range(5):
            board = pd.DataFrame(
                [(user, item) for user in range(4) for item in range(4 + n)], columns=["user_id", "item_id"]
            )
            model = MatrixFactorization(4, epochs=1, n_negatives=1 + n, loss="bpr", random_state=0).fit(board)
            model.recommend(k=2, exclude_seen=False)
    finally:
        logger.removeHandler(caplog.handler)
    assert not caplog.records
