"""Files that earlier commits have saved, on each backend, are served here as they were there."""

import json
from pathlib import Path

import numpy as np
import pytest

GOLDEN = Path(__file__).parents[3] / "tests" / "golden"
FILES = GOLDEN / "files"
if not FILES.is_dir():  # the plugin's own folder is enough to build and test it
    pytest.skip("the files lie in the repository of skrec", allow_module_level=True)

# Histories of users without a row are learned by gradient there, and here scored by those of similar users.
LEARN_FROM_HISTORIES = {"gmf", "mf-mse", "two-tower", "deep-fm"}
ASK = f"""
import json, sys
sys.path.insert(0, {str(GOLDEN)!r})
import golden_files, golden_world, skrec
world, answers = golden_world.make_world(), {{}}
for path in sorted(golden_files.FOLDER.glob("*.skrec")):
    kind = path.stem.partition("-")[2]
    answers[path.stem] = golden_files.ask(kind, skrec.load(path), world)
import keras
print(json.dumps([keras.config.backend(), answers]))
"""


@pytest.fixture(scope="module")
def served(run):
    backend, answers = run(ASK)
    assert backend == "numpy"
    return answers


@pytest.fixture(scope="module")
def expected():
    found = {}
    for key, answer in json.loads((FILES / "expected.json").read_text(encoding="utf-8"))["answers"].items():
        name, _, what = key.partition("/")
        if not what.startswith("partial_fit"):
            found.setdefault(name, {})[what] = answer
    return found


def test_every_file_is_served(served, expected):
    assert set(served) == set(expected)


@pytest.mark.parametrize("name", sorted(path.stem for path in FILES.glob("*.skrec")))
def test_answers_are_those_of_the_backend_that_trained(name, served, expected):
    assert list(served[name]) == list(expected[name])
    for what, answer in expected[name].items():
        if "folded" in what and name.partition("-")[2] in LEARN_FROM_HISTORIES:
            continue
        found = served[name][what]
        if isinstance(answer, dict):
            assert (found["users"], found["items"]) == (answer["users"], answer["items"]), what
            found, answer = found["scores"], answer["scores"]
        found, answer = np.array(found, dtype=float), np.array(answer, dtype=float)
        np.testing.assert_allclose(found, answer, rtol=1e-5, atol=1e-5, err_msg=what)
