"""Type aliases used across skrec; shapes are written in docstrings, where a reader looks for them."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

Ids: TypeAlias = npt.NDArray[Any]
"""External ids, shape (n,): integers, or strings as objects."""

Codes: TypeAlias = npt.NDArray[np.int64]
"""Positions in a vocabulary, shape (n,); -1 stands for an id that isn't in it."""

Scores: TypeAlias = npt.NDArray[np.float32]
"""Scores, higher is better."""

Floats: TypeAlias = npt.NDArray[np.float32]
"""Real numbers, float32."""

Mask: TypeAlias = npt.NDArray[np.bool_]
"""Booleans."""

IdsLike: TypeAlias = "Sequence[Any] | npt.NDArray[Any] | pd.Series[Any] | pd.Index[Any]"
"""What a user may pass where ids are asked for."""

RandomState: TypeAlias = "int | np.random.RandomState | np.random.Generator | None"
"""What scikit-learn calls ``random_state``, or a NumPy generator."""
