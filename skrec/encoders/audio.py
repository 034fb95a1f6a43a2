"""Sound, as a log-mel spectrogram that a convolutional or recurrent network reads."""

from numbers import Integral, Real
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np

from skrec._params import Interval, StrOptions
from skrec.encoders._base import AT_LEAST_ONE, ColumnEncoder
from skrec.encoders._column import Column, is_missing, place
from skrec.encoders._files import BadCellError
from skrec.encoders._sizes import output_size, output_sizes
from skrec.encoders._sound import RATES, log_mel, mel_filters, read_clip
from skrec.exceptions import InvalidDataError, InvalidParameterError
from skrec.typing import Floats

_FILTERS = (8, 16, 32)
_KERNEL_SIZE, _STRIDE, _PADDING = 3, 2, 1


@final
class AudioEncoder(ColumnEncoder):
    r"""A sound clip a row: music, jingles, speech.

    A cell is the path of a WAV file, the bytes of one, an array of samples of shape (n,) or (n, n_channels), or a tuple of rate and samples
    as `scipy.io.wavfile.read` gives it. WAV may have 8, 16, 24 or 32 bits, or floats; a file that ends before its sound does is refused.
    Arrays hold int16, int32, uint8 with silence at 128, or floats from -1 to 1: what lies beyond is cut, as players do, and refused beyond
    4, where integers have become floats. Samples without a rate of their own have `sample_rate`. Channels are mixed down; clips of another
    rate are resampled with `scipy.signal.resample_poly`; of each, the first `duration` seconds count, and a shorter one is padded with
    silence.

    `transform` gives log-mel spectrograms [1]_, shape (n_rows, n_frames, n_bands), float32: frames of twice `hop`, Hann windows, triangular
    filters at equal distances on HTK's mel scale :math:`m = 2595 \log_{10}(1 + f / 700)` [2]_, decibels, (dB + 60) / 40. Silence is -1
    throughout. A missing clip is 0 throughout.

    The network ``"cnn"`` takes a spectrogram for a picture: three convolutions of 8, 16 and `units` filters, kernels of 3 x 3, a stride
    of 2 and padding of 1, see `output_size`; mean and smooth maximum of each filter go through a Dense layer. ``"rnn"``, ``"lstm"`` and
    ``"gru"`` read it frame by frame, with a state of `units`; mean and smooth maximum of each unit over all frames go through a Dense
    layer.

    Parameters
    ----------
    network : {"cnn", "rnn", "lstm", "gru"}, default="cnn"
        What reads the spectrogram.
    sample_rate : int, default=8000
        Samples a second. Frequencies up to half of it are heard.
    duration : float, default=1.0
        Length of a clip in seconds, > 0.
    n_bands : int, default=32
        Bands of the mel scale. Must be >= 1.
    hop : float, default=0.016
        Time from one frame to the next in seconds, > 0.
    units : int, default=32
        Filters of the last convolution, or units of the recurrent layer. Must be >= 1.
    folder : str or pathlib.Path, optional
        Where relative paths start; None takes the working directory.
    on_error : {"raise", "neutral"}, default="raise"
        What to do with a cell that can't be read, such as a missing or broken file: raise an error that names its row and column, or
        take it for missing.

    Attributes
    ----------
    shape_ : tuple of int
        Frames and bands of a spectrogram.
    filters_ : ndarray of shape (n_bands, n_frequencies), float32
        Weights of the frequencies in each band.

    References
    ----------
    .. [1] S. Davis, P. Mermelstein, "Comparison of Parametric Representations for Monosyllabic Word Recognition in Continuously Spoken
       Sentences", IEEE TASSP 1980.
    .. [2] S. Young et al., "The HTK Book", 2006, section 5.4.

    Examples
    --------
    >>> import numpy as np
    >>> from skrec.encoders import AudioEncoder
    >>> tone = np.sin(2.0 * np.pi * 440.0 * np.arange(8000) / 8000)
    >>> spectrogram = AudioEncoder().fit_transform([tone, np.zeros(100)])
    >>> spectrogram.shape, spectrogram[0].mean(axis=0).argmax(), spectrogram[1].max()
    ((2, 61, 32), np.int64(7), np.float32(-1.0))
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "network": [StrOptions({"cnn", "rnn", "lstm", "gru"})],
        "sample_rate": [Interval(Integral, *RATES, closed="both")],
        "duration": [Interval(Real, 0, 3600, closed="right")],
        "n_bands": AT_LEAST_ONE,
        "hop": [Interval(Real, 0, 60, closed="right")],
        "units": AT_LEAST_ONE,
        "folder": [str, Path, None],
        "on_error": [StrOptions({"raise", "neutral"})],
    }

    def __init__(
        self,
        network: str = "cnn",
        sample_rate: int = 8000,
        duration: float = 1.0,
        n_bands: int = 32,
        hop: float = 0.016,
        units: int = 32,
        folder: str | Path | None = None,
        on_error: str = "raise",
    ) -> None:
        self.network = network
        self.sample_rate = sample_rate
        self.duration = duration
        self.n_bands = n_bands
        self.hop = hop
        self.units = units
        self.folder = folder
        self.on_error = on_error

    def _fit(self, column: Column, y: Any) -> None:
        n_samples, hop = self._lengths()
        n_frames = output_size(n_samples, 2 * hop, hop, 0) if hop else 0
        if n_frames < 1:
            raise InvalidParameterError(
                f"A clip of duration={self.duration} s at sample_rate={self.sample_rate} has {n_samples} samples, and a frame of two "
                f"hops of hop={self.hop} s has {2 * hop}: AudioEncoder needs at least one frame of two samples. Make the clip "
                "longer, or the hop another."
            )
        filters = mel_filters(int(self.sample_rate), 2 * hop, int(self.n_bands))
        empty = np.flatnonzero(~filters.any(axis=1))
        if len(empty):
            raise InvalidParameterError(
                f"The 'n_bands' parameter of AudioEncoder is too large: frames of {2 * hop} samples at {self.sample_rate} samples a second "
                f"have no frequency in band {empty[0]} of {self.n_bands}. Use fewer bands, or a longer hop."
            )
        if self.network == "cnn":
            sizes = (n_frames, int(self.n_bands))
            output_sizes(sizes, len(_FILTERS), _KERNEL_SIZE, _STRIDE, _PADDING, "AudioEncoder")
        self.shape_, self.filters_ = (n_frames, int(self.n_bands)), filters

    def _transform(self, column: Column) -> Any:
        n_samples, hop = self._lengths()
        spectrograms = np.zeros((len(column), *self.shape_), dtype=np.float32)
        missing = is_missing(column)
        for position, cell in enumerate(column):
            if not missing[position]:
                spectrograms[position] = self._spectrogram(column, position, cell, n_samples, hop)
        return spectrograms

    def _spectrogram(self, column: Column, position: int, cell: Any, n_samples: int, hop: int) -> Floats | float:
        try:
            clip = read_clip(cell, int(self.sample_rate), n_samples, self.folder)
        except BadCellError as error:
            if self.on_error == "neutral":
                return 0.0
            raise InvalidDataError(
                f"{place(column, position)} {error}. Mend it, leave the cell missing, or pass AudioEncoder(on_error='neutral')."
            ) from error
        return log_mel(clip, 2 * hop, hop, self.filters_)

    def _lengths(self) -> tuple[int, int]:
        """Samples of a clip and of a hop."""
        return round(self.duration * self.sample_rate), round(self.hop * self.sample_rate)

    def _build(self, dim: int) -> Any:
        if self.network == "cnn":
            from skrec.networks.conv import ConvNetwork

            return ConvNetwork(dim, (*_FILTERS[:-1], int(self.units)), _KERNEL_SIZE, _STRIDE, _PADDING)
        from skrec.networks.audio_rnn import AudioRNN

        return AudioRNN(dim, int(self.units), self.network)
