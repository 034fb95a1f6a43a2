import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import sparse

from skrec.exceptions import InvalidParameterError, UnknownNameError
from skrec.plugin import Retriever, hookimpl
from skrec.queries import Query, VectorRanking, find_retriever, rank_popular, scatter
from skrec.retrievers import ExactRetriever

NUMBERS = st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0, 1.0 + 2.0**-23])


def make_query(n, allowed=None, candidates=None, excluded=None):
    """A query of n users, of which ranking reads nothing but what each may get."""
    ids = np.arange(n)
    return Query(ids, ids, None, None, allowed, candidates, excluded, None)


def matrix(data, n_users, n_items):
    """Draw no matrix, or one of some pairs."""
    drawn = data.draw(st.none() | arrays.arrays(bool, (n_users, n_items)))
    return None if drawn is None else sparse.csr_array(drawn)


def brute(scores, k, query):
    """Rank all that a user may get by falling score and rising code."""
    codes = np.full((len(scores), k), -1)
    values = np.full((len(scores), k), np.nan, dtype=np.float32)
    lengths = np.zeros(len(scores), dtype=np.int64)
    for user, row in enumerate(scores):
        kept = set(range(len(row)))
        if query.allowed is not None:
            kept &= set(query.allowed.tolist())
        if query.candidates is not None:
            kept &= set(query.candidates[[user]].indices.tolist())
        if query.excluded is not None:
            kept -= set(query.excluded[[user]].indices.tolist())
        best = sorted(kept, key=lambda item: (-row[item], item))[:k]
        codes[user, : len(best)], values[user, : len(best)], lengths[user] = best, row[best], len(best)
    return codes, values, lengths


def assert_equal(found, expected):
    assert [part.dtype for part in found] == [np.int64, np.float32, np.int64]
    for part, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(part, other)


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_whatever_users_may_get_is_ranked_as_brute_force_ranks_it(data):
    n_users, n_items, dim = (data.draw(st.integers(low, high)) for low, high in ((0, 5), (1, 12), (1, 3)))
    users = data.draw(arrays.arrays(np.float32, (n_users, dim), elements=NUMBERS))
    items = data.draw(arrays.arrays(np.float32, (n_items, dim), elements=NUMBERS))
    allowed = data.draw(st.none() | st.sets(st.integers(0, n_items - 1)))
    allowed = None if allowed is None else np.array(sorted(allowed), dtype=np.int64)
    candidates = matrix(data, n_users, n_items) if allowed is None else None
    query, k = make_query(n_users, allowed, candidates, matrix(data, n_users, n_items)), data.draw(st.integers(1, 15))
    scores = (users.astype(float) @ items.astype(float).T).astype(np.float32)
    expected = brute(scores, k, query)
    for retriever in (None, ExactRetriever().fit(items)):
        assert_equal(VectorRanking(items, retriever).rank(users, query, k), expected)
    popularity = items[:, 0].copy()
    everybody = np.tile(popularity, (n_users, 1))
    assert_equal(rank_popular(popularity, query, k), brute(everybody, k, query))


class First(Retriever):
    """An index that finds the first items only, and notes what it is asked."""

    exact = False

    def __init__(self, n=3):
        self.n = n

    def fit(self, item_vectors):
        self.vectors_, self.asked_ = item_vectors, []
        return self

    def query(self, user_vectors, k, exclude=None):
        self.asked_.append((len(user_vectors), k, None if exclude is None else exclude.shape))
        return ExactRetriever().fit(self.vectors_[: self.n]).query(user_vectors, k)


def test_an_index_is_asked_for_lists_of_the_whole_catalogue_only():
    users, items = np.ones((2, 1), dtype=np.float32), np.arange(6, dtype=np.float32)[:, np.newaxis]
    first = First().fit(items)
    ranking = VectorRanking(items, first)
    excluded = sparse.csr_array(np.eye(2, 6, dtype=bool))
    assert ranking.rank(users, make_query(2, excluded=excluded), 2)[0].tolist() == [[2, 1], [2, 1]]
    assert first.asked_ == [(2, 2, (2, 6))]
    # An index knows nothing of allow-lists and candidates: these few are all looked at.
    assert ranking.rank(users, make_query(2, allowed=np.array([1, 5])), 2)[0].tolist() == [[5, 1], [5, 1]]
    candidates = sparse.csr_array(np.array([[0, 0, 0, 1, 0, 1], [1, 0, 0, 0, 0, 0]], dtype=bool))
    assert ranking.rank(users, make_query(2, candidates=candidates), 2)[0].tolist() == [[5, 3], [0, -1]]
    assert len(first.asked_) == 1


def test_a_retriever_is_found_by_its_name(manager):
    class Plugin:
        @hookimpl
        def skrec_retrievers(self):
            return {"first": First}

    manager.register(Plugin(), "toy")
    assert type(find_retriever("exact")) is ExactRetriever
    assert find_retriever("first").n == 3


def test_one_that_is_handed_in_is_copied_and_stays_unfitted():
    handed_in = First(5)
    found = find_retriever(handed_in)
    assert found is not handed_in
    assert found.n == 5
    found.fit(np.ones((2, 2)))
    assert not hasattr(handed_in, "vectors_")


@pytest.mark.parametrize("wrong", [None, 3, First, object()])
def test_anything_else_is_refused(wrong):
    with pytest.raises(
        InvalidParameterError,
        match="'retriever' parameter must be a retriever's name or an object of skrec.plugin.Retriever. Got .* instead.",
    ):
        find_retriever(wrong)


def test_an_unknown_name_is_refused_with_what_there_is():
    with pytest.raises(UnknownNameError, match="Unknown retriever 'exakt'. Did you mean 'exact'"):
        find_retriever("exakt")


def test_parts_of_the_users_are_put_together_by_their_rows():
    first = np.array([[5, 4]]), np.array([[2.0, 1.0]], np.float32), np.array([2])
    second = np.array([[7, -1], [8, 9]]), np.array([[0.5, np.nan], [3.0, 2.0]], np.float32), np.array([1, 2])
    codes, scores, lengths = scatter([(np.array([1]), first), (np.array([2, 0]), second)], 4, 2)
    assert codes.tolist() == [[8, 9], [5, 4], [7, -1], [-1, -1]]
    np.testing.assert_array_equal(scores, [[3.0, 2.0], [2.0, 1.0], [0.5, np.nan], [np.nan, np.nan]])
    assert lengths.tolist() == [2, 2, 1, 0]
