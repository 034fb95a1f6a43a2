"""The default encoder of a column."""

from pathlib import PurePath
from typing import Any

import numpy as np

from skrec.data import named
from skrec.encoders._column import Column, is_missing, place, read_column, shown
from skrec.encoders.audio import AudioEncoder
from skrec.encoders.category import CategoryEncoder
from skrec.encoders.datetime import DatetimeEncoder
from skrec.encoders.image import ImageEncoder
from skrec.encoders.number import NumberEncoder
from skrec.encoders.tags import TagsEncoder
from skrec.encoders.text import TextEncoder
from skrec.encoders.vector import VectorEncoder
from skrec.exceptions import InvalidDataError
from skrec.plugin import Encoder

_SAMPLE = 1000
_LONGEST_VECTOR = 4096
_PICTURES = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff"}


def choose_encoder(column: Any) -> Encoder:
    """Choose an encoder for a column by its dtype, or by its first 1,000 cells that aren't missing.

    * Categorical and boolean columns: `CategoryEncoder`; other numbers: `NumberEncoder`; dates and times: `DatetimeEncoder`.
    * Strings: `ImageEncoder` or `AudioEncoder` if all end like files of pictures or in ``.wav``; `TagsEncoder` if one in ten has a ``|``;
      `CategoryEncoder` if strings occur twice each on average, or are single words; else `TextEncoder`.
    * Lists, tuples and sets of strings: `TagsEncoder`. Vectors of one length up to 4,096: `VectorEncoder`; other vectors, and WAV bytes:
      `AudioEncoder`. Arrays of two or three axes, pictures of Pillow, other bytes: `ImageEncoder`.

    Parameters
    ----------
    column : array-like of shape (n_rows,)

    Returns
    -------
    Encoder
        With default parameters, not fitted.

    Raises
    ------
    InvalidDataError
        If the cells are of none of these kinds, naming row and column.
    """
    series = read_column(column)
    kind = getattr(series.dtype, "kind", "O")
    if str(series.dtype) == "category" or kind == "b":
        return CategoryEncoder()
    if kind in "iuf":
        return NumberEncoder()
    if kind == "M":
        return DatetimeEncoder()
    positions = np.flatnonzero(~is_missing(series))[:_SAMPLE]
    cells = [series.iloc[int(position)] for position in positions]
    if not cells:
        return CategoryEncoder()
    if all(isinstance(cell, str) for cell in cells):
        return _for_strings(cells)
    return _for_objects(series, int(positions[0]), cells)


def _is_sequence(cell: Any) -> bool:
    return isinstance(cell, (list, tuple, set, frozenset, np.ndarray)) and getattr(cell, "ndim", 1) > 0


def _for_strings(cells: list[str]) -> Encoder:
    endings = {PurePath(cell).suffix.lower() for cell in cells}
    if endings <= _PICTURES:
        return ImageEncoder()
    if endings == {".wav"}:
        return AudioEncoder()
    if sum("|" in cell for cell in cells) >= 0.1 * len(cells):
        return TagsEncoder()
    n_words = sum(len(cell.split()) for cell in cells) / len(cells)
    return CategoryEncoder() if 2 * len(set(cells)) <= len(cells) or n_words < 1.5 else TextEncoder()


def _for_objects(series: Column, position: int, cells: list[Any]) -> Encoder:
    first = cells[0]
    if isinstance(first, (bytes, bytearray)):
        return AudioEncoder() if first[:4] == b"RIFF" else ImageEncoder()
    if _is_sequence(first):
        if others := [cell for cell in cells if not _is_sequence(cell)]:
            raise InvalidDataError(
                f"Some cells of {named(series)} are lists or arrays, and another is {shown(others[0])}: there is no encoder by default for "
                "both. Make all cells alike, or name an encoder."
            )
        return _for_sequences(cells)
    if hasattr(first, "convert") and hasattr(first, "getbands"):  # a picture of Pillow
        return ImageEncoder()
    for encoder in (NumberEncoder(), DatetimeEncoder(), CategoryEncoder()):
        try:
            encoder.fit(series)
        except InvalidDataError:
            continue
        return type(encoder)()
    raise InvalidDataError(
        f"{place(series, position)} is {shown(first)}, for which there is no encoder by default. Name one: text, image, ..."
    )


def _for_sequences(cells: list[Any]) -> Encoder:
    """Tell tags, vectors, samples and pictures apart."""
    if any(np.ndim(cell) > 1 for cell in cells if isinstance(cell, np.ndarray)):
        return ImageEncoder()
    values = [value for cell in cells for value in list(cell)[:1]]
    if any(isinstance(value, str) for value in values) or any(isinstance(cell, (set, frozenset)) for cell in cells):
        return TagsEncoder()
    lengths = {len(cell) for cell in cells}
    return VectorEncoder() if len(lengths) == 1 and max(lengths) <= _LONGEST_VECTOR else AudioEncoder()
