"""Where the files are looked for, and what is said where they aren't."""

import shutil

import pytest

from skrec.datasets import load_dataset
from skrec.exceptions import DatasetNotFoundError, InvalidParameterError


@pytest.mark.parametrize(
    "category", ["Musical_Instruments", "musical-instruments", "Musical Instruments", "MUSICALINSTRUMENTS"]
)
def test_a_category_is_found_however_it_is_written(layout, category):
    layout.write()
    layout.write(category="Beauty")
    assert len(layout.load(category=category)) == 4


def test_the_category_is_needed_where_there_are_several(layout):
    layout.write()
    layout.write(category="Beauty")
    with pytest.raises(
        InvalidParameterError, match=r"'category' parameter of amazon/\d+ must be given .*: Beauty, Musical_Instruments"
    ):
        layout.load()


def test_one_category_of_several_kinds_needs_no_name(layout):
    for kind in ("5-core", "reviews", "ratings"):
        layout.write(kind)
    layout.write_meta()
    assert len(layout.load()) == 4


def test_with_nothing_there_the_error_says_what_to_put_where(layout):
    example = {"2014": "reviews_Beauty_5.json.gz", "2018": "Beauty_5.json.gz", "2023": "Beauty.jsonl.gz"}[layout.year]
    with pytest.raises(DatasetNotFoundError) as caught:
        layout.load(category="Beauty")
    message = str(caught.value)
    assert f"Files of the Amazon Reviews of {layout.year} are not in {layout.home}. Get them from https://" in message
    assert f"for example {example}, into {layout.folder}" in message


def test_metadata_alone_is_nothing_to_learn_from(layout):
    layout.write_meta()
    with pytest.raises(DatasetNotFoundError, match=r"are not in"):
        layout.load()


def test_a_category_that_is_not_there_is_named_with_those_that_are(layout):
    layout.write()
    with pytest.raises(
        DatasetNotFoundError, match=r"of category 'Books' are not in .*; there are those of Musical_Instruments"
    ):
        layout.load(category="Books")


def test_a_kind_that_is_not_there_is_named(layout):
    path = layout.write("ratings")
    with pytest.raises(DatasetNotFoundError, match=rf"but none of kind reviews: {path}"):
        layout.load(kind="reviews")
    with pytest.raises(DatasetNotFoundError, match=r"but none of kind 5-core or reviews with text and votes"):
        layout.load(text=True)


def test_other_folders_that_begin_with_amazon_are_searched_too(layout):
    layout.write()
    layout.folder.rename(layout.home / "Amazon reviews")
    assert len(layout.load()) == 4


def test_data_home_may_be_the_folder_itself(layout):
    layout.write()
    assert len(load_dataset(layout.name, layout.folder, verbose=False)) == 4


def test_folders_of_other_names_and_editions_are_left_alone(layout, layouts):
    (other,) = [
        layouts[year] for year in layouts if year == {"2014": "2018", "2018": "2023", "2023": "2014"}[layout.year]
    ]
    other.write()
    shutil.copytree(other.folder, layout.home / "s3rec")
    with pytest.raises(DatasetNotFoundError, match=r"are not in"):
        layout.load()


def test_the_editions_own_folder_comes_first(layout):
    layout.write()
    layout.folder.rename(layout.home / "amazon")
    layout.records = layout.records[:2]
    layout.write()
    assert len(layout.load()) == 2


def test_a_folder_called_5core_holds_5_cores(layouts):
    layouts["2018"].write("reviews", "zip")
    layouts["2018"].folder.rename(layouts["2018"].home / "amazon-musical-instruments-5core")
    assert len(layouts["2018"].load(kind="5-core")) == 4


@pytest.mark.parametrize("kind", ["reviews", "ratings"])
@pytest.mark.parametrize(("year", "read_as"), [("2014", "2018"), ("2018", "2014")])
def test_a_file_of_another_edition_is_told_apart(layouts, kind, year, read_as):
    layouts[year].write(kind)
    layouts[year].folder.rename(layouts[year].home / "amazon")
    with pytest.raises(DatasetNotFoundError, match=rf"edition of {year}: load it as 'amazon/{year}', from a folder"):
        layouts[read_as].load()


@pytest.mark.parametrize(("year", "read_as"), [("2014", "2023"), ("2018", "2023"), ("2023", "2014"), ("2023", "2018")])
def test_reviews_of_2023_have_other_fields(layouts, year, read_as):
    layouts[year].write()
    layouts[year].folder.rename(layouts[year].home / "amazon")
    with pytest.raises(DatasetNotFoundError, match=r"edition of \d+: load it as 'amazon/\d+', from a folder"):
        layouts[read_as].load()
