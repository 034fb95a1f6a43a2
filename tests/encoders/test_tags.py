import numpy as np
import pandas as pd
import pytest

from skrec.encoders import TagsEncoder
from skrec.exceptions import InvalidDataError


@pytest.fixture(scope="module")
def encoder():
    return TagsEncoder().fit(["Horror|Comedy", "Comedy", "Comedy|Drama|Horror"])


def test_codes_go_by_frequency_in_the_order_of_the_cell(encoder):
    assert encoder.categories_ == ["Comedy", "Horror", "Drama"]
    codes = encoder.transform(["Drama|Comedy", "Comedy|Drama", "Horror"])
    assert codes.tolist() == [[4, 2, 0], [2, 4, 0], [3, 0, 0]]
    assert codes.dtype == np.int32


@pytest.mark.parametrize("cell", ["Drama|Comedy", "|Drama||Comedy|", " Drama | Comedy ", "Drama|Drama|Comedy|Drama"])
def test_stray_separators_white_space_and_repetitions_are_tolerated(encoder, cell):
    assert encoder.transform([cell]).tolist() == [[4, 2, 0]]


@pytest.mark.parametrize("cell", [None, np.nan, "", " ", "|", "| ||", []], ids=repr)
def test_a_cell_without_tags_is_all_zeros_and_so_is_its_vector(encoder, embed, objects, cell):
    codes = encoder.transform(objects([cell, "Comedy"]))
    assert codes[0].tolist() == [0, 0, 0]
    vectors = embed(encoder, codes)
    np.testing.assert_array_equal(vectors[0], 0.0)
    assert np.abs(vectors[1]).min() > 0


@pytest.mark.parametrize(
    "cell",
    [["Drama", "Comedy"], ("Drama", "Comedy"), np.array(["Drama", "Comedy"]), ["Drama", None, np.nan, " Comedy"]],
)
def test_sequences_are_tags(encoder, objects, cell):
    assert encoder.transform(objects([cell])).tolist() == [[4, 2, 0]]


def test_sets_are_read_in_order_of_the_alphabet(encoder, objects):
    assert encoder.transform(objects([{"Horror", "Comedy", "Drama"}])).tolist() == [[2, 4, 3]]


def test_unknown_tags_share_one_code_and_count_once(encoder):
    assert encoder.transform(["Western|Drama|Noir", "Noir"]).tolist() == [[1, 4, 0], [1, 0, 0]]
    rare = TagsEncoder(min_count=2).fit(["a|b", "a", "c"])
    assert rare.categories_ == ["a"]
    assert rare.transform(["c", "b|a"]).tolist() == [[1, 0], [1, 2]]
    assert TagsEncoder(max_categories=1).fit(["a|b", "a"]).categories_ == ["a"]


def test_a_row_has_as_many_codes_as_the_longest_of_fit(encoder):
    assert encoder.length_ == 3
    assert encoder.transform(["a|b|Comedy|Horror|Drama"]).tolist() == [[1, 2, 3]]
    assert TagsEncoder(max_tags=2).fit_transform(["a|b|c", "c"]).tolist() == [[3, 4], [2, 0]]
    assert TagsEncoder().fit_transform([None, ""]).tolist() == [[0], [0]]


def test_another_separator_or_none():
    assert TagsEncoder(separator=", ").fit(["a, b", "b"]).categories_ == ["b", "a"]
    assert TagsEncoder(separator=None).fit(["a|b", "b"]).categories_ == ["a|b", "b"]


def test_numbers_are_tags_in_a_list(objects):
    assert TagsEncoder().fit(objects([[7, 8], [7.0], ["7"]])).categories_ == ["7", "8"]


def test_one_number_is_refused_naming_row_and_column():
    column = pd.Series(["a", 3], index=[10, 11], name="genres")
    with pytest.raises(InvalidDataError, match="Row 1 .index 11. of column 'genres' is 3, and tags are a list, or a"):
        TagsEncoder().fit(column)


def test_a_list_in_a_list_is_refused_naming_row_and_column(objects):
    with pytest.raises(InvalidDataError, match=r"Row 0 .index 'id0'. of column 'column' has the tag \['a'\]"):
        TagsEncoder().fit(objects([[["a"]]]))


def test_a_vector_is_the_mean_of_the_tags_own(encoder, embed):
    both, one, other, unknown = embed(encoder, encoder.transform(["Drama|Comedy", "Drama", "Comedy", "Noir"]))
    np.testing.assert_allclose(both, (one + other) / 2, rtol=1e-5)
    mixed = embed(encoder, encoder.transform(["Noir|Drama"]))[0]
    np.testing.assert_allclose(mixed, (unknown + one) / 2, rtol=1e-5)


def test_a_tag_of_any_kind_of_nothing_is_left_out():
    cells = [["a", None, np.nan, pd.NA, pd.NaT, np.datetime64("NaT"), "b"], pd.NA]
    assert TagsEncoder().fit_transform(pd.Series(cells, dtype=object)).tolist() == [[2, 3], [0, 0]]
