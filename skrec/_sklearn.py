"""scikit-learn's bases of estimators, typed.

scikit-learn has no types. To mypy its classes are Any, and what derives from Any may have any attribute and be made with any parameter:
``SASRec(nonsense=1)`` would pass, and a model's own methods be unknown where a decorator stands above them. Here mypy is told what
estimators use of these bases. When Python runs, and to checkers that infer types from scikit-learn's source, they are scikit-learn's own.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, TypeVar

__all__ = ["BaseEstimator", "TransformerMixin", "available_if"]

MYPY = False  # which mypy, and nobody else, takes for True

if MYPY:

    class BaseEstimator:
        """`sklearn.base.BaseEstimator`."""

        @classmethod
        def _get_param_names(cls) -> list[str]: ...

        def get_params(self, deep: bool = True) -> dict[str, Any]: ...

        def set_params(self, **params: Any) -> Self: ...

        def get_metadata_routing(self) -> Any: ...

        def set_fit_request(self, **requests: Any) -> Self: ...

        def set_partial_fit_request(self, **requests: Any) -> Self: ...

        def set_score_request(self, **requests: Any) -> Self: ...

        def __sklearn_tags__(self) -> Any: ...

        def __getstate__(self) -> dict[str, Any]: ...

        def __setstate__(self, state: dict[str, Any]) -> None: ...

    class TransformerMixin:
        """`sklearn.base.TransformerMixin`."""

        def fit_transform(self, X: Any, y: Any = None) -> Any: ...

        def set_output(self, *, transform: str | None = None) -> Self: ...

        def __sklearn_tags__(self) -> Any: ...

else:
    from sklearn.base import BaseEstimator, TransformerMixin

if TYPE_CHECKING:
    _Method = TypeVar("_Method", bound=Callable[..., Any])

    def available_if(check: Callable[[Any], bool]) -> Callable[[_Method], _Method]:
        """`sklearn.utils.metaestimators.available_if`: the method is there where the check says so."""

else:
    from sklearn.utils.metaestimators import available_if
