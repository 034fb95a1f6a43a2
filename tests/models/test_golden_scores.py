"""Models answer what they answered when ``tests/golden/scores.json`` was made, to the last digits.

The cases and the script that makes the file are in ``tests/golden``. Where the file was made by other versions or on another processor,
or where this is another backend, scores are compared as closely as those of two backends are, for one case of each kind: rare cases would
have to be chosen for that, as those of ``tests/backend_suite`` are.
"""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

from skrec.backends import find_backend

GOLDEN = Path(__file__).parents[1] / "golden"
STORED = json.loads((GOLDEN / "scores.json").read_text(encoding="utf-8"))
ANSWERS = {}
for key, answer in STORED["scores"].items():
    ANSWERS.setdefault(key.partition("/")[0], {})[key.partition("/")[2]] = answer
FAST = {
    "popularity",
    "item-knn",
    "ease",
    "pipeline",
    "gmf",
    "mf",
    "mf-retriever",
    "mf-mse",
    "keras-model",
    "two-tower-bce",
    "deep-fm",
    "deep-fm-warm-start",
    "sasrec",
    "sasrec-retriever",
}
"""One of each kind; the others with ``-m "slow or not slow"``."""

NAMES = [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in ANSWERS]


@pytest.fixture(scope="module")
def script():
    """The script that makes the file, which knows the cases."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(GOLDEN)
        yield importlib.import_module("make_scores")


@pytest.fixture(scope="module")
def world(script):
    return importlib.import_module("golden_world").make_world()


@pytest.fixture(scope="module")
def as_recorded(script):
    """Whether last digits are the same here as where the file was made."""
    return find_backend().keras_name == "jax" and script.describe() == STORED["made"]


def test_every_case_has_its_answers(script):
    assert set(script.find_cases()) == set(ANSWERS)
    assert set(ANSWERS) >= FAST


def test_scores_are_compared_to_the_last_digits(script, as_recorded):
    if not as_recorded:
        here = f"{find_backend().keras_name} on {script.describe()}"
        pytest.skip(f"scores.json was made by jax on {STORED['made']}, and this is {here}")


@pytest.mark.filterwarnings("ignore::skrec.exceptions.BelowPopularityWarning")  # four epochs
@pytest.mark.parametrize("name", NAMES)
def test_answers_are_those_stored(name, script, world, as_recorded):
    if name not in FAST and not as_recorded:
        pytest.skip("last digits differ here, and training may make more of them")
    found = script.find_cases()[name](name, world)
    assert list(found) == list(ANSWERS[name])
    compare = compare_to_the_last_digits if as_recorded else compare_as_two_backends
    for question, expected in ANSWERS[name].items():
        parts = found[question], expected
        if isinstance(expected, list):
            compare(*parts, question)
            continue
        assert set(found[question]) == set(expected)
        if "items" not in expected:  # what training recorded, by name
            for key, values in expected.items():
                compare(found[question][key], values, f"{question}: {key}")
            continue
        assert found[question]["users"] == expected["users"], question
        compare(found[question]["scores"], expected["scores"], question)
        if as_recorded:
            assert found[question]["items"] == expected["items"], question


def compare_to_the_last_digits(found, expected, what):
    np.testing.assert_allclose(_array(found), _array(expected), rtol=1e-6, atol=1e-6, err_msg=what)


def compare_as_two_backends(found, expected, what):
    """As ``tests/backend_suite`` compares predictions; items aren't, since scores that are nearly equal change places."""
    spread = np.nanstd(_array(expected)) + 1e-2 * np.nanmax(np.abs(_array(expected)))
    np.testing.assert_allclose(_array(found), _array(expected), rtol=0, atol=1e-3 * spread, err_msg=what)


def _array(values):
    return np.array(values, dtype=float)  # None, what a short list lacks, becomes NaN
