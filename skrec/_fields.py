"""Constructors from annotated fields: a parameter's type, constraint and default stand in one place.

``epochs: Annotated[int, Interval(Integral, 1, None, closed="left")] = 20`` in the body of a class makes ``epochs`` a parameter of the
constructor, positional unless it stands below ``_: KW_ONLY``, and says what scikit-learn's validation allows. A subclass has the
parameters of its bases; ``epochs = 30`` or ``epochs: int = 30`` in its body changes the default alone.
"""

import inspect
import sys
from collections import ChainMap
from dataclasses import KW_ONLY, dataclass, field
from typing import Annotated, Any, ClassVar, get_origin

from skrec._params import NOT_COMPILED

__all__ = ["make_constructor"]

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
    constraints = dict(getattr(super(cls, cls), "_parameter_constraints", {}))
    free = set(getattr(super(cls, cls), "_not_compiled", ()))
    for name, annotation in annotations.items():
        if get_origin(annotation) is Annotated and _is_field(cls, name, annotation):
            kinds = [kind for kind in annotation.__metadata__ if kind is not NOT_COMPILED]
            if kinds:
                constraints[name] = kinds
            if NOT_COMPILED in annotation.__metadata__:
                free.add(name)
    cls._parameter_constraints = {**constraints, **written}
    cls._not_compiled = frozenset(free)
    if "__init__" not in vars(cls) and getattr(cls.__init__, _MADE, cls.__init__ is object.__init__):
        _make_init(cls, annotations)


def _make_init(cls: Any, annotations: dict[str, Any]) -> None:
    """Let `dataclasses` write the constructor, of the fields alone."""
    before = vars(cls).get("__annotations__", {})
    annotations = {**annotations, **_changed_defaults(cls, annotations)}
    cls.__annotations__ = {
        name: annotation for name, annotation in annotations.items() if _is_field(cls, name, annotation)
    }
    try:
        dataclass(eq=False, repr=False)(cls)
    finally:
        cls.__annotations__ = before
    setattr(cls.__init__, _MADE, True)
    # What a reader, and an editor, sees in the signature: types without their constraints.
    cls.__init__.__annotations__ = {name: _bare(kind) for name, kind in cls.__init__.__annotations__.items()}


def _changed_defaults(cls: Any, annotations: dict[str, Any]) -> dict[str, Any]:
    """Annotations of inherited fields to which the body of a class gives a value; they stay keyword-only where they were."""
    inherited_fields = ChainMap(*(vars(base).get("__dataclass_fields__", {}) for base in cls.__mro__[1:]))
    changed = {}
    for name, inherited in inherited_fields.items():
        if name not in vars(cls) or hasattr(vars(cls)[name], "__get__"):  # a method or a property is no default
            continue
        annotation = annotations.get(name, inherited.type)
        if _is_field(cls, name, annotation):
            changed[name] = annotation
            setattr(cls, name, field(default=vars(cls)[name], kw_only=inherited.kw_only))
    return changed


def _is_field(cls: Any, name: str, annotation: Any) -> bool:
    if annotation is KW_ONLY:
        return True
    return (
        name in vars(cls) and not name.startswith("_") and not name.endswith("_") and not _is_class_variable(annotation)
    )


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


def _bare(annotation: Any) -> Any:
    return annotation.__origin__ if get_origin(annotation) is Annotated else annotation
