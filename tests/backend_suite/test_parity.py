import os
from pathlib import Path

import numpy as np

from skrec.persistence import load, save


def test_predictions_are_those_of_models_that_learned_something(predictions, fitted, featured):
    assert set(fitted) | set(featured) < set(predictions)
    assert all(values.std() > 0.02 for values in predictions.values())
    if "SKREC_SUITE_OUTPUT" in os.environ:  # to be compared by test_other_backends.py
        np.savez(os.environ["SKREC_SUITE_OUTPUT"], **predictions)


def test_saved_models_predict_what_they_did(predictions, fitted, featured, everything, moments, tmp_path):
    folder = Path(os.environ.get("SKREC_SUITE_OUTPUT", tmp_path / "x")).parent
    for models, asked in ((fitted, everything), (featured, moments)):
        for name, model in models.items():
            save(model, folder / f"{name}.skrec")
            np.testing.assert_array_equal(load(folder / f"{name}.skrec").predict(asked), predictions[name])
