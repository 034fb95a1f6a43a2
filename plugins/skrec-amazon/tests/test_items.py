"""Items' metadata in the notation of each edition."""

import json

import numpy as np
import pytest
from skrec_amazon._metadata import _price

from skrec.exceptions import DatasetCorruptError, DatasetNotFoundError

COLUMNS = ["item_id", "title", "description", "categories", "brand", "price", "image_url"]


@pytest.fixture
def written(layout):
    layout.write()
    layout.write_meta()
    return layout


def row(X, item):
    return X.items.set_index("item_id").loc[item].to_dict()


@pytest.mark.parametrize("form", ["plain", "gz", "zip"])
def test_rated_items_are_described_in_the_same_columns(layout, form):
    layout.write(form=form)
    layout.write_meta(form)
    items = layout.load().items
    assert items.columns.to_list() == COLUMNS
    assert items["item_id"].to_list() == ["1384719342", "B00004Y2UT"]
    assert [str(dtype) for dtype in items.dtypes] == ["str", "str", "str", "str", "str", "float64", "str"]


def test_all_items_or_none_when_asked_for(written):
    assert written.load(items="all").items["item_id"].to_list() == ["0000000000", "1384719342", "B00004Y2UT"]
    assert written.load(items="rated").items["item_id"].to_list() == ["1384719342", "B00004Y2UT"]
    assert written.load(items="none").items is None


def test_2014_is_read_as_a_literal(layouts):
    layouts["2014"].write()
    layouts["2014"].write_meta()
    assert row(layouts["2014"].load(), "1384719342") == {
        "title": "Pop Filter",
        "description": "A filter's best & <b>only</b> use",
        "categories": "Musical Instruments|Mics / Parts|Filters",
        "brand": "Vox",
        "price": 12.99,
        "image_url": "http://ecx.images-amazon.com/images/I/5.jpg",
    }


def test_2014_in_json_is_read_as_well(layouts):
    layouts["2014"].write()
    layouts["2014"].write_meta(lines=[json.dumps({"asin": "1384719342", "title": "Pop Filter"})])
    assert row(layouts["2014"].load(), "1384719342")["title"] == "Pop Filter"


def test_2018_has_lists_entities_and_prices_as_texts(layouts):
    layouts["2018"].write()
    layouts["2018"].write_meta()
    assert row(layouts["2018"].load(), "1384719342") == {
        "title": 'Pop "Filter"',
        "description": "A filter for pops Clamps Fits",
        "categories": "Musical Instruments|Mics & Parts",
        "brand": "Vox",
        "price": 1012.99,
        "image_url": "https://images/large.jpg",
    }


def test_2018_titles_that_are_javascript_are_left_out(layouts):
    layouts["2018"].write()
    layouts["2018"].write_meta()
    described = row(layouts["2018"].load(), "B00004Y2UT")
    assert described["title"] == ""
    assert np.isnan(described["price"])


def test_2023_takes_the_largest_of_the_first_picture(layouts):
    layouts["2023"].write()
    layouts["2023"].write_meta()
    assert row(layouts["2023"].load(), "1384719342") == {
        "title": "Pop Filter",
        "description": "A filter Clamps Fits",
        "categories": "Musical Instruments|Filters",
        "brand": "Vox",
        "price": 12.99,
        "image_url": "https://m/l.jpg",
    }


def test_what_is_unknown_is_empty(written):
    unknown = row(written.load(), "B00004Y2UT")
    assert np.isnan(unknown.pop("price"))
    assert unknown.pop("categories") == ("Musical Instruments" if written.year == "2014" else "")
    assert set(unknown.values()) == {""}


@pytest.mark.parametrize(
    ("value", "price"),
    [
        (12.99, 12.99),
        (7, 7.0),
        ("$12.99", 12.99),
        ("12.99", 12.99),
        ("$1,299.00", 1299.0),
        ("$4.99 - $8.99", 4.99),
        ("from 13.99", 13.99),
        ("from $13.99", 13.99),
        ("—", None),
        ("", None),
        ("None", None),
        (".a-box-inner{background-color:#fff}", None),
        ("10% off", None),
        (None, None),
        (float("nan"), None),
        (float("inf"), None),
        (-1.0, None),
        (True, None),
        ([1.0], None),
    ],
)
def test_prices(value, price):
    assert _price(value) == price or (price is None and np.isnan(_price(value)))


def test_metadata_that_was_asked_for_must_be_there(layout):
    layout.write()
    with pytest.raises(
        DatasetNotFoundError, match=r"meta_Musical_Instruments.jsonl?.gz is not in .*amazon-\d+. Put it"
    ):
        layout.load(items="all")


@pytest.mark.parametrize(
    "bad", ["{", "[1]", '{"title": "x"}', "{'asin': 5}", "{'parent_asin': ''}", "nonsense", "{'a': f()}"]
)
def test_a_damaged_line_is_named_with_its_number(written, bad):
    path = written.folder / written.meta_name.format("Musical_Instruments")
    path.write_text(path.read_text("utf-8") + bad + "\n", "utf-8")
    number = path.read_text("utf-8").count("\n")
    field = "parent_asin" if written.year == "2023" else "asin"
    with pytest.raises(
        DatasetCorruptError, match=rf"{path.name}, line {number}, isn't a record with a text as '{field}'"
    ):
        written.load()


def test_nothing_in_a_line_is_run(layouts, tmp_path):
    layouts["2014"].write()
    trap = f"{{'asin': '1384719342', 'title': open({str(tmp_path / 'trap')!r}, 'w')}}"
    layouts["2014"].write_meta(lines=[trap])
    with pytest.raises(DatasetCorruptError, match=r"line 1, isn't a record"):
        layouts["2014"].load()
    assert not (tmp_path / "trap").exists()
