"""Programs are compiled for some shapes, and a backend may trace them for any: none of that shows in what is served."""

import numpy as np
import pandas as pd
import pytest

from skrec.models import GRU4Rec, SASRec


@pytest.mark.parametrize("cell", ["gru", "lstm", "rnn"])
def test_histories_of_all_lengths_are_read_by_recurrent_layers(cell):
    """Under TensorFlow the graph is traced anew for the second length, and from then on for lengths that it doesn't know."""
    walks = pd.DataFrame([(u, (u + t) % 6) for u in range(12) for t in range(5)], columns=["user_id", "item_id"])
    model = GRU4Rec(4, 64, cell, units=4, epochs=1, random_state=0).fit(walks)
    for length in (40, 20, 10, 5):
        history = pd.DataFrame({"user_id": 77, "item_id": np.arange(length) % 5})
        lists = model.recommend(history=history, k=1)
        assert lists.items.tolist() == [[5]]  # the only item that isn't in the history
        assert np.isfinite(lists.scores).all()


def test_histories_of_all_lengths_are_learned_by_attention():
    """Under TensorFlow the third fit's graph is one for lengths that it doesn't know, those of the dropped attention weights too."""
    losses = []
    for length in (8, 16, 32, 32):
        walks = pd.DataFrame(
            [(u, (u + t) % 6) for u in range(12) for t in range(length)], columns=["user_id", "item_id"]
        )
        model = SASRec(4, 40, epochs=1, dropout=0.5, random_state=0).fit(walks)
        losses.append(model.history_["loss"][0])
    assert np.isfinite(losses).all()
    assert losses[2] == losses[3]
