"""What the retriever promises whatever its index: parameters, arrays, lengths, order, copies."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix
from sklearn.base import clone
from sklearn.exceptions import NotFittedError as SklearnNotFittedError
from skrec_faiss.retriever import FaissRetriever

from skrec.exceptions import InvalidDataError, InvalidParameterError, NotFittedError
from skrec.plugin import lookup, names
from skrec.retrievers import ExactRetriever

ALL = pytest.mark.parametrize("index", ["flat", "hnsw", "ivf"])


def small(index="flat", **parameters):
    """A retriever whose graph is built fast."""
    return FaissRetriever(index, **{"m": 8, "ef_construction": 20, **parameters})


def same(found, expected):
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])
    assert found[0].dtype == np.int64
    assert found[1].dtype == np.float32


def test_registry_finds_the_retriever():
    assert lookup("retrievers", "faiss") is FaissRetriever
    assert lookup("retrievers", "skrec-keras-faiss:faiss") is FaissRetriever
    assert "faiss" in names("retrievers")


def test_listing_names_does_not_import_faiss():
    code = "import sys; from skrec.plugin import names; names('retrievers'); print('faiss' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize(("index", "exact"), [("flat", True), ("hnsw", False), ("ivf", False)])
def test_exact_says_whether_items_may_be_missed(index, exact):
    assert FaissRetriever(index).exact is exact
    assert FaissRetriever().set_params(index=index).exact is exact


@ALL
def test_a_list_is_short_only_where_fewer_items_are_left(index, rng, make_vectors, mask):
    items, users = make_vectors(rng, 300, 6), make_vectors(rng, 4, 6)
    left = [np.arange(300), np.arange(7), np.array([5, 250]), np.array([], dtype=int)]
    exclude = mask([np.setdiff1d(np.arange(300), row) for row in left], 300)
    positions, scores = small(index).fit(items).query(users, 10, exclude)
    for row, expected in enumerate([10, 7, 2, 0]):
        found = positions[row, :expected]
        assert len(set(found)) == expected
        assert set(found) <= set(left[row])
        assert (positions[row, expected:] == -1).all()
        assert np.isnan(scores[row, expected:]).all()
        assert not np.isnan(scores[row, :expected]).any()


@ALL
def test_scores_are_the_exact_ones_and_equal_scores_keep_the_order_of_items(index, rng, make_vectors):
    items, users = make_vectors(rng, 500, 6), make_vectors(rng, 30, 6)
    positions, scores = small(index).fit(items).query(users, 20)
    expected = np.einsum("ud,ukd->uk", users, items[positions], dtype=np.float64).astype(np.float32)
    np.testing.assert_array_equal(scores, expected)
    gaps = np.diff(scores, axis=1)
    assert (gaps <= 0).all()
    assert (np.diff(positions, axis=1)[gaps == 0] > 0).all()


@ALL
def test_more_items_than_there_are_give_all_of_them(index, rng, make_vectors):
    items, users = make_vectors(rng, 150, 5), make_vectors(rng, 9, 5)
    same(small(index).fit(items).query(users, 200), ExactRetriever().fit(items).query(users, 200))


@ALL
def test_a_user_of_zeros_gets_the_first_items(index, rng, mask):
    items = rng.standard_normal((600, 4)).astype(np.float32)
    exclude = mask([[0, 2], np.arange(500)], 600)
    positions, scores = small(index).fit(items).query(np.zeros((2, 4), dtype=np.float32), 3, exclude)
    assert positions.tolist() == [[1, 3, 4], [500, 501, 502]]
    assert (scores == 0).all()


@ALL
def test_items_of_zeros_come_in_their_order(index):
    positions, _ = small(index).fit(np.zeros((700, 4), dtype=np.float32)).query(np.ones((2, 4), dtype=np.float32), 3)
    assert positions.tolist() == [[0, 1, 2], [0, 1, 2]]


@ALL
def test_no_items_give_empty_lists(index):
    positions, scores = small(index).fit(np.empty((0, 3), dtype=np.float32)).query(np.ones((2, 3)), 4)
    assert positions.tolist() == [[-1] * 4] * 2
    assert np.isnan(scores).all()


@ALL
def test_no_users_give_no_lists(index, rng):
    retriever = small(index).fit(rng.standard_normal((60, 3)))
    for exclude in (None, csr_array((0, 60), dtype=bool)):
        positions, scores = retriever.query(np.empty((0, 3)), 4, exclude)
        assert positions.shape == scores.shape == (0, 4)


@ALL
def test_one_item_is_found(index):
    positions, scores = small(index).fit([[1.0, 2.0]]).query([[1.0, 1.0]], 2)
    assert positions.tolist() == [[0, -1]]
    assert scores[0, 0] == 3


def test_stored_zeros_and_repeated_entries_are_excluded_too(rng):
    items = rng.standard_normal((400, 4)).astype(np.float32)
    user = rng.standard_normal((1, 4)).astype(np.float32)
    best = small().fit(items).query(user, 4)[0][0]
    # The best item 300 times: so often that a byte can't count them; the second best with a zero.
    exclude = csr_matrix((np.r_[np.ones(300), 0.0], (np.zeros(301, int), np.r_[[best[0]] * 300, best[1]])), (1, 400))
    assert exclude.nnz == 2
    double = csr_array((np.r_[np.ones(300), 0.0], np.r_[[best[0]] * 300, best[1]], [0, 301]), shape=(1, 400))
    for form in (exclude, double):
        before = form.nnz
        assert small().fit(items).query(user, 2, form)[0].tolist() == [best[2:].tolist()]
        assert form.nnz == before


@ALL
def test_a_copy_by_pickle_finds_the_same(index, rng, mask):
    items, users = rng.standard_normal((400, 8)).astype(np.float32), rng.standard_normal((20, 8)).astype(np.float32)
    exclude = mask([np.arange(row) for row in range(20)], 400)
    retriever = small(index).fit(items)
    expected = retriever.query(users, 5, exclude)
    for other in (pickle.loads(pickle.dumps(retriever)), copy.deepcopy(retriever)):
        same(other.query(users, 5, exclude), expected)
        assert other.get_params() == retriever.get_params()
    same(retriever.query(users, 5, exclude), expected)


def test_clone_keeps_parameters_and_nothing_learned():
    retriever = FaissRetriever("ivf", m=5, ef_construction=6, ef_search=7, n_lists=8, n_probes=9, random_state=10).fit(
        np.ones((20, 2))
    )
    other = clone(retriever)
    assert other.get_params() == retriever.get_params()
    with pytest.raises(NotFittedError, match="not fitted yet"):
        other.query(np.ones((1, 2)), 1)


def test_fit_again_forgets_the_first_items(rng):
    items, users = rng.standard_normal((300, 8)).astype(np.float32), rng.standard_normal((20, 8)).astype(np.float32)
    retriever = small("hnsw").fit(rng.standard_normal((50, 3)))
    same(retriever.set_params(index="flat").fit(items).query(users, 5), ExactRetriever().fit(items).query(users, 5))


def test_query_before_fit_is_refused():
    for error in (NotFittedError, SklearnNotFittedError):
        with pytest.raises(error, match=r"This FaissRetriever instance is not fitted yet. Call fit first."):
            FaissRetriever().query(np.ones((1, 2)), 1)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("index", "pq", "must be one of 'flat', 'hnsw', 'ivf'. Got 'pq' instead."),
        ("index", None, "must be one of 'flat', 'hnsw', 'ivf'. Got None instead."),
        ("m", 1, "must be an int in the range [2, inf). Got 1 instead."),
        ("m", 8.0, "must be an int in the range [2, inf). Got 8.0 instead."),
        ("ef_construction", 0, "must be an int in the range [1, inf). Got 0 instead."),
        ("ef_search", True, "must be an int in the range [1, inf). Got True instead."),
        ("n_lists", 0, "must be an int in the range [1, inf) or None. Got 0 instead."),
        ("n_probes", None, "must be an int in the range [1, inf). Got None instead."),
        (
            "random_state",
            -1,
            "must be an int in the range [0, inf), a RandomState, a Generator or None. Got -1 instead.",
        ),
        (
            "random_state",
            "0",
            "must be an int in the range [0, inf), a RandomState, a Generator or None. Got '0' instead.",
        ),
    ],
)
def test_fit_refuses_a_wrong_parameter(name, value, expected):
    retriever = FaissRetriever(**{name: value})
    with pytest.raises(InvalidParameterError) as error:
        retriever.fit(np.ones((3, 2)))
    assert str(error.value) == f"The '{name}' parameter of FaissRetriever {expected}"


@pytest.mark.parametrize("k", [0, -1, 2.0, None, True])
def test_query_refuses_a_wrong_k(k):
    with pytest.raises(
        InvalidParameterError, match=r"The 'k' parameter of FaissRetriever.query must be an int in the range \[1, inf\)"
    ):
        FaissRetriever().fit(np.ones((3, 2))).query(np.ones((1, 2)), k)


@pytest.mark.parametrize("shape", [(3,), (2, 3, 1), (3, 0)])
def test_fit_refuses_what_is_no_matrix(shape):
    with pytest.raises(
        InvalidDataError, match=r"Item vectors must be of shape \(n, dim\), with dim at least 1. Got shape"
    ):
        FaissRetriever().fit(np.ones(shape))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_vectors_that_are_not_finite_are_refused(value):
    vectors = np.ones((5, 2), dtype=np.float32)
    vectors[[2, 4], 1] = value
    with pytest.raises(
        InvalidDataError, match=r"Item vectors must be finite. 2 of them hold NaN or infinity, the first in row 2."
    ):
        FaissRetriever().fit(vectors)
    with pytest.raises(
        InvalidDataError, match=r"User vectors must be finite. 2 of them hold NaN or infinity, the first in row 2."
    ):
        FaissRetriever().fit(np.ones((3, 2))).query(vectors, 1)


def test_query_refuses_vectors_of_another_width():
    with pytest.raises(
        InvalidDataError, match=r"The item vectors are 2 wide. Pass user vectors of that width, not of shape \(4, 3\)."
    ):
        FaissRetriever().fit(np.ones((5, 2))).query(np.ones((4, 3)), 1)


@pytest.mark.parametrize("shape", [(4, 6), (3, 5), (6, 4)])
def test_query_refuses_an_exclude_of_another_shape(shape):
    with pytest.raises(InvalidDataError, match=r"one row a user and one column an item, shape \(4, 5\). Got shape"):
        FaissRetriever().fit(np.ones((5, 2))).query(np.ones((4, 2)), 1, csr_array(shape, dtype=bool))
