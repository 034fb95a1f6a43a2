"""A cell becomes a picture of one size: files, bytes, arrays, and pictures of Pillow."""

import functools
import io
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from skrec.encoders._files import BadCellError, find_file
from skrec.exceptions import MissingExtraError

Pixels: TypeAlias = npt.NDArray[np.uint8]

GREY = 128
"""What stands for a missing picture; the network maps it to 0."""


def read_picture(cell: Any, size: tuple[int, int], folder: str | Path | None) -> Pixels:
    """Read one picture.

    Parameters
    ----------
    cell : str, pathlib.Path, bytes, ndarray, or PIL.Image.Image
    size : tuple of int
        Height and width of the result.
    folder : str or pathlib.Path, optional
        Where relative paths start.

    Returns
    -------
    ndarray of shape (height, width, 3), uint8

    Raises
    ------
    BadCellError
        If the cell holds no picture.
    MissingExtraError
        If the cell is a file or bytes and Pillow isn't installed.
    """
    if isinstance(cell, (str, Path)):
        path = find_file(cell, folder)
        return _decoded(path, f"names the file {path.name!r}, which", size)
    if isinstance(cell, (bytes, bytearray)):
        return _decoded(io.BytesIO(cell), f"has {len(cell):,} bytes, which", size)
    if hasattr(cell, "convert") and hasattr(cell, "getbands"):  # a picture of Pillow, which needn't be imported to tell
        return _scaled(cell, size)
    if isinstance(cell, np.ndarray):
        return resize(_colours(cell), size)
    raise BadCellError(
        f"is of type {type(cell).__name__}, and a path, bytes, an array of shape (height, width, 3) or (height, width), or a "
        "PIL image is expected"
    )


def _decoded(source: Any, what: str, size: tuple[int, int]) -> Pixels:
    """Decode a file with Pillow, and scale it."""
    image = _pillow()
    try:
        with image.open(source) as picture:
            # JPEG can be decoded at a half, a quarter or an eighth, at a fraction of the cost.
            picture.draft("RGB", (2 * size[1], 2 * size[0]))
            return _scaled(picture, size)
    except Exception as error:  # Pillow's decoders raise what they like: OSError, SyntaxError, struct.error ...
        raise BadCellError(f"{what} Pillow can't read as a picture: {type(error).__name__}: {error}") from error


def _scaled(picture: Any, size: tuple[int, int]) -> Pixels:
    """Scale a picture of Pillow, by the same filter as `resize`."""
    pixels = picture.convert("RGB")
    if pixels.size != size[::-1]:
        pixels = pixels.resize(size[::-1], _pillow().Resampling.BILINEAR)
    return np.asarray(pixels)


@functools.cache
def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtraError(
            "Pictures in files or bytes need Pillow, the 'image' extra. Run: pip install \"skrec-keras[image]\"."
        ) from None
    return Image


def _colours(array: npt.NDArray[Any]) -> Pixels:
    """Turn an array of any usual form into uint8 of shape (height, width, 3)."""
    if array.ndim not in {2, 3} or (array.ndim == 3 and array.shape[2] not in {1, 3, 4}) or 0 in array.shape:
        raise BadCellError(f"is an array of shape {array.shape}, and (height, width, 3) or (height, width) is expected")
    array = _bytes(array)
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    return np.broadcast_to(array, (*array.shape[:2], 3)) if array.shape[2] == 1 else array[:, :, :3]


def _bytes(array: npt.NDArray[Any]) -> Pixels:
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind == "b":
        return array * np.uint8(255)
    if array.dtype.kind not in "iuf":
        raise BadCellError(f"is an array of dtype {array.dtype}, and numbers are expected")
    top = 1.0 if array.dtype.kind == "f" else 255
    if not ((array >= 0) & (array <= top)).all():  # NaN fails both
        raise BadCellError(
            f"is an array of {array.dtype} from {array.min()} to {array.max()}, and values from 0 to {top} are expected"
        )
    return np.round(array * 255.0).astype(np.uint8) if array.dtype.kind == "f" else array.astype(np.uint8)


def resize(picture: Pixels, size: tuple[int, int]) -> Pixels:
    """Scale a picture to a height and width, each pixel a mean of those that it covers, with triangular weights.

    Parameters
    ----------
    picture : ndarray of shape (height, width, 3), uint8
    size : tuple of int

    Returns
    -------
    ndarray of shape (*size, 3), uint8
    """
    if picture.shape[:2] == size:
        return picture
    scaled = _along_first(picture.astype(np.float32), size[0])
    scaled = _along_first(scaled.transpose(1, 0, 2), size[1]).transpose(1, 0, 2)
    return np.asarray(np.clip(np.round(scaled), 0, 255), dtype=np.uint8)


def _along_first(values: npt.NDArray[np.float32], n_out: int) -> npt.NDArray[np.float32]:
    """Scale the first axis; no matrix product, whose threads would get into each other's way where pictures are read in threads."""
    if len(values) == n_out:
        return values
    positions, weights = _taps(len(values), n_out)
    result = np.zeros((n_out, *values.shape[1:]), dtype=np.float32)
    for position, weight in zip(positions, weights, strict=True):
        result += weight[:, np.newaxis, np.newaxis] * values[position]
    return result


@functools.lru_cache(maxsize=256)
def _taps(n_in: int, n_out: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Which input pixels make up each output pixel along one axis, and their weights, both (n_taps, n_out): Pillow's bilinear filter."""
    ratio = n_in / n_out
    # Where the picture shrinks, the triangle is as wide as the pixels it stands for: no detail is stepped over.
    reach = max(1.0, ratio)
    centers = (np.arange(n_out) + 0.5) * ratio
    first = np.floor(centers - reach).astype(np.int64)
    positions = first + np.arange(int(np.ceil(2.0 * reach)) + 1)[:, np.newaxis]
    weights = np.maximum(0.0, 1.0 - np.abs(positions + 0.5 - centers) / reach)
    weights[(positions < 0) | (positions >= n_in)] = 0.0
    return np.clip(positions, 0, n_in - 1), (weights / weights.sum(axis=0)).astype(np.float32)
