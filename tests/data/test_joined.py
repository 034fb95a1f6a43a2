"""Tables of items joined to listed ids, and the library of the frames that come out."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skrec import Recommendations
from skrec.data import library_of
from skrec.exceptions import InvalidDataError

CELLS = {
    "item_id": [9, 7, 5],
    "title": ["Brazil", "Alien", None],
    "year": [1985, 1979, 1968],
    "tags": [["a"], [], ["b"]],
}
FILMS = pd.DataFrame(CELLS)


def make(**options):
    """Two users' lists of the items 7, 9 and 8."""
    users, items = np.array(["ann", "bob"]), np.array([7, 9, 8])
    return Recommendations(users, items, np.array([3.0, 2.0, 1.0]), [2, 1], 2, **options)


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table])
def test_all_columns_of_a_table_are_joined_by_the_item_and_unknown_items_get_missing_cells(kind):
    frame = make().to_frame(items=kind(CELLS))
    assert frame.columns.to_list() == ["user_id", "item_id", "score", "rank", "title", "year", "tags"]
    assert frame["item_id"].to_list() == [7, 9, 8]
    assert frame["title"].to_list()[:2] == ["Alien", "Brazil"]
    assert frame["year"].to_list()[:2] == [1979, 1985]
    assert frame.loc[2, ["title", "year", "tags"]].isna().all()


def test_where_every_item_has_a_row_columns_keep_their_dtype():
    table = FILMS.assign(item_id=[9, 7, 8], kind=pd.Categorical(["a", "b", "a"]))
    frame = make().to_frame(items=table)
    assert frame["year"].dtype == np.int64
    assert frame["kind"].dtype == table["kind"].dtype
    assert frame.index.to_list() == [0, 1, 2]


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_a_frame_of_polars_has_nulls_where_an_item_has_no_row(kind):
    table = kind({name: CELLS[name] for name in ("item_id", "title", "year")})
    frame = make(library="polars").to_frame(source=True, items=table)
    assert isinstance(frame, pl.DataFrame)
    assert frame.to_dict(as_series=False) == {
        "user_id": ["ann", "ann", "bob"],
        "item_id": [7, 9, 8],
        "score": [3.0, 2.0, 1.0],
        "rank": [1, 2, 1],
        "source": ["model"] * 3,
        "title": ["Alien", "Brazil", None],
        "year": [1979, 1985, None],
    }
    assert (frame.schema["score"], frame.schema["year"]) == (pl.Float32, pl.Int64)


def test_columns_of_a_polars_table_keep_their_types_in_polars():
    table = pl.DataFrame({"item_id": [7, 8], "day": [None, 3], "tags": [["a"], ["b", "c"]]}).with_columns(
        pl.col("day").cast(pl.Int8)
    )
    frame = make(library="polars").to_frame(items=table)
    assert (frame.schema["day"], frame.schema["tags"]) == (pl.Int8, pl.List(pl.String))
    assert frame["tags"].to_list() == [["a"], None, ["b", "c"]]


def test_the_column_of_ids_may_be_called_as_on_entry_or_item_id():
    named = make(names=("who", "film"))
    for table in (FILMS, FILMS.rename(columns={"item_id": "film"})):
        frame = named.to_frame(items=table)
        assert frame.columns.to_list() == ["who", "film", "score", "rank", "title", "year", "tags"]
        assert frame["title"].to_list()[:2] == ["Alien", "Brazil"]


def test_a_table_without_rows_brings_columns_without_cells():
    frame = make().to_frame(items=FILMS.head(0))
    assert frame["title"].isna().all()
    assert make().to_frame(items=FILMS)["title"].notna().sum() == 2
    empty = Recommendations(np.array([]), np.array([]), np.array([]), [], 2)
    assert list(empty.to_frame(items=FILMS).columns)[-1] == "tags"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"item_id": [7]}, "items must be a frame with a column 'item_id'. Got dict instead"),
        (FILMS[["title"]], r"items has no column 'item_id'; its columns are \['title'\]"),
        (FILMS.assign(item_id=7), r"items has more than one row for item_id 7 \(rows \[1, 2\] repeat earlier ones\)"),
        (
            FILMS.assign(score=1, rank=2),
            r"items has the columns \['score', 'rank'\], and to_frame\(\) has .* Rename them in items",
        ),
        (FILMS.assign(item_id=[7, None, 9]), "null ids in rows"),
    ],
)
def test_a_table_that_cannot_be_joined_is_refused(table, message):
    with pytest.raises(InvalidDataError, match=message):
        make().to_frame(items=table)


def test_the_library_is_that_of_the_first_frame():
    pandas, polars = FILMS, pl.DataFrame({"a": [1]})
    assert library_of(None, [1], polars, pandas) == "polars"
    assert library_of(pandas, polars) == "pandas"
    assert library_of(pa.table({"a": [1]}), polars) == "pandas"
    assert library_of(None, np.ones(2), "ann") is None
