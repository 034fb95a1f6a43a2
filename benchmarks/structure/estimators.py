"""What estimators are written of: parts of the model files, classes above them, what is passed by attributes or written twice."""

import ast
import inspect
from collections import Counter
from collections.abc import Iterator
from typing import Any

from benchmarks.structure.source import File, Function, engine_files, functions

STANDS_FOR_AN_ESTIMATOR = {"model", "estimator", "recommender"}
"""Names of parameters that do; one `model`, of `_check_model` of KerasModel, is of Keras."""


def model_files(files: dict[str, File]) -> list[File]:
    """Files of ``skrec/models`` that a model is named for: public ones, but for hooks."""
    own = [file for file in files.values() if file.folder == "models"]
    return [file for file in own if not file.name.startswith("models/_") and file.name != "models/hooks.py"]


def parts_of(file: File) -> dict[str, int]:
    """Split a file's lines into docstrings of classes, constructor, constraints, imports, and the rest: the model.

    The constructor is ``__init__`` from its ``def`` to its end, and annotated fields of a public class, which stand for it in a
    class whose constructor is made of them. The rest has blank lines, docstrings of functions and what functions import, too. A line
    is counted once.
    """
    owner: dict[int, str] = {}

    def claim(node: ast.AST, part: str) -> None:
        for line in range(node.lineno, node.end_lineno + 1):  # type: ignore[attr-defined]
            owner.setdefault(line, part)

    for node in file.tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            claim(node, "imports")
        elif isinstance(node, ast.ClassDef):
            for part, statement in _class_parts(node):
                claim(statement, part)
    found = Counter(owner.values())
    names = ("docstring", "constructor", "constraints", "imports")
    return {**{name: found[name] for name in names}, "model": file.n_lines - found.total(), "total": file.n_lines}


def _class_parts(node: ast.ClassDef) -> Iterator[tuple[str, ast.stmt]]:
    if ast.get_docstring(node) is not None:
        yield "docstring", node.body[0]
    for statement in node.body:
        if isinstance(statement, Function) and statement.name == "__init__":
            yield "constructor", statement
        elif name := _field(node, statement):
            yield ("constraints" if name == "_parameter_constraints" else "constructor"), statement


def _field(owner: ast.ClassDef, statement: ast.stmt) -> str:
    """Name of an annotated field that is a parameter, or of the dictionary of constraints; else ""."""
    if not isinstance(statement, ast.AnnAssign | ast.Assign):
        return ""
    target = statement.target if isinstance(statement, ast.AnnAssign) else statement.targets[0]
    name = target.id if isinstance(target, ast.Name) else ""
    if name == "_parameter_constraints":
        return name
    is_field = isinstance(statement, ast.AnnAssign) and "ClassVar" not in ast.unparse(statement.annotation)
    return name if is_field and not (name.startswith("_") or name.endswith("_") or owner.name.startswith("_")) else ""


def classes_above(estimator: type) -> list[str]:
    """Name the classes of skrec that an estimator inherits from, itself left out, nearest first."""
    return [base.__name__ for base in estimator.__mro__[1:] if base.__module__.split(".")[0] == "skrec"]


def redefined(estimator: type) -> dict[str, int]:
    """Say how many methods with a body each class of skrec above an estimator redefines of those above it."""
    bases = [base for base in estimator.__mro__[1:] if base.__module__.split(".")[0] == "skrec"]
    counts = {}
    for place, base in enumerate(bases):
        above = {name for other in bases[place + 1 :] for name in _methods(other)}
        counts[base.__name__] = len(_methods(base) & above)
    return counts


def _methods(owner: type) -> set[str]:
    return {
        name
        for name, value in vars(owner).items()
        if inspect.isfunction(inspect.unwrap(value) if callable(value) else value)
        and not getattr(value, "__isabstractmethod__", False)
    }


def untyped_estimators(files: dict[str, File]) -> list[str]:
    """Name the functions of the engine with a parameter that stands for an estimator and is annotated ``Any``."""
    found = []
    for file in engine_files(files):
        for function in functions(file.tree):
            arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
            hit = [
                argument
                for argument in arguments
                if argument.arg in STANDS_FOR_AN_ESTIMATOR
                and argument.annotation is not None
                and ast.unparse(argument.annotation) == "Any"
            ]
            if hit:
                found.append(f"{file.name}:{function.lineno} {function.name}")
    return found


def passed_by_attributes(files: dict[str, File]) -> list[str]:
    """Name attributes in the engine that are deleted after use: ``del x.a``, ``x.__dict__.pop("a")``, ``delattr(x, "a")``."""
    return sorted({name for file in engine_files(files) for node in ast.walk(file.tree) for name in _deleted(node)})


def set_from_outside(files: dict[str, File]) -> list[str]:
    """Name attributes in the engine that are set on another object than ``self``, such as a copy of an estimator."""
    found = set()
    for file in engine_files(files):
        for node in ast.walk(file.tree):
            for target in node.targets if isinstance(node, ast.Assign) else []:
                for part in target.elts if isinstance(target, ast.Tuple) else [target]:
                    if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id != "self":
                        found.add(part.attr)
    return sorted(found)


def _deleted(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Delete):
        yield from (target.attr for target in node.targets if isinstance(target, ast.Attribute))
    if not (isinstance(node, ast.Call) and node.args):
        return
    text, last = ast.unparse(node.func), node.args[-1]
    if text == "delattr" and isinstance(last, ast.Constant):
        yield str(last.value)
    first = node.args[0]
    if (text.endswith(".__dict__.pop") or (text.startswith("vars(") and text.endswith(").pop"))) and isinstance(
        first, ast.Constant
    ):
        yield str(first.value)


def told_apart_by_hand(files: dict[str, File]) -> dict[str, int]:
    """Count in the engine what asks for a kind: ``hasattr`` and ``getattr`` with a default, and comparisons of a ``loss``."""
    counts = Counter[str]()
    for file in engine_files(files):
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                counts["hasattr"] += node.func.id == "hasattr"
                counts["getattr with a default"] += node.func.id == "getattr" and len(node.args) == 3
            if isinstance(node, ast.Compare) and ast.unparse(node.left) in {"loss", "self.loss", "model.loss"}:
                counts["comparisons of loss"] += 1
    return dict(counts)


def row(figure: str, value: Any, names: list[str] | None = None) -> dict[str, Any]:
    """A figure, with the names that it counts."""
    return {"figure": figure, "value": value, **({} if names is None else {"names": names})}
