"""Pictures, seen by a convolutional network."""

import os
from concurrent.futures import ThreadPoolExecutor
from numbers import Integral, Real
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np

from skrec._params import Interval, StrOptions
from skrec.encoders._base import AT_LEAST_ONE, ColumnEncoder
from skrec.encoders._column import Column, is_missing, place
from skrec.encoders._files import BadCellError
from skrec.encoders._pictures import GREY, Pixels, read_picture
from skrec.encoders._sizes import output_sizes
from skrec.encoders.text import check_sizes
from skrec.exceptions import InvalidDataError, InvalidParameterError

_BLOCK = 64


@final
class ImageEncoder(ColumnEncoder):
    r"""A picture a row: posters, covers, photographs.

    A cell is the path of a file, the bytes of one, an array of shape (height, width, 3), (height, width, 4), (height, width, 2),
    (height, width, 1) or (height, width), or a picture of Pillow. Arrays hold bytes, or floats from 0 to 1; a fourth channel, or a second,
    is opacity. Files and bytes need Pillow: ``pip install "skrec-keras[image]"``.

    Pictures are read as a viewer shows them: turned upright as their EXIF orientation says, transparent ones on white, those of 16 bits
    scaled down to bytes, and of animated ones the first frame. Other numbers than bytes, 16 bits and floats from 0 to 1 are refused.

    `transform` decodes the pictures one by one, in threads, into one array of shape (n_rows, height, width, 3), uint8: 100,000 pictures of
    96 x 96 take 2.8 GB, and nothing is held twice. Each is scaled to `size`, whatever its own proportions.

    The network maps bytes to [-1, 1), and puts one rectified convolution for each entry of `filters` on top of each other. A map of height
    or width W becomes one of

    .. math:: W' = \left\lfloor \frac{W - K + 2P}{S} \right\rfloor + 1

    with K = `kernel_size`, S = `stride` and P = `padding`, see `output_size`: by default, 36 x 24 becomes 18 x 12, 9 x 6 and 5 x 3. Mean
    and smooth maximum of each filter of the last layer go through a Dense layer.

    Parameters
    ----------
    size : tuple of int, default=(36, 24)
        Height and width, in pixels.
    filters : tuple of int, default=(8, 16, 32)
        Filters of each convolution.
    kernel_size : int, default=3
        Height and width of a kernel, in pixels. Must be >= 1.
    stride : int, default=2
        Step of a kernel, in pixels. Must be >= 1.
    padding : int, default=1
        Zeros around each map, in pixels. Must be >= 0.
    folder : str or pathlib.Path, optional
        Where relative paths start; None takes the working directory.
    on_error : {"raise", "neutral"}, default="raise"
        What to do with a cell that can't be read, such as a missing file or a broken JPEG: raise an error that names its row and column, or
        take it for missing.
    dropout : float, default=0.5
        Share of the pictures that are grey while training, in [0, 1): a picture that only one item has would otherwise be learned by heart,
        in place of the item's id.

    Attributes
    ----------
    shape_ : tuple of int
        Height, width and 3.

    Notes
    -----
    A missing picture is mid-grey, which the network sees as zeros.

    Examples
    --------
    >>> import numpy as np
    >>> from skrec.encoders import ImageEncoder
    >>> poster = np.full((36, 24, 3), 200, dtype=np.uint8)
    >>> pixels = ImageEncoder(size=(12, 8)).fit_transform([poster, None])
    >>> pixels.shape, pixels[:, 0, 0, 0]
    ((2, 12, 8, 3), array([200, 128], dtype=uint8))
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "size": [tuple, list],
        "filters": [tuple, list],
        "kernel_size": AT_LEAST_ONE,
        "stride": AT_LEAST_ONE,
        "padding": [Interval(Integral, 0, None, closed="left")],
        "folder": [str, Path, None],
        "on_error": [StrOptions({"raise", "neutral"})],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        size: tuple[int, int] = (36, 24),
        filters: tuple[int, ...] = (8, 16, 32),
        kernel_size: int = 3,
        stride: int = 2,
        padding: int = 1,
        folder: str | Path | None = None,
        on_error: str = "raise",
        dropout: float = 0.5,
    ) -> None:
        self.size = size
        self.filters = filters
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.folder = folder
        self.on_error = on_error
        self.dropout = dropout

    def _fit(self, column: Column, y: Any) -> None:
        check_sizes("size", self.size, "ImageEncoder")
        check_sizes("filters", self.filters, "ImageEncoder")
        if len(self.size) != 2:
            raise InvalidParameterError(
                f"The 'size' parameter of ImageEncoder must be two ints, height and width. Got {self.size!r} instead."
            )
        height, width = (int(side) for side in self.size)
        output_sizes((height, width), len(self.filters), self.kernel_size, self.stride, self.padding, "ImageEncoder")
        self.shape_ = (height, width, 3)

    def _transform(self, column: Column) -> Any:
        pictures = np.empty((len(column), *self.shape_), dtype=np.uint8)
        missing, cells = is_missing(column), column.array

        def fill(start: int) -> None:
            for position in range(start, min(start + _BLOCK, len(pictures))):
                pictures[position] = GREY if missing[position] else self._picture(column, position, cells[position])

        starts = range(0, len(pictures), _BLOCK)
        n_threads = min(os.cpu_count() or 1, len(starts))
        if n_threads < 2:
            for start in starts:
                fill(start)
            return pictures
        with ThreadPoolExecutor(n_threads) as threads:
            # Results come in the order of the blocks, and so does the first error, whichever thread was faster.
            for _ in threads.map(fill, starts):
                pass
        return pictures

    def _picture(self, column: Column, position: int, cell: Any) -> Pixels | int:
        height, width, _ = self.shape_
        try:
            return read_picture(cell, (height, width), self.folder)
        except BadCellError as error:
            if self.on_error == "neutral":
                return GREY
            raise InvalidDataError(
                f"{place(column, position)} {error}. Mend it, leave the cell missing, or pass ImageEncoder(on_error='neutral')."
            ) from error

    def _build(self, dim: int) -> Any:
        from skrec.networks.conv import ConvNetwork

        shape = self.kernel_size, self.stride, self.padding
        return ConvNetwork(dim, tuple(self.filters), *shape, float(self.dropout))
