import gzip

import numpy as np
import pandas as pd
import pytest

from skrec import EASE, Interactions, Popularity
from skrec.exceptions import InvalidDataError, InvalidParameterError
from skrec.testing import checkerboard


def random_rows(seed, n=250, users=30, items=18):
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.integers(0, users, n), rng.integers(0, items, n)])


def dense(rows, weights=None):
    """The user-item matrix with loops; ids in first-seen order."""
    users, items = list(dict.fromkeys(rows[:, 0])), list(dict.fromkeys(rows[:, 1]))
    summed = np.zeros((len(users), len(items)))
    for (user, item), weight in zip(rows, np.ones(len(rows)) if weights is None else weights, strict=True):
        summed[users.index(user), items.index(item)] += weight
    return np.log2(1 + summed)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("regularization", [0.5, 500.0])
def test_it_equals_equation_8(seed, regularization):
    rows = random_rows(seed)
    weights = np.random.default_rng(seed).uniform(0.1, 3, len(rows)).astype(np.float32)
    model = EASE(regularization, dtype="float64").fit(rows, sample_weight=weights)
    X = dense(rows, weights.astype(float))
    P = np.linalg.inv(X.T @ X + regularization * np.eye(X.shape[1]))
    B = -P / np.diag(P)
    np.fill_diagonal(B, 0.0)
    np.testing.assert_allclose(model.item_weights_, B, rtol=1e-9, atol=1e-12)
    pairs = [(user, item) for user in model.users_ for item in model.items_]
    np.testing.assert_allclose(model.predict(pairs), (X @ B).ravel(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("regularization", [1.0, 50.0])
def test_it_minimises_the_penalised_error_with_a_zero_diagonal(regularization):
    """The definition, without the closed form: ridge regression of each item on all others."""
    rows = random_rows(7)
    X = dense(rows)
    model = EASE(regularization, dtype="float64").fit(rows)
    for j in range(X.shape[1]):
        others = [i for i in range(X.shape[1]) if i != j]
        gram = X[:, others].T @ X[:, others] + regularization * np.eye(len(others))
        expected = np.linalg.solve(gram, X[:, others].T @ X[:, j])
        np.testing.assert_allclose(model.item_weights_[others, j], expected, rtol=1e-8, atol=1e-10)
        assert model.item_weights_[j, j] == 0.0


def test_the_dtype_is_that_of_the_weights_only():
    single, double = (EASE(1.0, dtype=dtype).fit(random_rows(1)) for dtype in ("float32", "float64"))
    assert (single.item_weights_.dtype, double.item_weights_.dtype) == (np.float32, np.float64)
    np.testing.assert_allclose(single.item_weights_, double.item_weights_, rtol=1e-6, atol=1e-8)
    assert single.recommend(k=3).scores.dtype == double.recommend(k=3).scores.dtype == np.float32


@pytest.mark.parametrize("n", [6, 10])
def test_on_a_checkerboard_the_missing_item_is_recommended(n):
    answer = EASE(1.0).fit(checkerboard(n)).recommend(k=1)
    assert answer.items.ravel().tolist() == answer.users.tolist()


def test_similar_items_are_the_rows_of_the_weights():
    model = EASE(1.0).fit(random_rows(2))
    answer = model.similar_items([model.items_[4]], k=17)
    row = model.item_weights_[4]
    others = [i for i in range(18) if i != 4]
    expected = sorted(others, key=lambda i: (-row[i], i))
    assert answer.items[0].tolist() == [model.items_[i] for i in expected]
    np.testing.assert_array_equal(answer.scores[0], row[expected])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"regularization": 0},
            r"The 'regularization' parameter of EASE must be a float in the range \(0.0, inf\). Got 0",
        ),
        ({"regularization": -1.0}, "The 'regularization' parameter"),
        ({"regularization": np.inf}, "The 'regularization' parameter"),
        ({"regularization": "5"}, "The 'regularization' parameter"),
        ({"regularization": True}, r"a float in the range \(0.0, inf\). Got True instead"),
        ({"dtype": "float16"}, r"The 'dtype' parameter of EASE must be a str among .*float32.*Got 'float16' instead"),
    ],
)
def test_bad_parameters_are_refused_in_fit(parameters, message):
    model = EASE(**parameters)
    with pytest.raises(InvalidParameterError, match=message):
        model.fit([(1, 2)])


@pytest.mark.data
def test_golden_number_on_movielens_100k(data_home):
    """The ua split that GroupLens ships, binary events: the figure of the quality benchmark."""
    folder = data_home / "ml-100k"
    parts = []
    for name in ("ua.base.gz", "ua.test.gz"):
        if not (folder / name).is_file():
            pytest.skip(f"{name} isn't below SKREC_DATA_HOME")
        with gzip.open(folder / name, "rt") as lines:
            parts.append(pd.read_csv(lines, sep="\t", names=["user_id", "item_id", "rating", "timestamp"]))
    train, test = (Interactions(part.drop(columns="rating")) for part in parts)
    assert (len(train), len(test)) == (90570, 9430)
    assert EASE().fit(train).score(test) == pytest.approx(0.3163, abs=0.0005)
    assert Popularity().fit(train).score(test) == pytest.approx(0.1331, abs=0.001)


def test_a_regularization_too_small_for_a_solution_says_so():
    twins = [(user, item) for user in range(3) for item in ("a", "b")]  # bought together by everybody
    with pytest.raises(InvalidDataError, match=r"EASE has no solution at regularization=1e-300.*Raise it\."):
        EASE(regularization=1e-300).fit(twins)
