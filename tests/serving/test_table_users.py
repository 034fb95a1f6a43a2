from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from skrec.serving import Scorer, TableUsers
from skrec.serving.fold_in import GradientFoldIn

N = 12


def test_rows_of_new_histories_are_learned_and_those_of_fit_looked_up(gmf, ask, past):
    query = ask([3, 8, -1], past([[], [1, 5], [2, 4, 6]]), rows=(1, 2))
    vectors = TableUsers(gmf).vectors(query)
    np.testing.assert_array_equal(vectors[0], gmf.vectors()[0][3])
    rows = GradientFoldIn(gmf).rows(np.array([8, -1]), past([[1, 5], [2, 4, 6]]))
    np.testing.assert_array_equal(vectors[1:], gmf.user_vectors(rows))


def test_they_are_joined_with_items_by_the_network(neumf, ask, past):
    query = ask([3, -1], past([[], [2, 4, 6]]), rows=(1,))
    scores = TableUsers(neumf).scores(query)
    rows = GradientFoldIn(neumf).rows(np.array([-1]), past([[2, 4, 6]]))
    np.testing.assert_array_equal(scores[1:], neumf.catalogue(rows))
    np.testing.assert_array_equal(scores[:1], neumf.catalogue(neumf.learned.weights.tables["user"][[3]]))


def test_a_user_of_fit_without_a_liked_event_is_not_cold(gmf, ask, past):
    query = ask([3, -1])
    disliked = past([[1], [1]], positive=[False, False])
    users = TableUsers(gmf)
    assert users.cold(ask([3], histories=disliked.take(np.array([0])))).tolist() == [False]
    assert users.cold(query).tolist() == [False, True]


@pytest.mark.parametrize("new", [False, True])
def test_each_user_has_a_context_of_his_own(fields, ask, past, new):
    options = {"past": past([[2], [2]]), "rows": (0, 1)} if new else {}
    users = TableUsers(fields)
    both = users.scores(ask([3, 4], context=pd.DataFrame({"device": ["tv", None]}), **options))
    tv, nothing = (
        users.scores(ask([3, 4], context=context, **options))
        for context in (pd.DataFrame({"device": ["tv", "tv"]}), None)
    )
    np.testing.assert_allclose(both[0], tv[0], rtol=1e-5)
    np.testing.assert_allclose(both[1], nothing[1], rtol=1e-5)
    assert np.abs(tv - nothing).max() > 1e-3


def test_the_context_of_a_new_history_is_that_of_its_own_row(fields, ask, past):
    users, moments = TableUsers(fields), pd.DataFrame({"device": [None, "tv", None]})
    query = ask([3, -1, 4], past([[], [2, 4], []]), rows=(1,), context=moments)
    alone = users.scores(query.take(np.array([1])))
    np.testing.assert_allclose(users.scores(query)[1], alone[0], rtol=1e-5)


def test_pairs_are_scored_in_the_context_of_their_events(fields, ask):
    users, learned = TableUsers(fields), fields.learned
    moments = pd.DataFrame({"device": ["tv", None]})
    found, _ = users.pairs(np.array([3, 4]), np.array([2, 9]), learned.context(moments, 2, "X"))
    scores = users.scores(ask([3, 4], context=moments))
    np.testing.assert_allclose(found, [scores[0, 2], scores[1, 9]], rtol=1e-4, atol=1e-5)


def test_cold_users_are_known_by_their_features_and_those_of_fit_stay(tower, ask, past, board):
    cold = board.users.head(2).assign(user_id=[70, 71])
    grown = Scorer(tower.learned.with_ids("user", cold, "users"), tower.setup, tower)
    users = TableUsers(tower).over(grown)
    vectors = grown.vectors()[0]
    np.testing.assert_allclose(vectors[:N], tower.vectors()[0][:N], rtol=1e-6)
    zeros = np.zeros((2, 5), dtype=np.float32)
    np.testing.assert_allclose(
        vectors[[N, N + 1]], tower.user_vectors(tower.user_rows(zeros, np.array([0, 1]))), rtol=1e-5
    )
    found, unknown = users.pairs(np.array([N, -1]), np.array([3, 3]), None)
    assert unknown.tolist() == [False, True]
    assert found[0] != found[1]


def test_a_history_without_a_known_event_leaves_those_known_by_features_known(tower, ask, past, board):
    cold = board.users.head(2).assign(user_id=[70, 71])
    grown = Scorer(tower.learned.with_ids("user", cold, "users"), tower.setup, tower)
    users, nothing = TableUsers(tower).over(grown), past([[], []])
    query = ask([0, 1], nothing, rows=(0, 1))
    assert users.cold(query).tolist() == [True, True]
    described = replace(query, users=np.array([N, N + 1]))
    assert users.cold(described).tolist() == [False, False]
    assert np.abs(users.vectors(described)[0] - users.vectors(described)[1]).max() > 1e-3


def test_what_is_typical_is_the_mean_of_the_users_of_fit(gmf, fields):
    items = np.array([4, 0, 11])
    scores = gmf.vectors()[0][:N].astype(float) @ gmf.vectors()[1][items].T.astype(float)
    np.testing.assert_allclose(TableUsers(gmf).typical(items), scores.mean(axis=0), rtol=1e-4, atol=1e-6)
    users = TableUsers(fields)
    mean = fields.table("user").mean(axis=0, keepdims=True)
    context = fields.context(fields.learned.context(None, 1, "context"))
    np.testing.assert_allclose(users.typical(items), fields.catalogue(mean, context)[0, items], rtol=1e-4, atol=1e-5)
    assert users.over(fields)._kept is users._kept
