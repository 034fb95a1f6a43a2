"""Constructors from annotated fields: a parameter's type, constraint and default stand in one place.

``epochs: Annotated[int, Interval(Integral, 1, None, closed="left")] = 20`` in the body of a class makes ``epochs`` a parameter of the
constructor, positional unless it stands below ``_: KW_ONLY``, and says what scikit-learn's validation allows. A subclass has the
parameters of its bases; ``epochs: int = 30`` or ``epochs = 30`` in its body changes the default alone, wherever it stands.
"""

import inspect
import sys
from dataclasses import KW_ONLY, dataclass
from functools import cache, reduce
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin

from skrec._params import NOT_COMPILED

__all__ = ["make_constructor", "parameter_names"]

_MADE = "__made_from_fields__"


def make_constructor(cls: Any) -> None:
    """Give a class the constructor, and the constraints, that its fields describe.

    A field is an annotated name with a value, which is its default; names that begin or end with an underscore, annotations alone and
    class variables are none. A class that writes ``__init__`` by hand keeps it, as do its subclasses.

    Parameters
    ----------
    cls : type
        In ``__init_subclass__``: just made.

    Attributes set
    --------------
    __init__
        Keyword-only parameters come last; their order is that of the fields, those of the bases first.
    _parameter_constraints : dict of str to list
        As in scikit-learn: those of the bases, then those in the annotations, then those in a dict of that name in the class' body.
    _not_compiled : frozenset of str
        Parameters marked by ``NOT_COMPILED``.
    """
    annotations = _own_annotations(cls)
    written = dict(vars(cls).get("_parameter_constraints", {}))
    constraints: dict[str, list[Any]] = {}
    free: set[str] = set()
    for base in reversed(cls.__mro__[1:]):
        constraints |= vars(base).get("_parameter_constraints", {})
        free |= vars(base).get("_not_compiled", frozenset())
    for name, annotation in annotations.items():
        found = _metadata(annotation) if _is_field(cls, name, annotation) else []
        kinds = [kind for kind in found if kind is not NOT_COMPILED]
        if kinds:
            constraints[name] = kinds
        if len(kinds) < len(found):
            free.add(name)
    cls._parameter_constraints = {**constraints, **written}
    cls._not_compiled = frozenset(free)
    if "__init__" not in vars(cls) and getattr(cls.__init__, _MADE, cls.__init__ is object.__init__):
        _make_init(cls, annotations)


def _make_init(cls: Any, annotations: dict[str, Any]) -> None:
    """Let `dataclasses` write the constructor, of the fields alone."""
    before = inspect.get_annotations(cls)
    cls.__annotations__ = _sorted_fields(cls, annotations)
    try:
        dataclass(eq=False, repr=False)(cls)
    finally:
        cls.__annotations__ = before
    setattr(cls.__init__, _MADE, True)
    # What a reader, and an editor, sees in the signature: types without their constraints.
    cls.__init__.__annotations__ = {name: _bare(kind) for name, kind in cls.__init__.__annotations__.items()}


def _sorted_fields(cls: Any, annotations: dict[str, Any]) -> dict[str, Any]:
    """Put positional fields first; one that the bases have stays what it is there."""
    inherited: dict[str, Any] = {}
    for base in reversed(cls.__mro__[1:]):
        inherited |= vars(base).get("__dataclass_fields__", {})
    positional: dict[str, Any] = {}
    keyword_only: dict[str, Any] = {}
    below = False
    # A value without an annotation changes a default; a method or a property is none.
    changed = {
        name: known.type
        for name, known in inherited.items()
        if name in vars(cls) and name not in annotations and not hasattr(vars(cls)[name], "__get__")
    }
    for name, annotation in (annotations | changed).items():
        if annotation is KW_ONLY:
            below = True
        elif _is_field(cls, name, annotation):
            named = inherited[name].kw_only if name in inherited else below
            (keyword_only if named else positional)[name] = annotation
    return {**positional, "_": KW_ONLY, **keyword_only}


def _is_field(cls: Any, name: str, annotation: Any) -> bool:
    private = name.startswith("_") or name.endswith("_")
    return name in vars(cls) and not private and not _is_class_variable(annotation)


def _is_class_variable(annotation: Any) -> bool:
    if isinstance(annotation, str):
        return "ClassVar" in annotation
    return annotation is ClassVar or get_origin(annotation) is ClassVar


def _own_annotations(cls: Any) -> dict[str, Any]:
    """Annotations in the body of a class; those that stand there as strings are evaluated where their names are known."""
    found = dict(inspect.get_annotations(cls))
    scope = vars(sys.modules[cls.__module__]) if cls.__module__ in sys.modules else {}
    for name, annotation in found.items():
        if isinstance(annotation, str):
            try:
                found[name] = eval(annotation, dict(scope), dict(vars(cls)))
            except Exception:  # a name that only type checkers import: the parameter has no constraint then
                continue
    return found


def _metadata(annotation: Any) -> list[Any]:
    """Constraints in an annotation; of ``PositiveInt | None``, those of both."""
    if get_origin(annotation) is Annotated:
        return [*_metadata(annotation.__origin__), *annotation.__metadata__]
    parts = [_metadata(part) for part in _united(annotation)]
    if not any(parts):
        return []
    return [kind for part, found in zip(_united(annotation), parts, strict=True) for kind in found or [_kind(part)]]


def _kind(part: Any) -> Any:
    return None if part is NoneType else part


def _united(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in {Union, UnionType} else ()


def _bare(annotation: Any) -> Any:
    if get_origin(annotation) is Annotated:
        return _bare(annotation.__origin__)
    parts = _united(annotation)
    return reduce(or_, map(_bare, parts)) if parts else annotation


@cache
def parameter_names(cls: Any) -> tuple[str, ...]:
    """Names of the constructor's parameters."""
    return tuple(cls._get_param_names())
