"""What a fit has learned is looked at: ratings and weights that float32 can't hold, and numbers that no score can be made of."""

import numpy as np
import pandas as pd
import pytest

from skrec.exceptions import InvalidDataError
from skrec.models import EASE, ItemKNN, Popularity

FRAME = pd.DataFrame(
    [
        ("ann", "a"),
        ("ann", "b"),
        ("bob", "a"),
        ("bob", "c"),
        ("eve", "a"),
        ("eve", "b"),
        ("eve", "d"),
        ("zoe", "c"),
        ("zoe", "e"),
    ],
    columns=["user_id", "item_id"],
)


def state(model):
    """What a model recommends, in full."""
    return model.recommend(k=20, exclude_seen=False).to_frame().to_dict("list"), model.item_counts_.tolist()


@pytest.mark.parametrize("kind", [EASE, ItemKNN, Popularity])
@pytest.mark.parametrize(
    ("column", "weights", "message"),
    [
        ([1e39] * 9, None, r"Column 'weight' holds numbers that float32 can't hold.*in rows \[0, 1, 2"),
        (None, [1.0] * 8 + [1e39], r"sample_weight holds numbers that float32 can't hold.*in rows \[8\]"),
        (
            [1e30] * 9,
            [1e20] * 9,
            "The product of sample_weight and column 'weight' holds numbers that float32 can't",
        ),
        (
            [3e38] * 9,
            None,
            r"learned numbers that aren't finite, or that float32 can't hold, in 'item_counts_'.*is 3e\+38",
        ),
    ],
    ids=["column", "sample_weight", "product", "sum"],
)
def test_weights_that_float32_cannot_hold_are_refused_and_leave_it_as_it_was(kind, column, weights, message):
    fitted = kind().fit(FRAME)
    before = state(fitted)
    for learn in (fitted.fit, fitted.partial_fit):
        with pytest.raises(InvalidDataError, match=message):
            learn(FRAME if column is None else FRAME.assign(weight=column), sample_weight=weights)
    assert state(fitted) == before


def test_ratings_that_float32_cannot_hold_are_refused():
    with pytest.raises(InvalidDataError, match=r"Column 'rating' holds numbers that float32 can't hold.*rows \[0\]"):
        EASE().fit(FRAME.assign(rating=[-1e39] + [1.0] * 8))
    with pytest.raises(InvalidDataError, match=r"y holds numbers that float32 can't hold.*rows \[1\]"):
        EASE().fit(FRAME, [1.0, 1e39] + [1.0] * 7)


def test_a_weight_that_float32_rounds_to_0_counts_as_0():
    weights = [1, 1e-50, 1, 1, 1, 1, 1, 1e-60, 1e-60]
    assert "zoe" not in EASE().fit(FRAME, sample_weight=weights).users_


def test_numbers_that_no_score_can_be_made_of_are_refused_whoever_learned_them():
    class Broken(Popularity):
        def _fit(self, events):
            self.shares_ = {"of items": [np.array([0.5, np.nan], dtype=np.float32)]}

    broken = Broken()
    with pytest.raises(InvalidDataError, match="Broken learned numbers that aren't finite.* in 'shares_': no scores"):
        broken.fit(FRAME)
    assert vars(broken) == broken.get_params()
