import numpy as np

from skrec.data import EncodedEvents, join_events
from skrec.training import Lesson


def events(*items):
    n = len(items)
    columns = (np.zeros(n, np.int64), np.array(items), None, np.ones(n, np.float32), np.ones(n, bool), np.zeros(n))
    return EncodedEvents(*columns, 1, 9)


def test_where_everything_is_new_nothing_came_earlier():
    lesson = Lesson(events(1, 2), events(1, 2), None)
    assert lesson.earlier is None
    assert (lesson.grows, lesson.before, dict(lesson.data)) == (False, None, {})


def test_what_came_earlier_are_the_first_of_all_events():
    new = events(3, 4)
    lesson = Lesson(new, join_events(events(5, 6, 7), new), None, grows=True)
    assert lesson.earlier.items.tolist() == [5, 6, 7]
    assert len(Lesson(new, new, None, grows=True).earlier) == 0
