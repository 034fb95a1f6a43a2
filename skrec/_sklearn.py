"""scikit-learn's bases of estimators; typed, to type checkers.

scikit-learn has no types. To mypy its classes are Any, and what derives from Any may be made with any parameter and have any attribute:
``SASRec(nonsense=1)`` would pass. So mypy reads of them in `_sklearn_types.pyi`. Other checkers infer types from scikit-learn's source, by
which a model is an estimator wherever one is asked for; decorators' they don't.
"""

from typing import TYPE_CHECKING

__all__ = ["BaseEstimator", "TransformerMixin", "available_if"]

MYPY = False  # which mypy, and nobody else, takes for True

if MYPY:
    from skrec._sklearn_types import BaseEstimator, TransformerMixin
else:
    from sklearn.base import BaseEstimator, TransformerMixin

if TYPE_CHECKING:
    from skrec._sklearn_types import available_if
else:
    from sklearn.utils.metaestimators import available_if
