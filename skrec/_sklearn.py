"""scikit-learn's bases of estimators; typed, to type checkers, and with diagrams that link to skrec's documentation.

scikit-learn has no types. To mypy its classes are Any, and what derives from Any may be made with any parameter and have any attribute:
``SASRec(nonsense=1)`` would pass. So mypy reads of them in `_sklearn_types.pyi`. Other checkers infer types from scikit-learn's source, by
which a model is an estimator wherever one is asked for; decorators' they don't.
"""

from typing import TYPE_CHECKING

__all__ = ["DOCUMENTATION", "BaseEstimator", "LinkedDiagram", "TransformerMixin", "available_if"]

DOCUMENTATION = "https://skrec-keras.readthedocs.io/en/latest/"
"""Where the documentation stands; the same as in pyproject.toml."""

MYPY = False  # which mypy, and nobody else, takes for True


class LinkedDiagram:
    """Links the diagram of an estimator of skrec to its page of the reference; those of plugins and users have none there."""

    _doc_link_module = "skrec"
    _doc_link_template = DOCUMENTATION + "api/generated/{page}.html"

    def _doc_link_url_param_generator(self) -> dict[str, str]:
        # A class is published by its room, skrec.models, whichever file of the room it stands in.
        room = ".".join(type(self).__module__.split(".")[:2])
        return {"page": f"{room}.{type(self).__name__}"}


if MYPY:
    from skrec._sklearn_types import BaseEstimator, TransformerMixin
else:
    from sklearn.base import BaseEstimator as _BaseEstimator
    from sklearn.base import TransformerMixin

    class BaseEstimator(LinkedDiagram, _BaseEstimator):
        """scikit-learn's, with links to skrec's documentation."""


if TYPE_CHECKING:
    from skrec._sklearn_types import available_if
else:
    from sklearn.utils.metaestimators import available_if
