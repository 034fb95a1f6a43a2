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
    {
        "exceptions",
        "typing",
        "_fields",
        "_keras_objects",
        "_lazy",
        "_params",
        "_products",
        "_random",
        "_ranking",
        "_search",
        "_sklearn",
        "_sklearn_types",
        "_unwrap",
        "_warn",
    },
    {"data"},
    {"networks", "plugin", "optimizers"},
    {"backends", "losses"},
    {"encoders"},
    {"metrics", "datasets", "retrievers", "preprocessing", "programs"},
    {"queries"},
    {"serving"},
    {"training"},
    {"models"},
    {"model_selection", "inspection", "pipeline", "persistence"},
    {"testing"},
    {"cli"},
)
LAYER = {room: number for number, rooms in enumerate(LAYERS) for room in rooms}

FRAMEWORKS = {"jax", "jaxlib", "tensorflow", "torch"}
WITH_KERAS = (
    *("skrec/networks/", "skrec/backends/", "skrec/losses/", "skrec/programs/", "skrec/training/loop.py"),
    *("skrec/training/callbacks.py", "skrec/serving/fold_in.py", "skrec/plugin/interfaces.py"),
    *("skrec/models/keras_model.py", "skrec/models/_network_spec.py", "skrec/models/_saved_network.py"),
    *("skrec/_keras_objects.py", "skrec/optimizers.py", "skrec/testing/_loss_bench.py"),
)
"""Where Keras may be imported: rooms and files; the interface of backends does in ``keras.ops`` what a backend knows no better way for."""
WITHOUT_KERAS = {"skrec/losses/find.py", "skrec/programs/network.py", "skrec/programs/sizes.py"}
"""Files in those rooms that do without."""
HEAVY = FRAMEWORKS | {"keras", "pandas", "sklearn", "scipy", "click", "rich", "pooch"}

WITHOUT_MIRROR: dict[str, str] = {
    "skrec/data/_columns.py": "tested through Interactions, in tests/data/test_interactions.py",
    "skrec/data/_frames.py": "tested through Interactions, in tests/data/test_interactions.py",
    "skrec/data/_tables.py": "tested through Interactions and recommend, in tests/data/test_names.py and tests/queries/test_names.py",
    "skrec/persistence/_archive.py": "tested through save and load, in tests/persistence/test_load.py",
    "skrec/persistence/_data_invariants.py": "tested through load, in tests/persistence/test_invariants.py",
    "skrec/persistence/_encoder_invariants.py": "tested through load, in tests/persistence/test_invariants.py",
    "skrec/persistence/_expectations.py": "tested through load, in tests/persistence/test_invariants.py",
    "skrec/persistence/_model_invariants.py": "tested through load, in tests/persistence/test_invariants.py",
    "skrec/persistence/_part_invariants.py": "tested through load, in tests/persistence/test_invariants.py",
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


@functools.cache
def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@functools.cache
def imports_of(path):
    """Each import as (line, module, name), those inside functions included; name is None for plain imports."""
    found = []
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [(node.lineno, node.module or "", alias.name) for alias in node.names]
    return found


def offending(paths, breaks):
    """Name each import of the files that breaks a rule: ``breaks(path, module, name)``."""
    return [
        f"{name_of(path)}:{line} imports {module}{f'.{name}' if name else ''}"
        for path in paths
        for line, module, name in imports_of(path)
        if breaks(path, module, name)
    ]


def expect_none(offenders):
    """Fail with all offenders, one a line."""
    if offenders:
        pytest.fail("\n".join(["", *offenders]), pytrace=False)


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


def is_of_skrec(module):
    return module.split(".")[0] == "skrec"


def test_every_folder_and_file_of_the_package_has_a_layer():
    rooms = {room_of(dotted(path)) for path in source_files()} - {""}
    assert rooms <= set(LAYER), f"give {rooms - set(LAYER)} a layer in tests/test_architecture.py and the design notes"


def goes_up_or_sideways(path, module, name):
    """Whether an import reaches a room that isn't below the file's own; the facade is on top of all."""
    own, other = room_of(dotted(path)), room_of(target_of(module, name))
    if own == "" or not is_of_skrec(module) or other == own:
        return False
    foundation = LAYER[own] == 0 and LAYER.get(other) == 0
    return not foundation and (other not in LAYER or LAYER[other] >= LAYER[own])


def test_imports_go_down_and_never_sideways():
    expect_none(offending(source_files(), goes_up_or_sideways))


def leaves_its_folder(path, module, name):
    """Whether an import takes a private name, or something below one, out of the folder that it is private to."""
    package = dotted(path.parent)
    parts = [*module.split("."), *([name] if name else [])]
    for depth, part in enumerate(parts if is_of_skrec(module) else []):
        private = part.startswith("_") and not part.startswith("__")
        home = folder_of(".".join(parts[:depth]))
        if private and not (package == home or package.startswith(home + ".")):
            return True
    return False


def test_private_names_stay_in_their_folder():
    expect_none(offending(source_files(), leaves_its_folder))


def is_out_of_place(path, module, name):
    """Whether an import is one of a framework outside the backends, or of Keras where it doesn't belong."""
    file, top = name_of(path), module.split(".")[0]
    keras_belongs = file.startswith(WITH_KERAS) and file not in WITHOUT_KERAS
    return (top in FRAMEWORKS and not file.startswith("skrec/backends/")) or (top == "keras" and not keras_belongs)


def test_frameworks_and_keras_are_imported_only_where_they_belong():
    expect_none(offending(source_files(), is_out_of_place))


def hooks():
    return sorted(PACKAGE.glob("*/hooks.py"))


def test_hooks_point_into_their_own_folder():
    offenders = []
    for path in hooks():
        strings = [node.value for node in ast.walk(parse(path)) if isinstance(node, ast.Constant)]
        targets = [text for text in strings if isinstance(text, str) and re.fullmatch(r"[\w.]+:\w+", text)]
        own = f"skrec.{path.parent.name}"
        offenders += [f"{name_of(path)}: {target}" for target in targets if not re.match(rf"{own}[.:]", target)]
    expect_none(offenders)


def test_hooks_import_nothing_but_the_marker():
    expect_none(offending(hooks(), lambda path, module, name: module != "skrec.plugin"))


def mirror_of(path):
    """Test file of a source file, leading underscore dropped."""
    return ROOT / "tests" / path.parent.relative_to(PACKAGE) / f"test_{path.stem.lstrip('_')}.py"


def mirrored_files():
    return [path for path in source_files() if path.name not in {"__init__.py", "hooks.py", "typing.py"}]


def test_every_source_file_has_a_test_file():
    expect_none(
        [
            f"write {name_of(mirror_of(path))}, or say in WITHOUT_MIRROR why not"
            for path in mirrored_files()
            if name_of(path) not in WITHOUT_MIRROR and not mirror_of(path).is_file()
        ]
    )


def test_no_file_with_a_test_file_is_exempt():
    expect_none(
        [
            f"{name_of(path)} has a mirror now: take it out of WITHOUT_MIRROR"
            for path in mirrored_files()
            if name_of(path) in WITHOUT_MIRROR and mirror_of(path).exists()
        ]
    )


def test_exemptions_name_files_that_exist():
    expect_none([name for name in sorted({*WITHOUT_MIRROR, *WITHOUT_KERAS}) if not (ROOT / name).is_file()])


@functools.cache
def public_names(module):
    """What a module of skrec lists in ``__all__``; None where it has none."""
    path = ROOT / Path(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in parse(path).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "__all__":
            return set(ast.literal_eval(node.value))
    return None


def isnt_public(path, module, name):
    """Whether an import takes of skrec what isn't public."""
    if not is_of_skrec(module):
        return False
    private = any(part.startswith("_") for part in [*module.split("."), name or ""])
    unlisted = name is not None and name not in LAYER and name not in (public_names(module) or {name})
    return private or unlisted or module.count(".") > 1


def test_plugins_import_only_public_names():
    expect_none(offending(sorted((ROOT / "plugins").rglob("*.py")), isnt_public))


def test_files_are_named_for_what_they_hold():
    expect_none([name_of(path) for path in all_python_files() if path.name in VAGUE])


def test_files_are_short():
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in all_python_files()}
    expect_none([f"{name} has {n} lines: it is probably two things" for name, n in lengths.items() if n > 400])


def length_of(function):
    """Number of a function's lines below its docstring."""
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return function.body[-1].end_lineno - body[0].lineno + 1


def test_functions_are_at_most_sixty_lines():
    expect_none(
        [
            f"{name_of(path)}:{node.lineno} {node.name} has {length_of(node)} lines"
            for path in source_files()
            for node in ast.walk(parse(path))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and length_of(node) > 60
        ]
    )


def comments_of(path):
    """Give (line, text) of each comment."""
    with path.open("rb") as lines:
        for token in tokenize.tokenize(lines.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def test_every_task_left_open_names_an_issue():
    bare = re.compile(r"\b(TODO|FIXME)\b(?!\(#\d+\))")
    expect_none(
        [
            f"{name_of(path)}:{line}: write TODO(#123)"
            for path in all_python_files()
            if bare.search(
                path.read_text(encoding="utf-8")
            )  # few do, and to tokenize a file takes longer than to read it
            for line, comment in comments_of(path)
            if bare.search(comment)
        ]
    )


def run_python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **environment}
    ).stdout


def test_importing_skrec_imports_nothing_heavy():
    loaded = run_python("import sys, skrec; print(*sorted({name.partition('.')[0] for name in sys.modules}))").split()
    assert set(loaded) & HEAVY == set()


def test_importing_skrec_takes_less_than_a_third_of_a_second():
    code = "import time; start = time.process_time(); import skrec; print(time.process_time() - start)"
    assert min(float(run_python(code)) for _ in range(3)) < 0.3


def test_importing_modules_imports_no_framework():
    rooms = [
        path.stem
        for path in PACKAGE.iterdir()
        if path.stem in LAYER and path.stem != "networks" and path.suffix != ".pyi"
    ]
    code = "import importlib, sys\n"
    code += "".join(f"importlib.import_module('skrec.{room}'); print('{room}', *sys.modules)\n" for room in rooms)
    lines = [line.split() for line in run_python(code).splitlines()]
    assert [line[0] for line in lines] == rooms
    assert [line[0] for line in lines if set(line[1:]) & (FRAMEWORKS | {"keras"})] == []
