"""How a neural model scores, ranks and finds similar items; the other half of KerasRecommender."""

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.utils.metaestimators import available_if

from skrec._products import matrix_product
from skrec._ranking import top_k
from skrec._search import pair_scores, search
from skrec.backends import find_backend, find_device, start
from skrec.data import ITEM, USER, Histories, Recommendations, is_frame, to_pandas
from skrec.exceptions import InvalidDataError
from skrec.models._base import BaseRecommender
from skrec.models._features import ModelFeatures, admit, admit_from_tables, n_of_fit, shared
from skrec.models._fold_in import fold_in
from skrec.models._program import Program
from skrec.models._query import Query
from skrec.models._retrieval import Ranked, VectorRanking, fitted_retriever, rank_popular, scatter
from skrec.models._serving import Serving
from skrec.plugin import Backend, Retriever
from skrec.typing import Codes, Floats, IdsLike, Mask, Scores

_SEARCHED_USERS = 8192

if (
    TYPE_CHECKING
):  # a part of KerasRecommender, split off for its length: to type checkers it has the methods of the whole
    _Base = BaseRecommender
else:
    _Base = object


class ScoringMixin(_Base):
    """Scores with trained weights, on the device."""

    backend: str | None
    device: str
    loss: str
    tables_: dict[str, Floats]
    rating_mean_: float
    features_: ModelFeatures
    retriever_: Retriever
    _serving: Serving
    _reads: ClassVar[tuple[str, ...]] = ()
    """Whose features the network reads, of "user", "item" and "context"."""

    if TYPE_CHECKING:

        def _widths(self) -> dict[str, int]: ...
        def _program(self, backend: Backend) -> Program: ...

    def _served(self) -> tuple[Backend, Program]:
        """Start the backend, and find the program to score with."""
        backend = find_backend(self.backend)
        start(backend)
        return backend, self._program(backend)

    def _score(self, users: Codes, histories: Histories, folded: Mask) -> Scores:
        new = folded | (users < 0)
        backend, program = self._served()
        with backend.device_scope(find_device(backend, self.device)):
            context = self._moment(program, len(users))
            scores = self._serving.known(self, program, users, context)
            if new.any():
                part = None if context is None else context[new]
                scores[new] = self._fold_in(users[new], histories.take(np.flatnonzero(new)), part)
        return scores

    def _fold_in(self, users: Codes, histories: Histories, context: Floats | None) -> Scores:
        """Score the catalogue for histories that weren't in fit, shape (n, n_items); called in the device's scope."""
        backend, program = self._served()
        rows = fold_in(self, backend, program, users, histories)
        return self._serving.rows(self, program, self._serving.encoded_users(self, program, rows, users), context)

    def _moment(self, program: Program, n: int) -> Floats | None:
        """Rows of the context that was asked about, shape (n, width); None if the model reads none."""
        if "context" not in self._reads:
            return None
        frame: pd.DataFrame | None = getattr(self, "_asked_context", None)
        return self._serving.context(self, program, self.features_.context(frame, n, "context"))

    def _known_scores(self, users: Codes) -> Scores:
        """Score the catalogue for users of fit by code, shape (n, n_items); called in the device's scope."""
        return self._serving.known(self, self._served()[1], users)

    def _known_vectors(self) -> tuple[Floats, Floats]:
        """Vectors of users and items, for models whose scores are inner products; a row of zeros comes last."""
        backend, program = self._served()
        with backend.device_scope(find_device(backend, self.device)):
            return self._serving.vectors(self, program)

    def _has_vectors(self) -> bool:
        """Whether scores are inner products, so that items can be searched by vectors."""
        return self._served()[1].vectors is not None

    def _rank(self, query: Query, k: int) -> Ranked:
        if not self._has_vectors():
            if query.context is not None and "context" in self._reads:
                asked = shared(self)  # a query of another thread may have another context
                asked._asked_context = query.context
                return BaseRecommender._rank(asked, query, k)
            return super()._rank(query, k)
        cold = self._cold(query.users, query.histories, query.folded)
        known, unknown = np.flatnonzero(~cold), np.flatnonzero(cold)
        parts = []
        if len(known):
            part = query if len(known) == len(query) else query.take(known)
            items = self._known_vectors()[1][:-1]
            parts.append((known, VectorRanking(items, self._found_retriever()).rank(self._user_vectors(part), part, k)))
        if len(unknown):
            parts.append((unknown, rank_popular(self._popularity(), query.take(unknown), k)))
        return scatter(parts, len(query), k)

    def _user_vectors(self, query: Query) -> Floats:
        """Vectors of the users asked about; those of new histories are learned."""
        new = query.folded | (query.users < 0)
        vectors = self._known_vectors()[0][query.users]
        if new.any():
            backend, program = self._served()
            with backend.device_scope(find_device(backend, self.device)):
                users = query.users[new]
                rows = fold_in(self, backend, program, users, query.histories.take(np.flatnonzero(new)))
                rows = self._serving.encoded_users(self, program, rows, users)
                vectors[new] = self._serving.user_vectors(self, program, rows)
        return vectors

    def _found_retriever(self) -> Retriever:
        """Give the retriever, fitted to the item vectors; an exact one is made when first needed, since it needs no index."""
        if hasattr(self, "retriever_"):
            return self.retriever_
        if self._serving.retriever is None:
            self._serving.retriever = fitted_retriever(self, self._known_vectors()[1][:-1])
        return self._serving.retriever

    def _block_size(self) -> int:
        return _SEARCHED_USERS if self._has_vectors() else super()._block_size()

    def predict(self, X: Any) -> Scores:
        """Score each event's (user, item); see `BaseRecommender.predict`.

        A model that reads features scores ids that weren't in fit by theirs, where the tables of `X` have a row for them.
        """
        if not self._reads:
            return super().predict(X)
        self._check_fitted()
        interactions = self._validate(X, reset=False)
        events = interactions.events
        users, items = self.user_vocabulary_.encode(events[USER]), self.item_vocabulary_.encode(events[ITEM])
        model = admit_from_tables(self, interactions, users, items)
        if model is not self:
            users, items = model.user_vocabulary_.encode(events[USER]), model.item_vocabulary_.encode(events[ITEM])
        result: Scores = model._predict(users, items, self.features_.context(events, len(events), "X"))
        return result

    def recommend(
        self,
        users: Any = None,
        k: int = 10,
        *,
        items: Any = None,
        exclude_items: Any = None,
        exclude_seen: bool = True,
        history: Any = None,
        context: Any = None,
    ) -> Recommendations:
        """Recommend items to users; see `BaseRecommender.recommend`.

        A model that reads features takes frames of new users and new items with their columns, and ranks them by these.
        """
        model = self
        if self._reads:
            self._check_fitted()
            model = admit(model, "user", users, "users") if is_frame(users) else model
            model = admit(model, "item", items, "items") if is_frame(items) else model
        return BaseRecommender.recommend(
            model,
            users,
            k,
            items=items,
            exclude_items=exclude_items,
            exclude_seen=exclude_seen,
            history=history,
            context=context,
        )

    @available_if(lambda self: self._has_item_similarity())
    def similar_items(self, items: IdsLike, k: int = 10) -> Recommendations:
        """Find the items most like given ones; see `BaseRecommender.similar_items`.

        A model that reads features takes a frame of new items with their columns, too.
        """
        self._check_fitted()
        model: Any = self
        if is_frame(items):
            frame: Any = to_pandas(items, "items")
            if ITEM not in frame:
                raise InvalidDataError(
                    f"items is a frame without a column 'item_id'; its columns are {list(frame.columns)}."
                )
            model, items = admit(self, "item", frame, "items") if self._reads else self, frame[ITEM]
        result: Recommendations = BaseRecommender.similar_items(model, items, k)
        return result

    def _predict(self, users: Codes, items: Codes, moment: dict[str, Any] | None = None) -> Scores:
        backend, program = self._served()
        with backend.device_scope(find_device(backend, self.device)):
            if program.vectors is None:
                context = self._serving.context(self, program, moment)
                scores = self._serving.pairs(self, program, users, items, context)
            else:
                scores = pair_scores(*self._serving.vectors(self, program), users, items)
        if self.loss != "mse":
            popular = np.append(self._popularity(), self._unknown_popularity())
            cold = users < 0
            scores[cold] = popular[items[cold]]
        return self._output(scores)

    def _output(self, scores: Scores) -> Scores:
        if self.loss == "bce":
            return (1.0 / (1.0 + np.exp(-scores.astype(np.float64)))).astype(np.float32)
        return scores + np.float32(self.rating_mean_) if self.loss == "mse" else scores

    def _has_item_similarity(self) -> bool:
        return "item" in self._widths()

    def _item_similarity(self, items: Codes) -> Scores:
        """Cosines of the item vectors, shape (n, n_items)."""
        directions = self._directions()
        return np.asarray(matrix_product(directions[items], directions.T))

    def _rank_similar(self, items: Codes, k: int) -> Ranked:
        directions = self._directions()
        # Items that were let in for this question are asked about, and not candidates.
        n_candidates = n_of_fit(self, "item")
        known = items < n_candidates
        itself = sparse.csr_array(
            (np.ones(int(known.sum()), dtype=bool), items[known], np.append(0, np.cumsum(known))),
            shape=(len(items), n_candidates),
        )
        codes, scores = search(directions[items], directions[:n_candidates], k, itself)
        return codes, scores, (codes >= 0).sum(axis=1)

    def _directions(self) -> Floats:
        """Item vectors of length 1."""
        vectors: Floats = self.item_vectors()
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float32)
        return np.asarray(vectors / np.maximum(lengths, np.float32(1e-12)))

    @available_if(lambda self: self._has_item_similarity())
    def item_vectors(self) -> Floats:
        """Give the items' embeddings, without biases.

        Returns
        -------
        ndarray of shape (n_items, dim), float32
            In the order of `items_`.
        """
        self._check_fitted()
        if not self._reads:
            return self._embedding(self.tables_["item"])
        backend, program = self._served()
        with backend.device_scope(find_device(backend, self.device)):
            return self._embedding(self._serving.table(self, program, "item"))

    def _embedding(self, rows: Floats) -> Floats:
        """Take the embedding out of table rows."""
        return rows

    def _best(self, users: Codes, seen: Any, k: int) -> Codes:
        """Rank the catalogue for known users; -1 past the end of a short list. Shape (n, k)."""
        if self._has_vectors():
            user_vectors, item_vectors = self._known_vectors()
            return search(user_vectors[users], item_vectors[:-1], k, seen[users])[0]
        scores = self._block_scores(users, self.histories_.take(users), np.zeros(len(users), dtype=bool))
        excluded = seen[users]
        scores[np.repeat(np.arange(len(users)), np.diff(excluded.indptr)), excluded.indices] = -np.inf
        positions, lengths = top_k(scores, k)
        best = np.full((len(users), k), -1, dtype=np.int64)
        best[:, : positions.shape[1]] = np.where(np.arange(positions.shape[1]) < lengths[:, np.newaxis], positions, -1)
        return best

    def _popularity(self) -> Scores:
        """Scores that `_output` turns into each item's share of the users."""
        share = self.item_counts_ / max(n_of_fit(self, "user"), float(self.item_counts_.max(initial=0.0)) + 1.0)
        if self.loss == "bce":
            share = np.clip(share, 1e-6, 1.0 - 1e-6)
            return np.log(share / (1.0 - share)).astype(np.float32)
        return (share - self.rating_mean_).astype(np.float32)

    def _unknown_popularity(self) -> float:
        return float(np.log(1e-6)) if self.loss == "bce" else 0.0 - self.rating_mean_
