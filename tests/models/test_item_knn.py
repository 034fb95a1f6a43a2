import numpy as np
import pytest

from skrec import ItemKNN
from skrec.exceptions import InvalidParameterError
from skrec.models import item_knn
from skrec.testing import checkerboard


def random_rows(seed, n=250, users=30, items=18):
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.integers(0, users, n), rng.integers(0, items, n)])


def naive_similarity(rows, weights, n_neighbors, shrinkage):
    """Cosines with loops, from the definition in the class docstring; items in first-seen order."""
    users, items = list(dict.fromkeys(rows[:, 0])), list(dict.fromkeys(rows[:, 1]))
    summed = np.zeros((len(users), len(items)))
    for (user, item), weight in zip(rows, weights, strict=True):
        summed[users.index(user), items.index(item)] += weight
    matrix = np.log2(1 + summed)
    similarity = np.zeros((len(items), len(items)))
    for i in range(len(items)):
        for j in range(len(items)):
            if i != j:
                norms = np.sqrt((matrix[:, i] ** 2).sum()) * np.sqrt((matrix[:, j] ** 2).sum())
                similarity[i, j] = matrix[:, i] @ matrix[:, j] / (norms + shrinkage)
        weakest = np.sort(similarity[i])[::-1][min(n_neighbors, len(items)) - 1]
        similarity[i, similarity[i] < weakest] = 0
    return matrix, similarity


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("n_neighbors", "shrinkage"), [(200, 0.0), (200, 20.0), (4, 0.5)])
def test_it_equals_the_definition(seed, n_neighbors, shrinkage):
    rows = random_rows(seed)
    weights = np.random.default_rng(seed).uniform(0.1, 3, len(rows)).astype(np.float32)
    model = ItemKNN(n_neighbors, shrinkage=shrinkage).fit(rows, sample_weight=weights)
    matrix, similarity = naive_similarity(rows, weights.astype(float), n_neighbors, shrinkage)
    np.testing.assert_allclose(model.similarity_.toarray(), similarity, rtol=1e-5, atol=1e-7)
    expected = matrix @ similarity.T  # an item's score sums over those of its own neighbours that are in the history
    pairs = [(user, item) for user in model.users_ for item in model.items_]
    np.testing.assert_allclose(model.predict(pairs), expected.ravel(), rtol=1e-4, atol=1e-6)


def test_a_case_by_hand():
    # a and b share both users, c shares one with each; without shrinkage cos(a, b) = 1 and cos(a, c) = 1 / sqrt(2 * 2).
    rows = [(1, "a"), (1, "b"), (2, "a"), (2, "b"), (2, "c"), (3, "c")]
    model = ItemKNN(shrinkage=0.0).fit(rows)
    np.testing.assert_allclose(model.similarity_.toarray(), [[0, 1, 0.5], [1, 0, 0.5], [0.5, 0.5, 0]])
    assert model.predict([(1, "c"), (3, "a")]).tolist() == [1.0, 0.5]
    shrunk = ItemKNN(shrinkage=2.0).fit(rows)
    np.testing.assert_allclose(shrunk.similarity_.toarray()[0], [0, 2 / 4, 1 / 4])


def test_at_most_n_neighbors_are_kept_and_ties_by_position():
    rows = [(user, item) for user in range(3) for item in range(5)]
    model = ItemKNN(2, shrinkage=0.0).fit(rows)
    assert np.diff(model.similarity_.indptr).tolist() == [2] * 5
    assert model.similarity_[[3]].indices.tolist() == [0, 1]


def test_blocks_change_nothing(monkeypatch):
    rows = random_rows(5)
    whole = ItemKNN(6).fit(rows).similarity_.toarray()
    monkeypatch.setattr(item_knn, "_BLOCK_BYTES", 8 * 18 * 4)
    np.testing.assert_array_equal(ItemKNN(6).fit(rows).similarity_.toarray(), whole)


@pytest.mark.parametrize("n", [6, 10])
def test_on_a_checkerboard_the_missing_item_is_recommended(n):
    answer = ItemKNN().fit(checkerboard(n)).recommend(k=1)
    assert answer.items.ravel().tolist() == answer.users.tolist()


def test_items_without_a_common_user_are_not_similar():
    model = ItemKNN().fit([(1, "a"), (1, "b"), (2, "c")])
    assert model.similar_items(["a", "c"], k=2).lengths.tolist() == [1, 0]
    assert model.similar_items(["a"], k=1).items.tolist() == [["b"]]


def test_one_user_and_one_item():
    model = ItemKNN().fit([(1, "a")])
    assert model.recommend().lengths.tolist() == [0]
    assert model.similar_items("a").lengths.tolist() == [0]
    assert model.predict([(1, "a")]).tolist() == [0.0]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"n_neighbors": 0},
            r"The 'n_neighbors' parameter of ItemKNN must be an int in the range \[1, inf\). Got 0 instead",
        ),
        ({"n_neighbors": 2.5}, "The 'n_neighbors' parameter"),
        ({"n_neighbors": True}, r"an int in the range \[1, inf\). Got True instead"),
        ({"shrinkage": -1}, r"The 'shrinkage' parameter of ItemKNN must be a float in the range \[0.0, inf\). Got -1"),
        ({"shrinkage": np.nan}, "The 'shrinkage' parameter"),
    ],
)
def test_bad_parameters_are_refused_in_fit(parameters, message):
    model = ItemKNN(**parameters)
    with pytest.raises(InvalidParameterError, match=message):
        model.fit([(1, 2)])


def test_numpy_numbers_are_parameters_too():
    assert ItemKNN(np.int64(3), shrinkage=np.float32(1)).fit(random_rows(0)).recommend(k=1).lengths.max() == 1
