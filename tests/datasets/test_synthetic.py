import time

import numpy as np
import pandas as pd
import pytest

from skrec.data import Interactions
from skrec.datasets import Synthetic, load_dataset, make_interactions
from skrec.datasets.synthetic import FEATURES
from skrec.exceptions import InvalidParameterError
from skrec.models import EASE, ItemKNN, Popularity

LIGHT = ("number", "category", "tags", "text")


def halves(X):
    held_out = np.random.default_rng(0).random(len(X)) < 0.2
    return X[~held_out], X[held_out]


def assert_equal(first, second):
    pd.testing.assert_frame_equal(first.events, second.events)
    pd.testing.assert_frame_equal(first.users, second.users)
    pd.testing.assert_frame_equal(
        first.items.drop(columns=["poster", "clip"]), second.items.drop(columns=["poster", "clip"])
    )
    for column in ("poster", "clip"):
        for one, other in zip(first.items[column], second.items[column], strict=True):
            np.testing.assert_array_equal(one, other)


def test_defaults_give_all_features():
    X = make_interactions(random_state=0)
    assert isinstance(X, Interactions)
    assert (len(X), len(X.users), len(X.items)) == (4000, 200, 100)
    assert X.items.columns.to_list() == ["item_id", "title", "year", "studio", "genres", "plot", "poster", "clip"]
    assert X.users.columns.to_list() == ["user_id", "age", "occupation"]
    assert X.context_columns == []


def test_same_random_state_gives_the_same_and_another_one_something_else():
    first = make_interactions(30, 20, 200, random_state=7)
    assert_equal(first, make_interactions(30, 20, 200, random_state=7))
    other = make_interactions(30, 20, 200, random_state=8)
    assert not first.events.equals(other.events)
    assert not first.items["title"].equals(other.items["title"])


def test_a_generator_is_drawn_from():
    rng = np.random.default_rng(0)
    first, second = (make_interactions(30, 20, 200, features=(), random_state=rng) for _ in range(2))
    assert not first.events.equals(second.events)
    again = make_interactions(30, 20, 200, features=(), random_state=np.random.default_rng(0))
    pd.testing.assert_frame_equal(first.events, again.events)


def test_the_global_generator_is_neither_read_nor_seeded():
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    make_interactions(30, 20, 200, random_state=0)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize("kind", FEATURES)
def test_a_feature_alone_is_what_it_is_among_all(kind):
    everything = make_interactions(30, 20, 200, random_state=0)
    alone = make_interactions(30, 20, 200, features=[kind], random_state=0)
    pd.testing.assert_frame_equal(alone.events, everything.events)
    for column in alone.items.columns:
        assert str(alone.items[column].to_list()) == str(everything.items[column].to_list())
    added = {"number": 1, "category": 1, "tags": 1, "text": 1, "image": 1, "audio": 1}[kind]
    assert alone.items.shape[1] == 2 + added


def test_no_features_leaves_titles():
    X = make_interactions(30, 20, 200, features=(), random_state=0)
    assert (X.items.columns.to_list(), X.users.columns.to_list()) == (["item_id", "title"], ["user_id"])


def test_events_are_distinct_ordered_by_time_and_within_bounds():
    events = make_interactions(100, 60, 3000, features=(), random_state=0).events
    assert len(events) == 3000
    assert not events.duplicated(["user_id", "item_id"]).any()
    assert not events.duplicated(["user_id", "timestamp"]).any()
    assert events["timestamp"].is_monotonic_increasing
    assert events["rating"].between(1, 5).all()
    assert events["user_id"].value_counts().min() >= 5
    assert events["user_id"].between(1, 100).all()
    assert events["item_id"].between(1, 60).all()
    assert {str(dtype) for dtype in events.dtypes} == {"int64", "float64"}


@pytest.mark.parametrize("counts", [(1, 1, 1), (10, 7, 70), (10, 500, 3), (500, 3, 1400)])
def test_extreme_counts_are_kept_exactly(counts):
    events = make_interactions(*counts, features=(), random_state=0).events
    assert len(events) == counts[2]
    assert not events.duplicated(["user_id", "item_id"]).any()


def test_more_events_than_pairs_are_refused():
    with pytest.raises(
        InvalidParameterError, match=r"'n_events' .* must be at most n_users \* n_items = 20, .* Got 21 instead"
    ):
        make_interactions(4, 5, 21)


@pytest.mark.parametrize("name", ["n_users", "n_items", "n_events"])
@pytest.mark.parametrize("value", [0, -1, 2.5, "3"])
def test_counts_must_be_whole_and_positive(name, value):
    with pytest.raises(
        InvalidParameterError, match=rf"'{name}' parameter of make_interactions must be an int .*Got {value!r}"
    ):
        make_interactions(**{name: value})


@pytest.mark.parametrize("features", [("tags", "smell"), "tags", None])
def test_features_must_be_known_names(features):
    with pytest.raises(
        InvalidParameterError, match=r"'features' parameter .* must be a tuple of names among number, category"
    ):
        make_interactions(features=features)


@pytest.mark.parametrize("random_state", [-1, "seed", 1.5])
def test_random_state_must_be_one(random_state):
    with pytest.raises(InvalidParameterError, match=r"'random_state' parameter of make_interactions must be"):
        make_interactions(random_state=random_state)


def test_collaborative_models_clearly_beat_popularity():
    train, test = halves(make_interactions(300, 200, 9000, features=(), random_state=0))
    popularity = Popularity().fit(train).score(test)
    assert EASE(regularization=50.0).fit(train).score(test) > 1.5 * popularity
    assert ItemKNN().fit(train).score(test) > 1.2 * popularity


def test_features_predict_the_events_of_cold_users():
    from sklearn.linear_model import Ridge

    X = make_interactions(1000, 100, 15_000, features=("number", "category"), random_state=0)
    liked = np.zeros((1000, 100))
    liked[X.events["user_id"] - 1, X.events["item_id"] - 1] = 1
    age = (X.users["age"].to_numpy()[:, np.newaxis] - 45) / 17
    features = np.concatenate([age, age**2, pd.get_dummies(X.users["occupation"]).to_numpy(dtype=float)], axis=1)
    scores = Ridge().fit(features[:800], liked[:800]).predict(features[800:])
    by_features = np.take_along_axis(liked[800:], np.argsort(-scores, axis=1)[:, :10], axis=1).mean()
    by_popularity = liked[800:][:, np.argsort(-liked[:800].mean(axis=0))[:10]].mean()
    assert by_features > 1.2 * by_popularity


def test_generation_is_fast():
    start = time.process_time()
    make_interactions(1000, 500, 50_000, features=LIGHT, random_state=0)
    assert time.process_time() - start < 5.0  # about 0.2 s; the bound is for crowded machines


def test_synthetic_is_registered_with_a_fixed_seed_and_passes_options_on(manager):
    X = load_dataset("synthetic")
    assert (len(X), len(X.users), len(X.items)) == (30_000, 600, 300)
    assert X.items.columns.to_list() == ["item_id", "title", "year", "studio", "genres", "plot"]
    pd.testing.assert_frame_equal(X.events, load_dataset("synthetic").events)
    small = load_dataset("synthetic", n_users=20, n_items=20, n_events=100, features=("image",), random_state=1)
    assert small.items.columns.to_list() == ["item_id", "title", "poster"]


def test_synthetic_describes_itself():
    assert Synthetic.summary
    assert Synthetic.size.startswith("30,000 events of 600 users with 300 items")
    assert Synthetic.license == "CC0-1.0"
    assert Synthetic.sha256 == {}


def test_counts_may_be_integers_of_numpy_whose_product_they_do_not_hold():
    with pytest.raises(InvalidParameterError, match="must be at most n_users"):
        make_interactions(np.int8(100), np.int8(100), 10_001)
    assert len(make_interactions(np.int8(20), np.int8(20), np.int8(100), features=(), random_state=0)) == 100


@pytest.mark.parametrize("features", [np.array("number"), [["number"]], [1]])
def test_features_are_a_list_of_names(features):
    with pytest.raises(InvalidParameterError, match="must be a tuple of names among"):
        make_interactions(features=features)
