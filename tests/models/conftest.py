"""House models: fitted once a session on a board, on films with features, and on walks. Tests don't change them, but copies."""

import functools

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skrec import Interactions, make_interactions, make_pipeline
from skrec.backends import find_backend, start
from skrec.models import (
    GMF,
    DCNv2,
    DeepFM,
    KerasModel,
    MatrixFactorization,
    NetworkSpec,
    NeuMF,
    SASRec,
    TwoTower,
    WideDeep,
    _keras,
)
from skrec.preprocessing import Binarize, FeatureEncoder
from skrec.programs import program
from skrec.testing import checkerboard

BOARD = checkerboard(12)
LEARNS = {"epochs": 30, "learning_rate": 0.05, "random_state": 0}


def multiply(spec):
    """A network of two ids: embeddings, multiplied."""
    import keras

    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users, 4)(inputs["user_id"])
    item = keras.layers.Embedding(spec.n_items, 4)(inputs["item_id"])
    return keras.Model(inputs, keras.layers.Dense(1, kernel_initializer="ones")(user * item))


HOUSE = {
    "gmf": GMF(4, **LEARNS),  # scores are inner products
    "neumf": NeuMF(4, (8,), **{**LEARNS, "epochs": 60}),  # a network joins users and items
    "mf": MatrixFactorization(4, dropout=0.0, temperature=None, **LEARNS),  # no weights of a network; softmax
    "keras-model": KerasModel(multiply, **LEARNS),  # a network takes ids
}


@pytest.fixture(scope="session", autouse=True)
def _programs_stay():
    """Keep the programs of all house models: an estimator that fits as one of them does compiles nothing."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(program, "_CACHE_SIZE", 256)
        yield


@pytest.fixture(scope="session")
def house():
    """Give the model of a name, fitted to the board when it is first asked for; at the end it must be what it was."""
    fitted, before = {}, {}

    def give(name):
        if name not in fitted:
            fitted[name] = clone(HOUSE[name]).fit(BOARD)
            before[name] = content(fitted[name])
        return fitted[name]

    yield give
    assert [name for name, model in fitted.items() if content(model) != before[name]] == []


@pytest.fixture(scope="session")
def gmf(house):
    return house("gmf")


QUICK = {"learning_rate": 0.02, "random_state": 0}
RANKERS = {
    "wide-deep": WideDeep(4, (8,), epochs=4, **QUICK),
    "deep-fm": DeepFM(4, (8,), epochs=4, **QUICK),
    "dcn-v2": DCNv2(4, (8,), n_crosses=1, epochs=4, **QUICK),
}
USERS = [("age", "number", "age"), ("job", "category", "occupation")]
ITEMS = [("genres", "tags", "genres"), ("year", "number", "year")]
CONTEXT = [("device", "category", "device")]


@pytest.fixture(scope="session")
def all_films():
    """2,400 events of 150 users and 120 films in the order of time, with tables, and a device that says something about the rating."""
    X = make_interactions(150, 120, 2400, features=("tags", "number", "category"), random_state=0)
    events = X.events
    draws = np.random.default_rng(0).random(len(events))
    device = np.where(draws < np.where(events["rating"] >= 4.0, 0.8, 0.2), "tv", "phone")
    return Interactions(events.assign(device=device), X.users, X.items)


@pytest.fixture(scope="session")
def cold_films(all_films):
    """Rows of the twelve films that models haven't met."""
    return all_films.items.iloc[::10].reset_index(drop=True)


@pytest.fixture(scope="session")
def cold_users(all_films):
    """Rows of the ten users that models haven't met."""
    return all_films.users.iloc[::15].reset_index(drop=True)


@pytest.fixture(scope="session")
def films(all_films, cold_films, cold_users):
    """What models learn from: events of the others, and their rows in the tables."""
    events = all_films.events
    known = ~events["item_id"].isin(cold_films["item_id"]) & ~events["user_id"].isin(cold_users["user_id"])
    users, items = all_films.users, all_films.items
    return Interactions(
        events[known],
        users[~users["user_id"].isin(cold_users["user_id"])],
        items[~items["item_id"].isin(cold_films["item_id"])],
    )


@pytest.fixture(scope="session")
def two_tower(films):
    return make_pipeline(FeatureEncoder(USERS, ITEMS), TwoTower(16, (16,), epochs=15, **QUICK)).fit(films)


@pytest.fixture(scope="session")
def rankers(films):
    """Give the pipeline of a model's name, which learns which ratings are 4 or more; fitted when it is first asked for."""

    @functools.cache
    def give(name):
        return make_pipeline(Binarize(4.0), FeatureEncoder(USERS, ITEMS, CONTEXT), clone(RANKERS[name])).fit(films)

    return give


def _slow_but(first, names):
    """Parameters of which the fast suite takes the first: the others differ from it in nothing but their network."""
    return [first, *(pytest.param(name, marks=pytest.mark.slow) for name in names if name != first)]


@pytest.fixture(params=["two-tower", *_slow_but("wide-deep", RANKERS)])
def pipeline(request, two_tower, rankers):
    """A fitted pipeline; afterwards it must be what it was."""
    fitted = two_tower if request.param == "two-tower" else rankers(request.param)
    before = content(fitted[-1])
    yield fitted
    assert content(fitted[-1]) == before


@pytest.fixture(params=_slow_but("wide-deep", RANKERS))
def ranker(request, rankers):
    """A fitted pipeline of a model that reads context."""
    return rankers(request.param)


class _Stopped(Exception):
    """Raised where training would begin."""


@pytest.fixture
def plan_of(monkeypatch):
    """Give the plan and the lesson that a fit would train with, and train nothing."""
    seen = []

    def stop(plan, lesson, *others):
        seen[:] = [plan, lesson]
        raise _Stopped

    def find(fit, *data, **options):
        with monkeypatch.context() as patched:
            patched.setattr(_keras, "learn", stop)
            with pytest.raises(_Stopped):
                fit(*data, **options)
        return tuple(seen)

    return find


@pytest.fixture(scope="session")
def network_of():
    """Make a model's network for six users and items without features; nothing is fitted."""
    start(find_backend())
    return lambda model: model._build_network(NetworkSpec(7, 7, model.precision, seed=0))


def content(model):
    """A hash of all that an estimator holds but for its server, which is made anew by copies."""
    return joblib.hash({name: value for name, value in vars(model).items() if name != "_kept"})


@pytest.fixture(scope="session")
def moments():
    """Give each of so many users the same moment."""

    def make(device, n):
        return pd.DataFrame({"device": [device] * n})

    return make


@pytest.fixture(scope="session")
def walks():
    """Forty users, each of whom walks round a circle of six items: the next one is the only thing to learn. Some walk twice round."""
    pairs = [(user, (user + step) % 6, step) for user in range(40) for step in range(4 + user % 9)]
    return pd.DataFrame(pairs, columns=["user_id", "item_id", "timestamp"])


@pytest.fixture(scope="session")
def steps():
    """Histories of three new users, and what comes next."""
    return pd.DataFrame({"user_id": [77, 77, 78, 79], "item_id": [2, 3, 4, 0], "timestamp": [1, 2, 1, 1]}), [4, 5, 1]


@pytest.fixture(scope="session")
def sasrec(walks):
    """A small SASRec that has learned the walks."""
    return SASRec(8, 6, 1, epochs=25, batch_size=64, dropout=0.0, **QUICK).fit(walks)
