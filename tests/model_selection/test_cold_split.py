import numpy as np
import pytest

from skrec.exceptions import InvalidDataError
from skrec.model_selection import ColdItemSplit, ColdUserSplit

RNG = np.random.default_rng(0)
EVENTS = RNG.integers([11, 23], size=(300, 2))
SIDES = [(ColdUserSplit, 0, 11), (ColdItemSplit, 1, 23)]
sides = pytest.mark.parametrize(("splitter", "column", "n"), SIDES)


@sides
def test_what_is_tested_is_unseen_in_training(splitter, column, n):
    for train, test in splitter(n_splits=8, test_size=0.4, random_state=0).split(EVENTS):
        trained, tested = set(EVENTS[train, column]), set(EVENTS[test, column])
        assert not trained & tested
        assert len(trained) + len(tested) == n
        assert len(train) + len(test) == 300


@sides
def test_five_fifths_are_a_partition(splitter, column, n):
    tested = [set(EVENTS[test, column]) for _, test in splitter(random_state=0).split(EVENTS)]
    assert sum(map(len, tested)) == n
    assert set.union(*tested) == set(range(n))
    assert max(map(len, tested)) - min(map(len, tested)) <= 1


@sides
def test_a_number_is_a_number_of_ids(splitter, column, n):
    tested = [set(EVENTS[test, column]) for _, test in splitter(n_splits=4, test_size=3, random_state=0).split(EVENTS)]
    assert [len(ids) for ids in tested] == [3, 3, 3, 3]
    assert len(set.union(*tested[: n // 3])) == 3 * min(4, n // 3)


@sides
def test_more_splits_than_one_shuffle_holds_start_another(splitter, column, n):
    tested = [frozenset(EVENTS[test, column]) for _, test in splitter(6, test_size=0.5, random_state=0).split(EVENTS)]
    assert len(set(tested)) > 2
    for first, second in zip(tested[::2], tested[1::2], strict=True):
        assert first | second == set(range(n))


@sides
def test_seeds_decide(splitter, column, n):
    def tests(seed):
        return [test.tolist() for _, test in splitter(random_state=seed).split(EVENTS)]

    assert tests(0) == tests(0)
    assert tests(0) != tests(1)


@pytest.mark.parametrize("n", [2, 3, 4, 7])
@pytest.mark.parametrize("test_size", [0.05, 0.2, 0.34, 0.6, 1])
def test_few_users_still_give_full_test_and_training_sets(n, test_size):
    events = [(user, 0) for user in range(n)]
    for train, test in ColdUserSplit(n_splits=9, test_size=test_size, random_state=0).split(events):
        assert len(train) > 0
        assert len(test) > 0


def test_nothing_left_to_train_on_is_an_error():
    with pytest.raises(InvalidDataError, match="would test 1 of 1 users, and leave none to train on"):
        next(ColdUserSplit().split([("ann", "x"), ("ann", "y")]))
    with pytest.raises(InvalidDataError, match=r"would test 9 of 2 items.*Lower test_size"):
        next(ColdItemSplit(test_size=9).split([("ann", "x"), ("ann", "y")]))
