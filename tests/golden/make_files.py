"""Write ``files/``: models saved by the commit at hand, and ``files/expected.json``: what they answer.

Run it by hand, and only to add kinds or, when the format changes on purpose, files of another version beside these::

    python tests/golden/make_files.py                 # the files of every backend, each in a process of its own
    python tests/golden/make_files.py torch           # those of one backend

Old files are the point: what was saved once must load for as long as its format is read. ``tests/persistence/
test_golden_files.py`` and the tests of ``skrec-numpy`` load them. A line of ``expected.json`` is an answer, under
``"file/question"``; scores are those of the backend that trained the model.
"""

import json
import os
import subprocess
import sys

from make_scores import describe, take_settings


def make(backend: str) -> None:
    """Train, save and ask, on the backend of this process."""
    take_settings(backend)
    import golden_files
    from golden_world import make_world

    from skrec import save

    world = make_world()
    folder, answers = golden_files.FOLDER, {}
    folder.mkdir(exist_ok=True)
    for kind, (estimator, backends) in golden_files.KINDS.items():
        if backend not in backends:
            continue
        name = f"{backend}-{kind}"
        model = golden_files.fit(kind, estimator, world)
        save(model, folder / f"{name}.skrec")
        answers |= {f"{name}/{what}": answer for what, answer in golden_files.ask(kind, model, world).items()}
        if kind in golden_files.LEARNING_ON:
            later = golden_files.learn_on(model, world)
            answers |= {f"{name}/partial_fit: {what}": answer for what, answer in later.items()}
    _write(folder / "expected.json", backend, answers)


def _write(path, backend, answers):
    """Put the answers of one backend beside those of the others."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"made": {}, "answers": {}}
    made = {**known["made"], backend: {backend: sys.modules[backend].__version__, **describe()}}
    kept = {key: answer for key, answer in known["answers"].items() if not key.startswith(f"{backend}-")}
    lines = [f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}" for key, value in (kept | answers).items()]
    path.write_text(f'{{"made":{json.dumps(made)},\n"answers":{{\n' + ",\n".join(lines) + "\n}}\n", encoding="utf-8")


def main(backends: list[str]) -> None:
    """Make the files of one backend here, or of each in its own process: Keras can't change its backend."""
    if len(backends) == 1:
        make(backends[0])
        return
    for name in backends or ("jax", "tensorflow", "torch"):
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
        environment.pop("KERAS_BACKEND", None)
        subprocess.run([sys.executable, __file__, name], check=True, env=environment)


if __name__ == "__main__":
    main(sys.argv[1:])
