"""BaseRecommender: validates, translates ids, keeps seen items, filters and ranks."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar, Self, dataclass_transform

import numpy as np

from skrec._fields import make_constructor
from skrec._params import POSITIVE_INT, check_parameter, check_parameters
from skrec._sklearn import BaseEstimator, available_if, linked
from skrec.data import (
    ITEM,
    USER,
    EncodedEvents,
    Histories,
    Interactions,
    Names,
    Numbered,
    Recommendations,
    check_labels,
    check_weights,
    number_events,
    number_more,
)
from skrec.exceptions import InvalidDataError, NotFittedError
from skrec.metrics import measure_built_in
from skrec.models._fitted import check_learned
from skrec.queries import (
    CatalogueRanker,
    Query,
    QueryReader,
    Ranker,
    Wording,
    answer,
    answer_similar,
    drop_weightless,
    labels_for_callbacks,
    read_frames,
    read_interactions,
    read_item_frames,
    takes_query,
    unchanged_on_error,
)
from skrec.typing import Codes, IdsLike, Scores

if TYPE_CHECKING:  # what neural models need is imported with them, so that others load in less time
    from skrec.serving import Learned
    from skrec.training import Lesson

_ASKED = {"k": [POSITIVE_INT], "exclude_seen": ["boolean"]}


@linked
@dataclass_transform(eq_default=False)
class BaseRecommender(BaseEstimator, ABC):
    """Everything a recommender does besides learning and scoring.

    A model implements `_fit`, which learns from encoded events, and `_score`, which scores the catalogue. It never sees an external id.

    Constructor parameters are annotated fields: ``shrinkage: Annotated[float, Interval(Real, 0, None, closed="left")] = 20.0`` in the
    body of the class is a parameter with its type, its constraint and its default; below ``_: KW_ONLY`` it is keyword-only. A subclass
    inherits them, and ``epochs: int = 60`` changes a default. A class may also write ``__init__`` by hand, as in scikit-learn, with
    constraints in `_parameter_constraints`.

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
    _not_compiled: ClassVar[frozenset[str]] = frozenset()
    _scores_history: ClassVar[bool] = True
    """Whether `_score` reads nothing but the histories, so that a user without any is scored by popularity."""
    _names: ClassVar[Names] = Names()
    """What the user calls the columns; set in fit, and of its usual value in files of earlier versions."""
    _trained: ClassVar[tuple[str, ...]] = ()
    """Attributes that gradients have made, and whose numbers are multiplied with each other."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        make_constructor(cls)
        if (score := takes_query(cls._score)) is not cls._score:  # a mixin's, too
            cls._score = score  # type: ignore[method-assign]

    def _fit(self, events: EncodedEvents) -> None:
        """Learn from events; all codes are known, all weights positive. What is kept in float arrays must be finite."""
        raise NotImplementedError(
            f"{type(self).__name__} must implement _fit(events), which learns from encoded events."
        )

    @abstractmethod
    def _score(self, query: Query) -> Scores:
        """Score the catalogue for a block of users.

        Parameters
        ----------
        query : Query of n users
            ``query.users``, codes of which -1 stands for users that weren't in fit; ``query.histories``, stored or handed in;
            ``query.folded``, True where the history was handed in and replaces what fit knows of the user; ``query.context``.

        Returns
        -------
        ndarray of shape (n, n_items), float32
            A new array; higher is better. Finite.
        """

    def _partial_fit(self, new: EncodedEvents, everything: EncodedEvents) -> None:
        """Learn from new events; refits on everything, hence exactly, unless a model knows better."""
        self._fit(everything)

    def _item_similarity(self, items: Codes) -> Scores:
        """Give similarities of items to the whole catalogue, shape (n, n_items); a model that has none leaves this out."""
        raise NotImplementedError

    def _study(self, lesson: "Lesson") -> None:
        """Learn; vocabularies and histories are those of the lesson already."""
        self._partial_fit(lesson.events, lesson.everything) if lesson.grows else self._fit(lesson.events)

    def _learned_before(self, grow: bool) -> "Learned | None":
        """What `_study` starts from, besides the events; nothing, unless a model keeps weights."""
        return None

    def _ranker(self, users: Any = None, items: Any = None, X: Interactions | None = None) -> Ranker:
        """Give what answers queries.

        Parameters
        ----------
        users, items : object
            What `recommend` was asked; a model that reads features adds cold ids of frames.
        X : Interactions, optional
            Events to score; their tables may hold features of cold ids.
        """
        return CatalogueRanker(
            self.user_vocabulary_,
            self.item_vocabulary_,
            self.histories_,
            self._popularity(),
            self._score,
            self._item_similarity,
            reads_histories=self._scores_history,
        )

    def _popularity(self) -> Scores:
        """Give the raw scores of the catalogue for a cold user: events per user of fit, shape (n_items,)."""
        return (self.item_counts_ / max(1, len(self.users_))).astype(np.float32)

    def _progress(self, n_users: int) -> AbstractContextManager[Callable[[int], None] | None]:
        """Show how many users have been ranked; nothing is shown unless a model takes long."""
        return nullcontext()

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn from events.

        Parameters
        ----------
        X : Interactions, or anything that ``Interactions(X)`` takes
        y : array-like of shape (n_events,), optional
            Rating or label of each event; wins over the column ``rating``. Where all labels so far are 0 or 1, zeros are
            negatives: seen, but not liked.
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
        from skrec.training import Lesson

        with unchanged_on_error(self):
            self._check_parameters()
            interactions = read_interactions(self, X, reset=not grow)
            if len(interactions) == 0:  # a selection of Interactions may be empty
                raise InvalidDataError("X has no events, and there is nothing to learn from. Pass at least one event.")
            ratings = None if y is None else check_labels(y, len(interactions))
            weights = None if sample_weight is None else check_weights(sample_weight, len(interactions))
            events = drop_weightless(interactions, ratings, weights)
            before = self._learned_before(grow)
            if grow:
                users, items = self.user_vocabulary_, self.item_vocabulary_
                numbered = number_more(*events, users, items, self.histories_, self._times)
            else:
                numbered = number_events(*events, None if before is None else before.histories.graded or None)
            self._remember(numbered)
            data = {"X": X, "y": labels_for_callbacks(X, y, interactions)}
            self._study(Lesson(numbered.events, numbered.everything, events[0], grow, before, data))
            check_learned(self, self._trained, float(self.histories_.weights.max()))
        return self

    def _check_parameters(self) -> None:
        """Check the constructor's parameters."""
        check_parameters(self._parameter_constraints, self.get_params(deep=False), type(self).__name__)

    def _remember(self, numbered: Numbered) -> None:
        """Keep what every model needs of fit."""
        self.user_vocabulary_, self.item_vocabulary_, self._times = numbered.users, numbered.items, numbered.times
        self.users_, self.items_ = numbered.users.ids, numbered.items.ids
        self.histories_ = Histories.group(numbered.everything)
        self.item_counts_ = self.histories_.item_counts()

    def warm_up(self) -> Self:
        """Prepare all that the first questions would wait for: look-ups of ids, an index of the items, and compiled programs.

        Worth its time in a process that serves: nothing is compiled after it, for one user or many, known or new, whatever the history.

        Returns
        -------
        self
        """
        self._check_fitted()
        self._ranker().warm_up()
        return self

    def predict(self, X: Any) -> Scores:
        """Score each event's (user, item).

        Parameters
        ----------
        X : Interactions, or anything that ``Interactions(X)`` takes
            With the columns of fit; rating, timestamp and weight may be absent where columns have names, and are not looked at.

        Returns
        -------
        ndarray of shape (n_events,), float32
            The scores of `recommend`. Unknown users are scored by popularity, unknown items as an item without any event.
        """
        self._check_fitted()
        interactions = read_interactions(self, X, reset=False, scored=True)
        ranker = self._ranker(X=interactions)
        users, items = ranker.users.encode(interactions.events[USER]), ranker.items.encode(interactions.events[ITEM])
        return ranker.output(ranker.score_pairs(users, items, interactions))

    def score(self, X: Any, y: Any = None, *, exclude_seen: bool = True) -> float:
        """Measure NDCG@10 over the users of `X`: full catalogue, items seen in fit excluded.

        Parameters
        ----------
        X : Interactions, or anything that ``Interactions(X)`` takes
            Held-out events.
        y : array-like of shape (n_events,), optional
            Labels; 0 and less is not relevant, unless fit has seen ratings that low among others than 0 and 1.
        exclude_seen : bool, default=True
            Pass False to score the events of fit themselves.

        Returns
        -------
        float
            In [0, 1]; the mean over users with at least one relevant item, 0 where there is none.
        """
        self._check_fitted()
        return measure_built_in(self, read_interactions(self, X, reset=False), "ndcg@10", y, exclude_seen=exclude_seen)

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
            Ids, or a frame with ``user_id``; unknown ones are cold users, whom a model that reads features ranks by further
            columns. By default every user of fit in first-seen order, or, where `history` is given, every user of that.
        k : int, default=10
            Length of the lists, at least 1.
        items : array-like or frame, optional
            Allow-list of ids; or a frame with ``item_id``; or one with ``user_id, item_id``: the candidates of each
            user.
        exclude_items : array-like or frame, optional
            Ids that no user gets, or a frame of (``user_id``, ``item_id``) pairs.
        exclude_seen : bool, default=True
            Leave out items of the user's history.
        history : anything that ``Interactions(history)`` takes, or flat list of item ids, optional
            Events of the users asked about, known or new; they replace the stored history. Without timestamps they are in the order of
            the rows. A list of item ids, oldest first, is one session: of the one user named, else of a new one, called 0 in the answer.
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
            If a frame lacks its id columns, or a model that reads the time between events gets times of another kind than in fit; where
            it gets none, it warns.
        """
        self._check_fitted()
        check_parameters(_ASKED, {"k": k, "exclude_seen": exclude_seen}, f"{type(self).__name__}.recommend")
        wording = Wording.of(self, users, history, items)
        frames = read_frames(self._names, users, items, exclude_items, history, context)
        users, items, exclude_items, history, context = frames
        ranker = self._ranker(users, items)
        times = self._times if self._reads_times() else None
        reader = QueryReader(ranker.users, ranker.items, ranker.histories, times)
        query = reader.read(users, items, exclude_items, bool(exclude_seen), history, context)
        return answer(ranker, query, int(k), self._progress, wording)

    def _has_item_similarity(self) -> bool:
        return type(self)._item_similarity is not BaseRecommender._item_similarity

    @available_if(lambda self: self._has_item_similarity())
    def similar_items(
        self, items: IdsLike, k: int = 10, *, candidates: Any = None, exclude_items: Any = None
    ) -> Recommendations:
        """Find the items most like given ones.

        Parameters
        ----------
        items : array-like of shape (n,), scalar or frame
            Item ids, or a frame with ``item_id``, for a model that reads features with those of cold items; unknown ones get empty lists.
        k : int, default=10
        candidates, exclude_items : array-like or frame, optional
            Items to choose from, by default all of fit, cold ones as in `items`; and items to leave out: ids, or frames of them.

        Returns
        -------
        Recommendations
            Its `users` are the items asked about. An item is never similar to itself.
        """
        self._check_fitted()
        check_parameter("k", k, [POSITIVE_INT], f"{type(self).__name__}.similar_items")
        wording = Wording.of(self, items, candidates)
        asked = {"items": items, "candidates": candidates, "exclude_items": exclude_items}
        items, candidates, exclude_items = read_item_frames(self._names, **asked)
        return answer_similar(self._ranker(items=items), items, int(k), candidates, exclude_items, wording)

    def _reads_times(self) -> bool:
        """Say whether scores depend on the time between a history's events, and not on their order alone; asked once fitted."""
        return False

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
