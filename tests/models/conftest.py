"""Films with features, and models that have learned from them; tests don't change these."""

import copy

import numpy as np
import pandas as pd
import pytest

from skrec import Interactions, make_interactions, make_pipeline
from skrec.models import DCNv2, DeepFM, TwoTower, WideDeep
from skrec.preprocessing import Binarize, FeatureEncoder

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
    """Pipelines that learn which ratings are 4 or more, by the name of their model."""
    encoder = FeatureEncoder(USERS, ITEMS, CONTEXT)
    return {name: make_pipeline(Binarize(4.0), encoder, model).fit(films) for name, model in RANKERS.items()}


@pytest.fixture(params=["two-tower", *RANKERS])
def pipeline(request, two_tower, rankers):
    """Each fitted pipeline in turn; afterwards it must be what it was."""
    fitted = two_tower if request.param == "two-tower" else rankers[request.param]
    model = fitted[-1]
    before = {name: copy.copy(value) for name, value in vars(model).items()}
    yield fitted
    changed = [name for name, value in vars(model).items() if name not in before or not alike(before[name], value)]
    assert set(before) == set(vars(model))
    assert not changed


def alike(before, after):
    """Say whether an attribute holds what it held; a Serving fills up with what is computed once."""
    if type(before) is not type(after) or type(before).__name__ == "Serving":
        return type(before) is type(after)
    if isinstance(before, np.ndarray):
        return np.array_equal(before, after)
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(alike(before[key], after[key]) for key in before)
    if isinstance(before, (list, tuple)):
        return len(before) == len(after) and all(alike(one, other) for one, other in zip(before, after, strict=True))
    if hasattr(before, "__dict__") and vars(before):
        return alike(
            {key: value for key, value in vars(before).items() if key not in {"_seen", "_index"}},
            {key: value for key, value in vars(after).items() if key not in {"_seen", "_index"}},
        )
    if isinstance(before, pd.DataFrame):
        return before.equals(after)
    return before is after or before == after


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
