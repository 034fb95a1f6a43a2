import numpy as np
import pytest

from skrec.data import Histories, Interactions, number_events, number_more
from skrec.exceptions import InvalidDataError

FIRST = Interactions([("b", 3), ("a", 1), ("b", 1)])


def test_ids_are_numbered_in_first_seen_order():
    found = number_events(FIRST, None, None, None)
    assert (found.users.ids.tolist(), found.items.ids.tolist()) == (["b", "a"], [3, 1])
    assert (found.events.users.tolist(), found.events.items.tolist()) == ([0, 1, 0], [0, 1, 1])
    assert found.everything is found.events
    assert found.times == "nothing"


def test_new_ids_come_behind_the_known_ones():
    past = number_events(FIRST, None, None, None)
    new = Interactions([("c", 1), ("a", 7)])
    found = number_more(new, None, None, past.users, past.items, Histories.group(past.events), past.times)
    assert (found.users.ids.tolist(), found.items.ids.tolist()) == (["b", "a", "c"], [3, 1, 7])
    assert (found.events.users.tolist(), found.events.items.tolist()) == ([2, 1], [1, 2])
    np.testing.assert_array_equal(found.everything.users, [0, 0, 1, 2, 1])
    assert len(past.users) == 2


def test_times_of_another_kind_are_refused():
    past = number_events(FIRST, None, None, None)
    timed = Interactions([("c", 1, 5.0, 100)])
    with pytest.raises(InvalidDataError, match="have numbers as timestamps, and those of fit have nothing"):
        number_more(timed, None, None, past.users, past.items, Histories.group(past.events), past.times)
