"""Models whose lists hold the wrong things, and the checks that notice."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skrec import EASE, Popularity, Recommendations
from skrec.testing._recommender_lists import LIST_CHECKS


class Changes(Popularity):
    """Passes other arguments on than it was given."""

    def changed(self, users, k, options):
        return users, k, options

    def recommend(self, users=None, k=10, **options):
        users, k, options = self.changed(users, k, options)
        return super().recommend(users, k, **options)


class SortsUsers(Changes):
    def changed(self, users, k, options):
        return (np.sort(self.users_) if users is None else users), k, options


class WantsLists(Changes):
    def changed(self, users, k, options):
        return (list(users) if users is not None else None), k, options


class OnceEach(Changes):
    def changed(self, users, k, options):
        return (list(dict.fromkeys(users)) if isinstance(users, list) else users), k, options


class ShowsSeen(Changes):
    def changed(self, users, k, options):
        return users, k, {**options, "exclude_seen": False}


class HidesSeen(Changes):
    def changed(self, users, k, options):
        return users, k, {**options, "exclude_seen": True}


class IgnoresItems(Changes):
    def changed(self, users, k, options):
        return users, k, {**options, "items": None}


class IgnoresPairs(Changes):
    """Takes candidates of each user for everybody's."""

    def changed(self, users, k, options):
        items = options.get("items")
        return users, k, {**options, "items": items["item_id"] if isinstance(items, pd.DataFrame) else items}


class IgnoresExcluded(Changes):
    def changed(self, users, k, options):
        return users, k, {**options, "exclude_items": None}


class IgnoresExcludedBesideItems(Changes):
    def changed(self, users, k, options):
        return (
            users,
            k,
            {**options, "exclude_items": None if options.get("items") is not None else options.get("exclude_items")},
        )


class RoundsK(Changes):
    def changed(self, users, k, options):
        return users, max(1, int(k or 1)) if not isinstance(k, str) else 1, options


class NoFewerThanThree(Changes):
    def changed(self, users, k, options):
        return users, k, options

    def recommend(self, users=None, k=10, **options):
        return super().recommend(users, max(k, 3), **options)


class Answers(Popularity):
    """Changes the answer."""

    def changed(self, answer, k):
        return answer

    def recommend(self, users=None, k=10, **options):
        return self.changed(super().recommend(users, k, **options), k)


def remade(answer, items, scores, lengths, k):
    return Recommendations(answer.users, np.array(items), np.array(scores, dtype=np.float32), lengths, k)


class AFrame(Answers):
    def changed(self, answer, k):
        return answer.to_frame()


class Pads(Answers):
    """Fills short lists up with the most popular item."""

    def changed(self, answer, k):
        items = [item if item is not None else self.items_[0] for row in answer.items for item in row]
        scores = np.nan_to_num(answer.scores.ravel())
        return remade(answer, items, scores, np.full(len(answer), k), k)


class NeverTheLast(Answers):
    """Has one item less to recommend than it should have."""

    def recommend(self, users=None, k=10, *, exclude_items=None, **options):
        exclude_items = [self.items_[-1]] if exclude_items is None else exclude_items
        return super().recommend(users, k, exclude_items=exclude_items, **options)


class Reranks:
    """Changes how its ranker ranks."""

    def _ranker(self, users=None, items=None, X=None):
        ranker = super()._ranker(users, items, X)
        rank = ranker.rank
        ranker.rank = lambda query, k: self.changed(rank, query, k)
        return ranker


class Reversed(Reranks, Popularity):
    def changed(self, rank, query, k):
        codes, scores, lengths = rank(query, max(k, len(self.items_)))
        order = np.lexsort((-codes, -scores), axis=1)
        return (
            np.take_along_axis(codes, order, 1)[:, :k],
            np.take_along_axis(scores, order, 1)[:, :k],
            np.minimum(lengths, k),
        )


class WorstFirst(Popularity):
    """Turns its scores round on the way out."""

    def _ranker(self, users=None, items=None, X=None):
        ranker = super()._ranker(users, items, X)
        ranker.output = lambda scores: -scores
        return ranker


class NothingForStrangers(Popularity):
    def _popularity(self):
        return np.zeros(len(self.items_), dtype=np.float32)


class OfTheBatch(EASE):
    """Multiplies scores by the size of the batch."""

    def _score(self, query):
        return super()._score(query) * np.float32(len(query))


class DependsOnK(Reranks, EASE):
    def changed(self, rank, query, k):
        codes, scores, lengths = rank(query, k)
        return codes, scores * np.float32(k), lengths


class WritesIntoUsers(Popularity):
    def recommend(self, users=None, k=10, **options):
        if isinstance(users, pd.DataFrame):
            users["rank"] = 0
        return super().recommend(users, k, **options)


class LikesItself(EASE):
    def similar_items(self, items, k=10):
        answer = super().similar_items(items, k)
        flat = np.where(np.arange(answer.items.size) % k == 0, np.repeat(answer.users, k), answer.items.ravel())
        kept = np.array([item is not None for item in answer.items.ravel()])
        return remade(answer, flat[kept].tolist(), answer.scores.ravel()[kept], answer.lengths, k)


@pytest.mark.parametrize(
    ("estimator", "name", "message"),
    [
        (
            SortsUsers(),
            "check_every_user_of_fit_is_answered_in_first_seen_order",
            "The users of recommend.., all of fit",
        ),
        (
            WantsLists(),
            "check_users_are_taken_in_every_form",
            "The users of recommend for users given as a frame|raised",
        ),
        (OnceEach(), "check_users_are_taken_in_every_form", "where one was asked about twice"),
        (
            AFrame(),
            "check_answers_have_the_documented_shapes",
            "recommend must give skrec.Recommendations. Got DataFrame",
        ),
        (ShowsSeen(), "check_lists_hold_all_that_is_eligible_once", r"Seen items must be left out. User 31 got \["),
        (
            NeverTheLast(),
            "check_lists_hold_all_that_is_eligible_once",
            "gets all that it hasn't seen. User 31 didn't get",
        ),
        (Pads(), "check_short_lists_are_short", "The lengths of the lists of users with no and with one unseen item"),
        (HidesSeen(), "check_seen_items_come_back_where_asked_for", "with exclude_seen=False and k=20"),
        (
            Reversed(),
            "check_scores_fall_and_ties_are_in_first_seen_order",
            "equal scores must be in the order in which fit saw",
        ),
        (WorstFirst(), "check_scores_fall_and_ties_are_in_first_seen_order", "Lists must be best first"),
        (NothingForStrangers(), "check_cold_users_get_the_popular_items", "must get the items with the most events"),
        (OfTheBatch(1.0), "check_one_user_gets_alone_what_a_batch_gets", "The scores of user 31 alone"),
        (
            DependsOnK(1.0),
            "check_a_shorter_list_is_the_beginning_of_a_longer_one",
            "with k=1, the first of those with k=20",
        ),
        (
            NoFewerThanThree(),
            "check_a_shorter_list_is_the_beginning_of_a_longer_one",
            "The lengths of the lists with k=1",
        ),
        (IgnoresItems(), "check_items_is_an_allow_list", r"items=\[ids\] must give user 31 the items"),
        (IgnoresPairs(), "check_items_are_candidates_of_each_user", "items=frame of pairs must give user"),
        (IgnoresExcluded(), "check_exclude_items_leaves_out", r"exclude_items=\[ids\] must give user"),
        (IgnoresExcludedBesideItems(), "check_filters_work_together", "items and exclude_items with exclude_seen=True"),
        (
            WritesIntoUsers(),
            "check_arguments_of_recommend_are_left_alone",
            "The argument 'users' must be left as it is",
        ),
        (
            RoundsK(),
            "check_wrong_arguments_are_refused",
            "recommend with k=0 must raise InvalidParameterError. Nothing",
        ),
        (LikesItself(1.0), "check_similar_items_are_others", "An item must not be similar to itself. Item 23 got"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_bad_lists_are_caught_with_a_sentence(fails, estimator, name, message):
    fails(estimator, name, message)


def test_every_check_is_shown_something_broken():
    source = Path(__file__).read_text(encoding="utf-8")
    assert [check.__name__ for check in LIST_CHECKS if check.__name__ not in source] == []
