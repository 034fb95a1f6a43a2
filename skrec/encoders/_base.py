"""What all built-in encoders share."""

from abc import abstractmethod
from numbers import Integral
from typing import Any, ClassVar, Self

from skrec._params import Interval, check_parameter, check_parameters
from skrec.backends import find_backend, running, start
from skrec.encoders._column import Column, read_column
from skrec.exceptions import InvalidDataError, NotFittedError
from skrec.plugin import Encoder

AT_LEAST_ONE = [Interval(Integral, 1, None, closed="left")]


class ColumnEncoder(Encoder):
    """An encoder that reads its column as a pandas Series, checks parameters in `fit`, and refuses to work unfitted.

    A subclass implements `_fit`, `_transform` and `_build`, and sets attributes only once nothing can fail any more.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}

    @abstractmethod
    def _fit(self, column: Column, y: Any) -> None:
        """Learn from a column of at least one row."""

    @abstractmethod
    def _transform(self, column: Column) -> Any:
        """Turn a column into an array of shape (n_rows, ...)."""

    @abstractmethod
    def _build(self, dim: int) -> Any:
        """Make the layer; Keras is running."""

    def fit(self, column: Any, y: Any = None) -> Self:
        """Learn from a column.

        Parameters
        ----------
        column : array-like of shape (n_rows,)
            A Series of pandas, Polars or PyArrow, a list, an array, or a frame of one column.
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        InvalidParameterError
            If a constructor parameter breaks its constraint.
        InvalidDataError
            If the column has no rows, or a cell can't be used: the message names its row and column.
        """
        name = type(self).__name__
        check_parameters(self._parameter_constraints, self.get_params(deep=False), name)
        series = self._read(column)
        if not len(series):
            raise InvalidDataError(f"{name} can't learn from a column without rows. Pass at least one.")
        self._fit(series, y)
        return self

    def transform(self, column: Any) -> Any:
        """Turn a column into numbers, each row by itself.

        Parameters
        ----------
        column : array-like of shape (n_rows,)

        Returns
        -------
        ndarray of shape (n_rows, ...)
            As the class says.

        Raises
        ------
        InvalidDataError
            If a cell can't be used: the message names its row and column.
        """
        self._check_fitted()
        return self._transform(self._read(column))

    def build(self, dim: int) -> Any:
        """Make the Keras layer that turns a batch of `transform`'s rows into vectors.

        Starts Keras, if nothing has yet, on the backend chosen for this process.

        Parameters
        ----------
        dim : int
            Width of the vectors.

        Returns
        -------
        keras.Layer
            Not built yet; its output has shape (batch, dim).
        """
        self._check_fitted()
        check_parameter("dim", dim, AT_LEAST_ONE, f"{type(self).__name__}.build")
        if running() is None:
            start(find_backend())
        return self._build(int(dim))

    def _read(self, column: Any) -> Any:
        """Turn what a user may call a column into what `_fit` and `_transform` take."""
        return read_column(column)

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(f"This {type(self).__name__} instance is not fitted yet. Call fit first.")

    def __sklearn_is_fitted__(self) -> bool:
        return any(name.endswith("_") and not name.startswith("_") for name in vars(self))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array, tags.input_tags.two_d_array = True, False
        tags.input_tags.allow_nan = True
        return tags


def table_rows(n: int) -> int:
    """Round the rows of a table up, by an eighth at most, so that folds of similar data share compiled programs."""
    step = max(8, 1 << max(0, n.bit_length() - 4))
    return -(-n // step) * step
