import numpy as np
import pytest
from scipy import sparse

from skrec.models._finite import LARGEST, LARGEST_FACTOR, first_beyond

BAD = [np.nan, np.inf, -np.inf, 1e39, -1e39]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize(
    "hide",
    [
        float,
        np.float64,
        lambda bad: np.array([[0.0, bad], [1.0, 2.0]]),
        lambda bad: sparse.csr_array(np.array([[0.0, bad]])),
        lambda bad: {"user": np.ones(3, dtype=np.float32), "item": [np.ones(2), np.array([bad])]},
        lambda bad: (1, "text", np.array([bad])),
    ],
    ids=["float", "scalar", "array", "sparse", "dict", "tuple"],
)
def test_a_number_that_no_score_can_be_made_of_is_found_wherever_it_is_kept(bad, hide):
    assert first_beyond({"fine_": np.ones(3), "broken_": hide(bad), "after_": hide(bad)}, LARGEST) == "broken_"


def test_what_is_finite_or_no_float_is_passed_by():
    learned = {
        "weights_": np.array([-LARGEST, LARGEST], dtype=np.float32),
        "codes_": np.array([2**62]),
        "empty_": np.empty((0, 3)),
        "names_": np.array(["a", None], dtype=object),
        "history_": {"loss": [np.nan]},
        "other_": object(),
        "none_": None,
    }
    assert first_beyond(learned, LARGEST) is None


def test_the_limit_is_that_of_the_caller():
    learned = {"tables_": {"item": np.array([1e19], dtype=np.float32)}}
    assert first_beyond(learned, LARGEST) is None
    assert first_beyond(learned, LARGEST_FACTOR) == "tables_"
