"""Convolutions over pictures and spectrograms."""

from typing import Any

import keras
from keras import ops

from skrec.networks.convolution import Convolution
from skrec.networks.dropout import Dropout
from skrec.networks.pooling import mean_and_peak
from skrec.networks.smooth_relu import smooth_relu


@keras.saving.register_keras_serializable(package="skrec")
class ConvNetwork(keras.Layer):
    r"""Convolutions one after the other, then what they found anywhere, as a vector.

    Each layer turns a map of size W (height or width) into one of size

    .. math:: W' = \left\lfloor \frac{W - K + 2P}{S} \right\rfloor + 1

    for kernels of size K, padding of P zeros on each side and a stride of S, and rectifies it by `smooth_relu`. After the
    last layer, mean and peak of each filter over all places, see `mean_and_peak`, go through one Dense layer.

    Layers are made in ``build``, with the layer's own policy: ``layer.dtype_policy`` may still be set before it.

    Parameters
    ----------
    dim : int
        Width of the vectors.
    filters : tuple of int
        Filters of each layer.
    kernel_size, stride, padding : int
        K, S and P of every layer.
    dropout : float, default=0.0
        Share of the pictures or spectrograms that are taken for zeros while training, in [0, 1).
    **kwargs
        Of `keras.Layer`, such as ``dtype``.
    """

    def __init__(
        self,
        dim: int,
        filters: tuple[int, ...],
        kernel_size: int,
        stride: int,
        padding: int,
        dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.dim, self.filters = int(dim), tuple(int(number) for number in filters)
        self.kernel_size, self.stride, self.padding = int(kernel_size), int(stride), int(padding)
        self.dropout = float(dropout)

    def build(self, input_shape: Any) -> None:
        """Make the layers."""
        self.drop = Dropout(self.dropout, dtype=self.dtype_policy) if self.dropout else None
        channels = input_shape[3] if len(input_shape) == 4 else 1
        self.layers = []
        for position, number in enumerate(self.filters):
            # Padding is put on by hand: "same" of Keras puts more zeros on one side than on the other.
            layer = Convolution(
                number,
                self.kernel_size,
                strides=self.stride,
                padding="valid",
                activation=smooth_relu,
                data_format="channels_last",
                kernel_initializer="he_normal",
                dtype=self.dtype_policy,
                name=f"conv_{position}",
            )
            layer.build((None, None, None, channels))
            self.layers.append(layer)
            channels = number
        self.last = keras.layers.Dense(self.dim, dtype=self.dtype_policy, name="last")
        self.last.build((None, 2 * channels))
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Embed pictures or spectrograms.

        Parameters
        ----------
        inputs : tensor of shape (batch, height, width, channels), uint8, or (batch, n_frames, n_bands), float32
            Bytes are mapped to [-1, 1), with 128 to 0.
        training : bool, default=False

        Returns
        -------
        tensor of shape (batch, dim)
        """
        return self.last(mean_and_peak(self.maps(inputs, training), axes=(1, 2)))

    def maps(self, inputs: Any, training: bool = False) -> Any:
        """Give the last layer's maps, shape (batch, height', width', filters[-1])."""
        border = ((0, 0), (self.padding, self.padding), (self.padding, self.padding), (0, 0))
        pixels = len(inputs.shape) == 4
        maps = (ops.cast(inputs, self.compute_dtype) - 128.0) / 128.0 if pixels else ops.expand_dims(inputs, -1)
        if training and self.drop is not None:
            kept = self.drop(ops.ones_like(maps[:, :1, 0, 0]), training=True) > 0
            maps = maps * ops.cast(ops.reshape(kept, (-1, 1, 1, 1)), maps.dtype)
        for layer in self.layers:
            maps = layer(ops.pad(maps, border) if self.padding else maps)
        return maps

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the vectors."""
        return (input_shape[0], self.dim)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        names = ("dim", "filters", "kernel_size", "stride", "padding", "dropout")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
