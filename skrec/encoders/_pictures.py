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

_WHITE = 255
_ORIENTATION = 0x0112
_ON_ITS_SIDE = 5
"""From this value of the orientation on, height and width are exchanged."""

_DEEP_FILES = {"PNG", "PPM"}
"""Files whose pictures of mode "I" have 16 bits."""


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
        return _of_pillow(cell, size)
    if isinstance(cell, np.ndarray):
        return resize(_colours(cell, "an array"), size)
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
            height, width = size[::-1] if _orientation(picture) >= _ON_ITS_SIDE else size
            picture.draft("RGB", (2 * width, 2 * height))
            return _scaled(picture, size)
    except BadCellError:
        raise
    except Exception as error:  # Pillow's decoders raise what they like: OSError, SyntaxError, struct.error ...
        raise BadCellError(f"{what} Pillow can't read as a picture: {type(error).__name__}: {error}") from error


def _of_pillow(picture: Any, size: tuple[int, int]) -> Pixels:
    """Scale a picture that is open already, and may be decoded only now."""
    try:
        return _scaled(picture, size)
    except (BadCellError, MissingExtraError):
        raise
    except Exception as error:
        raise BadCellError(
            f"is a picture of mode {picture.mode!r}, which Pillow can't show: {type(error).__name__}: {error}"
        ) from error


def _scaled(picture: Any, size: tuple[int, int]) -> Pixels:
    """Scale a picture of Pillow as a viewer shows it, by the same filter as `resize`."""
    image = _pillow()
    picture.load()
    if 2 <= _orientation(picture) <= 8:
        from PIL import ImageOps

        picture = ImageOps.exif_transpose(picture)
    if picture.mode == "F" or picture.mode.startswith("I"):
        return resize(_colours(_deep(picture), f"a picture of mode {picture.mode!r}"), size)
    pixels = _on_white(picture) if _is_transparent(picture) else picture.convert("RGB")
    if pixels.size != size[::-1]:
        pixels = pixels.resize(size[::-1], image.Resampling.BILINEAR)
    return np.asarray(pixels)


def _orientation(picture: Any) -> int:
    """How the camera was held, from 1 to 8; 1, upright, where the metadata say nothing, or can't be read."""
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # no reason not to show the picture
        return 1


def _is_transparent(picture: Any) -> bool:
    """Say whether pixels have an opacity: a channel of it, a palette with it, or a colour that stands for none."""
    palette = getattr(picture.palette, "mode", "") if picture.mode == "P" else ""
    return picture.getbands()[-1] in {"A", "a"} or palette.endswith("A") or "transparency" in picture.info


def _on_white(picture: Any) -> Any:
    """Put a picture on white, so that what lies under transparent pixels doesn't show."""
    if picture.mode == "La":  # which Pillow turns into nothing else
        picture = picture.convert("LA")
    picture = picture.convert("RGBA")
    return _pillow().alpha_composite(_pillow().new("RGBA", picture.size, (_WHITE,) * 4), picture).convert("RGB")


def _deep(picture: Any) -> npt.NDArray[Any]:
    """Read the numbers of a picture whose pixels aren't bytes, and which Pillow would cut at 255: 16 bits as bytes, others as they are."""
    values = np.asarray(picture)
    deep = values
    if picture.mode.startswith("I;16") or (picture.mode == "I" and picture.format in _DEEP_FILES):
        deep = np.round(np.clip(values, 0, 65_535) / 257.0).astype(np.uint8)
    clear = picture.info.get("transparency")
    return deep if clear is None else np.where(values == clear, _WHITE, deep).astype(deep.dtype)


@functools.cache
def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtraError(
            "Pictures in files or bytes need Pillow, the 'image' extra. Run: pip install \"skrec-keras[image]\"."
        ) from None
    return Image


def _colours(array: npt.NDArray[Any], what: str) -> Pixels:
    """Turn an array of any usual form into uint8 of shape (height, width, 3); a last channel of two or four is opacity, over white."""
    if array.ndim not in {2, 3} or (array.ndim == 3 and array.shape[2] not in {1, 2, 3, 4}) or 0 in array.shape:
        raise BadCellError(f"is {what} of shape {array.shape}, and (height, width, 3) or (height, width) is expected")
    array = _bytes(array, what)
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.shape[2] in {2, 4}:
        opacity = array[:, :, -1:].astype(np.float32) / 255.0
        array = np.round(array[:, :, :-1] * opacity + _WHITE * (1.0 - opacity)).astype(np.uint8)
    return np.broadcast_to(array, (*array.shape[:2], 3)) if array.shape[2] == 1 else array


def _bytes(array: npt.NDArray[Any], what: str) -> Pixels:
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind == "b":
        return array * np.uint8(255)
    if array.dtype.kind not in "iuf":
        raise BadCellError(f"is {what} of dtype {array.dtype}, and numbers are expected")
    top = 1.0 if array.dtype.kind == "f" else 255
    if not ((array >= 0) & (array <= top)).all():  # NaN fails both
        raise BadCellError(
            f"is {what} of {array.dtype} from {array.min()} to {array.max()}, and values from 0 to {top} are expected: "
            "bytes, or floats of which 1 is white. Divide by what is white"
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
