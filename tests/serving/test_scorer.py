import numpy as np
import pytest

from skrec.models import GMF, NeuMF, _serving
from skrec.models._serving import Serving
from skrec.testing import checkerboard

BOARD = checkerboard(12)
QUICK = {"epochs": 5, "learning_rate": 0.05, "random_state": 0}


class Ids:
    """Stands for a fitted model whose network takes ids: it has no tables."""

    tables_, network_weights_, _network_state = {}, [], []
    users_, items_ = np.arange(3), np.arange(5)


class Scores:
    """Stands for its program: a score is 100 times the user's id plus the item's; notes the shapes it is called with."""

    vectors = None

    def __init__(self):
        self.shapes = []

    def score(self, weights, fixed, user, item):
        self.shapes.append((user.shape, item.shape))
        return (100.0 * user[:, np.newaxis] + item).astype(np.float32)


@pytest.fixture(scope="module")
def gmf():
    return GMF(4, **QUICK).fit(BOARD)


@pytest.fixture(scope="module")
def neumf():
    return NeuMF(4, (8,), **QUICK).fit(BOARD)


def test_vectors_are_computed_once(gmf):
    program, serving = gmf._served()[1], Serving()
    first = serving.vectors(gmf, program)
    assert serving.vectors(gmf, program) is first
    assert [vectors.shape for vectors in first] == [(13, 5), (13, 5)]
    assert all(vectors.dtype == np.float32 for vectors in first)


def test_scores_of_known_users_are_products_of_vectors(gmf):
    program, serving = gmf._served()[1], Serving()
    user, item = serving.vectors(gmf, program)
    codes = np.array([3, 0, 3])
    np.testing.assert_allclose(serving.known(gmf, program, codes), user[codes] @ item[:-1].T, rtol=1e-5, atol=1e-6)


def test_the_vectors_behind_the_last_ones_are_those_of_rows_of_zeros(gmf):
    # A code of -1 points to them: nothing is known of it but what is the same for everybody, such as the unit's bias.
    user, item = Serving().vectors(gmf, gmf._served()[1])
    np.testing.assert_array_equal(user[-1], [0.0, 0.0, 0.0, 0.0, 1.0])
    np.testing.assert_allclose(item[-1], [0.0, 0.0, 0.0, 0.0, gmf.network_weights_[1][0]])
    np.testing.assert_allclose(gmf.predict([(0, 999)]), 1.0 / (1.0 + np.exp(-item[-1, -1])), rtol=1e-6)


def test_vectors_of_rows_handed_in_are_those_of_fit_to_the_last_bit(gmf):
    program, serving = gmf._served()[1], Serving()
    user = serving.vectors(gmf, program)[0]
    for rows in (slice(0, 12), slice(3, 4), slice(5, 5)):
        found = serving.user_vectors(gmf, program, gmf.tables_["user"][rows])
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, user[:-1][rows])


def test_rows_handed_in_are_scored_like_those_of_fit(gmf, neumf):
    for model in (gmf, neumf):
        program, serving = model._served()[1], Serving()
        codes = np.arange(12)
        rows = serving.rows(model, program, model.tables_["user"])
        np.testing.assert_allclose(rows, serving.known(model, program, codes), rtol=1e-5, atol=1e-6)


def test_a_user_scores_the_same_alone_and_among_others(gmf, neumf):
    for model in (gmf, neumf):
        program, serving = model._served()[1], Serving()
        together = serving.known(model, program, np.arange(12))
        for user in (0, 7, 11):
            np.testing.assert_array_equal(serving.known(model, program, np.array([user]))[0], together[user])


def test_pairs_score_as_the_catalogue_does_in_any_number_of_blocks(gmf, neumf, monkeypatch):
    users, items = np.repeat(np.arange(12), 12), np.tile(np.arange(12), 12)
    for model in (gmf, neumf):
        program, serving = model._served()[1], Serving()
        expected = serving.known(model, program, np.arange(12)).ravel()
        np.testing.assert_allclose(serving.pairs(model, program, users, items), expected, rtol=1e-4, atol=1e-5)
        monkeypatch.setattr(_serving, "bucket", lambda n: 32)
        np.testing.assert_allclose(serving.pairs(model, program, users, items), expected, rtol=1e-4, atol=1e-5)
        monkeypatch.undo()
        assert serving.pairs(model, program, users[:0], items[:0]).shape == (0,)


def test_an_unknown_id_of_a_pair_is_a_row_of_zeros(gmf):
    program, serving = gmf._served()[1], Serving()
    scores = serving.pairs(gmf, program, np.array([-1, 0, -1]), np.array([0, -1, -1]))
    np.testing.assert_allclose(scores, gmf.network_weights_[1][0], rtol=1e-5)  # nothing but the unit's bias
    assert (gmf.tables_["user"] != 0).all()


def test_an_unknown_id_of_a_network_that_takes_ids_is_the_one_behind_the_last():
    program = Scores()
    scores = Serving().pairs(Ids(), program, np.array([1, -1, 2]), np.array([4, 0, -1]))
    np.testing.assert_array_equal(scores, [104.0, 300.0, 205.0])
    assert program.shapes == [((32,), (32, 1))]


def test_the_catalogue_is_scored_in_blocks_of_few_pairs(monkeypatch):
    monkeypatch.setattr(_serving, "_PAIRS", 12)
    program = Scores()
    scores = Serving().known(Ids(), program, np.array([2, 0, 1, 1, 0]))
    np.testing.assert_array_equal(scores, 100.0 * np.array([[2], [0], [1], [1], [0]]) + np.arange(5))
    # Two users a block, the last one filled up: one shape, one compiled program.
    assert program.shapes == [((2,), (5,))] * 3


def test_a_catalogue_larger_than_a_block_is_scored_user_by_user(monkeypatch):
    monkeypatch.setattr(_serving, "_PAIRS", 3)
    program = Scores()
    assert Serving().known(Ids(), program, np.array([2, 0])).shape == (2, 5)
    assert program.shapes == [((1,), (5,))] * 2
