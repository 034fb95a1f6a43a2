"""What must hold of each object that a file makes, checked here and nowhere else.

Hashes say that nobody damaged a file by accident; whoever damages it on purpose recomputes them. So each object is compared with what
its class needs, before anybody uses it. ``docs/design/014-contents-of-files.md`` lists the invariants.
"""

from collections.abc import Callable, Mapping
from typing import Any

from skrec._keras_objects import SavedKeras
from skrec.data import Names
from skrec.persistence._data_invariants import DATA
from skrec.persistence._encoder_invariants import check_fitted_encoder, is_own_encoder
from skrec.persistence._expectations import BrokenInvariantError, expect
from skrec.persistence._model_invariants import MODELS, is_fitted
from skrec.persistence._part_invariants import PARTS, SKLEARN, check_retriever
from skrec.plugin import Retriever

__all__ = ["BrokenInvariantError", "check_object"]

_BY_ROOM: dict[str, Mapping[str, Callable[[Any], None]]] = {"data": DATA, "models": MODELS, "preprocessing": PARTS}
_HOOK = "__skrec_check__"


def check_object(found: Any, state: Any) -> None:
    """Check an object that was just made from a file.

    Parameters
    ----------
    found : object
    state : object
        What the file says of it.

    Raises
    ------
    BrokenInvariantError
        With one clause that says what is wrong.
    """
    try:
        _check(found, state)
    except BrokenInvariantError:
        raise
    except Exception as error:  # what constructors, constraints and plugins raise of senseless values, of whatever kind
        what = " ".join(str(error).split())[:200].rstrip(".")
        raise BrokenInvariantError(
            f"{type(found).__name__} isn't what it should be ({what or type(error).__name__})"
        ) from error


def _check(found: Any, state: Any) -> None:
    kind = type(found)
    if isinstance(state, dict):
        _check_names(kind, state)
    for base in reversed(kind.__mro__):
        package, _, rest = base.__module__.partition(".")
        if package == "skrec":
            check = _BY_ROOM.get(rest.partition(".")[0], {}).get(base.__name__)
        else:
            check = (
                SKLEARN.get(base.__name__) if package == "sklearn" and kind.__module__.startswith("sklearn.") else None
            )
            check = SKLEARN["Pipeline"] if package == "sklearn" and base.__name__ == "Pipeline" else check
        if check is not None:
            check(found)
    if is_own_encoder(found) and is_fitted(found):
        check_fitted_encoder(found)
    elif isinstance(found, Retriever):
        check_retriever(found)
    elif isinstance(found, SavedKeras) or hasattr(kind, "check_description"):
        found.check_description()
    if hasattr(kind, _HOOK):
        getattr(found, _HOOK)()


def _check_names(kind: type, state: dict[Any, Any]) -> None:
    """Refuse attributes that would hide a method, or what a class says of itself."""
    own = kind.__module__.startswith("skrec.")
    parameters = set(getattr(kind, "__dataclass_fields__", ()))
    if hasattr(kind, "_get_param_names"):
        parameters |= set(kind._get_param_names())
    for name in state:
        expect(isinstance(name, str) and not name.startswith("__"), f"{kind.__name__} has an attribute {name!r}")
        if name in parameters:
            continue
        if name == "_names":  # a value of the class until there was a fit
            expect(isinstance(state[name], Names), f"{kind.__name__} has senseless names of columns")
            continue
        for base in kind.__mro__:
            if name in vars(base):
                hidden = vars(base)[name]
                method = callable(hidden) or isinstance(hidden, (classmethod, staticmethod))
                expect(not (own or method), f"{kind.__name__} has an attribute {name!r}, which isn't learned")
