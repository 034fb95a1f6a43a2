import numpy as np

from skrec.serving import HistoryUsers, Scorer, history_users
from skrec.serving.reader import read_histories


def ignore(n):
    """Take a report."""


def test_stored_and_handed_in_histories_are_read_alike_of_users_known_and_new(sasrec, ask, histories):
    users = HistoryUsers(*sasrec)
    own = histories.take(np.array([3, 8]))
    stored, replaced, strangers = (
        users.vectors(query) for query in (ask([3, 8]), ask([8, 3], own, rows=(0, 1)), ask([-1, -1], own, rows=(0, 1)))
    )
    np.testing.assert_array_equal(stored, read_histories(*sasrec, own, ignore))
    np.testing.assert_array_equal(replaced, stored)
    np.testing.assert_array_equal(strangers, stored)


def test_whatever_is_read_is_reported_to_who_asked(sasrec, ask):
    told = []
    users = HistoryUsers(*sasrec)
    users.vectors(ask([3, 8, -1], report=told.append))
    users.scores(ask([3], report=told.append))
    assert told == [2, 1]


def test_pairs_read_each_distinct_history_once(sasrec, monkeypatch):
    read = []
    original = history_users.read_histories
    monkeypatch.setattr(
        history_users, "read_histories", lambda *given: read.append(given[2].n_users) or original(*given)
    )
    scores, cold = HistoryUsers(*sasrec).pairs(np.array([3, 3, -1, 5, 3]), np.array([0, 1, 2, 3, 0]), None)
    assert read == [3]
    assert scores[0] == scores[4]
    assert cold.tolist() == [False, False, True, False, False]


def test_a_user_of_fit_without_a_liked_event_is_cold(sasrec, ask, past):
    disliked = past([[1, 2]], positive=[False, False])
    assert HistoryUsers(*sasrec).cold(ask([3], histories=disliked)).tolist() == [True]


def test_over_more_items_histories_are_read_as_before_and_new_ones_may_hold_them(sasrec, ask, past, board):
    scorer, reading = sasrec
    items = board.items.head(2).assign(item_id=[70, 71])
    grown = Scorer(scorer.learned.with_ids("item", items, "items"), scorer.setup, scorer)
    users, moved = HistoryUsers(scorer, reading), HistoryUsers(scorer, reading).over(grown)
    known, longer, shorter = past([[2, 3]]), past([[2, 3, 12]], n_items=14), past([[2, 3]], n_items=14)
    before, same = users.vectors(ask([-1], known, rows=(0,))), moved.vectors(ask([-1], shorter, rows=(0,)))
    np.testing.assert_allclose(same, before, rtol=1e-5)
    assert np.abs(moved.vectors(ask([-1], longer, rows=(0,))) - before).max() > 1e-4
    assert moved.scores(ask([-1], shorter, rows=(0,))).shape == (1, 14)


def test_what_is_typical_is_the_mean_of_some_users_of_fit_and_read_once(sasrec, histories, monkeypatch):
    scorer, items = sasrec[0], np.array([4, 0, 11])
    users = HistoryUsers(*sasrec)
    mean = read_histories(*sasrec, histories, ignore).astype(float).mean(axis=0)
    np.testing.assert_allclose(
        users.typical(items), scorer.vectors()[1][items].astype(float) @ mean, rtol=1e-4, atol=1e-5
    )
    monkeypatch.setattr(history_users, "read_histories", None)
    np.testing.assert_array_equal(users.over(scorer).typical(items), users.typical(items))


def test_few_histories_say_what_is_typical_of_many(sasrec, monkeypatch):
    read = []
    original = history_users.read_histories
    monkeypatch.setattr(
        history_users, "read_histories", lambda *given: read.append(given[2].n_users) or original(*given)
    )
    monkeypatch.setattr(history_users, "_TYPICAL", 3)
    HistoryUsers(*sasrec).typical(np.array([1]))
    assert read == [3]
