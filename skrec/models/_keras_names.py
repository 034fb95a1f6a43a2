"""Which classes of Keras a saved network may hold: those that compute, and load neither code nor files."""

import re
from typing import Any

__all__ = ["is_known"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Not here: Lambda, TorchModuleWrapper, TFSMLayer, JaxLayer and FlaxLayer hold code, and Pipeline and Wrapper what one likes. Layers
# that look words up are, as long as their vocabulary is a list and not the name of a file.
_LAYERS = _words(
    """
        Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D
        AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add AdditiveAttention AlphaDropout Attention
        Average AveragePooling1D AveragePooling2D AveragePooling3D BatchNormalization Bidirectional CategoryEncoding
        CenterCrop Concatenate Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D
        ConvLSTM2D ConvLSTM3D Cropping1D Cropping2D Cropping3D Dense DepthwiseConv1D DepthwiseConv2D Discretization
        Dot Dropout ELU EinsumDense Embedding Flatten GRU GRUCell GaussianDropout GaussianNoise GlobalAveragePooling1D
        GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
        GroupNormalization GroupQueryAttention HashedCrossing Hashing Identity InputLayer IntegerLookup LSTM LSTMCell
        LayerNormalization LeakyReLU Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum MultiHeadAttention
        Multiply Normalization PReLU Permute RMSNormalization RNN ReLU RepeatVector Rescaling Reshape
        ReversibleEmbedding SeparableConv1D SeparableConv2D SimpleRNN SimpleRNNCell Softmax SpatialDropout1D
        SpatialDropout2D SpatialDropout3D SpectralNormalization StackedRNNCells StringLookup Subtract
        TextVectorization TimeDistributed UnitNormalization UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D
        ZeroPadding2D ZeroPadding3D
        """
)
_NETWORKS = frozenset({"Functional", "Model", "Sequential"})
_POLICIES = frozenset({"DTypePolicy", "FloatDTypePolicy", "Policy"})
_BY_MODULE = {
    "builtins": frozenset({"Functional"}),
    "keras": _NETWORKS | _POLICIES,
    "keras.layers": _LAYERS,
    "keras.models": _NETWORKS,
    "keras.random": frozenset({"SeedGenerator"}),
    "keras.src.models.functional": frozenset({"Functional"}),
    "keras.src.models.sequential": frozenset({"Sequential"}),
}
_PLAIN = {"keras.constraints", "keras.initializers", "keras.regularizers", "keras.activations"}
"""Modules of small objects that hold numbers."""
_OPERATIONS = re.compile(r"keras\.src\.ops\.(numpy|nn|math|core|linalg|einops)")
_OF_FUNCTIONS = {"AssociativeScan", "Cond", "ForiLoop", "JVP", "Map", "Scan", "Switch", "VectorizedMap", "WhileLoop"}
_STRUCTURES = {"__ellipsis__", "__keras_tensor__", "__numpy__", "__slice__", "__tensor__", "__tuple__"}
_CLASS = re.compile(r"[A-Z]\w*")


def is_known(module: Any, name: Any) -> bool:
    """Say whether Keras' description of a network may name a class.

    Parameters
    ----------
    module : str or None
        None for a structure, such as a tuple.
    name : str
    """
    if not isinstance(name, str):
        return False
    if module is None:
        return name in _STRUCTURES
    if not isinstance(module, str):
        return False
    if name in _BY_MODULE.get(module, ()):
        return True
    plain = module in _PLAIN or (_OPERATIONS.fullmatch(module) is not None and name not in _OF_FUNCTIONS)
    return plain and _CLASS.fullmatch(name) is not None
