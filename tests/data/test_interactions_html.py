"""What notebooks show of Interactions: facts, bars of events over time and the popularity of items."""

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from skrec import Interactions

RNG = np.random.default_rng(0)
EVENTS = pd.DataFrame(
    {
        "user_id": RNG.integers(0, 50, 500),
        "item_id": (RNG.random(500) ** 3 * 40).astype(int),
        "timestamp": 1_600_000_000 + np.sort(RNG.integers(0, 10**7, 500)),
    }
)


def charts(events):
    """The figures of the representation, which must be well-formed, by the first word of their titles."""
    page = ET.fromstring(Interactions(events)._repr_html_())
    return {figure.find("figcaption").text.split()[0].strip(":"): figure for figure in page.iter("figure")}


def test_events_over_time_are_bars_that_add_up_to_all_events():
    bars = [rect for rect in charts(EVENTS)["Events"].iter("rect")]
    assert sum(int(bar.find("title").text.split()[0].replace(",", "")) for bar in bars) == 500
    assert max(float(bar.get("height")) for bar in bars) == 84.0
    texts = [text.text for text in charts(EVENTS)["Events"].iter("text")]
    assert texts == ["2020-09-13", "2021-01-07"]


def test_popularity_says_what_share_of_events_the_top_items_have():
    counts = EVENTS["item_id"].value_counts()
    top = len(counts) // 10
    share = counts.iloc[:top].sum() / 500
    assert charts(EVENTS)["Top"].find("figcaption").text == (f"Top {top} of {len(counts)} items: {share:.0%} of events")


@pytest.mark.parametrize(
    ("events", "shown"),
    [
        (EVENTS.drop(columns="timestamp"), {"Top"}),
        (EVENTS.assign(timestamp=5), {"Top"}),
        (EVENTS.assign(item_id=1), {"Events"}),
        (EVENTS.assign(timestamp=pd.to_datetime(EVENTS["timestamp"], unit="s", utc=True)), {"Events", "Top"}),
        (EVENTS.iloc[:1], set()),
    ],
    ids=["no times", "one time", "one item", "datetimes", "one event"],
)
def test_what_can_not_be_drawn_is_left_out(events, shown):
    assert set(charts(events)) == shown


def test_an_empty_selection_has_no_charts():
    assert "<figure" not in Interactions(EVENTS)[[]]._repr_html_()


def test_nothing_is_fetched_and_colours_suit_light_and_dark_pages():
    html = Interactions(EVENTS)._repr_html_()
    assert "http" not in html
    assert "<script" not in html
    assert "color:inherit" in html
    assert "fill:currentColor" in html
