"""What the three datasets give, in each form and kind of their files."""

import os
from pathlib import Path

import pandas as pd
import pytest

from skrec.datasets import load_dataset
from skrec.exceptions import InvalidParameterError
from skrec.plugin import lookup, names, plugin_manager
from skrec.testing import check_dataset

NAMES = ["amazon/2014", "amazon/2018", "amazon/2023"]
REAL = Path(os.environ.get("SKREC_DATA_HOME", ""), "amazon-musical-instruments-5core")
needs_data = [
    pytest.mark.data,
    pytest.mark.skipif(not REAL.is_dir(), reason="SKREC_DATA_HOME has no amazon-musical-instruments-5core"),
]


def rows(X):
    return X.events[["user_id", "item_id", "rating", "timestamp"]].to_numpy(dtype=object).tolist()


def test_the_three_names_come_from_the_entry_point():
    assert [name for name in names("datasets") if name.startswith("amazon/")] == NAMES
    (info,) = [info for info in plugin_manager().infos() if info.name == "amazon"]
    assert (info.distribution, info.status, info.faults) == ("skrec-keras-amazon", "active", [])
    assert lookup("datasets", "skrec-keras-amazon:amazon/2018").__name__ == "Amazon2018"


@pytest.mark.parametrize("form", ["plain", "gz", "zip"])
@pytest.mark.parametrize("kind", ["5-core", "reviews", "ratings"])
def test_every_kind_and_form_gives_the_same_events(layout, kind, form, events):
    layout.write(kind, form)
    X = layout.load()
    assert rows(X) == events
    assert [str(dtype) for dtype in X.events.dtypes] == ["category", "category", "float32", "int64"]
    assert (X.users, X.items) == (None, None)
    assert rows(layout.load(kind=kind)) == events


@pytest.mark.parametrize("kind", ["5-core", "reviews", "ratings"])
def test_it_keeps_what_a_dataset_promises(layout, kind):
    layout.write(kind)
    layout.write_meta()
    with_text = kind == "reviews"
    check_dataset(layout.name, layout.home, kind=kind, text=with_text, votes=with_text)


def test_ids_are_texts(layout, events):
    layout.write()
    assert layout.load().events["item_id"].cat.categories.dtype == "str"
    assert layout.load().events["user_id"].to_list() == [event[0] for event in events]


@pytest.mark.parametrize("form", ["plain", "gz", "zip"])
def test_text_is_context_when_asked_for(layout, form):
    layout.write(form=form)
    X = layout.load(text=True)
    assert X.context_columns == ["summary", "text"]
    assert X.events["summary"].to_list() == ["good", "Jake", "", "a, b"]
    assert X.events["text"].to_list() == ['Not "much" to write\nabout. 5% off', "Großartig, naïve ☃", "", "x,y"]
    assert str(X.events["text"].dtype) == "str"


def test_text_goes_over_chunks(layout, monkeypatch):
    monkeypatch.setattr("skrec_amazon._json_lines._CHUNK", 2)
    layout.write()
    assert layout.load(text=True).events["summary"].to_list() == ["good", "Jake", "", "a, b"]


def test_votes_are_context_when_asked_for(layouts):
    for layout in layouts.values():
        layout.write()
    columns = {year: layout.load(votes=True).events.iloc[:, 4:] for year, layout in layouts.items()}
    assert columns["2014"].to_dict("list") == {"helpful_votes": [0, 13, 1, 0], "total_votes": [0, 14, 1, 2]}
    bought = [True, False, True, True]
    assert columns["2018"].to_dict("list") == {"helpful_votes": [1013, 0, 0, 2], "verified": bought}
    assert columns["2023"].to_dict("list") == {"helpful_votes": [0, 1, 2, 3], "verified": bought}


def test_the_densest_kind_is_taken_unless_text_is_wanted(layout, events):
    layout.write("ratings")
    assert len(layout.load()) == 4
    layout.records = layout.records[:3]
    layout.write("reviews")
    assert len(layout.load()) == 3
    layout.write(
        "5-core", lines=None if layout.year != "2023" else ["user_id,parent_asin,rating,timestamp", "A,B,1.0,9"]
    )
    assert len(layout.load()) == (1 if layout.year == "2023" else 3)
    assert len(layout.load(text=True, kind="reviews")) == 3
    assert rows(layout.load(kind="ratings")) == events


def test_milliseconds_are_cut_off_to_seconds(layouts, events):
    layouts["2023"].write("reviews")
    assert rows(layouts["2023"].load()) == events


def test_columns_besides_the_four_are_passed_over(layouts):
    layouts["2023"].write("ratings", lines=["user_id,parent_asin,rating,timestamp,history", "A,B,1.0,9000,B1 B2"])
    assert rows(layouts["2023"].load()) == [["A", "B", 1.0, 9]]


def test_blank_lines_hold_no_review(layout, events):
    path = layout.write()
    path.write_bytes(path.read_bytes().replace(b"\n", b"\n\n"))
    assert rows(layout.load()) == events


@pytest.mark.parametrize(
    ("option", "value", "known"), [("kind", "10-core", "5-core, reviews"), ("items", "some", "rated, all, none")]
)
def test_a_wrong_option_is_refused(layout, option, value, known):
    layout.write()
    with pytest.raises(
        InvalidParameterError, match=rf"The '{option}' parameter of amazon/\d+ must be one of {known}.* Got '{value}'"
    ):
        layout.load(**{option: value})
    with pytest.raises(InvalidParameterError, match=r"has no option 'categories'. Did you mean 'category'"):
        layout.load(categories="Beauty")


def test_licence_is_printed_once(layout, classes, capsys, monkeypatch):
    cls = classes[layout.year]
    monkeypatch.setattr(cls, "license", f"{cls.license} ({layout.home})")  # not printed before
    layout.write()
    load_dataset(layout.name, layout.home)
    load_dataset(layout.name, layout.home)
    assert capsys.readouterr().err.count("asks for a citation and states no licence") == 1


def test_every_dataset_describes_itself(layout, classes):
    cls = classes[layout.year]
    assert cls.summary.startswith(f"Amazon Reviews to {layout.year}")
    assert cls.homepage.startswith("https://")
    assert "million in all" in cls.size
    assert cls.sha256 == {}


@pytest.mark.parametrize("marked", [pytest.param(None, marks=needs_data)])
def test_real_data_has_the_published_counts(marked):
    X = load_dataset("amazon/2014", verbose=False, category="musical instruments", kind="5-core", text=True, votes=True)
    assert (len(X), X.events["user_id"].nunique(), X.events["item_id"].nunique()) == (10_261, 1_429, 900)
    assert X.events.iloc[0, :4].to_list() == ["A2IBPI20UZIR0U", "1384719342", 5.0, 1393545600]
    assert X.events["user_id"].value_counts().min() == X.events["item_id"].value_counts().min() == 5
    assert X.events["rating"].between(1, 5).all()
    assert pd.to_datetime(X.events["timestamp"], unit="s").dt.year.between(2004, 2014).all()
    assert (
        X.events["text"].iloc[0].startswith("Not much to write about here, but it does exactly what it's supposed to.")
    )
    assert (X.events["helpful_votes"] <= X.events["total_votes"]).all()
    assert X.items is None
