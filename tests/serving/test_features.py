"""What models keep of features: encoded once, in the order of codes, and extended by who comes later."""

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

from skrec import Interactions
from skrec.exceptions import InvalidDataError
from skrec.preprocessing import FeatureEncoder
from skrec.serving import ModelFeatures

EVENTS = pd.DataFrame(
    [("ann", "alien", "tv"), ("bob", "gilda", "tv"), ("ann", "gilda", "phone"), ("eve", "dune", "tv")],
    columns=["user_id", "item_id", "device"],
)
USERS = pd.DataFrame({"user_id": ["eve", "ann"], "age": [30.0, 60.0]})
ITEMS = pd.DataFrame({"item_id": ["gilda", "alien", "stranger"], "year": [1946, 1979, 2020], "studio": ["a", "b", "b"]})
FILMS = Interactions(EVENTS, USERS, ITEMS)
ENCODER = FeatureEncoder([("age", "number", "age")], [("year", "number", "year")], [("device", "category", "device")])


@pytest.fixture(scope="module")
def encoded():
    return ENCODER.fit_transform(FILMS)


@pytest.fixture(scope="module")
def ids():
    return np.array(["ann", "bob", "eve"], dtype=object), np.array(["alien", "gilda", "dune"], dtype=object)


def encoder(features, side):
    return features.fields[side][0][1]


def test_rows_stand_in_the_order_of_codes_and_the_last_is_of_whom_nothing_is_known(encoded, ids):
    features = ModelFeatures.read(encoded, *ids, ("user", "item", "context"))
    age = encoder(features, "user").transform(pd.Series([60.0, None, 30.0, None]))
    np.testing.assert_array_equal(features.arrays["user"]["age"], age)
    year = encoder(features, "item").transform(pd.Series([1979, 1946, None, None]))
    np.testing.assert_array_equal(features.arrays["item"]["year"], year)
    unknown = encoder(features, "context").transform(pd.Series([None], dtype=object))
    np.testing.assert_array_equal(features.no_context["device"], unknown)
    samples = features.samples()
    assert {side: len(array) for side, arrays in samples.items() for array in arrays.values()} == {
        "user": 1,
        "item": 1,
        "context": 1,
    }


def test_a_model_reads_its_sides_only(encoded, ids):
    features = ModelFeatures.read(encoded, *ids, ("item",))
    assert features.fields["user"] == features.fields["context"] == []
    assert (features.arrays["user"], features.no_context) == ({}, {})
    assert features.context(EVENTS, 4, "X") is None
    bare = ModelFeatures.read(FILMS, *ids, ("user", "item", "context"))
    assert bare.fields == {"user": [], "item": [], "context": []}
    assert bare.samples() == {"user": {}, "item": {}, "context": {}}


def test_context_is_encoded_row_by_row_or_is_unknown(encoded, ids):
    features = ModelFeatures.read(encoded, *ids, ("context",))
    np.testing.assert_array_equal(
        features.context(EVENTS, 4, "X")["device"], encoder(features, "context").transform(EVENTS["device"])
    )
    unknown = features.context(None, 3, "X")["device"]
    np.testing.assert_array_equal(unknown, np.repeat(features.no_context["device"], 3))
    with pytest.raises(InvalidDataError, match=r"context lacks the columns \['device'\]"):
        features.context(EVENTS[["user_id"]], 4, "context")


def test_those_who_come_later_follow_with_the_encoders_of_before(encoded, ids):
    before = ModelFeatures.read(encoded, *ids, ("user", "item", "context"))
    users, items = np.append(ids[0], ["zoe", "joe"]), np.append(ids[1], "solaris")
    table = pd.DataFrame({"user_id": ["joe", "ann"], "age": [45.0, 99.0]})
    later = Interactions([("zoe", "solaris"), ("joe", "alien")], users=table)
    grown = ModelFeatures.read(later, users, items, ("user", "item", "context"), before)
    age = before.arrays["user"]["age"]
    joe = encoder(before, "user").transform(pd.Series([45.0]))
    np.testing.assert_array_equal(grown.arrays["user"]["age"], np.concatenate([age, joe, age[-1:]]))
    year = before.arrays["item"]["year"]  # there was no table of items
    np.testing.assert_array_equal(grown.arrays["item"]["year"], np.concatenate([year, year[-1:]]))
    assert grown.fields == before.fields
    assert ModelFeatures.read(later, *ids, ("user",), before).arrays["user"]["age"].shape == age.shape
    without = Interactions([("zoe", "alien")], users=pd.DataFrame({"user_id": ["zoe"], "shoe": [1]}))
    with pytest.raises(InvalidDataError, match=r"lacks the columns \['age'\]"):
        ModelFeatures.read(without, users, items, ("user",), before)


def test_new_rows_of_known_ids_replace_the_old_ones_where_they_have_events(encoded, ids):
    first = ModelFeatures.read(encoded, *ids, ("user", "item"))
    moved = Interactions(
        [("ann", "dune"), ("kim", "gilda")],
        pd.DataFrame({"user_id": ["bob", "ann", "eve"], "age": [90.0, 20.0, 90.0]}),
        pd.DataFrame({"item_id": ["gilda"], "year": [None]}),
    )
    grown = ModelFeatures.read(moved, np.append(ids[0], "kim"), ids[1], ("user", "item"), first)
    number = encoded.features.users.fields[0][1]
    before, after = first.arrays["user"]["age"], grown.arrays["user"]["age"]
    np.testing.assert_array_equal(after[0], number.transform(pd.Series([20.0]))[0])
    np.testing.assert_array_equal(after[1:], before[[1, 2, 3, 3]])  # nothing is learned of bob and eve; kim is unknown
    np.testing.assert_array_equal(grown.arrays["item"]["year"][1], first.arrays["item"]["year"][-1])
    np.testing.assert_array_equal(grown.arrays["item"]["year"][[0, 2, 3]], first.arrays["item"]["year"][[0, 2, 3]])
    assert before[0, 0] != after[0, 0]  # and what was known before is as it was


def test_an_encoder_that_refuses_missing_cells_is_zeros_where_nothing_is_known(ids):
    scaled = [("x", StandardScaler(), "year")]
    X = FeatureEncoder(items=scaled, context=[("x", StandardScaler(), "hour")]).fit_transform(
        Interactions(EVENTS.assign(hour=[1, 2, 3, 4]), USERS, ITEMS)
    )
    features = ModelFeatures.read(X, *ids, ("user", "item", "context"))
    np.testing.assert_array_equal(features.arrays["item"]["x"][2:], [[0.0], [0.0]])
    np.testing.assert_array_equal(features.no_context["x"], [[0.0]])
    later = Interactions([("ann", "solaris")])
    grown = ModelFeatures.read(later, ids[0], np.append(ids[1], "solaris"), ("item",), features)
    np.testing.assert_array_equal(grown.arrays["item"]["x"][3:], [[0.0], [0.0]])


def test_the_key_tells_structures_apart(encoded, ids):
    def key(side, entries, reads=("user", "item", "context")):
        return ModelFeatures.read(FeatureEncoder(**{side: entries}).fit_transform(FILMS), *ids, reads).key()

    assert key("items", [("y", "number", "year")]) == key("items", [("y", "number", "year")])
    different = [
        key("items", [("y", "number", "year")]),
        key("items", [("z", "number", "year")]),
        key("items", [("y", "category", "year")]),
        key("users", [("y", "number", "age")]),
        key("items", [("y", "number", "year"), ("s", "category", "studio")]),
        key("items", None),
    ]
    assert len(set(different)) == len(different)
