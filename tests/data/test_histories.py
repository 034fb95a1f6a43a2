import copy
import pickle

import numpy as np
import pandas as pd
import pytest

from skrec import Interactions
from skrec.data import (
    Histories,
    Vocabulary,
    encode_events,
    join_events,
    kind_of_times,
    time_order,
    times_of,
)
from skrec.exceptions import InvalidDataError

ROWS = [  # user, item, rating, timestamp
    (1, "a", 1, 30),
    (0, "b", 1, 20),
    (1, "c", 0, 10),
    (0, "a", 0, 20),
    (1, "a", 1, 10),
    (0, "c", 1, 5),
    (3, "d", 1, 1),
]


def encode(rows=ROWS, users=5, items="abcd", weights=None, ratings=None, **columns):
    names = ["user_id", "item_id", "rating", "timestamp"][: len(rows[0])]
    X = Interactions(pd.DataFrame(rows, columns=names).assign(**columns))
    return encode_events(X, ratings, weights, Vocabulary(range(users)), Vocabulary(list(items)))


def lists(histories):
    return [histories.row(user).tolist() for user in range(histories.n_users)]


def test_events_are_grouped_by_user_then_time_then_row():
    histories = Histories.group(encode())
    assert lists(histories) == [[2, 1, 0], [2, 0, 0], [], [3], []]
    assert histories.times.tolist() == [5, 20, 20, 10, 10, 30, 1]
    assert histories.lengths.tolist() == [3, 3, 0, 1, 0]
    assert histories.users().tolist() == [0, 0, 0, 1, 1, 1, 3]
    assert histories.n_items == 4


def test_equal_times_keep_the_order_of_rows_in_long_histories():
    n = 2000
    X = Interactions(np.column_stack([np.zeros(n), np.arange(n), np.ones(n), np.arange(n) // 500]).astype(int))
    events = encode_events(X, None, None, Vocabulary([0]), Vocabulary(range(n)))
    assert Histories.group(events).row(0).tolist() == list(range(n))


def test_time_order_is_stable():
    assert time_order(np.array([1, 0, 1, 0, 1]), np.array([5, 5, 5, 5, 4])).tolist() == [1, 3, 4, 0, 2]


def test_without_timestamps_rows_are_the_order():
    assert lists(Histories.group(encode([(0, "d"), (0, "a"), (0, "b")], users=1))) == [[3, 0, 1]]


def test_events_of_unknown_items_are_dropped():
    histories = Histories.group(encode([(0, "zzz"), (0, "a"), (1, "zzz")], users=2))
    assert lists(histories) == [[0], []]


def test_take_gives_rows_in_any_order_with_repeats_and_unknown_users():
    taken = Histories.group(encode()).take(np.array([3, -1, 0, 3, 2]))
    assert lists(taken) == [[3], [], [2, 1, 0], [3], []]
    assert taken.times.tolist() == [1, 5, 20, 20, 1]
    assert taken.ratings.tolist() == [1, 1, 1, 0, 1]
    assert lists(Histories.group(encode()).take(np.array([], dtype=np.int64))) == []


def test_take_equals_a_loop_on_random_events():
    rng = np.random.default_rng(0)
    rows = [(int(u), "abcd"[i], 1, int(t)) for u, i, t in rng.integers(0, (7, 4, 9), size=(80, 3))]
    histories = Histories.group(encode(rows, users=7))
    chosen = rng.integers(-1, 7, size=20)
    assert lists(histories.take(chosen)) == [[] if user < 0 else histories.row(user).tolist() for user in chosen]


def test_positives_leave_zeros_out_where_labels_are_binary():
    histories = Histories.group(encode())
    assert lists(histories.positives()) == [[2, 1], [0, 0], [], [3], []]
    assert lists(histories) == [[2, 1, 0], [2, 0, 0], [], [3], []]


def test_other_labels_are_all_positive():
    rows = [(u, i, r * 4, t) for u, i, r, t in ROWS]
    histories = Histories.group(encode(rows))
    assert histories.positives() is histories


def test_labels_seen_before_decide_what_a_zero_of_a_batch_means():
    X = Interactions(pd.DataFrame({"user_id": [0, 0], "item_id": ["a", "b"], "rating": [0, 1]}))
    users, items = Vocabulary([0]), Vocabulary(["a", "b"])
    assert encode_events(X, None, None, users, items).positive.tolist() == [False, True]
    events = encode_events(X, None, None, users, items, graded=True)
    assert events.positive.tolist() == [True, True]
    assert events.take([0]).graded
    assert Histories.group(events).take(np.array([0, 0])).graded


def test_zero_is_a_low_rating_where_there_are_zeros_among_others():
    assert Histories.group(encode([(0, "a", 0, 1), (0, "b", 4, 1)])).zero_is_low()
    assert not Histories.group(encode([(0, "a", 1, 1), (0, "b", 4, 1)])).zero_is_low()
    assert not Histories.group(encode()).zero_is_low()


@pytest.mark.parametrize("factor", [1, 4])
def test_histories_of_earlier_versions_learn_from_their_ratings_whether_labels_were_graded(factor):
    histories = Histories.group(encode([(u, i, r * factor, t) for u, i, r, t in ROWS]))
    state = {name: value for name, value in vars(histories).items() if name != "graded"}
    again = object.__new__(Histories)
    again.__setstate__(state)
    assert again.graded is histories.graded is (factor == 4)


def test_matrix_sums_the_weights_of_positive_events():
    histories = Histories.group(encode(weights=[1, 2, 3, 4, 0.5, 6, 7]))
    expected = np.zeros((5, 4))
    expected[1, 0], expected[0, 1], expected[0, 2], expected[3, 3] = 1.5, 2, 6, 7
    matrix = histories.matrix()
    np.testing.assert_array_equal(matrix.toarray(), expected)
    assert matrix.nnz == 4
    assert matrix.dtype == np.float64


def test_seen_marks_negative_events_too():
    seen = Histories.group(encode()).seen()
    assert seen.dtype == bool
    assert seen.toarray().astype(int).tolist() == [[1, 1, 1, 0], [1, 0, 1, 0], [0] * 4, [0, 0, 0, 1], [0] * 4]


@pytest.mark.parametrize("users", [[0, 1, 2, 3, 4], [1, 0], [3, -1, 1, 1, -1], [-1], [], [4, 3, 2, 1, 0]])
def test_seen_by_users_are_rows_of_seen_and_empty_ones_for_unknown_users(users):
    histories = Histories.group(encode())
    seen = histories.seen_by(np.array(users, dtype=np.int64))
    assert seen.dtype == bool
    assert seen.shape == (len(users), 4)
    expected = np.vstack([histories.seen().toarray(), np.zeros(4, dtype=bool)])[users]
    np.testing.assert_array_equal(seen.toarray(), expected.reshape(-1, 4))
    np.testing.assert_array_equal(seen.toarray(), histories.take(np.array(users, dtype=np.int64)).seen().toarray())


def test_what_was_seen_is_computed_once_and_is_no_part_of_a_copy():
    histories = Histories.group(encode())
    assert histories.seen() is histories.seen()
    assert histories.seen_by(np.arange(5)) is histories.seen()
    state = len(pickle.dumps(Histories.group(encode())))
    assert len(pickle.dumps(histories)) == state
    for again in (pickle.loads(pickle.dumps(histories)), copy.deepcopy(histories)):
        assert "_seen" not in vars(again)
        np.testing.assert_array_equal(again.seen().toarray(), histories.seen().toarray())


def test_all_users_in_their_order_are_the_histories_themselves():
    histories = Histories.group(encode())
    assert histories.take(np.arange(5)) is histories
    for users in ([0, 1, 2, 3], [0, 1, 2, 4, 3], [0, 1, 2, 3, -1]):
        assert histories.take(np.array(users)) is not histories


def test_matrices_leave_repeated_events_in_the_history():
    histories = Histories.group(encode())
    before = histories.items.copy(), histories.indptr.copy()
    histories.matrix()
    histories.seen()
    np.testing.assert_array_equal(histories.items, before[0])
    np.testing.assert_array_equal(histories.indptr, before[1])


def test_events_come_back_sorted():
    events = encode()
    back = Histories.group(events).as_events()
    order = time_order(events.users, events.times)
    for name in ("users", "items", "ratings", "weights", "positive", "times"):
        np.testing.assert_array_equal(getattr(back, name), getattr(events, name)[order])
    assert (back.n_users, back.n_items) == (5, 4)


def test_weights_multiply_and_labels_given_win():
    events = encode(weights=[1, 2, 3, 4, 5, 6, 7], ratings=[0, 1, 0, 0, 0, 0, 0], weight=[2.0] * 7)
    assert events.weights.tolist() == [2, 4, 6, 8, 10, 12, 14]
    assert events.ratings.tolist() == [0, 1, 0, 0, 0, 0, 0]
    assert events.positive.tolist() == [False, True] + [False] * 5
    assert encode([(0, "a")]).ratings is None
    assert encode([(0, "a")]).weights.tolist() == [1]


class TestJoin:
    def test_events_follow_each_other(self):
        joined = join_events(encode(users=2, items="ab"), encode([(4, "d", 0, 99)]))
        assert joined.users.tolist()[-1] == 4
        assert (joined.n_users, joined.n_items, len(joined)) == (5, 4, 8)
        assert joined.positive.tolist() == [True, True, False, False, True, True, True, False]

    def test_whether_zeros_are_negatives_depends_on_all_labels(self):
        binary, stars = encode([(0, "a", 0, 1)]), encode([(0, "b", 5, 2)])
        assert join_events(binary, stars).positive.tolist() == [True, True]
        assert join_events(binary, binary).positive.tolist() == [False, False]

    def test_labels_once_graded_stay_so_through_events_without_any(self):
        rated, plain = encode([(0, "a", 0, 1), (0, "b", 4, 1)]), encode([(1, "b")])
        before = Histories.group(join_events(rated, plain))
        assert before.ratings is None
        assert before.graded
        assert join_events(before.as_events(), encode([(0, "c", 0, 1)])).positive.all()

    def test_labels_of_one_half_only_are_no_labels(self):
        joined = join_events(encode([(0, "a", 0, 1)]), encode([(0, "b")]))
        assert joined.ratings is None
        assert joined.positive.tolist() == [False, True]


class TestTimes:
    def interactions(self, times):
        return Interactions(pd.DataFrame({"user_id": [0, 0], "item_id": [1, 2], "timestamp": times}))

    def test_datetimes_compare_across_resolutions_and_zones(self):
        moment = pd.to_datetime(["2020-01-01", "2020-01-02"])
        expected = [1577836800 * 10**9, 1577923200 * 10**9]
        for unit in ("s", "ms", "us", "ns"):
            assert times_of(self.interactions(moment.as_unit(unit)).events).tolist() == expected
        zoned = moment.tz_localize("UTC").tz_convert("Asia/Tokyo")
        assert times_of(self.interactions(zoned).events).tolist() == expected

    def test_numbers_are_kept(self):
        assert times_of(self.interactions([2**53 + 1, 5]).events).tolist() == [2**53 + 1, 5]
        assert times_of(self.interactions([1.5, 2]).events).tolist() == [1.5, 2.0]
        assert times_of(Interactions([(0, 1), (0, 2)]).events).tolist() == [0, 0]

    def test_datetimes_out_of_reach_are_an_error(self):
        times = np.array(["2020-01-01", "9999-12-31"], dtype="datetime64[s]")
        with pytest.raises(InvalidDataError, match=r"runs from 2020-01-01 .* to 9999-12-31 .*within the years 1678 to"):
            times_of(self.interactions(times).events)

    @pytest.mark.parametrize(
        ("times", "kind"), [([1, 2], "numbers"), ([1.5, 2], "numbers"), (pd.to_datetime(["2020", "2021"]), "datetimes")]
    )
    def test_kinds(self, times, kind):
        assert kind_of_times(self.interactions(times).events) == kind
        assert kind_of_times(Interactions([(0, 1)]).events) == "nothing"
