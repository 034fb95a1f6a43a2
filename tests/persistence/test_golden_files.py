"""Files that earlier commits have saved load, and answer what they did, on whatever backend this is.

The files, what is asked, and the script that made both are in ``tests/golden``.
"""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

from skrec import load
from skrec.backends import find_backend

GOLDEN = Path(__file__).parents[1] / "golden"
FILES = GOLDEN / "files"
ANSWERS = {}
for key, answer in json.loads((FILES / "expected.json").read_text(encoding="utf-8"))["answers"].items():
    ANSWERS.setdefault(key.partition("/")[0], {})[key.partition("/")[2]] = answer
LEARNED = {name for name, answers in ANSWERS.items() if any(what.startswith("partial_fit") for what in answers)}
# Histories of users without a row are learned by gradient, so that backends differ as in training.
LEARN_FROM_HISTORIES = {"gmf", "mf-mse", "two-tower", "deep-fm"}


@pytest.fixture(scope="module")
def golden():
    """What was fitted, and what is asked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(GOLDEN)
        yield importlib.import_module("golden_files")


@pytest.fixture(scope="module")
def world(golden):
    return importlib.import_module("golden_world").make_world()


def test_there_are_answers_for_each_file():
    assert set(ANSWERS) == {path.stem for path in FILES.glob("*.skrec")}
    assert {"jax-ease", "jax-mf-mse", "torch-mf-mse", "tensorflow-mf-mse"} == LEARNED


@pytest.mark.parametrize("name", ANSWERS)
def test_an_old_file_answers_what_it_did(name, golden, world):
    backend, _, kind = name.partition("-")
    found = golden.ask(kind, load(FILES / f"{name}.skrec"), world)
    expected = {what: answer for what, answer in ANSWERS[name].items() if not what.startswith("partial_fit")}
    assert list(found) == list(expected)
    for what, answer in expected.items():
        learned = kind in LEARN_FROM_HISTORIES and "folded" in what and backend != find_backend().keras_name
        compare(found[what], answer, 1e-3 if learned else 1e-5, what)


@pytest.mark.parametrize("name", sorted(LEARNED))
def test_an_old_file_learns_on(name, golden, world):
    found = golden.learn_on(load(FILES / f"{name}.skrec"), world)
    for what, answer in found.items():
        compare(answer, ANSWERS[name][f"partial_fit: {what}"], 1e-3, what)


def compare(found, expected, tolerance, what):
    """Compare scores, and items where there are some."""
    if isinstance(expected, list):
        found, expected = {"scores": found}, {"scores": expected}
    assert {key: found[key] for key in found if key != "scores"} == {
        key: expected[key] for key in expected if key != "scores"
    }, what
    np.testing.assert_allclose(
        np.array(found["scores"], dtype=float),
        np.array(expected["scores"], dtype=float),
        rtol=tolerance,
        atol=tolerance,
        err_msg=what,
    )
