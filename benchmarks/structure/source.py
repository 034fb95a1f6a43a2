"""The files of skrec as trees: folders, import arrows, lengths of functions."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ENGINE = ("models", "programs", "training", "queries", "serving", "losses")
"""Folders that estimators are made of; those that a checkout lacks are empty."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class File:
    """A source file.

    Attributes
    ----------
    name : str
        Path below the package, with slashes: ``"models/gmf.py"``.
    text : str
    """

    name: str
    text: str

    @property
    def folder(self) -> str:
        """Folder below the package; ``""`` for a file of the package itself."""
        return self.name.rpartition("/")[0]

    @property
    def n_lines(self) -> int:
        """Number of lines, blank ones included."""
        return len(self.text.splitlines())

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text, filename=self.name)


def read_package(root: Path) -> dict[str, File]:
    """Read every Python file below the package's folder, by name."""
    paths = sorted(root.rglob("*.py"))
    names = [path.relative_to(root).as_posix() for path in paths]
    return {name: File(name, path.read_text(encoding="utf-8")) for name, path in zip(names, paths, strict=True)}


def engine_files(files: dict[str, File]) -> list[File]:
    """Files of the folders of `ENGINE`."""
    return [file for file in files.values() if file.folder.split("/")[0] in ENGINE]


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method, nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node


def body_length(function: Function) -> int:
    """Lines from the first statement behind the docstring to the last; 0 where the docstring is all there is."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0  # type: ignore[operator]


def arrows(files: dict[str, File]) -> dict[str, set[str]]:
    """Say which files of the package each file imports, inside functions and for type checkers included."""
    return {name: set(_targets(file, files)) - {name} for name, file in files.items()}


def _targets(file: File, files: dict[str, File]) -> Iterator[str]:
    for node in ast.walk(file.tree):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            # A name may be a module of its own: from skrec import models.
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        for module in modules:
            found = _file_of(module, files)
            if found:
                yield found


def _file_of(module: str, files: dict[str, File]) -> str | None:
    """File of a dotted name, or of the module that the name is of."""
    parts = module.split(".")
    if parts[0] != "skrec":
        return None
    for end in (len(parts), len(parts) - 1):
        stem = "/".join(parts[1:end])
        for name in (f"{stem}.py", f"{stem}/__init__.py" if stem else "__init__.py"):
            if name in files:
                return name
    return None


def floors(names: set[str], imports: dict[str, set[str]]) -> int | None:
    """Files in the longest chain of imports among some files; None if they import each other in a circle."""
    heights: dict[str, int | None] = {}

    def height(name: str) -> int | None:
        if name not in heights:
            heights[name] = None  # on the way: to come back here is to go in a circle
            below = [height(other) for other in imports[name] & names]
            heights[name] = None if None in below else 1 + max((h for h in below if h), default=0)
        return heights[name]

    found = [height(name) for name in sorted(names)]
    return None if None in found else max((h for h in found if h), default=0)


def folder_rows(files: dict[str, File]) -> list[dict[str, Any]]:
    """Measure each folder: files, lines, arrows inside it and out of it, floors, lengths of function bodies."""
    imports = arrows(files)
    rows = []
    for folder in sorted({file.folder for file in files.values()}):
        own = {name: file for name, file in files.items() if file.folder == folder}
        lengths = [body_length(function) for file in own.values() for function in functions(file.tree)]
        rows.append(
            {
                "folder": f"skrec/{folder}".rstrip("/"),
                "files": len(own),
                "lines": sum(file.n_lines for file in own.values()),
                "inside": sum(len(imports[name] & set(own)) for name in own),
                "out": sum(len(imports[name] - set(own)) for name in own),
                "floors": floors(set(own), imports),
                **{f"body_{name}": value for name, value in spread(lengths).items()},
            }
        )
    return rows


def spread(lengths: list[int]) -> dict[str, int]:
    """Give median, 90th percentile and largest, each one of the numbers; zeros where there are none."""
    ordered = sorted(lengths) or [0]
    return {
        "p50": ordered[(len(ordered) - 1) // 2],
        "p90": ordered[min(len(ordered) - 1, int(0.9 * len(ordered)))],
        "max": ordered[-1],
    }
