import numpy as np
import pytest

from skrec import Popularity, Recommendations
from skrec.testing._recommender_bench import (
    ALL_BUT_ONE,
    COLD,
    EVERYTHING,
    ITEMS,
    USERS,
    Bench,
    all_pairs,
    expect_same_answer,
    expect_same_list,
    lists,
    make_events,
    predictions,
    renamed,
    scores,
    seen_by,
)


def test_events_are_what_checks_count_on():
    frame = make_events()
    assert frame["user_id"].unique().tolist() == list(USERS)
    assert frame["item_id"].unique().tolist() == list(ITEMS)
    assert list(USERS) != sorted(USERS)
    assert list(ITEMS) != sorted(ITEMS)
    assert frame["item_id"].value_counts()[list(ITEMS)].tolist() == [7, 4, 9, 3, 4, 6, 3, 3]
    assert seen_by(EVERYTHING) == set(ITEMS)
    assert len(seen_by(ALL_BUT_ONE)) == len(ITEMS) - 1
    assert seen_by(COLD) == set()
    assert frame["timestamp"].is_monotonic_increasing
    assert frame["rating"].between(1, 5).all()
    assert len(all_pairs()) == len(USERS) * len(ITEMS)


def test_names_of_strings_follow_those_of_ints():
    frame = renamed(make_events())
    assert frame["user_id"][0] == "u 31"
    assert frame["item_id"].nunique() == len(ITEMS)


def test_the_estimator_itself_is_never_fitted_and_copies_are_quiet():
    from skrec import GMF

    bench = Bench(GMF(4, warm_start=True, verbose=1, epochs=1))
    assert bench.fresh().get_params()["warm_start"] is False
    assert not bench.fresh().get_params()["verbose"]
    bench = Bench(Popularity())
    assert bench.fitted is bench.fitted
    assert not hasattr(bench.estimator, "items_")
    assert bench.whole[COLD][0] == [ITEMS[place] for place in (2, 0, 5, 1, 4, 3, 6, 7)]
    assert predictions(bench.fitted).shape == (80,)


def answer(items, values):
    return Recommendations(np.array([1]), np.array(items), np.array(values, dtype=np.float32), [len(items)], 3)


def test_answers_are_compared_but_for_neighbours_too_near_to_tell():
    one = answer([7, 8, 9], [3.0, 2.0, 1.0])
    assert lists(one) == [[7, 8, 9]]
    assert scores(one)[0].tolist() == [3.0, 2.0, 1.0]
    expect_same_answer(answer([7, 8, 9], [3.0, 2.0, 1.000001]), one, "it")
    expect_same_answer(answer([8, 7, 9], [3.0, 3.000001, 1.0]), answer([7, 8, 9], [3.000001, 3.0, 1.0]), "it")


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (answer([8, 7, 9], [3.0, 2.0, 1.0]), r"The items of it for user 1 must be \[7, 8, 9\]. Got \[8, 7, 9\]"),
        (answer([7, 8, 9], [3.0, 2.0, 1.5]), "The scores of it for user"),
        (answer([7, 8], [3.0, 2.0]), "The lengths of the lists of it"),
    ],
)
def test_other_answers_are_said(other, message):
    with pytest.raises(AssertionError, match=message):
        expect_same_answer(other, answer([7, 8, 9], [3.0, 2.0, 1.0]), "it")


def test_an_item_that_is_not_there_is_no_neighbour():
    with pytest.raises(AssertionError, match=r"The items of it must be \[7, 8\]"):
        expect_same_list([7, 9], [2.0, 1.0], [7, 8], np.array([2.0, 1.0]), "of it")
