import tracemalloc
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import sparse
from threadpoolctl import threadpool_info

from skrec import _search
from skrec._search import longest_of, pair_scores, rank_candidates, rank_pairs, rounding_errors, search

# Sums of a few of these are exact in double precision; many are equal, some only nearly so in single precision.
NUMBERS = st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, 1.0 + 2.0**-20, 1.0 + 2.0**-23, 4096.0, 2.0**-12])


def matrix(n_rows, n_columns):
    return arrays.arrays(np.float32, (n_rows, n_columns), elements=NUMBERS)


@st.composite
def questions(draw):
    """Vectors, a length, exclusions, and sizes of tiles."""
    n_users, n_items, dim = draw(st.integers(0, 6)), draw(st.integers(0, 40)), draw(st.integers(1, 4))
    excluded = draw(st.none() | arrays.arrays(bool, (n_users, n_items)))
    return {
        "user_vectors": draw(matrix(n_users, dim)),
        "item_vectors": draw(matrix(n_items, dim)),
        "k": draw(st.integers(1, 45)),
        "exclude": None if excluded is None else sparse.csr_array(excluded),
        "tiles": (draw(st.integers(1, 4)), draw(st.integers(1, 50))),
    }


@contextmanager
def tiles(n_users, n_items):
    """Search in tiles of this size."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_search, "_TILE_USERS", n_users)
        patch.setattr(_search, "_TILE_ITEMS", n_items)
        yield


def brute(user_vectors, item_vectors, k, exclude=None, candidates=None):
    """All scores, sorted by falling score and rising position."""
    scores = (user_vectors.astype(np.float64) @ item_vectors.astype(np.float64).T).astype(np.float32)
    positions = np.full((len(scores), k), -1)
    values = np.full((len(scores), k), np.nan, dtype=np.float32)
    for user, row in enumerate(scores):
        kept = range(len(row)) if candidates is None else candidates[user]
        left = set() if exclude is None else set(exclude[[user]].indices.tolist())
        best = sorted((item for item in kept if item not in left), key=lambda item: (-row[item], item))[:k]
        positions[user, : len(best)], values[user, : len(best)] = best, row[best]
    return positions, values


def assert_equal(found, expected):
    assert found[0].dtype == np.int64
    assert found[1].dtype == np.float32
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


@settings(deadline=None, max_examples=300)
@given(question=questions())
def test_lists_are_those_of_brute_force_whatever_the_tiles(question):
    with tiles(*question.pop("tiles")):
        assert_equal(search(**question), brute(**question))


@settings(deadline=None, max_examples=100)
@given(question=questions(), data=st.data())
def test_candidates_are_ranked_as_brute_force_ranks_them(question, data):
    del question["tiles"]
    n_users, n_items = len(question["user_vectors"]), len(question["item_vectors"])
    chosen = data.draw(arrays.arrays(bool, (n_users, n_items)))
    lists = [np.random.default_rng(user).permutation(np.flatnonzero(row)) for user, row in enumerate(chosen)]
    expected = brute(**question, candidates=lists)
    rows = np.repeat(np.arange(n_users), [len(row) for row in lists])
    pairs = rows, np.concatenate([*lists, []]).astype(np.int32)
    vectors = question["user_vectors"], question["item_vectors"]
    assert_equal(rank_pairs(*vectors, *pairs, question["k"], question["exclude"]), expected)
    padded = np.full((n_users, n_items + 2), -1)
    for user, row in enumerate(lists):
        padded[user, 1 : 1 + len(row)] = row
    assert_equal(rank_candidates(*vectors, padded, question["k"], question["exclude"]), expected)


def normal(n, dim, seed):
    return np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)


def nearly_equal(n, dim, seed):
    """Vectors whose products with anything differ in the last bits only, many of them twice there."""
    rng = np.random.default_rng(seed)
    vectors = np.tile(rng.normal(size=dim), (n, 1)) * (1.0 + rng.integers(0, 5, size=(n, 1)) * 2.0**-23)
    return vectors.astype(np.float32)


def rising(n, dim, seed):
    """Vectors of which each is longer than the one before by a last bit: the best come last, and hardly stand out."""
    rng = np.random.default_rng(seed)
    return (np.tile(rng.normal(size=dim), (n, 1)) * (1.0 + np.arange(n)[:, np.newaxis] * 2.0**-25)).astype(np.float32)


@pytest.mark.parametrize("k", [1, 10, 100])
@pytest.mark.parametrize("make", [normal, nearly_equal, rising])
def test_many_tiles_of_large_catalogues(make, k):
    users, items = normal(70, 24, 0), make(5000, 24, 1)
    exclude = sparse.random_array((70, 5000), density=0.02, rng=np.random.default_rng(2), format="csr")
    with tiles(32, 600):
        found = search(users, items, k, exclude)
    scores = pair_scores(users, items, np.repeat(np.arange(70), 5000), np.tile(np.arange(5000), 70)).reshape(70, 5000)
    scores[np.repeat(np.arange(70), np.diff(exclude.indptr)), exclude.indices] = -np.inf
    order = np.lexsort((np.tile(np.arange(5000), (70, 1)), -scores), axis=1)[:, :k]
    assert_equal(found, (order, np.take_along_axis(scores, order, axis=1)))


def test_tiles_of_the_real_size():
    users, items = normal(300, 16, 3), normal(9000, 16, 4)  # two tiles of users, and of items
    scores = (users.astype(np.float64) @ items.astype(np.float64).T).astype(np.float32)
    order = np.lexsort((np.tile(np.arange(9000), (300, 1)), -scores), axis=1)[:, :5]
    assert_equal(search(users, items, 5), (order, np.take_along_axis(scores, order, axis=1)))


@pytest.mark.parametrize("size", [(1, 7), (3, 64), (100, 100), (256, 8192)])
def test_a_user_gets_the_same_to_the_last_bit_alone_and_among_others(size):
    users, items = normal(33, 19, 5), np.concatenate([nearly_equal(400, 19, 6), normal(400, 19, 7)])
    together = search(users, items, 20)
    with tiles(*size):
        assert_equal(search(users, items, 20), together)
        for user in (0, 17, 32):
            assert_equal(search(users[[user]], items, 20), tuple(part[[user]] for part in together))
        assert_equal(search(users[::-1], items, 20), tuple(part[::-1] for part in together))


def test_equal_scores_keep_the_order_of_the_items():
    for users in (np.zeros((2, 4), dtype=np.float32), np.ones((2, 4), dtype=np.float32)):
        with tiles(8, 100):
            positions, scores = search(users, np.ones((1000, 4), dtype=np.float32), 30)
        np.testing.assert_array_equal(positions, np.tile(np.arange(30), (2, 1)))
        assert (scores == users.sum(axis=1)[0]).all()


def test_a_user_who_may_have_nothing_gets_nothing():
    exclude = sparse.csr_array(np.array([[True] * 6, [False] * 6, [True] * 5 + [False]]))
    positions, scores = search(normal(3, 2, 0), np.ones((6, 2), dtype=np.float32), 2, exclude)
    assert positions.tolist()[0] == [-1, -1]
    assert positions.tolist()[1:] == [[0, 1], [5, -1]]
    assert np.isnan(scores).tolist() == [[True, True], [False, False], [False, True]]


@pytest.mark.parametrize("exclude", [None, sparse.csr_array((0, 3), dtype=bool)])
def test_nobody_asked(exclude):
    positions, scores = search(np.empty((0, 2), np.float32), np.ones((3, 2), np.float32), 4, exclude)
    assert positions.shape == scores.shape == (0, 4)
    none = np.empty((0, 5), dtype=np.int64)
    assert rank_candidates(np.empty((0, 2), np.float32), np.ones((3, 2), np.float32), none, 4)[0].shape == (0, 4)


def test_a_pairs_score_is_that_of_double_precision_whoever_is_beside_it(monkeypatch):
    users, items = normal(40, 300, 8), normal(50, 300, 9)
    rng = np.random.default_rng(0)
    pairs = rng.integers(0, 40, 900), rng.integers(0, 50, 900)
    scores = pair_scores(users, items, *pairs)
    exact = (users[pairs[0]].astype(np.float64) * items[pairs[1]].astype(np.float64)).sum(axis=1)
    np.testing.assert_array_equal(scores, exact.astype(np.float32))
    for size in (1, 7, 2**16):
        monkeypatch.setattr(_search, "_PAIRS", size)
        np.testing.assert_array_equal(pair_scores(users, items, *pairs), scores)
    assert pair_scores(users, items, pairs[0][:0], pairs[1][:0]).shape == (0,)


@pytest.mark.parametrize("bits", [10, 23])
@pytest.mark.parametrize("dim", [1, 30, 500])
def test_no_product_of_a_matrix_multiplication_is_further_off_than_the_bound(bits, dim):
    users, items = normal(60, dim, 10), np.concatenate([normal(200, dim, 11), 50.0 * normal(3, dim, 12)])
    exact = users.astype(np.float64) @ items.astype(np.float64).T
    products = rounded(users, bits) @ rounded(items, bits).T
    errors = np.abs(products - exact).max(axis=1)
    bound = rounding_errors(users, longest_of(items), bits)
    assert bound.shape == (60,)
    assert (errors <= bound).all()
    assert (
        bound < (3e-2 if bits == 10 else 1e-2) * np.linalg.norm(users, axis=1) * np.linalg.norm(items, axis=1).max()
    ).all()


def rounded(vectors, bits):
    """Numbers of which only so many bits of the mantissa are kept, as a device's short formats do."""
    if bits == 23:
        return vectors
    fraction, exponent = np.frexp(vectors)
    return np.ldexp(np.round(fraction * 2.0 ** (bits + 1)) / 2.0 ** (bits + 1), exponent).astype(np.float32)


def test_the_bound_of_no_items_is_zero():
    assert rounding_errors(normal(2, 3, 0), longest_of(np.empty((0, 3), dtype=np.float32))).tolist() == [0.0, 0.0]


@pytest.fixture
def four_threads(monkeypatch):
    """Let matrix products have four threads; gives what limits them to, while a search runs."""
    limits = []

    @contextmanager
    def limit(limits_to):
        limits.append(limits_to)
        yield
        limits.append("lifted")

    pools = SimpleNamespace(info=lambda: [{"num_threads": 4}, {"num_threads": 2}], limit=lambda limits: limit(limits))
    monkeypatch.setattr(_search, "_controller", lambda: SimpleNamespace(select=lambda user_api: pools))
    return limits


def test_threads_share_the_users_and_change_nothing(four_threads):
    users, items = normal(95, 8, 13), normal(500, 8, 14)
    exclude = sparse.random_array((95, 500), density=0.1, rng=np.random.default_rng(15), format="csr")
    expected = search(users, items, 7, exclude)
    assert four_threads == []  # one block of users needs no threads
    with tiles(10, 100):
        assert_equal(search(users, items, 7, exclude), expected)
    assert four_threads == [1, "lifted"]  # each of the four multiplies by itself


def test_an_error_in_a_thread_is_raised(four_threads):
    seen = []

    def run(starts):
        seen.append(tuple(starts))
        if 1 in starts:
            raise ValueError("of one thread")

    with pytest.raises(ValueError, match="of one thread"):
        _search._in_threads(run, range(6))
    assert {(0, 4), (1, 5)} <= set(seen) <= {(0, 4), (1, 5), (2,), (3,)}


def test_the_threads_of_matrix_products_are_as_many_afterwards():
    before = [pool["num_threads"] for pool in threadpool_info()]
    with tiles(8, 100):
        search(normal(64, 8, 0), normal(300, 8, 1), 3)
    assert [pool["num_threads"] for pool in threadpool_info()] == before


def test_memory_is_that_of_a_tile_and_not_of_all_scores():
    users, items = normal(2000, 8, 0), normal(4000, 8, 1)
    search(users[:5], items, 5)
    tracemalloc.start()
    with tiles(64, 1000):
        search(users, items, 5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2000 * 4000 * 4 / 5


def test_of_a_user_without_length_later_tiles_are_not_looked_at_again(monkeypatch):
    scored = []
    original = _search.pair_scores
    monkeypatch.setattr(_search, "pair_scores", lambda *pairs: scored.append(len(pairs[2])) or original(*pairs))
    monkeypatch.setattr(_search, "_TILE_ITEMS", 64)
    items = np.random.default_rng(0).normal(size=(1000, 3)).astype(np.float32)
    positions, scores = search(np.zeros((1, 3), dtype=np.float32), items, 4)
    assert positions.tolist() == [[0, 1, 2, 3]]
    assert not scores.any()
    assert sum(scored) <= 64
