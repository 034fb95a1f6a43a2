"""A recurrent layer over the frames of a spectrogram."""

from typing import Any

import keras

from skrec.networks.pooling import mean_and_peak
from skrec.networks.recurrent import Recurrent


@keras.saving.register_keras_serializable(package="skrec")
class AudioRNN(keras.Layer):
    """Read a spectrogram frame by frame, and map what it met anywhere to a vector.

    Mean and peak of each unit over all frames, see `mean_and_peak`, go through one Dense layer: the state after the last frame alone would
    tell of the silence that a short clip is padded with.

    Layers are made in ``build``, with the layer's own policy: ``layer.dtype_policy`` may still be set before it.

    Parameters
    ----------
    dim : int
        Width of the vectors.
    units : int
        Width of the state.
    kind : {"rnn", "lstm", "gru"}
        As in `skrec.networks.recurrent.Recurrent`.
    **kwargs
        Of `keras.Layer`, such as ``dtype``.
    """

    def __init__(self, dim: int, units: int, kind: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dim, self.units, self.kind = int(dim), int(units), kind

    def build(self, input_shape: Any) -> None:
        """Make the layers."""
        self.reader = Recurrent(self.units, self.kind, dtype=self.dtype_policy, name="reader")
        self.reader.build((None, None, input_shape[-1]))
        self.last = keras.layers.Dense(self.dim, dtype=self.dtype_policy, name="last")
        self.last.build((None, 2 * self.units))
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Embed spectrograms.

        Parameters
        ----------
        inputs : tensor of shape (batch, n_frames, n_bands), float32

        Returns
        -------
        tensor of shape (batch, dim)
        """
        return self.last(mean_and_peak(self.reader.states(inputs), axes=(0,)))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the vectors."""
        return (input_shape[0], self.dim)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "dim": self.dim, "units": self.units, "kind": self.kind}
