"""Pipeline: scikit-learn's, with the methods of a recommender."""

import copy
from typing import Any, Self

from sklearn import get_config
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline as _SklearnPipeline
from sklearn.pipeline import make_pipeline as _make_sklearn_pipeline

from skrec._sklearn import available_if, linked
from skrec._unwrap import can, is_fitted, transformers_of, unwrap
from skrec.data import Recommendations
from skrec.typing import IdsLike

__all__ = ["Pipeline", "make_pipeline"]


def _last_step_can(method: str) -> Any:
    return lambda pipeline: can(pipeline, method)


def _last_step_learns_on(pipeline: Any) -> bool:
    last = _parts(pipeline)[1]
    return hasattr(last, "partial_fit") and not isinstance(last, FrozenEstimator)


@linked
class Pipeline(_SklearnPipeline):
    """A scikit-learn Pipeline that also has `recommend`, `similar_items` and `partial_fit`, where its last step has them.

    All else is scikit-learn's: `fit` passes the events through each transformer's ``fit_transform``, `predict` and
    `score` through ``transform``, which drops no event. Slices, ``clone``, ``set_params`` and searches keep the class.

    Parameters
    ----------
    steps : list of (str, estimator)
        Names and estimators: transformers first, a recommender last.
    transform_input : list of str, default=None
        Names of metadata to transform with the steps; only with scikit-learn's metadata routing.
    memory : str or joblib.Memory, default=None
        Where to cache fitted transformers. By default nowhere.
    verbose : bool, default=False
        Print the time each step took.

    Attributes
    ----------
    named_steps : Bunch
        The steps by name.
    n_features_in_, feature_names_in_
        Those of the first step.

    See Also
    --------
    make_pipeline : Names the steps by itself.

    Examples
    --------
    >>> from skrec.models import Popularity
    >>> from skrec.pipeline import Pipeline
    >>> from skrec.preprocessing import Deduplicate
    >>> events = [("ann", "alien"), ("ann", "alien"), ("bob", "brazil"), ("eve", "brazil")]
    >>> pipeline = Pipeline([("distinct", Deduplicate()), ("model", Popularity())]).fit(events)
    >>> pipeline.recommend(["ann"], k=2).items
    array([['brazil', None]], dtype=object)
    """

    @available_if(_last_step_learns_on)
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn from further events, with the last step's `partial_fit`; the first time, `fit`.

        The events pass through the transformers as they were fitted, as in `predict`: none is dropped, and nothing that was learned of
        them, such as a vocabulary, changes. A transformer that has a `partial_fit` of its own learns on first.

        Parameters
        ----------
        X : Interactions, or anything that ``Interactions(X)`` takes
            New events.
        y : array-like of shape (n_events,), optional
            Rating or label of each.
        sample_weight : array-like of shape (n_events,), optional
            Weight of each, for the last step.

        Returns
        -------
        self

        Raises
        ------
        InvalidDataError
            If the events can't be used, as in the last step's own `partial_fit`. The pipeline then is as it was before.
        NotFittedError
            If the last step is fitted, and a transformer isn't.
        """
        transformers, last = _parts(self)
        if not is_fitted(last):
            weights = {} if sample_weight is None else {_weight_parameter(self): sample_weight}
            self.fit(X, y, **weights)
            return self
        learned: list[tuple[Any, Any]] = []
        for step in transformers:
            transformer = step
            if hasattr(step, "partial_fit") and not isinstance(step, FrozenEstimator):
                transformer = copy.deepcopy(step)  # what fails further on must leave this one as it was
                transformer.partial_fit(X) if y is None else transformer.partial_fit(X, y)
                learned.append((step, transformer))
            X = transformer.transform(X)
        last.partial_fit(X, y) if sample_weight is None else last.partial_fit(X, y, sample_weight=sample_weight)
        for step, transformer in learned:
            step.__dict__.clear()
            step.__dict__.update(vars(transformer))
        return self

    @available_if(_last_step_can("recommend"))
    def recommend(
        self,
        users: Any = None,
        k: int = 10,
        *,
        items: Any = None,
        exclude_items: Any = None,
        exclude_seen: bool = True,
        history: Any = None,
        context: Any = None,
    ) -> Recommendations:
        """Recommend items to users, with the recommender at the end.

        Parameters
        ----------
        users, k, items, exclude_items, exclude_seen, context
            As in the recommender's own `recommend`, which gets them as they are.
        history : anything that ``Interactions(history)`` takes, optional
            Events of the users asked about; they replace the stored history. They pass through the transformers first,
            as events do in `predict`: none is dropped, ratings are binarised where there are any, recency is weighed
            where there are times.

        Returns
        -------
        Recommendations

        Raises
        ------
        NotFittedError
            If the pipeline isn't fitted.
        """
        found = unwrap(self)
        result: Recommendations = found.recommender.recommend(
            users,
            k,
            items=items,
            exclude_items=exclude_items,
            exclude_seen=exclude_seen,
            history=found.transform_history(history),
            context=context,
        )
        return result

    @available_if(_last_step_can("similar_items"))
    def similar_items(
        self, items: IdsLike, k: int = 10, *, candidates: Any = None, exclude_items: Any = None
    ) -> Recommendations:
        """Find the items most like given ones, with the recommender at the end.

        Parameters
        ----------
        items : array-like of shape (n,) or scalar
            Item ids; an unknown one gets an empty list.
        k : int, default=10
        candidates, exclude_items : array-like or frame, optional
            As in the recommender's own `similar_items`.

        Returns
        -------
        Recommendations
            Its `users` are the items asked about.

        Raises
        ------
        NotFittedError
            If the pipeline isn't fitted.
        """
        # What isn't given isn't passed on: recommenders of plugins may not take it.
        given = {"candidates": candidates, "exclude_items": exclude_items}
        options = {name: value for name, value in given.items() if value is not None}
        result: Recommendations = unwrap(self).recommender.similar_items(items, k, **options)
        return result

    @available_if(_last_step_can("score"))
    def score(
        self, X: Any, y: Any = None, sample_weight: Any = None, *, exclude_seen: bool = True, **params: Any
    ) -> float:
        """Measure NDCG@10 of the recommender at the end, over events that pass through the transformers first.

        Parameters
        ----------
        X : Interactions, or anything that the first step takes
        y : array-like of shape (n_events,), optional
            Labels, as in the recommender's `score`.
        sample_weight : None
            Recommenders take none: a mean over users has no weights of events.
        exclude_seen : bool, default=True
            Pass False to score the events of fit themselves. A Pipeline of scikit-learn's own doesn't pass this on.
        **params
            As in scikit-learn's Pipeline.

        Returns
        -------
        float
        """
        if exclude_seen is True:
            return float(super().score(X, y, sample_weight, **params))
        found = unwrap(self)
        given = params if sample_weight is None else {**params, "sample_weight": sample_weight}
        return float(found.recommender.score(found.transform(X), y, exclude_seen=exclude_seen, **given))


def _parts(pipeline: Any) -> tuple[list[Any], Any]:
    """Give the transformers, and the last step; of Pipelines inside, too."""
    transformers, last = list(transformers_of(pipeline.steps[:-1])), pipeline.steps[-1][1]
    if isinstance(last, _SklearnPipeline):
        inner, last = _parts(last)
        transformers += inner
    return transformers, last


def _weight_parameter(pipeline: Any) -> str:
    """Name the parameter of `fit` that hands weights to the last step: its own name where scikit-learn routes metadata."""
    if get_config()["enable_metadata_routing"]:
        return "sample_weight"
    name, last = pipeline.steps[-1]
    return f"{name}__{_weight_parameter(last) if isinstance(last, _SklearnPipeline) else 'sample_weight'}"


def make_pipeline(
    *steps: Any, memory: Any = None, transform_input: list[str] | None = None, verbose: bool = False
) -> Pipeline:
    """Make a Pipeline whose steps are named after their classes, in lower case: ``kcore``, ``ease``.

    Parameters
    ----------
    *steps : estimators
        Transformers, and a recommender last. Where a class occurs twice the names are numbered: ``deduplicate-1``.
    memory, transform_input, verbose
        As in `Pipeline`.

    Returns
    -------
    Pipeline

    Examples
    --------
    >>> from skrec.models import EASE
    >>> from skrec.pipeline import make_pipeline
    >>> from skrec.preprocessing import KCore
    >>> [name for name, _ in make_pipeline(KCore(), EASE()).steps]
    ['kcore', 'ease']
    """
    named = _make_sklearn_pipeline(*steps).steps
    return Pipeline(named, memory=memory, transform_input=transform_input, verbose=verbose)
