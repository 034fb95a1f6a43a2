"""What all transformers of interactions share."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

from sklearn.utils.validation import validate_data

from skrec._params import check_parameters
from skrec._sklearn import BaseEstimator, TransformerMixin, linked
from skrec.data import Interactions, Names, is_frame, later_events, refuse_sparse
from skrec.exceptions import InvalidDataError, NotFittedError
from skrec.typing import Codes


@linked
class InteractionsTransformer(TransformerMixin, BaseEstimator, ABC):
    """A transformer that takes anything ``Interactions(...)`` takes, and returns Interactions.

    A subclass implements `_fit` and `_transform`, and has no ``get_feature_names_out``: where there is one,
    scikit-learn wraps outputs into frames, and the tables of users and items would be lost.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of `X` in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of these columns, where `X` had names.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}
    _changes: ClassVar[str | None] = None
    """What `fit_transform` does to events so that a separate `y` would no longer fit them; None where it still fits."""
    _names: ClassVar[Names] = Names()
    """What the user calls the columns; set in fit, and of its usual value in files of earlier versions."""

    @abstractmethod
    def _fit(self, X: Interactions) -> Interactions:
        """Learn from events, and give them changed; sets attributes only once nothing can fail any more."""

    @abstractmethod
    def _transform(self, X: Interactions) -> Interactions:
        """Change events, fitted; never drops any."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from events.

        Parameters
        ----------
        X : Interactions, or anything that ``Interactions(X)`` takes
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        InvalidDataError
            If `X` can't be used. The transformer then is as it was before.
        InvalidParameterError
            If a constructor parameter breaks its constraint.
        """
        self._learn(X)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Interactions:
        """Learn from events, and change them.

        Parameters
        ----------
        X : Interactions, or anything that ``Interactions(X)`` takes
        y : array-like of shape (n_events,), optional
            Passed by on its way to the recommender; a transformer that drops events or changes ratings refuses it.

        Returns
        -------
        Interactions

        Raises
        ------
        InvalidDataError
            If `X` can't be used, or a `y` is given that the result wouldn't fit.
        InvalidParameterError
            If a constructor parameter breaks its constraint.
        """
        if y is not None and self._changes is not None:
            raise InvalidDataError(
                f"{type(self).__name__} {self._changes}, and can't do so with a separate y. "
                "Put the ratings in the events, as a column 'rating', and leave y out."
            )
        return self._learn(X)

    def transform(self, X: Any) -> Interactions:
        """Change events as in fit, without dropping any.

        Parameters
        ----------
        X : Interactions, or anything that ``Interactions(X)`` takes
            Where columns have names, only those that this transformer reads matter: the recommender checks the others.

        Returns
        -------
        Interactions of n_events
        """
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(f"This {type(self).__name__} instance is not fitted yet. Call fit first.")
        refuse_sparse(X, "X")
        if not _has_names(X):
            X = self._check_width(X)
        return self._transform(later_events(X, self._names))

    def transform_history(self, history: Any) -> Interactions:
        """Change the events handed to ``Pipeline.recommend(history=...)``.

        The same as `transform`, but columns go by name: an array of users and items is a history even if fit saw more
        columns.

        Parameters
        ----------
        history : anything that ``Interactions(history)`` takes

        Returns
        -------
        Interactions of n_events
        """
        return self.transform(later_events(history, self._names))

    def set_output(self, *, transform: str | None = None) -> Self:
        """Do nothing: the output is always Interactions, whose ``events`` are a pandas frame.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, optional
            Taken so that ``Pipeline.set_output`` works.

        Returns
        -------
        self
        """
        return self

    def _learn(self, X: Any) -> Interactions:
        check_parameters(self._parameter_constraints, self.get_params(deep=False), type(self).__name__)
        interactions = X if isinstance(X, Interactions) else Interactions(X)
        result = self._fit(interactions)
        validate_data(self, interactions.events if _has_names(X) else X, skip_check_array=True, reset=True)
        vars(self).update(_names=interactions.names)
        return result

    def _check_width(self, X: Any) -> Any:
        """Check that events known by position have as many columns as in fit."""
        if isinstance(X, (list, tuple)):  # of tuples: an array would make all columns one dtype
            validate_data(self, X, skip_check_array=True, reset=False)
            return X
        return validate_data(self, X, dtype=None, reset=False)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "n_features_in_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.target_tags.required = False
        return tags


class RowDropper(InteractionsTransformer):
    """A transformer that leaves events out while fitting, and never afterwards.

    Dropping rows of data that are to be scored would lose their predictions, so `transform` returns all of them.

    Attributes
    ----------
    n_dropped_ : int
        Number of events of fit that were left out.
    """

    _changes = "drops events"

    @abstractmethod
    def _kept(self, X: Interactions) -> Codes:
        """Positions of the events that stay, ascending."""

    def _fit(self, X: Interactions) -> Interactions:
        kept = self._kept(X)
        self.n_dropped_ = len(X) - len(kept)
        return X[kept]

    def _transform(self, X: Interactions) -> Interactions:
        return X


def _has_names(X: Any) -> bool:
    """Say whether columns go by name. Those of arrays and lists go by position, and their number is checked."""
    return isinstance(X, Interactions) or is_frame(X)
