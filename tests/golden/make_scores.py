"""Write ``scores.json``: what every model answers, as of the commit at hand.

Run it by hand, from anywhere, and only where scores are *meant* to change::

    python tests/golden/make_scores.py            # all cases
    python tests/golden/make_scores.py mf sasrec  # these anew, the others as they are

The file is what ``tests/models/test_golden_scores.py`` compares with. It is made on JAX and under the settings of
``tests/conftest.py``, which this script takes over: XLA fuses and orders sums by them, and training turns a difference in
the last digit into one in the fourth. Only public names of skrec are used, by the cases and by the test, so that the
private half of the package may move.

In the file, a line is an answer: ``"case/question"``, then numbers with as many digits as float32 has, or the users,
items and scores of lists. ``made`` says by which versions and on which processor.
"""

import importlib.util
import json
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

FOLDER = Path(__file__).parent
FILE = FOLDER / "scores.json"
PACKAGES = ("jax", "jaxlib", "keras", "numpy", "scipy", "scikit-learn")


def take_settings(backend: str = "jax") -> None:
    """Take over the environment and the plugins of the tests; to be called before the backend starts."""
    os.environ["SKREC_BACKEND"] = backend
    spec = importlib.util.spec_from_file_location("settings_of_tests", FOLDER.parent / "conftest.py")
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    from skrec.plugin import PluginManager, use_manager

    use_manager(PluginManager(discover=False))


def describe() -> dict[str, str]:
    """Say what a last digit depends on."""
    model = platform.processor()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    # A set, since each of pytest's processes puts the flags of tests/conftest.py before those it has inherited.
    settings = {
        name: " ".join(sorted(set(os.environ.get(name, "").split())))
        for name in ("JAX_DISABLE_MOST_OPTIMIZATIONS", "XLA_FLAGS")
    }
    return {"processor": model, **{name: version(name) for name in PACKAGES}, **settings}


def find_cases() -> dict[str, object]:
    """Give every case by name: ``case(name, world) -> answers``."""
    import golden_features
    import golden_pairs
    import golden_sequences

    return {**golden_pairs.CASES, **golden_features.CASES, **golden_sequences.CASES}


def write(made: dict[str, str], scores: dict[str, object]) -> None:
    """Write the file, an answer a line."""
    lines = [f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}" for key, value in scores.items()]
    FILE.write_text(f'{{"made":{json.dumps(made)},\n"scores":{{\n' + ",\n".join(lines) + "\n}}\n", encoding="utf-8")


def main(names: list[str]) -> None:
    """Answer, and write."""
    take_settings()
    from golden_world import make_world

    cases, world = find_cases(), make_world()
    known = json.loads(FILE.read_text(encoding="utf-8"))["scores"] if names else {}
    scores = {}
    for name, case in cases.items():
        if names and name not in names:
            scores |= {key: value for key, value in known.items() if key.partition("/")[0] == name}
            continue
        start = time.perf_counter()
        scores |= {f"{name}/{question}": answer for question, answer in case(name, world).items()}
        print(f"{name:28}{time.perf_counter() - start:6.2f} s", flush=True)  # noqa: T201
    write(describe(), scores)
    print(f"{FILE}: {len(scores)} answers, {FILE.stat().st_size:,} bytes")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
