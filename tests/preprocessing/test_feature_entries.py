import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

from skrec.encoders import NumberEncoder, TextEncoder, TransformerEncoder
from skrec.exceptions import InvalidParameterError
from skrec.preprocessing._feature_entries import (
    changed,
    entries_of,
    is_entry,
    new_encoder,
    parameters_of,
    with_choices,
)

FRAME = pd.DataFrame({"year": [1979, 1946], "votes": [10, 20]})


def test_a_column_alone_is_an_entry_whose_encoder_is_open():
    assert entries_of(["year", ["plot", "text", "plot"], 3]) == [("year", "auto", "year"), ("plot", "text", "plot")]
    assert entries_of("auto") == entries_of(None) == []


@pytest.mark.parametrize(
    ("entry", "right"),
    [
        (("a", "number", "year"), True),
        (("a", "number", 0), True),
        (("a", StandardScaler(), ["year", "votes"]), True),
        ((1, "number", "year"), False),
        (("a", "number", []), False),
        (("a", "number", ["year", "year"]), False),
    ],
)
def test_an_entry_has_a_name_and_distinct_columns(entry, right):
    assert is_entry(entry) is right


def test_an_open_encoder_is_chosen_and_a_transformer_wrapped():
    assert isinstance(new_encoder("auto", "items", "a", FRAME, "year"), NumberEncoder)
    assert isinstance(new_encoder(StandardScaler(), "items", "a", FRAME, ["year", "votes"]), TransformerEncoder)
    with pytest.raises(
        InvalidParameterError, match=r"reads the columns \['year', 'votes'\], and \"auto\" chooses for one"
    ):
        new_encoder("auto", "items", "a", FRAME, ["year", "votes"])


def test_parameters_are_those_of_the_encoder_and_none_while_it_is_open():
    assert parameters_of("auto") == parameters_of("no such") == parameters_of(TextEncoder) == {}
    assert parameters_of("number") == {"scaling": "standard"}


def test_an_entry_is_changed_by_name():
    assert changed("year", "plot", "", "text") == "year"
    assert changed("year", "year", "", "number") == ("year", "number", "year")
    assert changed("year", "year", "", "auto") == "year"
    with pytest.raises(
        InvalidParameterError, match="'year' of FeatureEncoder is chosen in fit, and has no parameter 'sca"
    ):
        changed("year", "year", "scaling", "log")


def test_choices_are_filled_in_where_an_encoder_was_open():
    text = ("plot", "text", "plot")
    number = NumberEncoder()
    fields = [("year", number, "year"), ("plot", TextEncoder(), "plot")]
    assert with_choices(["year", text], fields) == [("year", number, "year"), text]
    assert with_choices("auto", fields) == fields
    for nothing in (None, [text], "auto"):
        assert with_choices(nothing, []) is nothing


@pytest.mark.parametrize("column", [pd.Index(["a"]), {"a": 1}, {"a"}, None, ["a", {}]])
def test_a_column_that_cannot_be_looked_up_makes_no_entry(column):
    assert not is_entry(("name", "number", column))


@pytest.mark.parametrize("column", ["a", 3, ("a", 1), ["a", "b"]])
def test_labels_of_columns_make_an_entry(column):
    assert is_entry(("name", "number", column))
