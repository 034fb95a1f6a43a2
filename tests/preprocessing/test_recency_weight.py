import datetime

import numpy as np
import pandas as pd
import pytest

from skrec.exceptions import InvalidDataError, InvalidParameterError
from skrec.models import Popularity
from skrec.preprocessing import RecencyWeight

DAY = 86_400


def frame(times, **columns):
    n = len(times)
    return pd.DataFrame({"user_id": ["ann"] * n, "item_id": list("xyzuvw")[:n], "timestamp": times, **columns})


def weights(X):
    return X.events["weight"].to_list()


def test_a_number_is_in_the_unit_of_the_timestamps():
    assert weights(RecencyWeight(2.0).fit_transform(frame([4, 10, 6, 8]))) == [0.125, 1.0, 0.25, 0.5]


@pytest.mark.parametrize(
    "half_life", ["2D", "48h", pd.Timedelta(days=2), datetime.timedelta(days=2), np.timedelta64(2, "D")]
)
def test_a_duration_fits_datetimes_and_numbers_of_a_known_unit(half_life):
    days = np.array([0, 2, 4])
    moments = pd.Timestamp("2020-01-01") + pd.to_timedelta(days, unit="D")
    expected = [0.25, 0.5, 1.0]
    assert weights(RecencyWeight(half_life).fit_transform(frame(moments))) == expected
    assert weights(RecencyWeight(half_life).fit_transform(frame(moments.tz_localize("UTC")))) == expected
    for unit, per_second in (("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)):
        times = 10**9 * per_second + days * DAY * per_second
        np.testing.assert_allclose(weights(RecencyWeight(half_life, unit=unit).fit_transform(frame(times))), expected)


def test_it_multiplies_an_existing_weight():
    assert weights(RecencyWeight(1.0).fit_transform(frame([0, 1], weight=[4.0, 3.0]))) == [2.0, 3.0]


def test_the_latest_time_is_learned_in_fit_alone():
    fitted = RecencyWeight(1.0).fit(frame([0, 10]))
    assert fitted.latest_ == 10
    assert weights(fitted.transform(frame([8, 9]))) == [0.25, 0.5]


def test_later_events_weigh_one():
    fitted = RecencyWeight(1.0).fit(frame(np.array([0, 10], dtype=np.uint32)))
    assert weights(fitted.transform(frame(np.array([11, 5000], dtype=np.uint32)))) == [1.0, 1.0]


def test_the_oldest_event_is_still_seen():
    X = RecencyWeight(1.0).fit_transform(frame([0, 10**6], weight=[1.0, 1.0]))
    assert np.float32(weights(X)[0]) > 0
    model = Popularity().fit(X)
    assert model.recommend(["ann"]).lengths.tolist() == [0]


def test_a_weight_of_zero_stays_zero():
    assert weights(RecencyWeight(1.0).fit_transform(frame([0, 1], weight=[0, 2]))) == [0.0, 2.0]


def test_y_passes_by():
    assert weights(RecencyWeight(1.0).fit_transform(frame([0, 1]), [1.0, 0.0])) == [0.5, 1.0]


def test_recent_events_count_more_in_a_model():
    model = Popularity().fit(RecencyWeight(1.0).fit_transform(frame([0, 5, 9])))
    assert model.items_[np.argmax(model.item_counts_)] == "z"


def test_fit_without_timestamps_says_how_to_name_them():
    with pytest.raises(InvalidDataError, match=r"RecencyWeight needs a column 'timestamp'.*timestamp=\"...\""):
        RecencyWeight(1.0).fit([("ann", "x")])


def test_a_duration_needs_the_unit_of_numeric_timestamps():
    with pytest.raises(InvalidParameterError, match=r"half_life='180D'\) is a duration.*unit='s' for Unix seconds"):
        RecencyWeight().fit(frame([0, 1]))


def test_a_number_does_not_fit_datetimes():
    with pytest.raises(
        InvalidParameterError, match=r"'half_life' parameter.*must be a duration such as '30D'.*Got 30 instead"
    ):
        RecencyWeight(30).fit(frame(pd.to_datetime(["2020-01-01", "2020-01-02"])))


@pytest.mark.parametrize(
    ("half_life", "message"), [("soon", "such as '30D' or '12h'. Got 'soon'"), ("-1D", "must be > 0")]
)
def test_bad_durations_are_named(half_life, message):
    with pytest.raises(InvalidParameterError, match=message):
        RecencyWeight(half_life, unit="s").fit(frame([0, 1]))


@pytest.mark.parametrize("parameters", [{"half_life": 0}, {"half_life": None}, {"unit": "days"}])
def test_bad_parameters_are_named(parameters):
    with pytest.raises(
        InvalidParameterError, match=f"The '{next(iter(parameters))}' parameter of RecencyWeight must be"
    ):
        RecencyWeight(**parameters).fit(frame([0, 1]))


def test_timestamps_of_another_kind_than_in_fit_are_refused():
    moments = pd.to_datetime(["2020-01-01", "2020-01-02"])
    fitted = RecencyWeight("1D").fit(frame(moments))
    with pytest.raises(
        InvalidDataError, match="'timestamp' holds numbers, and held datetimes without time zone in fit"
    ):
        fitted.transform(frame([0, 1]))
    with pytest.raises(InvalidDataError, match="holds datetimes with a time zone, and held datetimes without"):
        fitted.transform(frame(moments.tz_localize("UTC")))
