"""A cell becomes a clip of one rate and length, and a clip a log-mel spectrogram."""

import io
import math
import warnings
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.io import wavfile
from scipy.signal import resample_poly

from skrec._products import matrix_product
from skrec.encoders._files import BadCellError, find_file
from skrec.typing import Floats

Samples: TypeAlias = npt.NDArray[np.float64]

RATES = (100, 1_000_000)
"""Lowest and highest rate that a clip may have, in samples a second."""

_MAX_CHANNELS = 32
_FLOOR = 1e-10


def read_clip(cell: Any, rate: int, n_samples: int, folder: str | Path | None) -> Samples:
    """Read the first `n_samples` of a clip, padded with silence.

    Parameters
    ----------
    cell : str, pathlib.Path, bytes, ndarray, list, or tuple of (int, ndarray)
        A WAV file, or samples of shape (n,) or (n, n_channels), which have the rate in front or `rate`.
    rate : int
        Samples a second of the result.
    n_samples : int
    folder : str or pathlib.Path, optional
        Where relative paths start.

    Returns
    -------
    ndarray of shape (n_samples,), float64
        From -1 to 1, mixed down to one channel.

    Raises
    ------
    BadCellError
        If the cell holds no clip.
    """
    own_rate, samples = _rate_and_samples(cell, rate, folder)
    if not (isinstance(own_rate, (int, np.integer)) and RATES[0] <= own_rate <= RATES[1]):
        raise BadCellError(f"has a rate of {own_rate!r} samples a second, and {RATES[0]} to {RATES[1]:,} are expected")
    # A little more than is needed, so that the end isn't spoiled by the filter's edge.
    samples = samples[: math.ceil((n_samples / rate + 0.1) * own_rate)]
    mono = _mono(samples)
    if own_rate != rate and len(mono):
        divisor = math.gcd(int(own_rate), rate)
        mono = resample_poly(mono, rate // divisor, int(own_rate) // divisor)
    clip = np.zeros(n_samples)
    clip[: min(n_samples, len(mono))] = mono[:n_samples]
    return clip


def _rate_and_samples(cell: Any, rate: int, folder: str | Path | None) -> tuple[Any, Any]:
    """Give rate and samples of any kind of cell."""
    if isinstance(cell, (str, Path)):
        path = find_file(cell, folder)
        return _wav(path, f"names the file {path.name!r}, which")
    if isinstance(cell, (bytes, bytearray)):
        return _wav(io.BytesIO(cell), f"has {len(cell):,} bytes, which")
    if isinstance(cell, tuple) and len(cell) == 2 and np.ndim(cell[0]) == 0 and np.ndim(cell[1]) > 0:
        return cell[0], _array(cell[1])
    if isinstance(cell, (np.ndarray, list, tuple)):
        return rate, _array(cell)
    raise BadCellError(
        f"is of type {type(cell).__name__}, and the path of a WAV file, its bytes, samples, or a tuple of rate and samples is expected"
    )


def _wav(source: Any, what: str) -> tuple[Any, Any]:
    try:
        with warnings.catch_warnings():
            # About chunks of metadata, which are no sound anyway.
            warnings.simplefilter("ignore", wavfile.WavFileWarning)
            return wavfile.read(source)  # type: ignore[no-any-return]
    except Exception as error:  # a broken header makes SciPy raise ValueError, struct.error, ZeroDivisionError ...
        raise BadCellError(f"{what} SciPy can't read as a WAV file: {type(error).__name__}: {error}") from error


def _array(samples: Any) -> npt.NDArray[Any]:
    try:
        return np.asarray(samples)
    except ValueError:
        raise BadCellError("has samples of different lengths, and an array of numbers is expected") from None


def _mono(samples: npt.NDArray[Any]) -> Samples:
    """Mix channels down, and map the numbers of any WAV format to -1 ... 1."""
    if samples.ndim not in {1, 2} or (samples.ndim == 2 and samples.shape[1] > _MAX_CHANNELS):
        raise BadCellError(f"has samples of shape {samples.shape}, and (n,) or (n, n_channels) is expected")
    kind = samples.dtype.kind + str(samples.dtype.itemsize)
    if kind == "u1":  # 8-bit WAV has no sign, and silence at 128
        clip = (samples - 128.0) / 128.0
    elif kind in {"i2", "i4"}:  # 24-bit samples come as the upper bytes of 32
        clip = samples / float(2 ** (8 * samples.dtype.itemsize - 1))
    elif samples.dtype.kind == "f":
        clip = samples.astype(np.float64)
    else:
        raise BadCellError(
            f"has samples of dtype {samples.dtype}, and float, uint8, int16 or int32 is expected, as in a WAV file"
        )
    if not np.isfinite(clip).all():
        raise BadCellError("has samples that are NaN or infinite")
    return np.asarray(clip if clip.ndim == 1 else clip.mean(axis=1))


def mel_filters(rate: int, window: int, n_bands: int) -> Floats:
    r"""Triangular filters at equal distances on the mel scale, :math:`m = 2595 \log_{10}(1 + f / 700)` [1]_.

    Parameters
    ----------
    rate : int
        Samples a second.
    window : int
        Samples of a frame.
    n_bands : int

    Returns
    -------
    ndarray of shape (n_bands, window // 2 + 1), float32
        Weights of the frequencies of a frame's spectrum; the peak of each triangle is 1. A row is 0 where the triangle lies between two
        frequencies.

    References
    ----------
    .. [1] S. Young et al., "The HTK Book", 2006, section 5.4, equation 5.13.
    """
    top = 2595.0 * math.log10(1.0 + rate / 2.0 / 700.0)
    corners = 700.0 * (10.0 ** (np.linspace(0.0, top, n_bands + 2) / 2595.0) - 1.0)
    frequencies = np.arange(window // 2 + 1) * (rate / window)
    below, peak, above = (corners[start : start + n_bands, np.newaxis] for start in range(3))
    rising, falling = (frequencies - below) / (peak - below), (above - frequencies) / (above - peak)
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)


def log_mel(clip: Samples, window: int, hop: int, filters: Floats) -> Floats:
    r"""Compute a log-mel spectrogram.

    Each frame t of `window` samples is weighted by a Hann window w and transformed:

    .. math::

        P_{tk} = \left(\frac{2 \left|\sum_n w_n x_{th + n} e^{-2 \pi i k n / N}\right|}{\sum_n w_n}\right)^2, \qquad
        L_{tb} = \frac{10 \log_{10} (10^{-10} + \sum_k F_{bk} P_{tk}) + 60}{40}

    so that a tone of amplitude 1 has a power of 1 at its frequency. Decibels from -100, which silence has, to 0 and a little more
    are mapped to numbers from -1 to 1.5.

    Parameters
    ----------
    clip : ndarray of shape (n_samples,)
    window, hop : int
        N and h, in samples.
    filters : ndarray of shape (n_bands, window // 2 + 1)
        F, of `mel_filters`.

    Returns
    -------
    ndarray of shape ((n_samples - window) // hop + 1, n_bands), float32
    """
    hann = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(window) / window)
    frames = np.lib.stride_tricks.sliding_window_view(clip, window)[::hop] * hann
    power = (2.0 * np.abs(np.fft.rfft(frames, axis=1)) / hann.sum()) ** 2
    decibels = 10.0 * np.log10(_FLOOR + matrix_product(power, filters.T))
    return np.asarray((decibels + 60.0) / 40.0, dtype=np.float32)
