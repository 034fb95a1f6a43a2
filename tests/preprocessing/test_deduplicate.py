import pytest

from skrec.exceptions import InvalidParameterError
from skrec.preprocessing import Deduplicate

EVENTS = [
    ("ann", "x", 1.0, 30),
    ("ann", "y", 2.0, 20),
    ("bob", "x", 3.0, 20),
    ("ann", "x", 4.0, 10),
    ("ann", "x", 5.0, 30),
    ("bob", "x", 6.0, 10),
]


def ratings(X):
    return list(X.events["rating"])


def test_last_by_time_then_row_stays_in_the_order_of_rows():
    assert ratings(Deduplicate().fit_transform(EVENTS)) == [2.0, 3.0, 5.0]


def test_first_by_time_then_row_stays():
    assert ratings(Deduplicate(keep="first").fit_transform(EVENTS)) == [2.0, 4.0, 6.0]


@pytest.mark.parametrize(("keep", "expected"), [("last", [2.0, 5.0, 6.0]), ("first", [1.0, 2.0, 3.0])])
def test_without_timestamps_the_row_decides(keep, expected):
    events = [event[:3] for event in EVENTS]
    assert ratings(Deduplicate(keep=keep).fit_transform(events)) == expected


def test_distinct_events_all_stay():
    events = [(user, item) for user in range(3) for item in range(4)]
    fitted = Deduplicate()
    assert len(fitted.fit_transform(events)) == 12
    assert fitted.n_dropped_ == 0


def test_an_unknown_rule_is_refused():
    with pytest.raises(InvalidParameterError, match="The 'keep' parameter of Deduplicate must be a str among"):
        Deduplicate(keep="best").fit(EVENTS)
