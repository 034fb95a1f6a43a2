"""Text, read by a pretrained model."""

from numbers import Integral
from typing import Any, Final, Self, final

import numpy as np

from skrec.encoders import VectorEncoder
from skrec.exceptions import InvalidDataError, InvalidParameterError, NotFittedError
from skrec.plugin import Encoder, Interval, check_parameters
from skrec.typing import Floats
from skrec_sentence._model import encode
from skrec_sentence._texts import read_texts

_PROBE = "A probe of the model."
_WHOLE: Final = {
    "hidden": [Interval(Integral, 0, None, closed="left")],
    "batch_size": [Interval(Integral, 1, None, closed="left")],
}


@final
class SentenceEncoder(Encoder):
    """A text a row, as the vector that a pretrained sentence-transformers model [1]_ gives it.

    The model is frozen: texts are encoded once, before training, and only the layer of `build` is trained. It is loaded when the first
    text is encoded. A process encodes each distinct text once, and keeps the vectors (of up to 256 MiB) for all encoders that use the
    same model, so that folds of a search and clones cost nothing more. They differ with the batch that a text was encoded in by rounding
    (some 1e-7).

    `transform` gives float32 of the model's width: the vector, less the mean of the distinct texts in `fit` and divided by one number, so
    that its entries have a mean square of 1. A missing text, and one that is empty or white space, is zeros: the mean. Of a cell, the
    first 100,000 characters are handed to the model, which reads as many tokens as it was made for; a cell that is no string is
    refused.

    `skrec.save` and pickle keep what `fit` learned and the name or folder of the model, not its weights: what encodes new texts needs
    them again. Where the folder lies elsewhere there, set `model`; that it is the same model is checked.

    Parameters
    ----------
    model : str, default="sentence-transformers/all-MiniLM-L6-v2"
        A folder that holds a model, or the name of one at Hugging Face, which is downloaded where it wasn't before.
    normalize : bool, default=True
        Whether the model's vectors are scaled to length 1 first.
    standardize : bool, default=True
        Whether to subtract the mean and divide. False hands the vectors on as they are.
    hidden : int, default=0
        Units of a hidden layer in the network that is trained; 0 for a linear map. Must be >= 0.
    batch_size : int, default=32
        Texts that the model reads at once. Must be >= 1.
    device : str, default="auto"
        Where the model runs: "cpu", "gpu" or "gpu:1" by PyTorch's count; "auto" takes the best there is.

    Attributes
    ----------
    mean_ : ndarray of shape (width,), float64
        What is subtracted.
    scale_ : float
        What is divided by.
    probe_ : ndarray of shape (width,), float32
        The model's vector for a text of the encoder's own, by which it knows the model again.

    References
    ----------
    .. [1] N. Reimers, I. Gurevych, "Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks", EMNLP 2019.
       https://arxiv.org/abs/1908.10084
    """

    def __init__(
        self,
        model: str = "sentence-transformers/all-MiniLM-L6-v2",
        normalize: bool = True,
        standardize: bool = True,
        hidden: int = 0,
        batch_size: int = 32,
        device: str = "auto",
    ) -> None:
        self.model = model
        self.normalize = normalize
        self.standardize = standardize
        self.hidden = hidden
        self.batch_size = batch_size
        self.device = device

    def fit(self, column: Any, y: Any = None) -> Self:
        """Learn the mean and the scale of a column's vectors.

        Parameters
        ----------
        column : array-like of shape (n_rows,)
            A Series of pandas, Polars or PyArrow, a list, an array, or a frame of one column.
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        InvalidParameterError
            If a parameter is out of range, or there is no such model.
        InvalidDataError
            If the column has no rows, or a cell is no text: the message names its row and column.
        MissingExtraError
            If sentence-transformers isn't installed.
        DeviceNotFoundError
            If the device isn't there.
        """
        self._check_parameters()
        texts = read_texts(column)
        if not texts:
            raise InvalidDataError("SentenceEncoder can't learn from a column without rows. Pass at least one.")
        distinct = list(dict.fromkeys(filter(None, texts)))
        vectors = self._encode([_PROBE, *distinct])
        probe, vectors = vectors[0], self._scaled(vectors[1:])
        # In double precision, and block by block: a float64 copy of a large table would be twice its size again.
        mean = np.zeros(len(probe))
        if self.standardize and len(vectors):
            mean = vectors.mean(axis=0, dtype=np.float64)
        self.mean_, self.scale_ = mean, _scale(vectors, mean) if self.standardize else 1.0
        self.probe_ = probe
        return self

    def transform(self, column: Any) -> Any:
        """Turn texts into vectors.

        Parameters
        ----------
        column : array-like of shape (n_rows,)

        Returns
        -------
        ndarray of shape (n_rows, width), float32
            Zeros where a text is missing or empty.

        Raises
        ------
        NotFittedError
            Before `fit`.
        InvalidDataError
            If a cell is no text: the message names its row and column.
        InvalidParameterError
            If the model isn't found, or isn't the one of `fit`.
        MissingExtraError
            If sentence-transformers isn't installed, and a text must be encoded.
        """
        self._check_fitted()
        texts = read_texts(column)
        result = np.zeros((len(texts), len(self.mean_)), dtype=np.float32)
        distinct = list(dict.fromkeys(filter(None, texts)))
        if distinct:
            vectors = self._encode([_PROBE, *distinct])
            self._check_model(vectors[0])
            vectors = ((self._scaled(vectors[1:]) - self.mean_) / self.scale_).astype(np.float32)
            codes = {text: code for code, text in enumerate(distinct)}
            rows = [row for row, text in enumerate(texts) if text]
            result[rows] = vectors[[codes[texts[row]] for row in rows]]
        return result

    def build(self, dim: int) -> Any:
        """Make the Keras layer that turns a batch of `transform`'s rows into vectors: the network of skrec's own encoder "vector".

        Starts Keras, if nothing has yet, on the backend chosen for this process.

        Parameters
        ----------
        dim : int
            Width of the vectors.

        Returns
        -------
        keras.Layer
            Not built yet; its output has shape (batch, dim).
        """
        self._check_fitted()
        width = len(self.mean_)
        return VectorEncoder(width, standardize=False, hidden=self.hidden).fit(np.zeros((1, width))).build(dim)

    def _encode(self, texts: list[str]) -> Floats:
        return encode(texts, self.model, self.device, int(self.batch_size))

    def _scaled(self, vectors: Floats) -> Any:
        """Scale to length 1, if asked to; zeros stay zeros."""
        if not self.normalize:
            return vectors
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(lengths > 0, lengths, 1.0)

    def _check_model(self, probe: Floats) -> None:
        """Refuse another model than that of `fit`, as a folder may hold one, or a hub a new version."""
        if probe.shape == self.probe_.shape:
            # Devices and releases of PyTorch round differently; other weights differ by more than half.
            if np.linalg.norm(probe - self.probe_) <= 0.05 * np.linalg.norm(self.probe_):
                return
            reason = "it gives other vectors"
        else:
            reason = f"its vectors are {len(probe)} wide, not {len(self.probe_)}"
        raise InvalidParameterError(
            f"The 'model' parameter of SentenceEncoder is {self.model!r}, which isn't the model it was fitted with: {reason}. Set it to "
            "where that model is, or fit again."
        )

    def _check_parameters(self) -> None:
        for name in ("model", "device"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value:
                raise _invalid(name, "a str that isn't empty", value)
        for name in ("normalize", "standardize"):
            if not isinstance(getattr(self, name), bool):
                raise _invalid(name, "a bool", getattr(self, name))
        check_parameters(_WHOLE, self.get_params(), "SentenceEncoder")

    def __skrec_check__(self) -> None:
        """Check what a file says of a fitted encoder; raises ValueError where it can't be."""
        if not self.__sklearn_is_fitted__():
            return
        self._check_parameters()
        vectors = [vars(self).get(name) for name in ("mean_", "probe_")]
        rows = [
            vector
            for vector in vectors
            if isinstance(vector, np.ndarray) and vector.ndim == 1 and vector.dtype.kind == "f"
        ]
        if len(rows) < 2 or len(rows[0]) != len(rows[1]) or not all(np.isfinite(vector).all() for vector in rows):
            raise ValueError("mean_ and probe_ of SentenceEncoder are no vectors of one width")
        if not (isinstance(self.scale_, float) and 0.0 < self.scale_ < np.inf):
            raise ValueError("scale_ of SentenceEncoder is no number above 0")

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise NotFittedError("This SentenceEncoder instance is not fitted yet. Call fit first.")

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "probe_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array, tags.input_tags.two_d_array = True, False
        tags.input_tags.allow_nan = tags.input_tags.string = True
        return tags


def _invalid(name: str, expected: str, value: Any) -> InvalidParameterError:
    return InvalidParameterError(
        f"The {name!r} parameter of SentenceEncoder must be {expected}. Got {value!r} instead."
    )


def _scale(vectors: Floats, mean: Any) -> float:
    """Root of the mean square about the mean; 1 where all vectors are equal."""
    if not len(vectors):
        return 1.0
    blocks = np.array_split(vectors, -(-len(vectors) // 4096))
    scale = float(np.sqrt(sum(float(((block - mean) ** 2).sum()) for block in blocks) / vectors.size))
    return scale if scale > 1e-7 * max(1e-30, float(np.abs(mean).max())) else 1.0
