import numpy as np
import pytest
from sklearn.model_selection import cross_val_predict

from skrec.exceptions import InvalidDataError, InvalidParameterError
from skrec.model_selection import UserKFold
from skrec.models import Popularity

RNG = np.random.default_rng(0)
USERS = np.concatenate([RNG.integers(10, size=150), np.arange(10, 14)])
EVENTS = list(zip(USERS.tolist(), RNG.integers(25, size=154).tolist(), strict=True))

both = pytest.mark.parametrize("splitter", [UserKFold(4), UserKFold(4, shuffle=True, random_state=1)], ids=repr)


@both
def test_every_event_is_tested_once_and_trained_on_in_the_other_folds(splitter):
    splits = list(splitter.split(EVENTS))
    assert sorted(np.concatenate([test for _, test in splits])) == list(range(154))
    for train, test in splits:
        assert sorted([*train, *test]) == list(range(154))


@both
def test_users_with_enough_events_are_in_every_fold_and_folds_are_even(splitter):
    tests = [test for _, test in splitter.split(EVENTS)]
    assert {len(test) for test in tests} == {38, 39}
    for user, count in enumerate(np.bincount(USERS)):
        per_fold = [int((USERS[test] == user).sum()) for test in tests]
        assert max(per_fold) - min(per_fold) <= 1
        assert sum(per_fold) == count


def test_without_shuffle_the_oldest_events_are_dealt_first():
    events = [("ann", "x", 1.0, 30), ("ann", "y", 1.0, 10), ("ann", "z", 1.0, 20), ("ann", "w", 1.0, 40)]
    assert [test.tolist() for _, test in UserKFold(2).split(events)] == [[0, 1], [2, 3]]


def test_the_seed_decides_the_shuffle():
    def tests(seed):
        return [test.tolist() for _, test in UserKFold(4, shuffle=True, random_state=seed).split(EVENTS)]

    assert tests(3) == tests(3)
    assert tests(3) != tests(4)
    assert tests(3) != [test.tolist() for _, test in UserKFold(4).split(EVENTS)]


def test_a_generator_is_drawn_from():
    splitter = UserKFold(4, shuffle=True, random_state=np.random.default_rng(0))
    first, second = ([test.tolist() for _, test in splitter.split(EVENTS)] for _ in range(2))
    assert first != second


def test_cross_val_predict_works_since_folds_are_a_partition():
    assert cross_val_predict(Popularity(), EVENTS, cv=UserKFold(3)).shape == (154,)


def test_a_seed_without_shuffle_is_refused():
    with pytest.raises(InvalidParameterError, match=r"has a random_state, which has no effect without shuffle"):
        UserKFold(random_state=0).get_n_splits()


def test_more_folds_than_events_are_refused():
    with pytest.raises(InvalidDataError, match="needs at least 5 events, and there are 2"):
        next(UserKFold().split([("ann", "x"), ("bob", "y")]))
