"""Columns that a table brings to rows known by an id, and frames of the library that a question came in."""

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v1 as nw
import numpy as np
import pandas as pd

from skrec.data._tables import read_table
from skrec.data.vocabulary import Vocabulary
from skrec.exceptions import InvalidDataError
from skrec.typing import Codes, Ids

__all__ = ["Joined", "library_of", "make_frame", "read_joined"]


def library_of(*data: Any) -> str | None:
    """Say whose frame the first frame among objects is, "pandas" or "polars"; None where there is none.

    A table of PyArrow counts as one of pandas, which is what answers to it are.
    """
    for one in data:
        if nw.dependencies.is_polars_dataframe(one):
            return "polars"
        if isinstance(one, pd.DataFrame) or nw.dependencies.is_pyarrow_table(one):
            return "pandas"
    return None


def make_frame(columns: Mapping[str, Any], joined: "Joined | None", kind: str) -> Any:
    """Make a frame of columns, and of those that a table brings along.

    Parameters
    ----------
    columns : mapping of str to ndarray of shape (n,)
    joined : Joined or None
    kind : {"pandas", "polars"}

    Returns
    -------
    pandas.DataFrame or polars.DataFrame
    """
    if kind != "polars":
        frame = pd.DataFrame(dict(columns))
        return frame if joined is None else pd.concat([frame, joined.in_pandas()], axis=1)
    import polars as pl

    rows = pl.DataFrame([_series(name, values) for name, values in columns.items()])
    return rows if joined is None else rows.hstack(joined.in_polars())


class Joined:
    """The rows of a table that ids have; missing cells where an id has none.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an id, without the column of ids.
    rows : ndarray of shape (n,), int64
        Rows of the table; -1 for an id without one.
    native : polars.DataFrame or None
        The same table, where it came in polars: its columns keep their types.
    """

    def __init__(self, table: pd.DataFrame, rows: Codes, native: Any = None) -> None:
        self.table, self.rows, self._native = table, rows, native

    def in_pandas(self) -> pd.DataFrame:
        """Take the rows; shape (n, n_columns)."""
        known = bool((self.rows >= 0).all())
        found = self.table.take(self.rows) if known else self.table.reindex(self.rows)
        return found.reset_index(drop=True)

    def in_polars(self) -> Any:
        """Take the rows as polars does, null where there is none."""
        import polars as pl

        table = self._native
        if table is None:
            table = pl.DataFrame([_series(str(name), self.table[name]) for name in self.table.columns])
        places = pl.Series([None if row < 0 else int(row) for row in self.rows], dtype=pl.Int64)
        return table.select(pl.all().gather(places)).get_columns()


def read_joined(items: Any, item: str, listed: Ids, taken: tuple[str, ...]) -> Joined:
    """Find the rows of a table of items that listed ids have.

    Parameters
    ----------
    items : frame
        One row an item, with the column `item`, or ``item_id``.
    item : str
        What the user calls an item's id.
    listed : ndarray of shape (n,)
    taken : tuple of str
        Columns that the result has already.

    Returns
    -------
    Joined

    Raises
    ------
    InvalidDataError
        If `items` is no frame, lacks the column of ids, has an id twice, or a column that is taken.
    """
    names = [str(name) for name in getattr(items, "columns", ())]
    key = item if item in names or "item_id" not in names else "item_id"
    table = read_table(items, key, key, "items")
    both = [str(name) for name in table.columns if str(name) in taken and name != key]
    if both:
        raise InvalidDataError(
            f"items has the columns {both}, and to_frame() has columns of these names, too. Rename them in items, or drop them."
        )
    rows = Vocabulary(table[key], "item").encode(listed) if len(table) else np.full(len(listed), -1, dtype=np.int64)
    return Joined(table.drop(columns=key), rows, items.drop(key) if library_of(items) == "polars" else None)


def _series(name: str, values: Any) -> Any:
    """Make a column of polars, null where a cell is missing."""
    import polars as pl

    column = pd.Series(values)
    if column.dtype.kind in "iufbM" and isinstance(column.dtype, np.dtype) and not column.isna().any():
        return pl.Series(name, column.to_numpy())
    cells = column.astype(object).where(column.notna().to_numpy(), None)
    return pl.Series(name, cells.tolist(), strict=False)
