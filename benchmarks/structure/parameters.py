"""How often one constructor parameter, and one default, is written."""

import ast
from collections import Counter
from collections.abc import Iterator

from benchmarks.structure.estimators import model_files
from benchmarks.structure.source import ENGINE, File, Function


def places(files: dict[str, File], name: str) -> dict[str, list[str]]:
    """Find where a parameter is declared or its default written, by kind of place.

    Parameters
    ----------
    files : dict of str to File
    name : str

    Returns
    -------
    dict of str to list of str
        ``file:line`` each. ``signature``: of an ``__init__``, with a default, as estimators have it; ``stored``: ``self.name = name`` in
        one; ``field``: annotated in a class; ``constraint``: a key of a dictionary; ``list``: in a set, list or tuple of names;
        ``docstring``: an entry of a numpydoc section that says the default.
    """
    found: dict[str, list[str]] = {
        kind: [] for kind in ("signature", "stored", "field", "constraint", "list", "docstring")
    }
    for file in files.values():
        if file.folder.split("/")[0] not in ENGINE:
            continue
        for node in ast.walk(file.tree):
            for kind, line in _places(node, name):
                found[kind].append(f"{file.name}:{line}")
        for number, text in enumerate(file.text.splitlines(), 1):
            if text.strip().startswith(f"{name} : ") and "default=" in text:
                found["docstring"].append(f"{file.name}:{number}")
    return found


def of_one_model(found: dict[str, list[str]], file: str) -> list[str]:
    """Of these places those that a reader of one model meets: in its own file, and in files of no model, named with an underscore."""
    every = [place for kind in found.values() for place in kind]
    return sorted(
        {place for place in every if place.startswith(f"{file}:") or "/_" in place or not place.startswith("models/")}
    )


def _places(node: ast.AST, name: str) -> Iterator[tuple[str, int]]:
    if isinstance(node, Function) and node.name == "__init__":
        found = [argument for argument, _ in _with_defaults(node) if argument.arg == name]
        yield from (("signature", argument.lineno) for argument in found)
        yield from (("stored", statement.lineno) for statement in node.body if found and _stores(statement, name))
    elif isinstance(node, ast.ClassDef):
        for statement in node.body:
            if isinstance(statement, ast.AnnAssign) and getattr(statement.target, "id", None) == name:
                yield "field", statement.lineno
    elif isinstance(node, ast.Dict):
        yield from (("constraint", key.lineno) for key in node.keys if key is not None and _is(key, name))
    elif isinstance(node, ast.Set | ast.List | ast.Tuple):
        yield from (("list", element.lineno) for element in node.elts if _is(element, name))


def _with_defaults(function: Function) -> list[tuple[ast.arg, ast.expr]]:
    """Arguments that have a default, and that."""
    arguments = function.args
    positional = arguments.args[len(arguments.args) - len(arguments.defaults) :]
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return [
        *zip(positional, arguments.defaults, strict=True),
        *((arg, value) for arg, value in named if value is not None),
    ]


def _stores(statement: ast.stmt, name: str) -> bool:
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    return isinstance(target, ast.Attribute) and target.attr == name


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == name


def repeated_defaults(files: dict[str, File]) -> tuple[int, int]:
    """Count how often models write a default, and how many of these say again what another place says.

    Parameters
    ----------
    files : dict of str to File

    Returns
    -------
    n_written : int
        Defaults in signatures of ``__init__`` and in annotated fields, of model files and of the private ones they stand on.
    n_repeated : int
        Those whose parameter has the same default somewhere else, but for the first.
    """
    written = Counter[tuple[str, str]]()
    shared = [file for file in files.values() if file.folder == "models" and file.name.startswith("models/_")]
    for file in [*model_files(files), *shared]:
        for node in ast.walk(file.tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                written.update(_defaults(node))
    return written.total(), written.total() - len(written)


def _defaults(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for statement in node.body:
        if isinstance(statement, Function) and statement.name == "__init__":
            yield from ((argument.arg, ast.unparse(value)) for argument, value in _with_defaults(statement))
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            name = getattr(statement.target, "id", "_")
            if not name.startswith("_") and "ClassVar" not in ast.unparse(statement.annotation):
                yield name, ast.unparse(statement.value)
