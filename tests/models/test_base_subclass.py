"""Recommenders that somebody else writes: `_fit`, `_score` and what they may change."""

from abc import abstractmethod
from numbers import Real
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from skrec.exceptions import InvalidParameterError
from skrec.models import BaseRecommender
from skrec.plugin import Interval
from skrec.queries import CatalogueRanker

FRAME = pd.DataFrame(
    [
        ("ann", "a"),
        ("ann", "b"),
        ("bob", "a"),
        ("bob", "c"),
        ("eve", "a"),
        ("eve", "b"),
        ("eve", "d"),
        ("zoe", "c"),
        ("zoe", "e"),
    ],
    columns=["user_id", "item_id"],
)


class Counts(BaseRecommender):
    """A model of the user's own: scores by how often items are met, with a constructor written by hand."""

    _parameter_constraints: ClassVar = {"power": [Interval(Real, 0, None, closed="left")]}

    def __init__(self, power=1.0):
        self.power = power

    def _fit(self, events):
        self.counts_ = np.bincount(events.items, minlength=events.n_items) ** float(self.power)

    def _score(self, query):
        return np.tile(self.counts_.astype(np.float32), (len(query), 1))


class ScoresAsBefore(Counts):
    """The same, whose scores take what they took before there were queries."""

    def _score(self, users, histories, folded):
        scores = np.tile(self.counts_.astype(np.float32), (len(users), 1))
        return scores + folded[:, np.newaxis] + (histories.lengths[:, np.newaxis] == 1)


def test_one_that_fits_and_scores_is_a_recommender():
    model = Counts(power=2).fit(FRAME)
    assert model.get_params() == {"power": 2}
    assert model.recommend(["ann"], exclude_seen=False).scores[0, :5].tolist() == [9.0, 4.0, 4.0, 1.0, 1.0]
    assert model.predict([("ann", "b")]).tolist() == [4.0]
    assert model.partial_fit([("ann", "e")]).counts_.tolist() == [9.0, 4.0, 4.0, 1.0, 4.0]


def test_constraints_written_by_hand_are_checked():
    with pytest.raises(InvalidParameterError, match="The 'power' parameter of Counts must be a float in the range"):
        Counts(power=-1).fit(FRAME)


def test_a_score_of_users_histories_and_folded_still_works():
    model, plain = ScoresAsBefore().fit(FRAME), Counts().fit(FRAME)
    asked = {"users": ["ann", "new", "cold"], "history": [("new", "b")], "exclude_seen": False}
    found, expected = model.recommend(**asked).scores[:, :5], plain.recommend(**asked).scores[:, :5]
    assert (found - expected).tolist() == [[0.0] * 5, [2.0] * 5, [0.0] * 5]
    assert model.predict([("ann", "a")]).tolist() == [3.0]


def test_a_subclass_may_call_such_a_score_as_before():
    class Doubled(ScoresAsBefore):
        def _score(self, users, histories, folded):
            return 2.0 * super()._score(users, histories, folded)

    assert Doubled().fit(FRAME).predict([("ann", "a")]).tolist() == [6.0]


def test_an_abstract_score_of_before_stays_abstract():
    class Planned(Counts):
        @abstractmethod
        def _score(self, users, histories, folded):
            """Score somehow."""

    with pytest.raises(TypeError, match="abstract.*_score"):
        Planned()


def test_a_score_of_a_base_that_is_no_recommender_may_take_them_too():
    class Mixin:
        def _score(self, who, past, handed_in):
            return np.tile(self.counts_.astype(np.float32), (len(who), 1)) + handed_in[:, np.newaxis]

    class Mixed(Mixin, Counts):
        pass

    answer = Mixed().fit(FRAME).recommend(["new"], history=[("new", "b")], exclude_seen=False)
    assert answer.scores[0, :5].tolist() == [4.0, 3.0, 3.0, 2.0, 2.0]


def test_one_without_fit_says_what_is_missing():
    class Unlearned(BaseRecommender):
        def _score(self, query):
            return np.zeros((len(query), 1))

    model = Unlearned()
    with pytest.raises(
        NotImplementedError, match=r"Unlearned must implement _fit\(events\), which learns from encoded events."
    ):
        model.fit(FRAME)
    assert vars(model) == {}


def test_one_without_score_is_abstract():
    class Silent(BaseRecommender):
        def _fit(self, events):
            pass

    with pytest.raises(TypeError, match="abstract.*_score"):
        Silent()


def test_a_ranker_of_its_own_answers_recommend_and_predict():
    class Turned(CatalogueRanker):
        """Ranks the worst first."""

        def output(self, scores):
            return -scores

    class Worst(Counts):
        def _score(self, query):
            return -super()._score(query)

        def _ranker(self, users=None, items=None, X=None):
            ranker = super()._ranker(users, items, X)
            ranker.__class__ = Turned
            return ranker

    model = Worst().fit(FRAME)
    answer = model.recommend(["bob"], exclude_seen=False)
    assert answer.items[0, :2].tolist() == ["d", "e"]
    assert answer.scores[0, :2].tolist() == [1.0, 1.0]
    assert model.predict([("bob", "a")]).tolist() == [3.0]
