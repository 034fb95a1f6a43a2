"""Any transformer of scikit-learn in place of an encoder."""

from numbers import Integral
from typing import Any, ClassVar, final

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from skrec._params import Interval, StrOptions
from skrec.data import blame_missing, named
from skrec.encoders._base import ColumnEncoder
from skrec.encoders._column import Cells, place, read_columns, shown
from skrec.exceptions import InvalidDataError, InvalidParameterError
from skrec.typing import Floats


@final
class TransformerEncoder(ColumnEncoder):
    """A transformer of scikit-learn, whose output is taken for a vector a row.

    It reads one column, or a frame of several, such as two prices that are reduced to one number, or a latitude and a longitude.

    Parameters
    ----------
    transformer : transformer
        With ``fit`` and ``transform``, and a dense numeric output of one row for each cell; a copy of it is fitted.
    takes : {"auto", "cells", "frame"}, default="auto"
        What it is given: the cells one by one, as ``TfidfVectorizer`` wants them, or a frame, as ``StandardScaler``. "auto" asks its tags,
        those of the first step of a pipeline. Several columns are a frame.
    hidden : int, default=0
        Units of a hidden layer in the network; 0 for a linear map. Must be >= 0.

    Attributes
    ----------
    transformer_ : transformer
        The fitted copy.
    width_ : int
        Columns of its output.

    Examples
    --------
    >>> from sklearn.preprocessing import KBinsDiscretizer
    >>> from skrec.encoders import TransformerEncoder
    >>> bins = KBinsDiscretizer(2, encode="onehot-dense", strategy="uniform", quantile_method="linear")
    >>> TransformerEncoder(bins).fit_transform([1.0, 2.0, 9.0])
    array([[1., 0.],
           [1., 0.],
           [0., 1.]], dtype=float32)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "takes": [StrOptions({"auto", "cells", "frame"})],
        "hidden": [Interval(Integral, 0, None, closed="left")],
    }

    def __init__(self, transformer: Any, takes: str = "auto", hidden: int = 0) -> None:
        self.transformer = transformer
        self.takes = takes
        self.hidden = hidden

    def _read(self, column: Any) -> Cells:
        return read_columns(column)

    def _fit(self, column: Cells, y: Any) -> None:
        if not (hasattr(self.transformer, "fit") and hasattr(self.transformer, "transform")):
            raise InvalidParameterError(
                "The 'transformer' parameter of TransformerEncoder must be a transformer of scikit-learn, with fit and transform. "
                f"Got {shown(self.transformer)} instead."
            )
        fitted = clone(self.transformer)
        self._run(fitted.fit, column, y)
        self.width_ = self._output(fitted, column).shape[1]
        self.transformer_ = fitted

    def _transform(self, column: Cells) -> Any:
        if not len(column):  # which scikit-learn's transformers refuse
            return np.zeros((0, self.width_), dtype=np.float32)
        rows = self._output(self.transformer_, column)
        if rows.shape[1] != self.width_:
            raise InvalidDataError(
                f"{type(self.transformer).__name__} gave {rows.shape[1]} columns, and {self.width_} in fit. "
                "An encoder's output must keep its width."
            )
        return rows

    def _build(self, dim: int) -> Any:
        from skrec.networks.numeric import NumericNetwork

        return NumericNetwork(dim, int(self.hidden))

    def _handed(self, column: Cells) -> Any:
        """Put the column into the form that the transformer takes."""
        takes = self.takes
        if takes == "auto":
            first = self.transformer
            while isinstance(first, Pipeline):
                first = first.steps[0][1]
            takes = "frame" if get_tags(first).input_tags.two_d_array else "cells"
        if isinstance(column, pd.DataFrame):
            if takes == "cells":
                raise InvalidDataError(
                    f"{type(self.transformer).__name__} takes the cells of one column, and got the columns "
                    f"{list(map(str, column.columns))}. Give it one, or put a ColumnTransformer of scikit-learn in its place."
                )
            return column
        if takes == "cells":
            return column.to_numpy()
        return column.to_frame(name="column" if column.name is None else str(column.name))

    def _run(self, method: Any, column: Cells, *arguments: Any) -> Any:
        """Call the transformer; where it stumbles over a missing cell, say which."""
        try:
            return method(self._handed(column), *arguments)
        except InvalidDataError:
            raise
        except Exception as error:
            blame_missing(type(self.transformer).__name__, column, range(len(column)), error)
            if method.__name__ != "transform":
                raise InvalidDataError(
                    f"{type(self.transformer).__name__} can't learn from {len(column)} rows of {named(column)} ({type(error).__name__}: "
                    f"{error}). Name another encoder for it, or mend its cells."
                ) from error
            raise InvalidDataError(
                f"{type(self.transformer).__name__}, which is fitted, can't read {len(column)} rows ({type(error).__name__}: {error}). "
                "Compare them with those of fit, and save the encoder anew if it comes from a file."
            ) from error

    def _output(self, transformer: Any, column: Cells) -> Floats:
        """Transform, and check that each row is a vector of finite numbers."""
        name = type(self.transformer).__name__
        result = self._run(transformer.transform, column)
        if sparse.issparse(result):
            raise InvalidDataError(
                f"{name} gave a sparse matrix, and an encoder's output must be dense. Pass sparse_output=False if it has that "
                "parameter, or put sklearn.decomposition.TruncatedSVD behind it in a pipeline."
            )
        array = result.to_numpy() if isinstance(result, pd.DataFrame) else np.asarray(result)
        array = array[:, np.newaxis] if array.ndim == 1 else array
        if array.ndim != 2 or len(array) != len(column) or not array.shape[1]:
            raise InvalidDataError(
                f"{name} gave an array of shape {array.shape} for {len(column)} rows. Expected one vector for each."
            )
        if array.dtype.kind not in "biuf":
            raise InvalidDataError(
                f"{name} gave an array of dtype {array.dtype}, and an encoder's output must be numbers."
            )
        with np.errstate(over="ignore"):  # what float32 can't hold becomes infinity, and is refused below
            rows = array.astype(np.float32)
        wrong = np.flatnonzero(~np.isfinite(rows).all(axis=1))
        if len(wrong):
            raise InvalidDataError(
                f"{place(column, int(wrong[0]))} became NaN or infinity in {name}. Impute missing cells first, for example "
                "with sklearn.impute.SimpleImputer in a pipeline."
            )
        return rows
