import numpy as np
import pandas as pd
import polars as pl
import pytest

from skrec.encoders import CategoryEncoder
from skrec.exceptions import InvalidDataError

COLOURS = ["red", "blue", "red", None, "green", "red", "blue"]


def test_codes_go_by_frequency_after_those_of_other_and_missing_ones():
    encoder = CategoryEncoder().fit(COLOURS)
    assert encoder.categories_ == ["red", "blue", "green"]
    codes = encoder.transform(["green", "red", "violet", None, "blue"])
    assert codes.tolist() == [4, 2, 0, 1, 3]
    assert codes.dtype == np.int32


def test_rare_categories_share_the_code_of_unseen_ones():
    encoder = CategoryEncoder(min_count=2).fit(COLOURS)
    assert encoder.transform(["red", "blue", "green", "violet"]).tolist() == [2, 3, 0, 0]
    assert CategoryEncoder(max_categories=1).fit(COLOURS).categories_ == ["red"]


def test_a_missing_cell_is_like_an_unseen_category_where_none_was_met():
    encoder = CategoryEncoder().fit(["red", "blue"])
    assert not encoder.has_missing_
    assert encoder.transform(["red", None, np.nan, "violet"]).tolist() == [3, 0, 0, 0]


@pytest.mark.parametrize(
    "column",
    [
        [7, 8, 7],
        [7.0, 8.0, 7.0],
        ["7", "8", "7"],
        pd.Series([7, 8, 7], dtype="Int64"),
        pd.Series([7, 8, 7], dtype="category"),
        pd.Series(["7", 8, 7.0], dtype=object),
        pl.Series([7, 8, 7]),
        np.array([7, 8, 7], dtype=np.int8),
    ],
    ids=lambda column: type(column).__name__,
)
def test_numbers_and_strings_that_look_alike_are_one_category(column):
    encoder = CategoryEncoder().fit([7, 7, 8])
    assert encoder.transform(column).tolist() == [2, 3, 2]
    assert CategoryEncoder().fit(column).categories_ == ["7", "8"]


def test_integers_come_back_as_floats_where_one_is_missing():
    encoder = CategoryEncoder().fit(pd.Series([7, 8, 8]))
    assert encoder.transform(pd.Series([7, None, 8])).tolist() == [3, 0, 2]


def test_booleans_and_dates_are_categories_too():
    assert CategoryEncoder().fit([True, False, True]).transform([False, True]).tolist() == [3, 2]
    mixed = pd.Series([True, 1, 1, "True"], dtype=object)
    assert CategoryEncoder().fit(mixed).categories_ == ["1", "True"]
    dates = pd.to_datetime(["2000-01-01", "2001-01-01"])
    assert CategoryEncoder().fit(dates).transform(dates[::-1]).tolist() == [3, 2]


@pytest.mark.parametrize("cell", [["a"], ("a",), {"a"}, {"a": 1}, np.zeros(2), b"a"], ids=lambda c: type(c).__name__)
def test_several_in_a_cell_are_refused_naming_row_and_column(objects, cell):
    with pytest.raises(InvalidDataError, match="Row 1 .index 'id1'. of column 'studio' is .* use the encoder 'tags'"):
        CategoryEncoder().fit(objects(["a", cell], name="studio"))


def test_an_unseen_category_is_what_all_categories_have_in_common(embed):
    encoder = CategoryEncoder().fit(["a", "b", None])
    other, a, b, missing = embed(encoder, encoder.transform(["unseen", "a", "b", None]))
    assert not np.allclose(other, 0.0)
    assert not np.allclose(a - other, b - other)
    assert not np.allclose(missing, other)
