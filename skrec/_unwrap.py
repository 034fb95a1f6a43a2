"""The recommender inside a Pipeline or a search, and the steps that its data pass through before."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sklearn.exceptions import NotFittedError as _SklearnNotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skrec.exceptions import InvalidParameterError, NotFittedError


@dataclass(frozen=True)
class Unwrapped:
    """A recommender and the transformers in front of it.

    Attributes
    ----------
    steps : list of transformers
        In the order in which events pass through them.
    recommender : estimator
        Has `recommend`.
    """

    steps: list[Any]
    recommender: Any

    def transform(self, X: Any) -> Any:
        """Change events as ``Pipeline.predict`` does, without dropping any."""
        for step in self.steps:
            X = step.transform(X)
        return X

    def transform_history(self, history: Any) -> Any:
        """Change a history that is handed to `recommend`; None stays None."""
        if history is None:
            return None
        for step in self.steps:
            history = getattr(step, "transform_history", step.transform)(history)
        return history


def unwrap(estimator: Any) -> Unwrapped:
    """Find the fitted recommender inside Pipelines, searches and frozen estimators, however nested.

    Parameters
    ----------
    estimator : estimator
        A recommender; a Pipeline, scikit-learn's or skrec's, that ends in one; or a fitted search over either.

    Returns
    -------
    Unwrapped

    Raises
    ------
    InvalidParameterError
        If there is no estimator with `recommend` at the end.
    NotFittedError
        If the recommender, or the search around it, isn't fitted.
    """
    steps: list[Any] = []
    inner = estimator
    while (content := _content(inner, steps)) is not None:
        inner = content
    if hasattr(inner, "cv_results_"):
        raise InvalidParameterError(
            f"{type(inner).__name__} has no best_estimator_, since it was made with refit=False. Pass refit=True, "
            "or with several metrics the name of one."
        )
    if not can(inner, "recommend"):
        within = "" if inner is estimator else f" inside {type(estimator).__name__}"
        raise InvalidParameterError(
            f"{_name(inner)}{within} has no recommend, so that its rankings can't be asked for. Pass a recommender of "
            "skrec.models, a Pipeline that ends in one, or a search over either."
        )
    if _is_search(inner) or not is_fitted(inner):
        raise NotFittedError(f"This {type(inner).__name__} instance is not fitted yet. Call fit first.")
    return Unwrapped(steps, inner)


def can(estimator: Any, method: str) -> bool:
    """Say whether the recommender inside has a method; also before anything is fitted."""
    inner = estimator
    while True:
        content = _content(inner, [])
        if content is None and _is_search(inner):
            content = inner.estimator
        if content is None:
            return hasattr(inner, method)
        inner = content


def _content(estimator: Any, steps: list[Any]) -> Any:
    """What to look into next, or None; adds the steps that are passed on the way."""
    if isinstance(estimator, Pipeline):
        steps.extend(transformers_of(estimator.steps[:-1]))
        return estimator.steps[-1][1]
    if isinstance(estimator, FrozenEstimator):
        return estimator.estimator
    return getattr(estimator, "best_estimator_", None)


def transformers_of(steps: list[tuple[str, Any]]) -> Iterator[Any]:
    """Give the transformers of a Pipeline's steps, those of inner Pipelines one by one."""
    for _, step in steps:
        if isinstance(step, Pipeline):
            yield from transformers_of(step.steps)
        elif step is not None and step != "passthrough":
            yield step


def _is_search(estimator: Any) -> bool:
    """Say whether this is a search whose best estimator isn't there (yet)."""
    return hasattr(estimator, "estimator") and hasattr(estimator, "refit")


def is_fitted(estimator: Any) -> bool:
    """Say whether an estimator is fitted, as scikit-learn sees it."""
    try:
        check_is_fitted(estimator)
    except _SklearnNotFittedError:
        return False
    return True


def _name(estimator: Any) -> str:
    return repr(estimator) if isinstance(estimator, str) or estimator is None else type(estimator).__name__
