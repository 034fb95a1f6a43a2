"""What an encoder, a dataset, a backend, a metric and a retriever are; stable."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from skrec._sklearn import BaseEstimator, TransformerMixin, linked
from skrec.data import Interactions
from skrec.typing import Codes, Floats, Mask, Scores


@linked
class Encoder(TransformerMixin, BaseEstimator, ABC):
    """One column becomes an array, and the layers that embed that array.

    Subclasses store their constructor parameters, as any scikit-learn estimator.
    """

    @abstractmethod
    def fit(self, column: Any, y: Any = None) -> "Encoder":
        """Learn from a column of shape (n_rows,)."""

    @abstractmethod
    def transform(self, column: Any) -> Any:
        """Turn a column into numbers.

        Parameters
        ----------
        column : array-like of shape (n_rows,)

        Returns
        -------
        ndarray of shape (n_rows, ...)
            int32 codes, float32 numbers or uint8 pixels.
        """

    @abstractmethod
    def build(self, dim: int) -> Any:
        """Make the Keras layer that maps a batch of `transform`'s rows to shape (batch, dim).

        It is trained with the model.
        """


class Dataset(ABC):
    """A named set of interactions that can be loaded from its publisher's raw files.

    Attributes
    ----------
    summary : str
        One line: what it is.
    homepage : str
        Where its publisher describes it.
    license : str
        What may be done with it, in one or two sentences.
    size : str
        Counts of events, users and items, and bytes to download.
    sha256 : mapping of str to str
        Hash of each file to download, by its name; empty for a generated dataset.
    """

    summary: ClassVar[str] = ""
    homepage: ClassVar[str] = ""
    license: ClassVar[str] = ""
    size: ClassVar[str] = ""
    sha256: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def load(self, data_home: Path, **options: Any) -> Interactions:
        """Read the dataset.

        Parameters
        ----------
        data_home : pathlib.Path
            Folder to look for the raw files in; a download may be put there.
        **options
            What the dataset's own documentation says.

        Returns
        -------
        Interactions

        Raises
        ------
        DatasetNotFoundError
            If the files are neither there nor to be downloaded: the message says what to put where.
        """


@dataclass(frozen=True)
class Capabilities:
    """What a backend can do.

    Attributes
    ----------
    train : bool
        Can compute gradients; else it serves saved models only.
    jit : bool
        Compiles whole steps.
    distribution : bool
        Can spread one model over several devices.
    tpu : bool
        Can use TPUs.
    """

    train: bool = True
    jit: bool = True
    distribution: bool = False
    tpu: bool = False


class Backend(ABC):
    """Where Keras computes: one framework and its devices.

    A backend also gives the handful of operations that each framework does in its own way and fast; the training step
    is written once on top of them, in :mod:`skrec.models`. Tensors are the framework's own.

    Attributes
    ----------
    keras_name : str
        Keras' name of the backend.
    module : str
        The framework's import name.
    install : str
        What to type to install it.
    fixed_shapes : bool
        Whether a compiled step needs shapes that don't depend on data.
    capabilities : Capabilities
    """

    keras_name: ClassVar[str]
    module: ClassVar[str]
    install: ClassVar[str]
    fixed_shapes: ClassVar[bool] = False
    capabilities: ClassVar[Capabilities] = Capabilities()

    @abstractmethod
    def is_available(self) -> bool:
        """Say whether the framework is installed, without importing it."""

    @abstractmethod
    def version(self) -> str:
        """Version of the installed framework."""

    @abstractmethod
    def configure(self) -> None:
        """Prepare the framework before Keras is imported: compilation cache, memory growth."""

    @abstractmethod
    def devices(self) -> list[str]:
        """Names of the devices that are there, best first.

        Always with ``"cpu"``; others as ``"gpu:0"``, ``"tpu:0"``.
        """

    def default_device(self) -> str:
        """The device that ``device="auto"`` takes."""
        return self.devices()[0]

    @abstractmethod
    def device_scope(self, device: str) -> AbstractContextManager[Any]:
        """Enter a scope in which tensors are made on `device`, one of :meth:`devices`."""

    @abstractmethod
    def make_table(self, values: Floats, n_slots: int) -> Any:
        """Put rows where single ones can be updated in place, each followed by its optimizer state.

        Parameters
        ----------
        values : ndarray of shape (n_rows, width), float32
        n_slots : int
            How many further blocks of `width` numbers each row gets, all 0.

        Returns
        -------
        object
            The table, of shape (n_rows, (1 + n_slots) * width).
        """

    @abstractmethod
    def read_table(self, table: Any, width: int) -> Floats:
        """Copy the first `width` columns of a table back to NumPy."""

    @abstractmethod
    def gather_rows(self, table: Any, ids: Any) -> Any:
        """Copy rows of a table; `ids` is a tensor of shape (m,), int32. Shape (m, columns)."""

    @abstractmethod
    def scatter_rows(self, table: Any, ids: Any, rows: Any) -> Any:
        """Overwrite rows of a table in place, a sparse update; gives the table.

        Where an id occurs several times, its rows are equal.
        """

    @abstractmethod
    def value_and_grad(self, function: Callable[..., Any], parameters: Any, *arguments: Any) -> tuple[Any, Any, Any]:
        """Differentiate ``function(parameters, *arguments) -> (loss, auxiliary)`` with respect to its parameters.

        Parameters
        ----------
        function : callable
            Written with ``keras.ops``; its loss is a scalar.
        parameters : dict of str to tensor or list of tensors
        *arguments
            Passed on, not differentiated.

        Returns
        -------
        loss : tensor, scalar
        auxiliary : object
        gradients : dict
            Like `parameters`.
        """

    @abstractmethod
    def compile_steps(
        self, step: Callable[[Any, Any], tuple[Any, Any]]
    ) -> Callable[[Any, Mapping[str, Any], int], tuple[Any, Any]]:
        """Compile ``step(state, batch) -> (state, figures)`` into a function that takes many batches in one call.

        Parameters
        ----------
        step : callable
            One training step; pure but for tables, which it updates through :meth:`scatter_rows`. Its figures are two
            numbers, a tensor of shape (2,), float32: loss and accuracy.

        Returns
        -------
        callable
            ``run(state, batches, n_steps) -> (state, figures)``. `batches` is a dict of NumPy arrays of shape (chunk,
            ...) of which the first `n_steps` are run, `figures` a tensor of shape (at least n_steps, 2), which may
            still be being computed. `state` must not be used again. Tables stand under its key ``"tables"``.
        """

    @abstractmethod
    def compile_forward(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Compile a function of tensors for inference; it takes and gives NumPy arrays."""

    def compile_top_k(self, item_vectors: Floats, n: int) -> Callable[[Floats, Any], tuple[Codes, Scores]]:
        """Compile a search for each user's `n` largest inner products; uses Keras' ``top_k`` unless a backend knows better.

        Parameters
        ----------
        item_vectors : ndarray of shape (n_items, dim), float32
        n : int
            At most n_items.

        Returns
        -------
        callable
            ``find(user_vectors, exclude) -> (positions, products)``, all NumPy, both of shape (n_users, n), best first; `exclude` is a
            scipy.sparse.csr_array of shape (n_users, n_items), whose stored entries get minus infinity, or None. Products may be
            rounded, and equal ones come in any order: who asks settles that.
        """
        from keras import ops

        items = ops.transpose(ops.convert_to_tensor(item_vectors))

        def search(users: Any, rows: Any, columns: Any) -> Any:
            products = ops.matmul(users, items)
            places = ops.stack([rows, columns], axis=1)
            products = ops.scatter_update(products, places, ops.full_like(rows, -np.inf, dtype=products.dtype))
            return ops.top_k(products, n)

        compiled = self.compile_forward(search)

        def find(user_vectors: Floats, exclude: Any) -> tuple[Codes, Scores]:
            # One user more than asked about, and sizes rounded up: few shapes are compiled, and padding has a row to point to.
            n_users = len(user_vectors)
            padded = np.zeros((1 << n_users.bit_length(), user_vectors.shape[1]), dtype=np.float32)
            padded[:n_users] = user_vectors
            n_left_out = 0 if exclude is None else exclude.nnz
            rows = np.full(1 << max(6, n_left_out.bit_length()), len(padded) - 1, dtype=np.int32)
            columns = np.zeros(len(rows), dtype=np.int32)
            if exclude is not None:
                rows[:n_left_out] = np.repeat(np.arange(n_users), np.diff(exclude.indptr))
                columns[:n_left_out] = exclude.indices
            products, positions = compiled(padded, rows, columns)
            return positions[:n_users].astype(np.int64), products[:n_users]

        return find


@dataclass(frozen=True)
class RankedLists:
    """The lists of all users, as a metric sees them.

    Attributes
    ----------
    hits : ndarray of shape (n_users, k), bool
        True where the item at that rank is relevant.
    n_relevant : ndarray of shape (n_users,), int64
        Number of relevant items of each user; at least 1.
    items : ndarray of shape (n_users, k), int64
        Catalogue positions of the recommended items; -1 past the end of a short list. Listed items that weren't in fit stand behind the
        catalogue.
    k : int
        The cut-off.
    item_counts : ndarray of shape (n_items,), float64
        Events of each item in fit.
    item_vectors : ndarray of shape (n_items, dim), float32, or None
        Vectors of the items, where the model has some for all that are listed.
    """

    hits: Mask
    n_relevant: Codes
    items: Codes
    k: int
    item_counts: Any
    item_vectors: Floats | None = None

    def cut(self, k: int) -> "RankedLists":
        """Shorten the lists to their first `k` items."""
        return RankedLists(self.hits[:, :k], self.n_relevant, self.items[:, :k], k, self.item_counts, self.item_vectors)

    @property
    def lengths(self) -> Codes:
        """Number of recommended items, shape (n_users,)."""
        return np.asarray((self.items >= 0).sum(axis=1), dtype=np.int64)


@linked
class Retriever(BaseEstimator, ABC):
    """Search for the items whose vectors have the largest inner products with a user's.

    Attributes
    ----------
    exact : bool
        True if `query` gives what brute force gives.
    """

    exact: ClassVar[bool] = True

    @abstractmethod
    def fit(self, item_vectors: Floats) -> "Retriever":
        """Index item vectors of shape (n_items, dim)."""

    @abstractmethod
    def query(self, user_vectors: Floats, k: int, exclude: Any = None) -> tuple[Codes, Scores]:
        """Find the best items.

        Parameters
        ----------
        user_vectors : ndarray of shape (n_users, dim), float32
        k : int
        exclude : scipy.sparse.csr_array of shape (n_users, n_items), optional
            Stored entries are left out.

        Returns
        -------
        positions : ndarray of shape (n_users, k), int64
            Best first, equal scores in order of position; -1 where fewer than k items are left.
        scores : ndarray of shape (n_users, k), float32
            NaN where the position is -1.
        """
