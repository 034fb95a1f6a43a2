"""What neural models do with features in fit, partial_fit and a warm start."""

import copy
import random
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from skrec import Interactions, make_pipeline
from skrec.models import TwoTower, WideDeep
from skrec.plugin import Encoder
from skrec.preprocessing import FeatureEncoder

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


def encoder(features, side):
    return features.fields[side][0][1]


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


def test_content_is_encoded_once_however_many_events_and_questions_there_are(noted):
    events = pd.concat([EVENTS] * 5, ignore_index=True)
    X = Interactions(events, USERS, ITEMS.assign(title=["g", "aaa", "never asked for"]))
    pipeline = make_pipeline(
        FeatureEncoder(items=[("n", Length(), "title")]), WideDeep(4, (8,), epochs=3, random_state=0)
    ).fit(X)
    assert sorted(map(str, noted)) == ["None", "aaa", "g"]
    noted.clear()
    pipeline.recommend(k=2)
    pipeline.predict(X)
    pipeline.similar_items(["alien"])
    assert noted == []
    new = pd.DataFrame({"item_id": ["x", "y", "x", "alien"], "title": ["new", "newer", "again", "known"]})
    pipeline.recommend(k=2, items=new)
    assert sorted(noted) == ["new", "newer"]


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
    make_pipeline(ENCODER, WideDeep(4, (8,), **QUICK)).fit(FILMS)
    assert random.random() == expected


def test_models_that_read_nothing_have_no_features_and_take_frames_as_lists_of_ids(house):
    model = house("mf")
    assert not hasattr(model, "features_")
    assert model.recommend(pd.DataFrame({"user_id": [0, 99], "age": [3, 4]}), k=2).lengths.tolist() == [2, 2]
