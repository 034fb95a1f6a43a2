"""The flat index gives the lists of brute force, however hard they are to tell."""

import threading

import faiss
import numpy as np
import pytest
from skrec_faiss._indexes import Flat
from skrec_faiss._kernels import matrix_products
from skrec_faiss.retriever import FaissRetriever

from skrec.retrievers import ExactRetriever


@pytest.fixture
def calls(monkeypatch):
    """(number of users, number of items fetched) of each search that Faiss does."""
    seen = []
    find = Flat.find

    def record(self, users, n_fetched, effort):
        seen.append((len(users), n_fetched))
        return find(self, users, n_fetched, effort)

    monkeypatch.setattr(Flat, "find", record)
    return seen


def check(items, users, k, exclude=None):
    found = FaissRetriever().fit(items).query(users, k, exclude)
    expected = ExactRetriever().fit(items).query(users, k, exclude)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


@pytest.mark.parametrize("k", [1, 10, 130, 1100])
def test_lists_are_those_of_the_built_in_retriever(k, rng, make_vectors):
    check(make_vectors(rng, 2500, 8), make_vectors(rng, 40, 8), k)


@pytest.mark.parametrize("n_users", [1, 16, 17])
def test_lists_do_not_depend_on_how_many_users_ask(n_users, rng, make_vectors):
    items, users = make_vectors(rng, 600, 16), make_vectors(rng, 20, 16)
    retriever = FaissRetriever().fit(items)
    whole = retriever.query(users, 10)
    for start in range(0, 20, n_users):
        part = retriever.query(users[start : start + n_users], 10)
        np.testing.assert_array_equal(part[0], whole[0][start : start + n_users])
        np.testing.assert_array_equal(part[1], whole[1][start : start + n_users])


def test_lists_are_those_of_plain_python(rng, mask, brute_force):
    items, users = rng.integers(-2, 3, (400, 5)).astype(np.float32), rng.integers(-2, 3, (12, 5)).astype(np.float32)
    exclude = mask([rng.choice(400, 30 * row, replace=False) for row in range(12)], 400)
    found = FaissRetriever().fit(items).query(users, 15, exclude)
    expected = brute_force(users, items, 15, exclude)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


def test_any_number_of_items_may_be_excluded(rng, make_vectors, mask):
    n_items = 2500
    counts = [0, 1, 5, 50, 110, 111, 500, 1005, 1006, 1500, 2400, 2489, 2490, 2491, 2499, 2500] * 2
    exclude = mask([rng.choice(n_items, count, replace=False) for count in counts], n_items)
    check(make_vectors(rng, n_items, 8), make_vectors(rng, len(counts), 8), 10, exclude)


def test_the_best_items_may_be_excluded(rng, make_vectors, mask):
    items, users = make_vectors(rng, 2500, 8), make_vectors(rng, 20, 8)
    best, _ = ExactRetriever().fit(items).query(users, 400)
    check(items, users, 10, mask([row[: 20 * number] for number, row in enumerate(best)], 2500))


def test_values_too_small_for_products_in_single_precision(rng):
    items, users = (1e-23 * rng.standard_normal((n, 6)).astype(np.float32) for n in (500, 10))
    check(items, users, 5)


def test_a_user_with_many_excluded_items_does_not_burden_the_others(rng, mask, calls):
    items, users = rng.standard_normal((3000, 16)).astype(np.float32), rng.standard_normal((50, 16)).astype(np.float32)
    check(items, users, 10, mask([range(600), *[range(100)] * 49], 3000))
    assert calls == [(49, 128), (1, 1024)]


def test_more_is_fetched_only_for_users_whose_list_is_in_doubt(rng, calls):
    items = rng.standard_normal((3000, 16)).astype(np.float32)
    items[500:800] = 0.0
    items[500:800, 0] = 100.0
    users = rng.standard_normal((6, 16)).astype(np.float32)
    users[:, 0] = -np.abs(users[:, 0])
    users[2, 0] = 5.0
    check(items, users, 10)
    assert calls == [(6, 128), (1, 256), (1, 512)]


def test_what_stays_in_doubt_is_searched_by_brute_force(rng, calls):
    check(np.ones((3000, 4), dtype=np.float32), np.ones((3, 4), dtype=np.float32), 10)
    assert calls == [(3, 128), (3, 256), (3, 512), (3, 1024)]


def test_what_is_fetched_at_once_is_bounded(rng, calls, monkeypatch):
    monkeypatch.setattr("skrec_faiss.retriever._BLOCK", 128 * 20)
    check(rng.standard_normal((3000, 16)).astype(np.float32), rng.standard_normal((50, 16)).astype(np.float32), 10)
    assert calls == [(20, 128), (20, 128), (10, 128)]


def test_the_threshold_of_faiss_is_lowered_while_searching_and_put_back(monkeypatch):
    before = faiss.cvar.distance_compute_blas_threshold
    with matrix_products(64):
        assert faiss.cvar.distance_compute_blas_threshold == min(before, 16 * 64)
        with matrix_products(32):
            assert faiss.cvar.distance_compute_blas_threshold == min(before, 16 * 64)
        assert faiss.cvar.distance_compute_blas_threshold == min(before, 16 * 64)
    assert faiss.cvar.distance_compute_blas_threshold == before
    with pytest.raises(KeyError), matrix_products(64):
        raise KeyError
    assert faiss.cvar.distance_compute_blas_threshold == before


def test_a_lower_threshold_is_left_alone():
    before = faiss.cvar.distance_compute_blas_threshold
    faiss.cvar.distance_compute_blas_threshold = 20
    try:
        with matrix_products(64):
            assert faiss.cvar.distance_compute_blas_threshold == 20
        assert faiss.cvar.distance_compute_blas_threshold == 20
    finally:
        faiss.cvar.distance_compute_blas_threshold = before


def test_searches_in_several_threads_put_the_threshold_back(rng):
    before = faiss.cvar.distance_compute_blas_threshold
    items, users = rng.standard_normal((800, 16)).astype(np.float32), rng.standard_normal((30, 16)).astype(np.float32)
    retriever = FaissRetriever().fit(items)
    expected, found = retriever.query(users, 10), []
    threads = [threading.Thread(target=lambda: found.append(retriever.query(users, 10))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all((positions == expected[0]).all() for positions, _ in found)
    assert faiss.cvar.distance_compute_blas_threshold == before
