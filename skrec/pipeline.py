"""Pipeline: scikit-learn's, with the methods of a recommender."""

from typing import Any

from sklearn.pipeline import Pipeline as _SklearnPipeline
from sklearn.pipeline import make_pipeline as _make_sklearn_pipeline

from skrec._sklearn import available_if
from skrec._unwrap import can, unwrap
from skrec.data import Recommendations
from skrec.typing import IdsLike

__all__ = ["Pipeline", "make_pipeline"]


def _last_step_can(method: str) -> Any:
    return lambda pipeline: can(pipeline, method)


class Pipeline(_SklearnPipeline):
    """A scikit-learn Pipeline that also has `recommend` and `similar_items`, where its last step has them.

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
    def similar_items(self, items: IdsLike, k: int = 10) -> Recommendations:
        """Find the items most like given ones, with the recommender at the end.

        Parameters
        ----------
        items : array-like of shape (n,) or scalar
            Item ids; an unknown one gets an empty list.
        k : int, default=10

        Returns
        -------
        Recommendations
            Its `users` are the items asked about.

        Raises
        ------
        NotFittedError
            If the pipeline isn't fitted.
        """
        result: Recommendations = unwrap(self).recommender.similar_items(items, k)
        return result


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
