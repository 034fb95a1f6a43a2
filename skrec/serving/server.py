"""Server: ranks and scores with what a fit of a neural model learned."""

from typing import Any, final

import numpy as np
from scipy import sparse

from skrec._search import search
from skrec.data import Interactions, is_frame
from skrec.plugin import Retriever
from skrec.queries import (
    FEATURES,
    POPULAR,
    Query,
    Ranked,
    Ranker,
    VectorRanking,
    find_retriever,
    rank_popular,
    rank_scores,
    scatter,
)
from skrec.retrievers import ExactRetriever
from skrec.serving.learned import Learned
from skrec.serving.scorer import Scorer, product
from skrec.serving.users import Users
from skrec.typing import Codes, Floats, Mask, Scores

__all__ = ["Server"]

_SEARCHED_USERS = 8192


@final
class Server(Ranker):
    """Answers queries on a device, by item vectors where scores are inner products.

    Parameters
    ----------
    users : Users
        Where users' rows and vectors come from, and by whose scorer items are scored.
    retriever : str or Retriever
        What searches the item vectors; it is fitted when first needed.
    fitted : Retriever, optional
        The same, fitted.
    """

    def __init__(self, users: Users, retriever: str | Retriever = "exact", fitted: Retriever | None = None) -> None:
        self._source, self._scorer = users, users.scorer
        self._retriever, self._fitted = retriever, fitted
        self._popular: Scores | None = None
        self.learned = self._scorer.learned
        self.users, self.items, self.histories = self.learned.users, self.learned.items, self.learned.histories

    @property
    def block_size(self) -> int:
        """How many users are ranked at once."""
        return _SEARCHED_USERS if self._scorer.has_vectors else super().block_size

    def with_ids(self, users: Any = None, items: Any = None) -> "Server":
        """Add cold ids by frames of their features; what isn't a frame adds none."""
        server = self
        for side, frame in (("user", users), ("item", items)):
            if is_frame(frame):
                server = server._over(server.learned.with_ids(side, frame, f"{side}s"))
        return server

    def with_ids_of(self, X: Interactions) -> "Server":
        """Add cold ids of events that have a row in the events' tables."""
        return self._over(self.learned.with_ids_of(X))

    def _over(self, learned: Learned) -> "Server":
        """Serve a value that has more ids."""
        if learned is self.learned:
            return self
        users = self._source.over(Scorer(learned, self._scorer.setup, self._scorer))
        if len(learned.items) == len(self.items):
            return Server(users, self._retriever, self._fitted)
        return Server(users)  # an index knows the items of fit only: all are searched instead

    def warm_up(self) -> None:
        """Prepare all that the first questions would wait for: vectors, their index, and each compiled program."""
        super().warm_up()
        with self._scope():
            self._source.warm_up()
            if self._scorer.has_vectors:
                self._searcher()

    def rank(self, query: Query, k: int) -> Ranked:
        """Rank the items that each user may get; cold users get the popular ones."""
        with self._scope():
            cold = self._source.cold(query)
            if not self._scorer.has_vectors:
                if not cold.any():
                    return rank_scores(self._source.scores(query), query, k)
                popularity = self._popularity()
                scores = np.tile(popularity, (len(query), 1)) if cold.all() else self._source.scores(query)
                scores[cold] = popularity
                return rank_scores(scores, query, k)
            if not cold.any():
                return self._rank_vectors(query, k)
            known, unknown = np.flatnonzero(~cold), np.flatnonzero(cold)
            parts = []
            if len(known):
                parts.append((known, self._rank_vectors(query.take(known), k)))
            if len(unknown):
                parts.append((unknown, rank_popular(self._popularity(), query.take(unknown), k)))
            return scatter(parts, len(query), k)

    def cold(self, query: Query) -> Mask:
        """Say of which users nothing is known."""
        return self._source.cold(query)

    def sources(self, query: Query, ranked: Ranked) -> Codes:
        """Say where lists come from: of whom nothing but features is known, or of cold items only, from features."""
        found = super().sources(query, ranked)
        learned = self.learned
        if learned.n_added["user"]:
            described = (query.users >= learned.n_of_fit("user")) & (query.histories.positives().lengths == 0)
            found[described] = FEATURES
        if learned.n_added["item"]:
            codes, _, lengths = ranked
            known = (codes < learned.n_of_fit("item")) & (np.arange(codes.shape[1]) < lengths[:, np.newaxis])
            found[(found == POPULAR) & (lengths > 0) & ~known.any(axis=1)] = FEATURES
        return found

    def similar_sources(self, items: Codes) -> Codes:
        """Items of fit are compared by what was learned of them, those that were added by their features."""
        return np.where(items < self.learned.n_of_fit("item"), 0, FEATURES)

    def catalogue(self) -> Codes:
        """Codes of the items of fit."""
        return np.arange(self.learned.n_of_fit("item"), dtype=np.int64)

    def _rank_vectors(self, query: Query, k: int) -> Ranked:
        ranking = VectorRanking(self._scorer.vectors()[1][:-1], self._searcher())
        return ranking.rank(self._source.vectors(query), query, k)

    def score(self, query: Query) -> Scores:
        """Score the whole catalogue, shape (n, n_items): raw scores of users of whom something is known."""
        with self._scope():
            if self._scorer.has_vectors:
                return product(self._source.vectors(query), self._scorer.vectors()[1][:-1])
            return self._source.scores(query)

    def score_pairs(self, users: Codes, items: Codes, X: Interactions | None = None) -> Scores:
        """Score pairs of codes; see `Ranker.score_pairs`."""
        context = self.learned.context(None if X is None else X.events, len(users), "X")
        return self.score_encoded(users, items, context)

    def score_encoded(self, users: Codes, items: Codes, context: dict[str, Any] | None) -> Scores:
        """Score pairs of codes in encoded context."""
        with self._scope():
            scores, cold = self._source.pairs(users, items, context)
        loss = self._scorer.setup.loss
        if loss.target != "rating":
            with self._scope():
                popular = np.append(self._popularity(), loss.prior_of_unknown(self.learned.rating_mean))
            scores[cold] = popular[items[cold]]
        return scores

    def best(self, query: Query, k: int) -> Codes:
        """Search the whole catalogue for users of fit; -1 past the end of a short list. Shape (n, k)."""
        with self._scope():
            if self._scorer.has_vectors:
                items = self._scorer.vectors()[1][:-1]
                return search(self._source.vectors(query), items, k, query.excluded)[0]
        positions, _, lengths = self.rank(query, k)
        best = np.full((len(query), k), -1, dtype=np.int64)
        filled = np.arange(positions.shape[1]) < lengths[:, np.newaxis]
        best[:, : positions.shape[1]] = np.where(filled, positions, -1)
        return best

    def rank_similar(self, items: Codes, k: int, allowed: Codes | None = None) -> Ranked:
        """Rank by the cosine of item vectors; ids that were added are asked about, and candidates where they are allowed only."""
        vectors = self.embeddings()
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float32)
        directions: Floats = np.asarray(vectors / np.maximum(lengths, np.float32(1e-12)))
        n_known = self.learned.n_of_fit("item")
        candidates = np.arange(n_known) if allowed is None else allowed
        among_these = directions[:n_known] if allowed is None else directions[allowed]
        places = np.searchsorted(candidates, items)
        among = np.append(candidates, -1)[places] == items
        itself = sparse.csr_array(
            (np.ones(int(among.sum()), dtype=bool), places[among], np.append(0, np.cumsum(among))),
            shape=(len(items), len(candidates)),
        )
        positions, scores = search(directions[items], among_these, k, itself)
        return np.append(candidates, -1)[positions], scores, (positions >= 0).sum(axis=1)  # position -1 is the last one

    def output(self, scores: Scores) -> Scores:
        """Map raw scores to output scores: probabilities, ratings, or as they are."""
        return self._scorer.setup.loss.output(scores, self.learned.rating_mean)

    def embeddings(self) -> Floats:
        """Embeddings of the items, shape (n_items, dim), without biases; encoded where they have features."""
        with self._scope():
            rows = self._scorer.table("item")
        return rows[:, : rows.shape[1] - self._scorer.setup.n_biases]

    def item_vectors(self) -> Floats:
        """What retrievers search, shape (n_items, dim)."""
        with self._scope():
            return self._scorer.vectors()[1][:-1]

    def _popularity(self) -> Scores:
        """Raw scores of the catalogue for a cold user; computed once, and not to be changed."""
        if self._popular is None:
            scores = self._prior(self.learned.shares)
            if self.learned.n_added["item"]:
                scores[self.learned.n_of_fit("item") :] = self._behind(scores)
            self._popular = scores
        return self._popular

    def _behind(self, scores: Scores) -> Scores:
        """Score items that were added for a cold user: behind every item with events, and in the order of the scores of a typical user.

        Scores of a model and shares of users don't compare. A score s stands for (3 + s / (1 + abs(s))) / 4 of the share of the least
        popular item with events: between a half and the whole, and growing with s.
        """
        learned = self.learned
        n_known = learned.n_of_fit("item")
        shares = learned.shares[:n_known]
        least = float(shares.min(where=shares > 0, initial=1.0 / max(1, learned.n_of_fit("user"))))
        typical = self._source.typical(np.arange(n_known, len(scores))).astype(np.float64)
        parts = 0.75 + 0.25 * typical / (1.0 + np.abs(typical))
        none, half, whole = self._prior(np.array([0.0, 0.5, 1.0]) * least)
        if half > none:
            return self._prior(least * parts)
        return np.asarray(whole - (1.0 - parts), dtype=np.float32)  # a loss may know no shares that are so small

    def _prior(self, shares: Any) -> Scores:
        return self._scorer.setup.loss.prior(shares, self.learned.rating_mean)

    def _searcher(self) -> Retriever:
        """The retriever, fitted; on an accelerator the exact one lets the backend search."""
        if self._fitted is None:
            found, setup = find_retriever(self._retriever), self._scorer.setup
            if isinstance(found, ExactRetriever) and found.backend is None and not setup.device.startswith("cpu"):
                found.set_params(backend=setup.backend_name, device=setup.device)
            self._fitted = found.fit(self._scorer.vectors()[1][:-1])
        return self._fitted

    def _scope(self) -> Any:
        setup = self._scorer.setup
        return setup.backend.device_scope(setup.device)
