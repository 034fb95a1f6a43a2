import copy

import numpy as np
import pandas as pd
import pytest

from skrec.exceptions import InvalidDataError
from skrec.models import HSTU
from skrec.persistence import load, save

QUICK = {"n_blocks": 1, "batch_size": 64, "learning_rate": 0.02, "dropout": 0.0, "random_state": 0}


@pytest.fixture(scope="module")
def model(walks):
    return HSTU(8, 6, epochs=30, **QUICK).fit(walks)


def test_the_next_item_is_learned(model, steps):
    history, following = steps
    np.testing.assert_array_equal(model.recommend(history=history, k=1).items[:, 0], following)


def test_there_is_a_table_of_items_and_none_of_users(model):
    assert {side: table.shape for side, table in model.tables_.items()} == {"item": (6, 8)}


def test_the_unit_of_times_does_not_matter(walks, model):
    other = HSTU(8, 6, epochs=30, **QUICK).fit(walks.assign(timestamp=walks["timestamp"] * 1000))
    assert (model.time_unit_, other.time_unit_) == (1.0, 1000.0)
    np.testing.assert_array_equal(other.tables_["item"], model.tables_["item"])


def test_without_timestamps_only_places_count(walks, steps):
    history, following = steps
    model = HSTU(8, 6, epochs=30, **QUICK).fit(walks.drop(columns="timestamp"))
    assert model.time_unit_ is None
    np.testing.assert_array_equal(
        model.recommend(history=history.drop(columns="timestamp"), k=1).items[:, 0], following
    )


def test_the_time_between_events_says_what_comes_next():
    """After a pause comes another item than right away."""
    rng = np.random.default_rng(0)
    pauses = rng.integers(0, 2, size=200)
    events = [
        (user, item, time)
        for user, pause in enumerate(pauses)
        for item, time in ((0, 0), (1, 1 + 1000 * pause), (2 + pause, 3000))
    ]
    frame = pd.DataFrame(events, columns=["user_id", "item_id", "timestamp"])
    model = HSTU(8, 4, epochs=40, **QUICK).fit(frame)
    history = pd.DataFrame({"user_id": [900, 900, 901, 901], "item_id": [0, 1, 0, 1], "timestamp": [0, 1, 0, 1001]})
    np.testing.assert_array_equal(model.recommend(history=history, k=1).items[:, 0], [2, 3])


def test_a_history_with_times_of_another_kind_than_fits_is_refused(model, steps):
    history = steps[0].assign(timestamp=pd.to_datetime(steps[0]["timestamp"], unit="s"))
    with pytest.raises(
        InvalidDataError, match="history has datetimes as timestamps, and fit had numbers.*Pass numbers, as in fit"
    ):
        model.recommend(history=history)


@pytest.mark.parametrize(
    "form", [lambda frame: frame.drop(columns="timestamp"), lambda frame: [3, 4]], ids=["frame", "ids"]
)
def test_a_history_without_times_warns_where_fit_had_some(model, steps, form):
    with pytest.warns(UserWarning, match="history has no timestamps, and this model reads the time between events"):
        model.recommend(history=form(steps[0]), k=1)


def test_a_history_without_gaps_or_of_a_model_without_times_is_read_in_silence(walks, model, steps):
    model.recommend(history=[3])
    timeless = HSTU(8, 6, epochs=1, **QUICK).fit(walks.drop(columns="timestamp"))
    timeless.recommend(history=steps[0])


def test_partial_fit_keeps_the_unit(walks, model):
    model = copy.deepcopy(model).set_params(epochs=1)
    model.partial_fit(walks.assign(timestamp=walks["timestamp"] * 50 + 100))
    assert model.time_unit_ == 1.0


def test_a_saved_model_recommends_what_it_did(model, tmp_path):
    save(model, tmp_path / "model.skrec")
    found, expected = load(tmp_path / "model.skrec").recommend(k=3), model.recommend(k=3)
    np.testing.assert_array_equal(found.items, expected.items)
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-5)
