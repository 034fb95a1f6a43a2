"""What models keep of features: encoded once, in the order of codes, and extended by who comes later."""

import copy
import random
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

from skrec import Interactions, make_pipeline
from skrec.exceptions import InvalidDataError
from skrec.models import MatrixFactorization, TwoTower, WideDeep
from skrec.models._features import ModelFeatures, admit, n_of_fit, shared
from skrec.plugin import Encoder
from skrec.preprocessing import FeatureEncoder
from skrec.testing import checkerboard

QUICK = {"epochs": 1, "random_state": 0}
STILL = {"learning_rate": 1e-9, "id_dropout": 0.0}
EVENTS = pd.DataFrame(
    [("ann", "alien", "tv"), ("bob", "gilda", "tv"), ("ann", "gilda", "phone"), ("eve", "dune", "tv")],
    columns=["user_id", "item_id", "device"],
)
USERS = pd.DataFrame({"user_id": ["eve", "ann"], "age": [30.0, 60.0]})
ITEMS = pd.DataFrame({"item_id": ["gilda", "alien", "stranger"], "year": [1946, 1979, 2020], "studio": ["a", "b", "b"]})
FILMS = Interactions(EVENTS, USERS, ITEMS)
ENCODER = FeatureEncoder([("age", "number", "age")], [("year", "number", "year")], [("device", "category", "device")])


class Length(Encoder):
    """Encodes a text as its length; notes every cell that it is handed. Copies made by clone note into the same list."""

    noted: ClassVar[list] = []

    def fit(self, column, y=None):
        self.fitted_ = True
        return self

    def transform(self, column):
        if getattr(self, "fitted_", False):
            self.noted.extend(column)
        return np.array([[0 if cell is None else len(str(cell))] for cell in column], dtype=np.float32).reshape(-1, 1)

    def build(self, dim):
        import keras

        return keras.layers.Dense(dim)


class Scaled(Encoder):
    """Makes a layer that starts from a constant of the column it has learned."""

    def fit(self, column, y=None):
        self.largest_ = float(max(column))
        return self

    def transform(self, column):
        return np.array([[0.0 if cell is None else cell] for cell in column], dtype=np.float32)

    def build(self, dim):
        import keras

        return keras.layers.Dense(dim, kernel_initializer=keras.initializers.Constant(self.largest_))


@pytest.fixture
def noted():
    Length.noted.clear()
    return Length.noted


@pytest.fixture(scope="module")
def encoded():
    return ENCODER.fit_transform(FILMS)


@pytest.fixture(scope="module")
def ids():
    return np.array(["ann", "bob", "eve"], dtype=object), np.array(["alien", "gilda", "dune"], dtype=object)


def encoder(features, side):
    return features.fields[side][0][1]


def test_rows_stand_in_the_order_of_codes_and_nobody_comes_last(encoded, ids):
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


def test_after_partial_fit_known_ids_are_scored_by_their_new_rows():
    fitted = make_pipeline(ENCODER, WideDeep(4, (8,), **QUICK)).fit(FILMS)[-1]
    younger = USERS.assign(age=[30.0, 20.0])  # ann, no longer 60
    same, other = (
        copy.deepcopy(fitted).set_params(**STILL).partial_fit(Interactions(EVENTS, users, ITEMS))
        for users in (USERS, younger)
    )
    before, after = (model.recommend(["eve", "ann"], exclude_seen=False).scores for model in (same, other))
    np.testing.assert_allclose(after[0], before[0], rtol=1e-4)
    assert not np.allclose(after[1], before[1], rtol=1e-3)


def fitted_twice(encoder, column, first, second):
    """Fit once, then from there on other cells of one column of items, in steps too small to see; gives both models."""
    events = EVENTS.assign(item_id=["gilda", "alien", "stranger", "gilda"])
    pipeline = make_pipeline(FeatureEncoder(items=[(column, encoder, column)]), TwoTower(4, (8,), **QUICK))
    before = copy.deepcopy(pipeline.fit(Interactions(events, USERS, ITEMS.assign(**{column: first})))[-1])
    pipeline[-1].set_params(warm_start=True, **STILL)
    return before, pipeline.fit(Interactions(events, USERS, ITEMS.assign(**{column: second})))[-1]


def test_a_warm_start_takes_the_encoders_of_now_and_the_vectors_of_codes():
    before, now = fitted_twice("category", "studio", ["b", "a", "a"], ["y", "x", "x"])
    assert [encoder(model.features_, "item").categories_ for model in (before, now)] == [["a", "b"], ["x", "y"]]
    np.testing.assert_allclose(now.tables_["item"], before.tables_["item"], atol=1e-6)
    for first, second in zip(before.network_weights_, now.network_weights_, strict=True):
        np.testing.assert_allclose(second, first, atol=1e-6)  # x starts from what was learned of a
    np.testing.assert_allclose(now.item_vectors(), before.item_vectors(), atol=1e-5)


def test_a_warm_start_with_encoders_of_other_shapes_keeps_the_rows_of_ids_alone():
    before, now = fitted_twice("vector", "sound", [[1.0, 0.0]] * 3, [[1.0, 0.0, 0.0]] * 3)
    np.testing.assert_allclose(now.tables_["item"], before.tables_["item"], atol=1e-6)
    for first, second in zip(before.network_weights_, now.network_weights_, strict=True):
        assert first.shape != second.shape or np.abs(first - second).max() > 1e-3  # not one weight went on


def test_an_encoder_that_refuses_missing_cells_is_zeros_for_nobody(ids):
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


@pytest.fixture(scope="module")
def model():
    return make_pipeline(ENCODER, TwoTower(4, (), **QUICK)).fit(FILMS)[-1]


@pytest.mark.parametrize("side", ["user", "item"])
def test_letting_somebody_in_leaves_the_model_as_it_was(model, side):
    before = {name: copy.copy(value) for name, value in vars(model).items()}
    frame = pd.DataFrame({f"{side}_id": ["new", "newer"], "age": [20.0, None], "year": [1999, None]})
    other = admit(model, side, frame, "frame")
    assert other is not model
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is value or name != "_serving" for name, value in vars(model).items())
    own, grown = (getattr(found, f"{side}s_") for found in (model, other))
    assert grown.tolist() == [*own.tolist(), "new", "newer"]
    assert len(model.tables_[side]) == len(own)
    np.testing.assert_array_equal(other.tables_[side][len(own) :], 0.0)
    assert n_of_fit(other, side) == n_of_fit(model, side) == len(own)
    [(name, array)] = other.features_.arrays[side].items()
    assert len(array) == len(own) + 3
    np.testing.assert_array_equal(model.features_.arrays[side][name][-1], array[-1])
    twice = admit(other, "item" if side == "user" else "user", frame.rename(columns={f"{side}_id": "x"}), "frame")
    assert twice is other


def test_users_and_items_let_in_together_keep_all_shapes_fitting(model):
    users = pd.DataFrame({"user_id": ["new"], "age": [20.0]})
    items = pd.DataFrame({"item_id": ["solaris", "stalker"], "year": [1972, 1979]})
    other = admit(admit(model, "user", users, "users"), "item", items, "items")
    assert (n_of_fit(other, "user"), n_of_fit(other, "item")) == (3, 3)
    assert other.histories_.n_users == len(other.users_) == 4
    assert other.histories_.n_items == len(other.items_) == len(other.item_counts_) == 5
    assert other.histories_.seen().shape == (4, 5)


def test_nobody_is_let_in_where_there_is_nobody_to_let_in(model):
    known = pd.DataFrame({"item_id": ["alien"], "year": [1900]})
    nothing = [known, known.head(0), pd.DataFrame({"item_id": ["new"], "plot": ["x"]}), pd.DataFrame({"year": [1]})]
    assert all(admit(model, "item", frame, "items") is model for frame in nothing)
    plain = TwoTower(4, **QUICK).fit(FILMS)
    assert admit(plain, "item", pd.DataFrame({"item_id": ["new"], "year": [1]}), "items") is plain


def test_null_ids_of_new_ones_are_refused(model):
    with pytest.raises(InvalidDataError, match=r"Column 'item_id' contains NaN or null ids in rows \[1\]"):
        admit(model, "item", pd.DataFrame({"item_id": ["new", None], "year": [1, 2]}), "items")


def test_a_shared_copy_has_the_same_objects(model):
    other = shared(model)
    assert vars(other) == vars(model)
    assert vars(other) is not vars(model)
    assert type(other) is type(model)


@pytest.mark.parametrize("estimator", [TwoTower(4, (), **QUICK), WideDeep(4, (), **QUICK)], ids=["tower", "wide"])
def test_content_is_encoded_once_however_many_events_and_questions_there_are(noted, estimator):
    events = pd.concat([EVENTS] * 5, ignore_index=True)
    X = Interactions(events, USERS, ITEMS.assign(title=["g", "aaa", "never asked for"]))
    pipeline = make_pipeline(FeatureEncoder(items=[("n", Length(), "title")]), estimator.set_params(epochs=3)).fit(X)
    assert sorted(map(str, noted)) == ["None", "aaa", "g"]
    noted.clear()
    pipeline.recommend(k=2)
    pipeline.predict(X)
    pipeline.similar_items(["alien"])
    assert noted == []
    new = pd.DataFrame({"item_id": ["x", "y", "x", "alien"], "title": ["new", "newer", "again", "known"]})
    pipeline.recommend(k=2, items=new)
    assert sorted(noted) == ["new", "newer"]


def test_rows_of_fit_are_computed_once_also_by_models_made_for_one_question(model):
    fresh = copy.copy(model)
    calls = []
    program = fresh._served()[1]
    original = program.encode["item"]
    program.encode["item"] = lambda *arguments: calls.append(1) or original(*arguments)
    try:
        new = pd.DataFrame({"item_id": ["x"], "year": [2001]})
        fresh.recommend(["ann"], items=new)
        first, _ = len(calls), calls.clear()
        fresh.recommend(["ann"], items=new)
        assert len(calls) < first
    finally:
        program.encode["item"] = original


def test_constants_of_an_encoders_layer_are_those_of_its_own_data():
    kernels = []
    for scale in (1.0, 5.0):  # the second model uses the program of the first
        X = Interactions(EVENTS, items=ITEMS.assign(year=[scale, 2.0 * scale, 0.0]))
        model = TwoTower(4, (), learning_rate=1e-9, id_dropout=0.0, dropout=0.0, **QUICK)
        pipeline = make_pipeline(FeatureEncoder(items=[("x", Scaled(), "year")]), model).fit(X)
        kernels += [weight for weight in pipeline[-1].network_weights_ if weight.shape == (1, 4)]
    np.testing.assert_allclose(kernels, np.array([[[2.0] * 4], [[10.0] * 4]]), rtol=1e-5)


def test_fitting_leaves_the_random_numbers_of_python_alone():
    random.seed(7)
    expected = random.random()
    random.seed(7)
    make_pipeline(ENCODER, WideDeep(4, (4,), **QUICK)).fit(FILMS)
    assert random.random() == expected


def test_models_that_read_nothing_have_no_features():
    model = MatrixFactorization(4, epochs=1, random_state=0).fit(checkerboard(6))
    assert not hasattr(model, "features_")
    assert model.recommend(pd.DataFrame({"user_id": [0, 99], "age": [3, 4]}), k=2).lengths.tolist() == [2, 2]
