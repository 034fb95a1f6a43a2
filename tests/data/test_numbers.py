import numpy as np
import pandas as pd
import pytest

from skrec.exceptions import InvalidDataError
from skrec.models import EASE


@pytest.mark.parametrize(
    "y",
    [
        np.array(["2024", "2025"], dtype="M8[s]"),
        pd.Series([np.datetime64("2024"), 1], dtype=object),
        [b"1", b"2"],
        [10**400, 1],
        [[1], [2, 3]],
        pd.DataFrame(),
        pd.DataFrame({"a": [1, 2], "b": [1, 2]}),
    ],
)
def test_labels_that_are_no_numbers_are_refused(y):
    with pytest.raises(InvalidDataError, match=r"^y (must hold|is a frame of)"):
        EASE().fit([(1, 2), (3, 4)], y)


@pytest.mark.parametrize("weights", [[b"1", b"2"], [10**400, 1], [np.timedelta64(1), 1], [[1], [2, 3]]])
def test_weights_that_are_no_numbers_are_refused(weights):
    with pytest.raises(InvalidDataError, match="sample_weight must hold numbers"):
        EASE().fit([(1, 2), (3, 4)], sample_weight=weights)
