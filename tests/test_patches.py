"""A test that patches what its module doesn't read changes nothing, and passes for no reason: each patched name must be read."""

import ast
import dis
import functools
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def files_of_tests(root):
    return sorted([*root.glob("tests/**/*.py"), *root.glob("plugins/*/tests/**/*.py")])


@functools.cache
def file_of(module, root):
    """Source file of a module of skrec or of a plugin by its dotted name; None of any other."""
    for folder in (root, *root.glob("plugins/*")):
        path = folder.joinpath(*module.split("."))
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if module.startswith("skrec") and file.is_file():
                return file
    return None


def functions_in(code):
    """Give the code of each function in a compiled module, methods and inner functions included."""
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            if constant.co_flags & 1:  # CO_OPTIMIZED: a function's body, and no class's, which is run once, at import
                yield constant
            yield from functions_in(constant)


@functools.cache
def globals_read(file):
    """Names of a module's globals that its functions look up whenever they are called."""
    code = compile(file.read_text(encoding="utf-8"), str(file), "exec")
    return {
        instruction.argval
        for function in functions_in(code)
        for instruction in dis.get_instructions(function)
        if instruction.opname == "LOAD_GLOBAL"
    }


def modules_in(tree):
    """Dotted names of what a test file's imports bind, by the name they bind it to."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def target_of(call, modules):
    """Split what a call of ``setattr`` patches into module and name: ``(module, "name", value)`` or ``("module.name", value)``."""
    first, second = call.args[:2]
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        module, _, name = first.value.rpartition(".")
        return module, name
    if isinstance(second, ast.Constant) and isinstance(second.value, str):
        return modules.get(ast.unparse(first), ast.unparse(first)), second.value
    return None


def patches_in(file, root):
    """Give (line, module's file, dotted name) of each patch of a module's attribute in a test file."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    modules = modules_in(tree)
    for node in ast.walk(tree):
        is_patch = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setattr"
        target = target_of(node, modules) if is_patch and len(node.args) > 1 else None
        if target and file_of(target[0], root):
            yield node.lineno, file_of(target[0], root), ".".join(target)


def unread(root):
    """Name the patches that nothing notices."""
    return [
        f"{file.relative_to(root).as_posix()}:{line} patches {name}, which no function of that module reads"
        for file in files_of_tests(root)
        for line, module, name in patches_in(file, root)
        if name.rpartition(".")[2] not in globals_read(module)
    ]


def test_what_a_test_patches_is_read_by_the_module():
    found = unread(ROOT)
    if found:
        pytest.fail("\n".join(["", *found]), pytrace=False)


MODULE = """
A, B, C, D = 1, 2, 3, 4
X = A

def f(b=B):
    return [C for _ in range(3)]

class K:
    d = D
"""
TEST = """
import skrec.sizes
from skrec import sizes as s

def test(monkeypatch):
    monkeypatch.setattr(s, "A", 0)
    monkeypatch.setattr(skrec.sizes, "B", 0)
    monkeypatch.setattr(s, "C", 0)
    monkeypatch.setattr("skrec.sizes.D", 0)
    monkeypatch.setattr("os.sep", 0)
"""


def test_patches_are_found_in_each_form_and_seen_by_functions_alone(tmp_path):
    for path, text in {"skrec/sizes.py": MODULE, "tests/test_sizes.py": TEST}.items():
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(text, encoding="utf-8")
    found = [line.partition(" patches ")[2].partition(",")[0] for line in unread(tmp_path)]
    assert found == ["skrec.sizes.A", "skrec.sizes.B", "skrec.sizes.D"]
