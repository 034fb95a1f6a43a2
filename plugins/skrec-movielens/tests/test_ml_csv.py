import os
from pathlib import Path

import pandas as pd
import pytest

from skrec.datasets import load_dataset
from skrec.exceptions import DatasetCorruptError, DatasetNotFoundError

REAL = Path(os.environ.get("SKREC_DATA_HOME", ""), "ml-latest-small")
needs_data = [pytest.mark.data, pytest.mark.skipif(not REAL.is_dir(), reason="SKREC_DATA_HOME has no ml-latest-small")]


@pytest.fixture
def layout(layouts, home):
    layouts["movielens/25m"].write(home)
    return layouts["movielens/25m"]


def test_films_keep_quotes_and_are_stripped(layout, home):
    items = layout.load(home).items
    assert items["title"].to_list() == [
        "Toy Story (1995)",
        'Misérables, Les "The Film" (1995)',
        "Null",
        "Death Note: Desu nôto (2006–2007)",
    ]
    assert items["genres"].to_list() == ["Adventure|Animation|Children", "Drama", "", "Mystery"]
    assert items["year"].fillna(0).to_list() == [1995, 1995, 0, 2006]


def test_tags_are_distinct_lower_case_and_in_order(layout, home):
    assert layout.load(home).items["tags"].to_list() == ["a, b/c", "funny|na", "", ""]


def test_tags_may_be_left_out_or_missing(layout, home):
    assert "tags" not in layout.load(home, tags=False).items
    (home / "ml-25m" / "tags.csv").unlink()
    assert "tags" not in layout.load(home).items


def test_links_are_texts_and_empty_where_unknown(layout, home):
    items = layout.load(home, links=True).items
    assert items["imdb_id"].to_list() == ["0114709", "0113497", "", "0877057"]
    assert items["tmdb_id"].to_list() == ["862", "", "", "13916"]


def test_links_that_were_asked_for_must_be_there(layout, home):
    (home / "ml-25m" / "links.csv").unlink()
    with pytest.raises(DatasetNotFoundError, match=r"it has no links.csv"):
        layout.load(home, links=True)
    assert len(layout.load(home)) == 3


def test_columns_are_found_by_name(layout, home):
    (home / "ml-25m" / "ratings.csv").write_text("timestamp,rating,movieId,userId\n7,4.5,1,2\n7,1,6,2\n8,5,1,3\n")
    assert layout.load(home).events.iloc[0].to_list() == [2, 1, 4.5, 7]


def test_a_renamed_column_is_one_clear_error(layout, home):
    (home / "ml-25m" / "ratings.csv").write_text("user,movieId,rating,timestamp\n2,1,4.5,7\n")
    with pytest.raises(DatasetCorruptError, match=r"ratings.csv in .* isn't as GroupLens ships it: .*userId"):
        layout.load(home)


@pytest.mark.parametrize("marked", [pytest.param(None, marks=needs_data)])
def test_real_data_has_the_published_counts(marked):
    X = load_dataset("movielens/latest-small", verbose=False, links=True)
    assert (len(X), X.events["user_id"].nunique(), X.events["item_id"].nunique()) == (100_836, 610, 9_724)
    assert len(X.items) == 9_742
    assert X.users is None
    assert X.events.iloc[0].to_list() == [1, 1, 4, 964982703]
    items = X.items.set_index("item_id")
    assert items.loc[1, ["title", "year", "tags", "imdb_id"]].to_list() == [
        "Toy Story (1995)",
        1995.0,
        "pixar|fun",
        "0114709",
    ]
    assert items["year"].isna().sum() == 12
    assert not items[["title", "genres", "tags"]].isna().any(axis=None)
    assert isinstance(X.events, pd.DataFrame)
