import numpy as np
import pytest

from skrec.exceptions import NotFittedError
from skrec.plugin import Retriever, names, rank_candidates
from skrec.retrievers import ExactRetriever
from skrec.testing import check_retriever


def test_the_built_in_retriever_passes():
    check_retriever("exact")
    assert names("retrievers") == ["exact"]


def test_it_passes_on_a_backend_too():
    from skrec.backends import find_backend

    check_retriever(ExactRetriever(find_backend().keras_name, "cpu"))


class Plain(Retriever):
    """Compares with all items; what the faults below are made of."""

    def __init__(self, share=1.0):
        self.share = share

    def fit(self, item_vectors):
        self.items_ = np.array(item_vectors, dtype=np.float32)
        return self

    def query(self, user_vectors, k, exclude=None):
        if not hasattr(self, "items_"):
            raise NotFittedError("This retriever is not fitted yet. Call fit first.")
        if user_vectors.shape[1] != self.items_.shape[1]:
            raise ValueError(f"Pass vectors {self.items_.shape[1]} wide.")
        return self.find(user_vectors, k, exclude)

    def find(self, user_vectors, k, exclude):
        candidates = np.tile(np.arange(len(self.items_)), (len(user_vectors), 1))
        return rank_candidates(user_vectors, self.items_, candidates, k, exclude)


class Sampling(Plain):
    """Looks at part of the items, and at all where they don't fill the lists."""

    exact = False

    def find(self, user_vectors, k, exclude):
        n_items = len(self.items_)
        looked_at = np.random.default_rng(0).permutation(n_items)[: max(1, int(self.share * n_items))]
        candidates = np.tile(looked_at, (len(user_vectors), 1))
        positions, scores = rank_candidates(user_vectors, self.items_, candidates, k, exclude)
        short = np.flatnonzero(positions[:, -1] < 0)
        left_out = None if exclude is None else exclude[short]
        positions[short], scores[short] = super().find(user_vectors[short], k, left_out)
        return positions, scores


def test_retrievers_of_others_pass():
    check_retriever(Plain)
    check_retriever(Sampling(0.95))


def test_how_much_a_retriever_may_miss_is_said():
    check_retriever(Sampling(0.6), min_recall=0.4)
    with pytest.raises(
        AssertionError, match=r"must find at least 80% of the best 10 of 600 items.*It found \d+%. Raise its effort"
    ):
        check_retriever(Sampling(0.6))


class MissesSome(Sampling):
    exact = True


class KeepsExcluded(Plain):
    def find(self, user_vectors, k, exclude):
        return super().find(user_vectors, k, None)


class ReadsZerosAsAbsent(Plain):
    def find(self, user_vectors, k, exclude):
        if exclude is not None:
            exclude = exclude.copy()
            exclude.eliminate_zeros()
        return super().find(user_vectors, k, exclude)


class BreaksTiesBackwards(Plain):
    def find(self, user_vectors, k, exclude):
        last = len(self.items_) - 1
        turned = self.items_[::-1]
        left_out = None if exclude is None else exclude[:, ::-1].tocsr()
        candidates = np.tile(np.arange(len(turned)), (len(user_vectors), 1))
        positions, scores = rank_candidates(user_vectors, turned, candidates, k, left_out)
        return np.where(positions >= 0, last - positions, -1), scores


class PadsWithTheFirstItem(Plain):
    def find(self, user_vectors, k, exclude):
        positions, scores = super().find(user_vectors, k, exclude)
        return np.maximum(positions, 0), np.nan_to_num(scores)


class FetchesTooFew(Plain):
    def find(self, user_vectors, k, exclude):
        positions, scores = super().find(user_vectors, k, None)
        if exclude is not None:  # what was excluded is taken out of the k best, and nothing put in
            rows = np.arange(len(positions))[:, np.newaxis]
            stored = exclude.copy()
            stored.data[:] = True
            gone = np.asarray(stored.toarray()[rows, positions])
            positions, scores = np.where(gone, -1, positions), np.where(gone, np.float32(np.nan), scores)
        return positions, scores


class Cosine(Plain):
    def find(self, user_vectors, k, exclude):
        positions, scores = super().find(user_vectors, k, exclude)
        return positions, scores / np.float32(2.0)


class Normalises(Plain):
    def fit(self, item_vectors):
        item_vectors /= np.float32(2.0)
        item_vectors *= np.float32(3.0)
        return super().fit(item_vectors)


class NeedsNoFit(Plain):
    def query(self, user_vectors, k, exclude=None):
        if not hasattr(self, "items_"):
            return np.full((len(user_vectors), k), -1), np.full((len(user_vectors), k), np.nan, dtype=np.float32)
        return super().query(user_vectors, k, exclude)


class NeedsItems(Plain):
    def fit(self, item_vectors):
        if len(item_vectors) == 0:
            raise IndexError("list index out of range")
        return super().fit(item_vectors)


class Broadcasts(Plain):
    def query(self, user_vectors, k, exclude=None):
        if hasattr(self, "items_") and user_vectors.shape[1] != self.items_.shape[1]:
            user_vectors = np.zeros((len(user_vectors), self.items_.shape[1]), dtype=np.float32)
        return super().query(user_vectors, k, exclude)


class KeepsOldItems(Plain):
    def fit(self, item_vectors):
        if not hasattr(self, "items_"):
            super().fit(item_vectors)
        return self


class ForgetsWhenPickled(Plain):
    def __getstate__(self):
        return {"share": self.share}


class ComputesInTheConstructor(Plain):
    def __init__(self, share=1.0):
        super().__init__(share)
        self.cache_ = {}


class Centers(Plain):
    def find(self, user_vectors, k, exclude):
        centre = user_vectors.sum(axis=0) / max(1, len(user_vectors))
        return super().find((user_vectors - centre).astype(np.float32), k, exclude)


class CentersLists(Centers):
    """Gives the scores of the vectors asked about, but the lists of others."""

    def find(self, user_vectors, k, exclude):
        positions, _ = super().find(user_vectors, k, exclude)
        return rank_candidates(user_vectors, self.items_, positions, k, exclude)


@pytest.mark.parametrize(
    ("retriever", "message"),
    [
        (MissesSome(0.5), "check_it_finds_what_brute_force_finds|check_a_shorter_list|check_equal_vectors|check_users"),
        (KeepsExcluded(), r"check_excluded_items_are_left_out: Stored entries of exclude must be left out.*Items \["),
        (ReadsZerosAsAbsent(), "check_excluded_items_are_left_out: .*zeros among them"),
        (BreaksTiesBackwards(), "Items with equal scores must be in order of position. Got positions"),
        (PadsWithTheFirstItem(), "check_excluded_items_are_left_out|check_more_than_there_are"),
        (
            FetchesTooFew(),
            "check_excluded_items_are_left_out: A list is shorter than k only where fewer items are left",
        ),
        (Cosine(), "check_scores_are_the_inner_products_and_fall: The scores, which are the inner products"),
        (Normalises(), "The item vectors, which fit must not change|The scores, which are the inner products"),
        (
            NeedsNoFit(),
            "check_query_before_fit_is_refused: query before fit must raise NotFittedError. Nothing was raised",
        ),
        (NeedsItems(), "check_catalogues_of_no_and_of_one_item_work: it raised IndexError"),
        (
            Broadcasts(),
            "query with vectors 1 wide, where items are 6 wide, must raise SkrecError or ValueError. Nothing",
        ),
        (KeepsOldItems(), "check_fit_again_forgets_the_first_items"),
        (ForgetsWhenPickled(), "check_copies_find_the_same"),
        (ComputesInTheConstructor(), r"check_constructor_only_stores_parameters: The attributes of a new retriever"),
        (CentersLists(), "check_users_do_not_depend_on_each_other|check_equal_vectors"),
        (5, "A retriever must be an object of skrec.plugin.Retriever"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_broken_retrievers_are_caught_with_a_sentence(retriever, message):
    with pytest.raises(AssertionError, match=message):
        check_retriever(retriever)
