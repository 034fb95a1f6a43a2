"""The house rules that a machine can check: layers, privacy, heavy imports, mirrored tests, sizes."""

import ast
import functools
import os
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "skrec"

LAYERS = (
    {"exceptions", "typing", "_params", "_products", "_random", "_ranking", "_search", "_unwrap"},
    {"data"},
    {"networks", "plugin", "optimizers"},
    {"backends"},
    {"encoders"},
    {"metrics", "datasets", "retrievers", "preprocessing"},
    {"models"},
    {"model_selection", "inspection", "pipeline", "persistence"},
    {"testing"},
    {"cli"},
)
LAYER = {room: number for number, rooms in enumerate(LAYERS) for room in rooms}

FRAMEWORKS = {"jax", "jaxlib", "tensorflow", "torch"}
KERAS_FREE_MODELS = {
    "_ahead.py",
    "_base.py",
    "_batches.py",
    "_inputs.py",
    "_known.py",
    "_matrix.py",
    "_positives.py",
    "_query.py",
    "_retrieval.py",
    "_rows.py",
    "ease.py",
    "item_knn.py",
    "popularity.py",
}
HEAVY = FRAMEWORKS | {"keras", "pandas", "sklearn", "scipy", "click", "rich", "pooch"}

WITHOUT_MIRROR: dict[str, str] = {
    "skrec/data/_columns.py": "tested through Interactions, in tests/data/test_interactions.py",
    "skrec/data/_frames.py": "tested through Interactions, in tests/data/test_interactions.py",
    "skrec/persistence/_archive.py": "tested through save and load, in tests/persistence/test_load.py",
    "skrec/persistence/_decoder.py": "tested through save and load, in tests/persistence/test_encoder.py and test_load.py",
}
"""Files without a test file of their own, and why."""

VAGUE = {"utils.py", "util.py", "helpers.py", "helper.py", "common.py", "misc.py"}


def source_files():
    return sorted(PACKAGE.rglob("*.py"))


def all_python_files():
    folders = [PACKAGE, ROOT / "tests", ROOT / "plugins", ROOT / "benchmarks", ROOT / "docs"]
    return sorted(
        path for folder in folders for path in folder.rglob("*.py") if not {"build", "_build"} & set(path.parts)
    )


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def dotted(path):
    """Dotted name of the package or module that a file is."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(tree):
    """Give (line, module, name) of every import, those inside functions included; name is None for plain imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, None
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.lineno, node.module or "", alias.name


@functools.cache
def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def room_of(module):
    """The folder, or single file, of skrec that a dotted name lies in; the facade's is ''."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def folder_of(module):
    """Dotted name of a package, or of the package that a module lies in."""
    return module if ROOT.joinpath(*module.split(".")).is_dir() else module.rpartition(".")[0]


def target_of(module, name):
    """Dotted name of what ``from module import name`` reaches, where that is a room of skrec."""
    return f"skrec.{name}" if module == "skrec" and name in LAYER else module


def test_every_folder_and_file_of_the_package_has_a_layer():
    rooms = {room_of(dotted(path)) for path in source_files()} - {""}
    assert rooms <= set(LAYER), f"give {rooms - set(LAYER)} a layer in tests/test_architecture.py and the design notes"


@pytest.mark.parametrize("path", source_files(), ids=name_of)
def test_imports_go_down_and_never_sideways(path):
    own = room_of(dotted(path))
    if own == "":
        pytest.skip("the facade is on top, and loads everything by dotted string")
    broken = []
    for line, module, name in imports_of(parse(path)):
        if module.split(".")[0] != "skrec":
            continue
        other = room_of(target_of(module, name))
        foundation = LAYER[own] == 0 and LAYER.get(other) == 0
        if other == own or foundation or (other in LAYER and LAYER[other] < LAYER[own]):
            continue
        broken.append(f"{name_of(path)}:{line} imports {module}{f'.{name}' if name else ''}")
    assert not broken


@pytest.mark.parametrize("path", source_files(), ids=name_of)
def test_private_names_stay_in_their_folder(path):
    package = path.parent.relative_to(ROOT).as_posix().replace("/", ".")
    broken = []
    for line, module, name in imports_of(parse(path)):
        parts = [*module.split("."), *([name] if name else [])]
        if parts[0] != "skrec":
            continue
        for depth, part in enumerate(parts):
            private = part.startswith("_") and not part.startswith("__")
            home = folder_of(".".join(parts[:depth]))
            if private and not (package == home or package.startswith(home + ".")):
                broken.append(f"{name_of(path)}:{line} imports {'.'.join(parts)}")
    assert not broken


@pytest.mark.parametrize("path", source_files(), ids=name_of)
def test_frameworks_and_keras_are_imported_only_where_they_belong(path):
    room = room_of(dotted(path))
    may_keras = room in {"networks", "backends"} or (room == "models" and path.name not in KERAS_FREE_MODELS)
    may_keras |= (
        name_of(path) == "skrec/plugin/interfaces.py"
    )  # what a backend does unless it knows better, in keras.ops
    broken = []
    for line, module, _ in imports_of(parse(path)):
        top = module.split(".")[0]
        if (top in FRAMEWORKS and room != "backends") or (top == "keras" and not may_keras):
            broken.append(f"{name_of(path)}:{line} imports {module}")
    assert not broken


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*/hooks.py")), ids=name_of)
def test_hooks_point_into_their_own_folder(path):
    strings = [
        node.value for node in ast.walk(parse(path)) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    targets = [text for text in strings if re.fullmatch(r"[\w.]+:\w+", text)]
    own = f"skrec.{path.parent.name}"
    assert not [target for target in targets if not re.match(rf"{own}[.:]", target)]


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*/hooks.py")), ids=name_of)
def test_hooks_import_nothing_but_the_marker(path):
    assert {module for _, module, _ in imports_of(parse(path))} <= {"skrec.plugin"}


def mirror_of(path):
    """Test file of a source file, leading underscore dropped."""
    return ROOT / "tests" / path.parent.relative_to(PACKAGE) / f"test_{path.stem.lstrip('_')}.py"


def mirrored_files():
    return [path for path in source_files() if path.name not in {"__init__.py", "hooks.py", "typing.py"}]


@pytest.mark.parametrize("path", mirrored_files(), ids=name_of)
def test_every_source_file_has_a_test_file(path):
    if name_of(path) in WITHOUT_MIRROR:
        assert not mirror_of(path).exists(), f"{name_of(path)} has a mirror now: take it out of WITHOUT_MIRROR"
    else:
        assert mirror_of(path).is_file(), f"write {name_of(mirror_of(path))}, or say in WITHOUT_MIRROR why not"


def test_exemptions_name_files_that_exist():
    assert [name for name in WITHOUT_MIRROR if not (ROOT / name).is_file()] == []


def public_names(module):
    """What a module of skrec lists in ``__all__``; None where it has none."""
    path = ROOT / Path(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in parse(path).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "__all__":
            return set(ast.literal_eval(node.value))
    return None


@pytest.mark.parametrize("path", sorted((ROOT / "plugins").rglob("*.py")), ids=name_of)
def test_plugins_import_only_public_names(path):
    broken = []
    for line, module, name in imports_of(parse(path)):
        if module.split(".")[0] != "skrec":
            continue
        private = any(part.startswith("_") for part in [*module.split("."), name or ""])
        unlisted = name is not None and name not in LAYER and name not in (public_names(module) or {name})
        if private or unlisted or module.count(".") > 1:
            broken.append(f"{name_of(path)}:{line} imports {module}{f'.{name}' if name else ''}")
    assert not broken


@pytest.mark.parametrize("path", all_python_files(), ids=name_of)
def test_files_are_short_and_named_for_what_they_hold(path):
    assert path.name not in VAGUE
    n_lines = len(path.read_text(encoding="utf-8").splitlines())
    assert n_lines <= 400, f"{name_of(path)} has {n_lines} lines: it is probably two things"


@pytest.mark.parametrize("path", source_files(), ids=name_of)
def test_functions_are_at_most_sixty_lines(path):
    long = []
    for node in ast.walk(parse(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            n_lines = node.body[-1].end_lineno - body[0].lineno + 1
            if n_lines > 60:
                long.append(f"{name_of(path)}:{node.lineno} {node.name} has {n_lines} lines")
    assert not long


@pytest.mark.parametrize("path", all_python_files(), ids=name_of)
def test_every_task_left_open_names_an_issue(path):
    with path.open("rb") as lines:
        comments = [
            (token.start[0], token.string)
            for token in tokenize.tokenize(lines.readline)
            if token.type == tokenize.COMMENT
        ]
    bare = [number for number, comment in comments if re.search(r"\b(TODO|FIXME)\b(?!\(#\d+\))", comment)]
    assert not bare, f"{name_of(path)} lines {bare}: write TODO(#123)"


def run_python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **environment}
    ).stdout


def test_importing_skrec_imports_nothing_heavy():
    loaded = run_python("import sys, skrec; print(*sorted({name.partition('.')[0] for name in sys.modules}))").split()
    assert set(loaded) & HEAVY == set()


def test_importing_skrec_takes_less_than_a_third_of_a_second():
    code = "import time; start = time.perf_counter(); import skrec; print(time.perf_counter() - start)"
    assert min(float(run_python(code)) for _ in range(3)) < 0.3


def test_importing_modules_imports_no_framework():
    rooms = [path.stem for path in PACKAGE.iterdir() if path.stem in LAYER and path.stem != "networks"]
    code = "import importlib, sys\n"
    code += "".join(f"importlib.import_module('skrec.{room}'); print('{room}', *sys.modules)\n" for room in rooms)
    lines = [line.split() for line in run_python(code).splitlines()]
    assert [line[0] for line in lines] == rooms
    assert [line[0] for line in lines if set(line[1:]) & (FRAMEWORKS | {"keras"})] == []
