"""What must hold of fitted encoders that a file brings, and of what they gave."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from skrec.encoders import output_size
from skrec.persistence._expectations import (
    are_texts,
    attribute,
    check_array,
    expect,
    is_finite,
    is_flag,
    is_whole,
)
from skrec.plugin import Encoder, check_parameters

if TYPE_CHECKING:  # each is imported where a file speaks of it: that of sound takes its time
    from skrec.encoders import (
        AudioEncoder,
        CategoryEncoder,
        DatetimeEncoder,
        ImageEncoder,
        NumberEncoder,
        TagsEncoder,
        TextEncoder,
        TransformerEncoder,
        VectorEncoder,
    )

__all__ = ["check_encoded", "check_fitted_encoder", "is_own_encoder"]

_LARGEST_ROW = 10**8
"""Numbers of one row that an encoder may give: a picture of 5,000 x 6,000 has less."""
_BAG_UNIT = 2**16


class _Form(NamedTuple):
    """What an encoder's rows look like: their dtype, their shape, and what their entries are below."""

    dtype: Any
    shape: tuple[int, ...]
    below: int | None = None


def _category(found: "CategoryEncoder") -> _Form:
    _check_names(found, "categories_")
    _check_flags(found, "has_missing_")
    return _Form(np.int32, (), 2 + len(found.categories_))


def _tags(found: "TagsEncoder") -> _Form:
    _check_names(found, "categories_")
    expect(found.separator != "", "TagsEncoder has an empty separator")
    length = attribute(vars(found), "length_", "TagsEncoder")
    expect(is_whole(length, 1) and length <= found.max_tags, "TagsEncoder has a senseless length_")
    return _Form(np.int32, (int(length),), 2 + len(found.categories_))


def _number(found: "NumberEncoder") -> _Form:
    _check_scale(found)
    quantiles = attribute(vars(found), "quantiles_", "NumberEncoder")
    check_array(quantiles, "NumberEncoder.quantiles_", [np.float64], (None,))
    expect((quantiles[1:] >= quantiles[:-1]).all(), "NumberEncoder has quantiles that fall")
    return _Form(np.float32, (2,))


def _datetime(found: "DatetimeEncoder") -> _Form:
    _check_scale(found)
    if found.format is not None:  # raises for a format that is none
        pd.to_datetime(pd.Series(["1"], dtype=object), format=found.format, utc=True, errors="coerce")
    return _Form(np.float32, (8,))


def _text(found: "TextEncoder") -> _Form:
    _check_names(found, "vocabulary_")
    _check_flags(found, "has_rare_")
    _check_sizes(found, "widths")
    idf = attribute(vars(found), "idf_", "TextEncoder")
    check_array(idf, "TextEncoder.idf_", [np.float64], (len(found.vocabulary_),))
    length = int(found.max_length)
    if found.network == "bag":
        return _Form(np.int32, (length, 2), max(2 + len(found.vocabulary_), _BAG_UNIT + 1))
    return _Form(np.int32, (length,), 2 + len(found.vocabulary_))


def _image(found: "ImageEncoder") -> _Form:
    _check_sizes(found, "size", "filters")
    expect(len(found.size) == 2, "ImageEncoder has a senseless size")
    shape = (*(int(side) for side in found.size), 3)
    expect(attribute(vars(found), "shape_", "ImageEncoder") == shape, "ImageEncoder has another shape_ than its size")
    _check_maps(shape[:2], len(found.filters), int(found.kernel_size), int(found.stride), int(found.padding))
    return _Form(np.uint8, shape)


def _audio(found: "AudioEncoder") -> _Form:
    n_samples, hop = found._lengths()
    n_frames = output_size(n_samples, 2 * hop, hop, 0) if hop else 0
    shape = (n_frames, int(found.n_bands))
    expect(n_frames > 0, "AudioEncoder has clips shorter than a frame")
    expect(attribute(vars(found), "shape_", "AudioEncoder") == shape, "AudioEncoder has a shape_ unlike its parameters")
    filters = attribute(vars(found), "filters_", "AudioEncoder")
    check_array(filters, "AudioEncoder.filters_", [np.float32], (shape[1], hop + 1), low=0, below=1.001)
    if found.network == "cnn":
        _check_maps(shape, 3, 3, 2, 1)
    return _Form(np.float32, shape)


def _vector(found: "VectorEncoder") -> _Form:
    check_array(attribute(vars(found), "mean_", "VectorEncoder"), "VectorEncoder.mean_", [np.float64], (None,))
    _check_positive(found, "scale_")
    _check_flags(found, "has_missing_")
    return _Form(np.float32, (len(found.mean_) + 1,))


def _transformer(found: "TransformerEncoder") -> _Form:
    fitted, width = (attribute(vars(found), name, "TransformerEncoder") for name in ("transformer_", "width_"))
    expect(isinstance(fitted, BaseEstimator) and hasattr(fitted, "transform"), "TransformerEncoder has no transformer_")
    expect(isinstance(found.transformer, BaseEstimator), "TransformerEncoder has no transformer")
    expect(is_whole(width, 1), "TransformerEncoder has a senseless width_")
    return _Form(np.float32, (int(width),))


def _check_names(found: Any, name: str) -> None:
    expect(
        are_texts(attribute(vars(found), name, type(found).__name__)),
        f"{type(found).__name__}.{name} is no list of strings",
    )


def _check_flags(found: Any, *names: str) -> None:
    for name in names:
        expect(
            is_flag(attribute(vars(found), name, type(found).__name__)),
            f"{type(found).__name__}.{name} is neither True nor False",
        )


def _check_positive(found: Any, name: str) -> None:
    value = attribute(vars(found), name, type(found).__name__)
    expect(is_finite(value) and value > 0, f"{type(found).__name__}.{name} is no number above 0")


def _check_scale(found: Any) -> None:
    expect(
        is_finite(attribute(vars(found), "mean_", type(found).__name__)), f"{type(found).__name__}.mean_ is no number"
    )
    _check_positive(found, "scale_")
    _check_flags(found, "has_missing_")


def _check_sizes(found: Any, *names: str) -> None:
    for name in names:
        sizes = getattr(found, name)
        right = isinstance(sizes, (tuple, list)) and len(sizes) > 0 and all(is_whole(size, 1) for size in sizes)
        expect(right, f"{type(found).__name__}.{name} is no tuple of sizes")


def _check_maps(size: tuple[int, ...], n_layers: int, kernel: int, stride: int, padding: int) -> None:
    """Check that convolutions leave something of a map."""
    for _ in range(n_layers):
        size = tuple(output_size(side, kernel, stride, padding) for side in size)
        expect(min(size) > 0, "a convolution of an encoder is larger than what it reads")


_FORMS: dict[str, Callable[[Any], _Form]] = {
    "AudioEncoder": _audio,
    "CategoryEncoder": _category,
    "DatetimeEncoder": _datetime,
    "ImageEncoder": _image,
    "NumberEncoder": _number,
    "TagsEncoder": _tags,
    "TextEncoder": _text,
    "TransformerEncoder": _transformer,
    "VectorEncoder": _vector,
}


def is_own_encoder(encoder: Any) -> bool:
    """Say whether something is an encoder of skrec itself."""
    kind = type(encoder)
    return kind.__name__ in _FORMS and kind.__module__.startswith("skrec.encoders.")


def _form(encoder: Any) -> _Form:
    """Check a fitted encoder of skrec, and say what its rows look like."""
    name = type(encoder).__name__
    check_parameters(encoder._parameter_constraints, encoder.get_params(deep=False), name)
    form = _FORMS[name](encoder)
    expect(math.prod(form.shape) <= _LARGEST_ROW, f"{name} makes {math.prod(form.shape):,} numbers of a cell")
    return form


def check_fitted_encoder(encoder: Any) -> None:
    """Check what stands for a fitted encoder; those of plugins check themselves when they are made."""
    expect(isinstance(encoder, Encoder), "a feature has no encoder")
    if is_own_encoder(encoder):
        _form(encoder)


def check_encoded(encoder: Any, array: Any, n_rows: int, what: str) -> None:
    """Check rows that an encoder gave.

    Parameters
    ----------
    encoder : Encoder
    array : object
    n_rows : int
    what : str
        The feature's name.
    """
    if not is_own_encoder(encoder):
        expect(type(array) is np.ndarray and array.ndim > 0, f"{what} is no array")
        check_array(array, what, "iuf", (n_rows, *array.shape[1:]))
        return
    form = _form(encoder)
    coded = form.below is not None
    check_array(array, what, [form.dtype], (n_rows, *form.shape), low=0 if coded else None, below=form.below)
    if type(encoder).__name__ == "TextEncoder" and encoder.network == "bag":
        check_array(array[..., 0], what, [np.int32], array.shape[:-1], below=2 + len(encoder.vocabulary_))
