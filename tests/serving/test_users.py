"""What holds for every kind of users: rows of tables, joined or multiplied, encoded or not; histories; ids with neighbours."""

import numpy as np
import pytest

from skrec.serving import HistoryUsers, NeighbourUsers, Scorer, TableUsers, Users

N = 12
KINDS = ["gmf", "neumf", "tower", "fields", "sasrec", "bert", "by_ids"]


@pytest.fixture(params=KINDS)
def users(request):
    """Users of each kind, on the same board."""
    found = request.getfixturevalue(request.param)
    if request.param == "by_ids":
        return NeighbourUsers(found, 5)
    return HistoryUsers(*found) if isinstance(found, tuple) else TableUsers(found)


@pytest.fixture
def mixed(ask, past):
    """Known users, one of them with another history; a stranger with a history, and one without."""
    return ask([3, 8, -1, 5, -1], past([[], [1, 5], [2, 4, 6], [], []]), rows=(1, 2))


def test_what_a_user_is_must_be_said():
    with pytest.raises(TypeError, match="abstract methods.*cold.*over.*pairs.*scores.*vectors"):
        Users(None)


def test_the_catalogue_is_scored_for_users_known_and_new(users, mixed):
    scores = users.scores(mixed)
    assert scores.shape == (5, N)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()
    assert (scores[1] != users.scores(mixed.take(np.array([0])))[0]).any()


def test_scores_are_an_array_of_their_own(users, ask):
    first = users.scores(ask([3, 4]))
    first[:] = np.nan
    assert np.isfinite(users.scores(ask([3, 4]))).all()


def test_a_user_scores_the_same_alone_and_among_others(users, mixed):
    together = users.scores(mixed)
    for place in range(4):
        np.testing.assert_allclose(
            users.scores(mixed.take(np.array([place])))[0], together[place], rtol=1e-5, atol=1e-6
        )


def test_vectors_multiply_to_scores_where_there_are_any(users, mixed):
    if not users.scorer.has_vectors:
        return
    vectors, items = users.vectors(mixed), users.scorer.vectors()[1][:-1]
    if isinstance(users, HistoryUsers):
        np.testing.assert_allclose(vectors @ items.T, users.scores(mixed), rtol=1e-4, atol=1e-5)
    else:  # the network itself says what a score is
        rows = users.scorer.table("user")[mixed.users[:1]]
        np.testing.assert_allclose(vectors[:1] @ items.T, users.scorer.catalogue(rows), rtol=1e-4, atol=1e-5)


def test_pairs_have_the_scores_of_the_catalogue(users, ask):
    scores = users.scores(ask([3, 0, 8]))
    found, cold = users.pairs(
        np.array([8, 3, 3, 0]), np.array([2, 11, 0, 5]), users.scorer.learned.context(None, 4, "X")
    )
    np.testing.assert_allclose(found, [scores[2, 2], scores[0, 11], scores[0, 0], scores[1, 5]], rtol=1e-4, atol=1e-5)
    assert cold.tolist() == [False] * 4


def test_unknown_ids_of_pairs_have_finite_scores_and_unknown_users_are_cold(users):
    found, cold = users.pairs(np.array([-1, 3, -1]), np.array([2, -1, -1]), users.scorer.learned.context(None, 3, "X"))
    assert np.isfinite(found).all()
    assert cold.tolist() == [True, False, True]


def test_who_has_no_history_and_was_not_in_fit_is_cold(users, mixed):
    assert users.cold(mixed).tolist() == [False, False, False, False, True]


def test_a_history_that_is_replaced_by_nothing_liked_makes_a_user_cold(users, ask, past):
    emptied = ask([3, 4], past([[], [2]], positive=[False]), rows=(0, 1))
    assert users.cold(emptied).tolist() == [True, True]


def test_over_another_scorer_they_are_of_the_same_kind(users):
    other = Scorer(users.scorer.learned, users.scorer.setup)
    moved = users.over(other)
    assert type(moved) is type(users)
    assert moved.scorer is other
