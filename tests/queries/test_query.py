from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skrec import Interactions
from skrec.data import Histories, Vocabulary, encode_events
from skrec.exceptions import InvalidDataError
from skrec.queries import Query, QueryReader, ids_of, takes_query

ROWS = [("ann", "a", 1, 1), ("ann", "b", 1, 2), ("bob", "c", 1, 1), ("ann", "c", 1, 0)]


def reader_of(rows):
    """A reader that knows events."""
    X = Interactions(rows)
    users, items = (Vocabulary.build(X.events[f"{side}_id"], side)[0] for side in ("user", "item"))
    return QueryReader(users, items, Histories.group(encode_events(X, None, None, users, items)))


@pytest.fixture(scope="module")
def reader():
    return reader_of(ROWS)


def read(reader, users=None, items=None, exclude_items=None, exclude_seen=False, history=None, context=None):
    return reader.read(users, items, exclude_items, exclude_seen, history, context)


def rows(query):
    return [query.histories.row(user).tolist() for user in range(len(query))]


def test_users_are_translated_with_their_histories_in_time_order(reader):
    query = read(reader, ["bob", "new", "ann"])
    assert query.user_ids.tolist() == ["bob", "new", "ann"]
    assert query.users.tolist() == [1, -1, 0]
    assert rows(query) == [[2], [], [2, 0, 1]]
    assert query.folded.tolist() == [False] * 3
    assert (query.allowed, query.candidates, query.excluded, query.context) == (None, None, None, None)


def test_a_history_marks_whom_it_is_of(reader):
    query = read(reader, ["bob", "new", "ann"], history=[("new", "b", 1, 9), ("ann", "a", 1, 9), ("new", "a", 1, 3)])
    assert rows(query) == [[2], [0, 1], [0]]
    assert query.folded.tolist() == [False, True, True]
    assert query.users.tolist() == [1, -1, 0]


def test_a_history_of_unknown_items_is_a_history_without_events(reader):
    query = read(reader, ["ann"], history=[("ann", "zzz")])
    assert rows(query) == [[]]
    assert query.folded.tolist() == [True]


def test_allowed_items_are_ascending_codes(reader):
    assert read(reader, ["ann"], items=["c", "zzz", "a", "c"]).allowed.tolist() == [0, 2]
    assert read(reader, ["ann"], items=[]).allowed.tolist() == []


def test_candidates_and_exclusions_are_rows_of_the_users_asked(reader):
    pairs = pd.DataFrame({"user_id": ["new", "ann", "out", "new", "new"], "item_id": ["a", "b", "a", "zzz", "a"]})
    query = read(reader, ["ann", "new", "ann"], items=pairs, exclude_items=pairs)
    expected = [[0, 1, 0], [1, 0, 0], [0, 1, 0]]
    assert query.candidates.toarray().astype(int).tolist() == expected
    assert query.excluded.toarray().astype(int).tolist() == expected
    assert query.allowed is None


def test_seen_and_excluded_items_are_put_together(reader):
    query = read(reader, ["bob", "new"], exclude_items=["a"], exclude_seen=True)
    assert query.excluded.toarray().astype(int).tolist() == [[1, 0, 1], [1, 0, 0]]
    assert query.excluded.dtype == bool


def test_seen_items_are_those_of_the_history_handed_in(reader):
    query = read(reader, ["ann"], exclude_seen=True, history=[("ann", "b")])
    assert query.excluded.toarray().astype(int).tolist() == [[0, 1, 0]]


def test_take_takes_everything_of_some_users(reader):
    pairs = pd.DataFrame({"user_id": ["ann", "bob", "new"], "item_id": ["a", "b", "c"]})
    context = pd.DataFrame({"hour": [7, 8, 9]})
    query = read(reader, ["ann", "bob", "new"], items=pairs, exclude_items=pairs, context=context).take(slice(1, 3))
    assert query.user_ids.tolist() == ["bob", "new"]
    assert query.users.tolist() == [1, -1]
    assert rows(query) == [[2], []]
    assert query.candidates.toarray().argmax(axis=1).tolist() == [1, 2]
    assert query.excluded.toarray().argmax(axis=1).tolist() == [1, 2]
    assert query.context["hour"].to_list() == [8, 9]
    assert len(query) == 2


def test_to_take_everybody_is_to_copy_nothing(reader):
    query = read(reader, ["ann", "bob", "new"])
    assert query.take(slice(0, 8)) is query
    assert query.take(np.arange(3)) is query
    assert query.take(np.array([2, 1, 0])).user_ids.tolist() == ["new", "bob", "ann"]


def test_what_is_seen_of_stored_histories_is_taken_from_those_of_fit(reader):
    asked = ["new", "bob", "ann", "bob"]
    query = read(reader, asked, exclude_seen=True)
    assert query.excluded.toarray().astype(int).tolist() == [[0, 0, 0], [0, 0, 1], [1, 1, 1], [0, 0, 1]]
    with_history = read(reader, asked, exclude_seen=True, history=[("bob", "a")])
    assert with_history.excluded.toarray().astype(int).tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 1], [1, 0, 0]]


def test_context_is_one_row_per_user_asked_also_where_asked_twice(reader):
    query = read(reader, ["ann", "bob", "ann"], context={"hour": [7, 8, 9]})
    assert query.context["hour"].to_list() == [7, 8, 9]
    assert query.users.tolist() == [0, 1, 0]


@pytest.mark.parametrize("pairs", [None, pd.DataFrame({"user_id": ["ann"], "item_id": ["a"]})])
def test_nobody_asked(reader, pairs):
    query = read(reader, [], items=pairs, exclude_items=["a"], exclude_seen=True)
    assert len(query) == 0
    assert query.excluded.shape == (0, 3)
    assert len(query.take(slice(0, 5))) == 0


def test_users_of_another_dtype_are_known():
    reader = reader_of(pd.DataFrame({"user_id": np.array([1, 2], dtype=np.uint8), "item_id": [5, 6]}))
    assert read(reader, [2.0, 7]).users.tolist() == [1, -1]


def test_of_codes_asks_about_stored_histories_without_any_restriction(reader):
    everybody = read(reader)
    query = Query.of_codes(np.array([1, -1, 0]), everybody.histories)
    assert rows(query) == [[2], [], [2, 0, 1]]
    assert query.users.tolist() == [1, -1, 0]
    assert query.folded.tolist() == [False] * 3
    assert (query.allowed, query.candidates, query.excluded, query.context) == (None, None, None, None)


def test_new_is_who_was_not_in_fit_or_comes_with_a_history(reader):
    query = read(reader, ["bob", "stranger", "ann", "guest"], history=[("ann", "a", 1, 9), ("guest", "b", 1, 9)])
    assert query.new.tolist() == [False, True, True, True]


def test_a_report_goes_wherever_users_are_taken_and_none_is_needed(reader):
    told = []
    query = replace(read(reader, ["ann", "bob", "new"]), report=told.append)
    query.take(slice(1, 3)).report(2)
    query.take(np.array([0])).report(1)
    assert told == [2, 1]
    assert read(reader, ["ann"]).report(1) is None


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_ids_of_a_frame_are_a_column_and_those_of_anything_else_are_left_alone(library):
    assert list(ids_of(library({"title": ["x", "y"], "item_id": ["a", "b"]}))) == ["a", "b"]
    ids = ["a", "b"]
    assert ids_of(ids) is ids
    with pytest.raises(InvalidDataError, match=r"items is a frame without a column 'item_id'.*\['title'\]"):
        ids_of(library({"title": ["x"]}))


@pytest.mark.parametrize("names", [("users", "histories", "folded"), ("codes", "past", "_handed_in")])
def test_a_score_of_users_histories_and_folded_takes_a_query_whatever_it_calls_them(reader, names):
    scope = {}
    exec(f"def _score(self, {', '.join(names)}):\n 'Scores of some kind.'\n return self, {', '.join(names)}", scope)
    query, adapted = read(reader, ["bob", "new"], history=[("new", "a", 1, 9)]), takes_query(scope["_score"])
    owner, users, histories, folded = adapted("model", query)
    assert owner == "model"
    assert (users is query.users, histories is query.histories, folded is query.folded) == (True,) * 3
    assert adapted.__doc__ == "Scores of some kind."
    assert adapted("model", 1, 2, 3) == ("model", 1, 2, 3)  # as a subclass of before calls it
    assert takes_query(adapted) is adapted


@pytest.mark.parametrize("score", [lambda self, query: query, lambda self, *given: given], ids=["query", "any"])
def test_a_score_of_a_query_is_left_as_it_is(score):
    assert takes_query(score) is score
