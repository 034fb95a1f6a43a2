"""What every splitter of interactions has: sklearn's signatures, and a readable repr."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from inspect import signature
from typing import Any, ClassVar

from skrec._params import check_parameters
from skrec.data import Interactions
from skrec.typing import Codes

Split = tuple[Codes, Codes]


class Splitter(ABC):
    """A cross-validation splitter that scikit-learn takes as ``cv``.

    Splits are positions of events, ascending, and hold for the very `X` that was split, whatever its form or index.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}
    n_splits: int

    @abstractmethod
    def _split(self, X: Interactions) -> Iterator[Split]:
        """Give (train, test) positions; parameters are valid."""

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Split]:
        """Give the events of each training set and test set.

        Parameters
        ----------
        X : Interactions, or anything that ``Interactions(X)`` takes
        y, groups : None
            Ignored.

        Yields
        ------
        train, test : ndarrays of int64
            Positions of events in `X`, ascending; disjoint.

        Raises
        ------
        InvalidDataError
            If `X` can't be used, or hasn't enough events, users, items or distinct times for the splits asked for.
        InvalidParameterError
            If a constructor parameter breaks its constraint.
        """
        self._check()
        yield from self._split(X if isinstance(X, Interactions) else Interactions(X))

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Give the number of splits.

        Parameters
        ----------
        X, y, groups : object
            Ignored.

        Returns
        -------
        int
        """
        self._check()
        return int(self.n_splits)

    def _check(self) -> None:
        values = {name: getattr(self, name) for name in self._parameter_constraints}
        check_parameters(self._parameter_constraints, values, type(self).__name__)

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in signature(type(self)).parameters)
        return f"{type(self).__name__}({values})"
