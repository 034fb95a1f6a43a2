"""A cell becomes a clip of one rate and length, and a clip a log-mel spectrogram."""

import io
import math
import struct
import warnings
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

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
_LOUDEST = 4.0
"""How far samples may lie beyond full scale, 12 dB: no recording does; what is louder are integers that have become floats."""

_UNKNOWN_LENGTH = 0x7FFF0000
"""From here on, the size that a WAV file states means that its writer, such as a stream, didn't know it."""

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
        If the cell holds no clip, or a part of one.
    """
    own_rate, samples = _rate_and_samples(cell, rate, folder)
    if isinstance(own_rate, (float, np.floating)) and float(own_rate).is_integer():
        own_rate = int(own_rate)
    if not (isinstance(own_rate, (int, np.integer)) and RATES[0] <= own_rate <= RATES[1]):
        raise BadCellError(f"has a rate of {own_rate!r} samples a second, and {RATES[0]} to {RATES[1]:,} are expected")
    if np.ndim(samples) == 0:
        raise BadCellError(f"is one number, {samples!r}, and samples of shape (n,) or (n, n_channels) are expected")
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
        return _wav(path.read_bytes(), f"names the file {path.name!r}, which")
    if isinstance(cell, (bytes, bytearray)):
        return _wav(bytes(cell), f"has {len(cell):,} bytes, which")
    if isinstance(cell, tuple) and len(cell) == 2 and np.ndim(cell[0]) == 0 and np.ndim(cell[1]) > 0:
        return cell[0], _array(cell[1])
    if isinstance(cell, tuple) and len(cell) == 2 and isinstance(cell[0], np.ndarray) and np.ndim(cell[1]) == 0:
        raise BadCellError("is a tuple of samples and rate, and the rate is expected in front")
    if isinstance(cell, (np.ndarray, list, tuple)):
        return rate, _array(cell)
    raise BadCellError(
        f"is of type {type(cell).__name__}, and the path of a WAV file, its bytes, samples, or a tuple of rate and samples is expected"
    )


def _wav(data: bytes, what: str) -> tuple[Any, Any]:
    try:
        stated, there = _sizes(io.BytesIO(data))
        with warnings.catch_warnings():
            # About chunks of metadata, which are no sound anyway.
            warnings.simplefilter("ignore", wavfile.WavFileWarning)
            if stated <= there or stated >= _UNKNOWN_LENGTH:
                return wavfile.read(io.BytesIO(data))  # type: ignore[no-any-return]
    except Exception as error:  # a broken header makes SciPy raise ValueError, struct.error, ZeroDivisionError ...
        raise BadCellError(f"{what} SciPy can't read as a WAV file: {type(error).__name__}: {error}") from error
    raise BadCellError(f"{what} is cut off: by its header it holds {stated:,} bytes of sound, and {there:,} are there")


def _sizes(file: BinaryIO) -> tuple[int, int]:
    """Say how many bytes of sound a WAV file has by its header, and how many there are; (0, 0) where SciPy is to say what is wrong."""
    riff = file.read(12)
    order = ">" if riff[:4] == b"RIFX" else "<"
    size64 = 0
    while len(head := file.read(8)) == 8:
        name, size = head[:4], struct.unpack(order + "I", head[4:])[0]
        start = file.tell()
        if name == b"ds64":  # of RF64, whose sizes don't fit into 32 bits
            size64 = struct.unpack("<8xQ", file.read(16))[0]
        if name == b"data":
            there = file.seek(0, io.SEEK_END) - start
            if there and not size and struct.unpack(order + "I", riff[4:8])[0] + 8 <= start:
                raise ValueError(f"its header was never finished: it states no sound, and {there:,} bytes follow")
            return size64 if riff[:4] == b"RF64" else size, there
        file.seek(start + size + size % 2)
    return 0, 0


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
    loudest = float(np.abs(clip).max(initial=0.0))
    if loudest > _LOUDEST:
        raise BadCellError(
            f"has float samples as far from 0 as {loudest:,.6g}, and -1 to 1 is expected. Divide them by the largest that their format "
            "has, such as 32,768 of 16 bits"
        )
    clip = np.clip(clip, -1.0, 1.0)  # as a player does, before channels are mixed
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
