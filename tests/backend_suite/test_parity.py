import os

import numpy as np


def test_predictions_are_those_of_models_that_learned_something(predictions, fitted):
    assert set(fitted) < set(predictions)
    assert all(values.std() > 0.02 for values in predictions.values())
    if "SKREC_SUITE_OUTPUT" in os.environ:  # to be compared by test_other_backends.py
        np.savez(os.environ["SKREC_SUITE_OUTPUT"], **predictions)
