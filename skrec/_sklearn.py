"""scikit-learn's bases of estimators; typed, to type checkers, and with diagrams that link to skrec's documentation.

scikit-learn has no types. To mypy its classes are Any, and what derives from Any may be made with any parameter and have any attribute:
``SASRec(nonsense=1)`` would pass. So mypy reads of them in `_sklearn_types.pyi`. Other checkers infer types from scikit-learn's source, by
which a model is an estimator wherever one is asked for; decorators' they don't.
"""

from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["DOCUMENTATION", "BaseEstimator", "TransformerMixin", "available_if", "linked"]

DOCUMENTATION = "https://skrec-keras.readthedocs.io/en/latest/"
"""Where the documentation stands; the same as in pyproject.toml."""

_Kind = TypeVar("_Kind", bound=type)

MYPY = False  # which mypy, and nobody else, takes for True


def linked(kind: _Kind) -> _Kind:
    """Link the diagrams of a class' estimators to their pages of the reference; those of plugins and users have none there.

    Parameters
    ----------
    kind : type
        One of scikit-learn's diagrams; classes that derive from it are linked with it.
    """

    def parameters(self: Any) -> dict[str, str]:
        # A class is published by its room, skrec.models, whichever file of the room it stands in.
        room = ".".join(type(self).__module__.split(".")[:2])
        return {"page": f"{room}.{type(self).__name__}"}

    links: Any = kind
    links._doc_link_module = "skrec"
    links._doc_link_template = DOCUMENTATION + "api/generated/{page}.html"
    links._doc_link_url_param_generator = parameters
    return kind


if MYPY:
    from skrec._sklearn_types import BaseEstimator, TransformerMixin
else:
    from sklearn.base import BaseEstimator, TransformerMixin

if TYPE_CHECKING:
    from skrec._sklearn_types import available_if
else:
    from sklearn.utils.metaestimators import available_if
