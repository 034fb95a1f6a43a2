"""A session as a history, and few ids read at once."""

import numpy as np
import pandas as pd
import pytest

from skrec.data import Histories, Interactions, Vocabulary, encode_events
from skrec.exceptions import InvalidDataError
from skrec.models import EASE
from skrec.queries import QueryReader
from skrec.testing import checkerboard


@pytest.fixture(scope="module")
def reader():
    X = Interactions([("a", 1), ("b", 2), ("a", 3), ("c", 1)])
    users, items = Vocabulary(["a", "b", "c"], "user"), Vocabulary([1, 2, 3], "item")
    return QueryReader(users, items, Histories.group(encode_events(X, None, None, users, items)))


def read(reader, users=None, history=None, exclude_seen=True):
    return reader.read(users, None, None, exclude_seen, history, None)


@pytest.mark.parametrize("session", [[3, 9, 1, 3], (3, 9, 1, 3), np.array([3, 9, 1, 3]), pd.Series([3, 9, 1, 3])])
def test_a_flat_history_is_one_session_of_a_new_user(reader, session):
    query = read(reader, history=session)
    assert (query.user_ids.tolist(), query.users.tolist(), query.folded.tolist()) == ([0], [-1], [True])
    assert query.histories.row(0).tolist() == [2, 0, 2]  # oldest first, repeated; unknown items are left out
    assert query.excluded.toarray().tolist() == [[True, False, True]]


def test_a_session_may_be_that_of_one_user_named(reader):
    query = read(reader, ["b"], [3])
    assert (query.user_ids.tolist(), query.users.tolist()) == (["b"], [1])
    assert query.histories.row(0).tolist() == [2]
    with pytest.raises(InvalidDataError, match="one session, and 2 users are asked about. Ask about one user, or pass"):
        read(reader, ["b", "a"], [3])
    with pytest.raises(InvalidDataError, match="one session, and 2 users"):
        read(reader, ["b", "b"], [3])


def test_a_session_gets_what_a_frame_of_its_events_gets():
    model = EASE().fit(checkerboard(8))
    session = model.recommend(history=[0, 2, 5], k=4)
    frame = model.recommend(history=pd.DataFrame({"user_id": [99] * 3, "item_id": [0, 2, 5]}), k=4)
    np.testing.assert_array_equal(session.items, frame.items)
    np.testing.assert_array_equal(session.scores, frame.scores)


@pytest.mark.parametrize("users", ["b", ["b", "x", "a"], np.array(["b", "x", "a"], dtype=object), ("c",)])
def test_a_few_users_are_read_as_a_column_of_them_is(reader, users):
    few, column = read(reader, users), read(reader, pd.Series([users] if isinstance(users, str) else list(users)))
    assert few.user_ids.tolist() == column.user_ids.tolist()
    assert few.user_ids.dtype == column.user_ids.dtype
    for name in ("users", "folded"):
        np.testing.assert_array_equal(getattr(few, name), getattr(column, name))
    np.testing.assert_array_equal(few.excluded.toarray(), column.excluded.toarray())


def test_users_asked_about_twice_stand_twice(reader):
    query = read(reader, ["a", "b", "a"])
    assert query.users.tolist() == [0, 1, 0]
    np.testing.assert_array_equal(query.excluded.toarray()[0], query.excluded.toarray()[2])


@pytest.mark.parametrize("context", [[[1], [2, 3]], bytearray(b"ab"), [(1, 2), (3,)], 3, "abc", {1, 2}])
def test_a_context_that_is_no_table_is_refused(context):
    with pytest.raises(InvalidDataError, match="context"):
        EASE(1.0).fit(checkerboard(4)).recommend([0, 1], context=context)


def test_a_history_that_is_one_value_is_refused():
    with pytest.raises(InvalidDataError, match="Got a|must be two-dimensional"):
        EASE(1.0).fit(checkerboard(4)).recommend([0], history=np.array(3.5))
