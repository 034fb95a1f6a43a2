"""A few events of a history are read as ``Interactions`` reads them, without its checks; what needs these gets them."""

import numpy as np
import pandas as pd
import pytest

from skrec.data import Interactions, Vocabulary
from skrec.exceptions import InvalidDataError
from skrec.models import EASE
from skrec.queries.past import ManyEvents, few_events
from skrec.testing import checkerboard

USERS, ITEMS = Vocabulary(["b", "a"], "user"), Vocabulary([10, 20, 30], "item")
PLAIN = pd.DataFrame({"user_id": ["a", "b", "a", "z"], "item_id": [30, 99, 10, 20]})


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"timestamp": [3, 1, 2, 4]},
        {"timestamp": [3.5, 1, 2, 4]},
        {"timestamp": pd.to_datetime(["2020-01-03", "2020-01-01", "1969-05-06", "2020-01-04"])},
        {"timestamp": pd.to_datetime(["2020-01-03", "2020-01-01", "1969-05-06", "2020-01-04"]).as_unit("s")},
        {"rating": [0, 1, 1, 0]},
        {"rating": [4.5, 0, 1, 0]},
        {"weight": [0.5, 1, 0, 2]},
        {"weight": [1, 2, 3, 4], "rating": [1.0, 2.0, 3.0, 4.0], "timestamp": [1, 2, 3, 4]},
    ],
)
def test_few_events_are_those_of_interactions(columns):
    frame = PLAIN.assign(**columns)
    few, many = few_events(frame), ManyEvents(Interactions(frame))
    assert list(few.users()) == list(many.users()) == ["a", "b", "z"]
    found, expected = few.encode(USERS, ITEMS), many.encode(USERS, ITEMS)
    for name in ("users", "items", "weights", "positive", "times", "ratings"):
        one, other = getattr(found, name), getattr(expected, name)
        assert (one is None) == (other is None), name
        if one is not None:
            np.testing.assert_array_equal(one, other, err_msg=name)
            assert np.asarray(one).dtype == np.asarray(other).dtype, name


@pytest.mark.parametrize(
    "frame",
    [
        PLAIN.drop(columns="user_id"),
        PLAIN.assign(mood="good"),
        PLAIN.assign(user_id=["a", None, "b", "c"]),
        PLAIN.assign(item_id=[1.0, np.nan, 2.0, 3.0]),
        PLAIN.assign(timestamp=[1.0, np.nan, 2.0, 3.0]),
        PLAIN.assign(timestamp=pd.to_datetime(["2020", None, "2021", "2022"])),
        PLAIN.assign(rating=[1.0, np.inf, 2.0, 3.0]),
        PLAIN.assign(rating=[1.0, 1e300, 2.0, 3.0]),
        PLAIN.assign(weight=[1.0, -1.0, 2.0, 3.0]),
        PLAIN.assign(rating=["1", "2", "3", "4"]),
        pd.concat([PLAIN, PLAIN[["item_id"]]], axis=1),
        PLAIN.iloc[:0],
        pd.concat([PLAIN] * 100),
        [("a", 30)],
    ],
)
def test_what_needs_checks_is_left_to_them(frame):
    assert few_events(frame) is None


def test_a_history_that_is_wrong_is_refused_as_before():
    model = EASE().fit(checkerboard(6))
    with pytest.raises(InvalidDataError, match="NaN"):
        model.recommend(history=pd.DataFrame({"user_id": [1, 1], "item_id": [2.0, np.nan]}))
    with pytest.raises(InvalidDataError, match="weight"):
        model.recommend(history=pd.DataFrame({"user_id": [1, 1], "item_id": [2, 3], "weight": [1.0, -2.0]}))


def test_ids_of_another_kind_warn_as_before():
    model = EASE().fit(checkerboard(6))
    with pytest.warns(UserWarning, match="All item ids are unknown"):
        model.recommend(history=pd.DataFrame({"user_id": [1, 1], "item_id": ["2", "3"]}), k=2)
