import numpy as np
import pytest

from skrec.serving import NeighbourUsers
from skrec.serving.neighbours import neighbour_weights

N = 12


def test_users_of_fit_are_scored_by_their_ids(by_ids, ask):
    scores = NeighbourUsers(by_ids, 5).scores(ask([3, 0]))
    np.testing.assert_array_equal(scores, [300.0 + np.arange(N), np.arange(N)])


@pytest.mark.parametrize("n_neighbors", [2, 4])
def test_a_new_history_is_scored_as_the_users_with_the_most_similar_ones_are(by_ids, ask, past, histories, n_neighbors):
    new = past([[], [2, 4, 9]])
    scores = NeighbourUsers(by_ids, n_neighbors).scores(ask([3, -1], new, rows=(1,)))
    weights = neighbour_weights(past([[2, 4, 9]]), histories, n_neighbors).toarray()[0]
    assert np.count_nonzero(weights) == n_neighbors
    expected = weights @ (100.0 * np.arange(N)[:, np.newaxis] + np.arange(N))
    np.testing.assert_allclose(scores[1], expected, rtol=1e-5)
    np.testing.assert_array_equal(scores[0], 300.0 + np.arange(N))


def test_a_history_that_nobody_shares_is_scored_with_zeros(known, by_ids, ask, past):
    nowhere = past([[5]], positive=[False])
    np.testing.assert_array_equal(NeighbourUsers(by_ids, 5).scores(ask([3], nowhere, rows=(0,))), np.zeros((1, N)))


def test_there_are_no_vectors(by_ids, ask):
    with pytest.raises(TypeError, match="A network that takes ids has no vectors"):
        NeighbourUsers(by_ids, 5).vectors(ask([3]))


def test_over_another_scorer_as_many_neighbours_count(by_ids, ask, past):
    users, query = NeighbourUsers(by_ids, 2), ask([-1], past([[2, 4, 9]]), rows=(0,))
    np.testing.assert_array_equal(users.over(by_ids).scores(query), users.scores(query))
    assert (NeighbourUsers(by_ids, 5).scores(query) != users.scores(query)).any()


def test_a_history_that_nobody_of_fit_shares_leaves_a_user_cold(known, by_ids, ask, past):
    counts = np.ones(N)
    counts[5] = 0.0  # nobody of fit liked it, so that no user can be similar
    by_ids.learned = known(item_counts=counts)
    query = ask([3, -1, -1, 4], past([[], [5], [5, 2], [5]]), rows=(1, 2, 3))
    assert NeighbourUsers(by_ids, 5).cold(query).tolist() == [False, True, False, True]
