"""BaseRecommender: validates, translates ids, keeps seen items, filters and ranks."""

from abc import ABC, abstractmethod
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_sample_weight  # noqa: PLC2701

from skrec._params import Interval, check_parameter, check_parameters
from skrec._ranking import top_k
from skrec.data import (
    ITEM,
    USER,
    EncodedEvents,
    Histories,
    Interactions,
    Recommendations,
    Vocabulary,
    as_ids,
    check_labels,
    encode_events,
    join_events,
    kind_of_times,
    to_array,
)
from skrec.exceptions import InvalidDataError, NotFittedError
from skrec.metrics import measure_built_in
from skrec.models._inputs import drop_weightless, read_interactions, unchanged_on_error
from skrec.models._query import Query, QueryReader
from skrec.typing import Codes, IdsLike, Mask, Scores

_BLOCK_BYTES = 64 * 2**20


class BaseRecommender(BaseEstimator, ABC):
    """Everything a recommender does besides learning and scoring.

    A model implements `_fit`, which learns from encoded events, and `_score`, which scores the whole catalogue for a
    block of users. It never sees an external id. Constructor parameters are stored as they are; their constraints stand
    in `_parameter_constraints`, as in scikit-learn.

    Attributes
    ----------
    users_ : ndarray of shape (n_users,)
        Ids of fit, in first-seen order.
    items_ : ndarray of shape (n_items,)
        Ids of fit, in first-seen order: the catalogue.
    item_counts_ : ndarray of shape (n_items,)
        Summed weights of each item's positive events.
    user_vocabulary_, item_vocabulary_ : Vocabulary
        Ids and their codes.
    histories_ : Histories
        Events of fit by user, oldest first.
    n_features_in_ : int
        Number of columns of `X` in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of these columns, where `X` had names.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}
    _scores_history: ClassVar[bool] = True
    """Whether `_score` reads nothing but the histories, so that a user without any is scored by popularity."""

    @abstractmethod
    def _fit(self, events: EncodedEvents) -> None:
        """Learn from events; all codes are known, all weights positive."""

    @abstractmethod
    def _score(self, users: Codes, histories: Histories, folded: Mask) -> Scores:
        """Score the catalogue for a block of users.

        Parameters
        ----------
        users : ndarray of shape (n,), int64
            User codes; -1 for users that weren't in fit.
        histories : Histories of n rows
        folded : ndarray of shape (n,), bool
            True where the history was handed in and replaces what fit knows of the user.

        Returns
        -------
        ndarray of shape (n, n_items), float32
            A new array; higher is better. Finite.
        """

    def _partial_fit(self, new: EncodedEvents, everything: EncodedEvents) -> None:
        """Learn from new events; refits on everything, hence exactly, unless a model knows better."""
        self._fit(everything)

    def _output(self, scores: Scores) -> Scores:
        """Turn scores that rank into scores that users see, by a function that never falls."""
        return scores

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn from events.

        Parameters
        ----------
        X : Interactions, or anything that ``Interactions(X)`` takes
        y : array-like of shape (n_events,), optional
            Rating or label of each event; wins over the column ``rating``. Where all are 0 or 1, zeros are negatives:
            seen, but not liked.
        sample_weight : array-like of shape (n_events,), optional
            Weight of each event, >= 0; multiplies the column ``weight``. Events of weight 0 are left out.

        Returns
        -------
        self

        Raises
        ------
        InvalidDataError
            If `X` or `y` can't be used. The estimator then is as it was before.
        InvalidParameterError
            If a constructor parameter breaks its constraint.
        """
        return self._learn(X, y, sample_weight, grow=False)

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn from further events; new users and items are admitted.

        Unless the model's own documentation says otherwise, the result is exactly that of `fit` on all events so far.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.

        Returns
        -------
        self
        """
        return self._learn(X, y, sample_weight, grow=self.__sklearn_is_fitted__())

    def _learn(self, X: Any, y: Any, sample_weight: Any, *, grow: bool) -> Self:
        with unchanged_on_error(self):
            check_parameters(self._parameter_constraints, self.get_params(deep=False), type(self).__name__)
            interactions = self._validate(X, reset=not grow)
            if len(interactions) == 0:  # a selection of Interactions may be empty
                raise InvalidDataError("X has no events, and there is nothing to learn from. Pass at least one event.")
            ratings = None if y is None else check_labels(y, len(interactions))
            weights = (
                None if sample_weight is None else _check_sample_weight(sample_weight, X, ensure_non_negative=True)
            )
            if grow:
                self._grow(interactions, ratings, weights)
            else:
                self._start(interactions, ratings, weights)
        return self

    def _start(self, X: Interactions, ratings: Any, weights: Any) -> None:
        X, ratings, weights = drop_weightless(X, ratings, weights)
        frame = X.events
        users, _ = Vocabulary.build(frame[USER], "user")
        items, _ = Vocabulary.build(frame[ITEM], "item")
        events = encode_events(X, ratings, weights, users, items)
        self._times = kind_of_times(X)
        self._remember(users, items, events)
        self._fit(events)

    def _grow(self, X: Interactions, ratings: Any, weights: Any) -> None:
        X, ratings, weights = drop_weightless(X, ratings, weights)
        times = kind_of_times(X)
        if times != self._times:
            raise InvalidDataError(
                f"The new events have {times} as timestamps, and those of fit have {self._times}: their order would be "
                "unknown. Pass timestamps of the same kind."
            )
        users, items = self.user_vocabulary_.extend(X.events[USER]), self.item_vocabulary_.extend(X.events[ITEM])
        new = encode_events(X, ratings, weights, users, items)
        everything = join_events(self.histories_.as_events(), new)
        self._remember(users, items, everything)
        self._partial_fit(new, everything)

    def _remember(self, users: Vocabulary, items: Vocabulary, events: EncodedEvents) -> None:
        """Keep what every model needs of fit."""
        self.user_vocabulary_, self.item_vocabulary_ = users, items
        self.users_, self.items_ = users.ids, items.ids
        self.histories_ = Histories.group(events)
        # Summed in the order of the histories, which is the same however the events came in, to the last bit.
        liked = self.histories_.positives()
        counts = np.bincount(liked.items, weights=liked.weights.astype(np.float64), minlength=len(items))
        self.item_counts_ = counts.astype(np.float64)

    def predict(self, X: Any) -> Scores:
        """Score each event's (user, item).

        Parameters
        ----------
        X : Interactions, or anything that ``Interactions(X)`` takes
            With the columns of fit; rating, timestamp and weight may be absent where columns have names.

        Returns
        -------
        ndarray of shape (n_events,), float32
            The same numbers as the scores of `recommend`. Unknown users are scored by popularity, unknown items get the
            score of an item without any event.
        """
        self._check_fitted()
        events = self._validate(X, reset=False).events
        users, items = self.user_vocabulary_.encode(events[USER]), self.item_vocabulary_.encode(events[ITEM])
        return self._predict(users, items)

    def _predict(self, users: Codes, items: Codes) -> Scores:
        """Score pairs of codes; -1 stands for unknown ones."""
        result = np.zeros(len(users), dtype=np.float32)
        distinct, rows = np.unique(users, return_inverse=True)
        order = np.argsort(rows, kind="stable")
        starts = np.searchsorted(rows[order], np.arange(len(distinct) + 1))
        size = self._block_size()
        for start in range(0, len(distinct), size):
            block = distinct[start : start + size]
            scores = self._block_scores(block, self.histories_.take(block), np.zeros(len(block), dtype=bool))
            positions = order[starts[start] : starts[start + len(block)]]
            known = positions[items[positions] >= 0]
            result[known] = scores[rows[known] - start, items[known]]
        return self._output(result)

    def score(self, X: Any, y: Any = None) -> float:
        """Measure NDCG@10 over the users of `X`: full catalogue, items seen in fit excluded.

        Parameters
        ----------
        X : Interactions, or anything that ``Interactions(X)`` takes
            Held-out events.
        y : array-like of shape (n_events,), optional
            Labels; where all are 0 or 1, zeros are not relevant.

        Returns
        -------
        float
            In [0, 1]; the mean over users with at least one relevant item, 0 where there is none.
        """
        self._check_fitted()
        return measure_built_in(self, self._validate(X, reset=False), "ndcg@10", y)

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
        """Recommend items to users.

        Parameters
        ----------
        users : array-like of shape (n,), scalar or frame, optional
            Ids, or a frame with ``user_id``; unknown ones are cold users. By default every user of fit in first-seen
            order, or, where `history` is given, every user of that.
        k : int, default=10
            Length of the lists, at least 1.
        items : array-like or frame, optional
            Allow-list of ids; or a frame with ``item_id``; or one with ``user_id, item_id``: the candidates of each
            user.
        exclude_items : array-like or frame, optional
            Ids that nobody gets, or a frame of (``user_id``, ``item_id``) pairs.
        exclude_seen : bool, default=True
            Leave out items of the user's history.
        history : anything that ``Interactions(history)`` takes, optional
            Events of the users asked about, known or new; they replace the stored history.
        context : frame or array-like of n rows, optional
            One row per user asked about, for models that read context.

        Returns
        -------
        Recommendations
            Best first; equal scores in first-seen order of the items. A user with fewer than `k` eligible items gets a
            short list; a cold user without history the popular items.

        Raises
        ------
        InvalidParameterError
            If `k` or `exclude_seen` breaks its constraint.
        InvalidDataError
            If a frame lacks its id columns.
        """
        self._check_fitted()
        owner = f"{type(self).__name__}.recommend"
        check_parameter("k", k, [Interval(Integral, 1, None, closed="left")], owner)
        check_parameter("exclude_seen", exclude_seen, ["boolean"], owner)
        reader = QueryReader(self.user_vocabulary_, self.item_vocabulary_, self.histories_)
        query = reader.read(users, items, exclude_items, bool(exclude_seen), history, context)
        size = self._block_size()
        blocks = [self._rank(query.take(slice(s, s + size)), int(k)) for s in range(0, len(query), size)]
        return self._gather(query.user_ids, blocks, int(k))

    def _rank(self, query: Query, k: int) -> tuple[Codes, Scores, Codes]:
        """Rank one block; gives item codes and scores of shape (n, at most k), and lengths of shape (n,)."""
        scores = self._block_scores(query.users, query.histories, query.folded)
        if query.candidates is not None:
            scores[~query.candidates.toarray()] = -np.inf
        if query.excluded is not None:
            rows = np.repeat(np.arange(len(query)), np.diff(query.excluded.indptr))
            scores[rows, query.excluded.indices] = -np.inf
        if query.allowed is not None:
            scores = scores[:, query.allowed]
        positions, lengths = top_k(scores, k)
        chosen = np.take_along_axis(scores, positions, axis=1)
        codes = positions if query.allowed is None else query.allowed[positions]
        return codes, chosen, lengths

    def _gather(
        self, ids: Any, blocks: list[tuple[Codes, Scores, Codes]], k: int, *, raw: bool = False
    ) -> Recommendations:
        """Join ranked blocks and translate item codes back."""
        codes: list[Codes] = [np.empty(0, dtype=np.int64)]
        scores: list[Scores] = [np.empty(0, dtype=np.float32)]
        lengths: list[Codes] = [np.empty(0, dtype=np.int64)]
        for block_codes, block_scores, block_lengths in blocks:
            filled = np.arange(block_codes.shape[1]) < block_lengths[:, np.newaxis]
            codes.append(block_codes[filled])
            scores.append(block_scores[filled])
            lengths.append(block_lengths)
        flat = self.item_vocabulary_.decode(np.concatenate(codes))
        flat_scores = np.concatenate(scores)
        return Recommendations(ids, flat, flat_scores if raw else self._output(flat_scores), np.concatenate(lengths), k)

    def _block_scores(self, users: Codes, histories: Histories, folded: Mask) -> Scores:
        """Score a block; users of whom nothing is known get the popular items."""
        cold = self._cold(users, histories, folded)
        if cold.all():
            return np.tile(self._popularity(), (len(users), 1))
        scores = self._score(users, histories, folded)
        scores[cold] = self._popularity()
        return scores

    def _cold(self, users: Codes, histories: Histories, folded: Mask) -> Mask:
        """Say of which users nothing is known."""
        cold: Mask = histories.positives().lengths == 0
        return cold if self._scores_history else cold & ((users < 0) | folded)

    def _popularity(self) -> Scores:
        """Scores of the catalogue for a user of whom nothing is known: events per user of fit, shape (n_items,)."""
        return (self.item_counts_ / max(1, len(self.users_))).astype(np.float32)

    def _block_size(self) -> int:
        """Number of users whose scores fit into one block."""
        return int(np.clip(_BLOCK_BYTES // (4 * max(1, len(self.items_))), 1, 1024))

    def _has_item_similarity(self) -> bool:
        return hasattr(self, "_item_similarity")

    @available_if(lambda self: self._has_item_similarity())
    def similar_items(self, items: IdsLike, k: int = 10) -> Recommendations:
        """Find the items most like given ones.

        Parameters
        ----------
        items : array-like of shape (n,) or scalar
            Item ids; an unknown one gets an empty list.
        k : int, default=10

        Returns
        -------
        Recommendations
            Its `users` are the items asked about. An item is never similar to itself.
        """
        self._check_fitted()
        check_parameter("k", k, [Interval(Integral, 1, None, closed="left")], f"{type(self).__name__}.similar_items")
        asked = as_ids(items, "items")
        codes = self.item_vocabulary_.encode(asked)
        size = self._block_size()
        blocks = []
        for start in range(0, len(codes), size):
            block = codes[start : start + size]
            positions, scores, lengths = self._rank_similar(np.maximum(block, 0), int(k))
            blocks.append((positions, scores, np.where(block >= 0, lengths, 0)))
        return self._gather(to_array(asked), blocks, int(k), raw=True)

    def _rank_similar(self, items: Codes, k: int) -> tuple[Codes, Scores, Codes]:
        """Rank the items most like a block of known ones, these left out; shapes as those of `_rank`."""
        scores = np.array(self._item_similarity(items), dtype=np.float32)
        scores[np.arange(len(items)), items] = -np.inf
        positions, lengths = top_k(scores, k)
        return positions, np.take_along_axis(scores, positions, axis=1), lengths

    def _validate(self, X: Any, *, reset: bool) -> Interactions:
        """Turn `X` into Interactions and check its columns against those of fit."""
        return read_interactions(self, X, reset=reset)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "histories_")

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(f"This {type(self).__name__} instance is not fitted yet. Call fit first.")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.target_tags.required = False
        return tags
