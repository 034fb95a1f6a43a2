"""Checks of `recommend`: whom it answers, what the lists hold, and how they are filtered and ordered."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from skrec.data import Recommendations
from skrec.exceptions import InvalidParameterError
from skrec.testing._expect import REFUSALS, expect, expect_close, expect_equal, expect_finite, expect_raises
from skrec.testing._recommender_bench import (
    ALL_BUT_ONE,
    COLD,
    EVERYTHING,
    ITEMS,
    USERS,
    Bench,
    expect_same_answer,
    expect_same_list,
    lists,
    make_events,
    scores,
    seen_by,
)

_UNKNOWN_ITEM = 5555
_SOURCES = {"model", "fold-in", "features", "popular"}


def check_every_user_of_fit_is_answered_in_first_seen_order(bench: Bench) -> None:
    """``recommend()`` is for everybody."""
    answer = bench.fitted.recommend(k=3)
    expect_equal(answer.users, USERS, "The users of recommend(), all of fit in first-seen order,")
    expect_same_answer(answer, bench.fitted.recommend(list(USERS), k=3), "recommend()")


def check_users_are_taken_in_every_form(bench: Bench) -> None:
    """A list, an array, a Series, a frame; one id; one id twice; no user."""
    asked = [USERS[7], COLD, USERS[1]]
    expected = bench.fitted.recommend(asked, k=4)
    forms: dict[str, Any] = {
        "a tuple": tuple(asked),
        "an array": np.array(asked),
        "a Series": pd.Series(asked, index=[9, 9, 9]),
        "a frame": pd.DataFrame({"age": [20, 30, 40], "user_id": asked}),
    }
    for name, form in forms.items():
        expect_same_answer(bench.fitted.recommend(form, k=4), expected, f"recommend for users given as {name}")
    one = bench.fitted.recommend(USERS[7], k=4)
    expect_same_answer(one, bench.fitted.recommend([USERS[7]], k=4), "recommend for one id")
    twice = bench.fitted.recommend([USERS[1], USERS[7], USERS[1]], k=4)
    expect_equal(twice.users, [USERS[1], USERS[7], USERS[1]], "The users of recommend where one was asked about twice")
    expect(
        lists(twice)[0] == lists(twice)[2],
        f"A user who is asked about twice must get the same twice. Got {lists(twice)}.",
    )
    empty = bench.fitted.recommend([], k=4)
    expect_equal(empty.items.shape, (0, 4), "The shape of the items that recommend([], k=4) gives")


def check_answers_have_the_documented_shapes(bench: Bench) -> None:
    """`Recommendations`: items (n, k), scores (n, k) float32 that are NaN past a list's end, lengths (n,), source (n,); and `to_frame`."""
    answer = bench.fitted.recommend([USERS[0], ALL_BUT_ONE, EVERYTHING, COLD], k=6)
    expect(
        isinstance(answer, Recommendations),
        f"recommend must give skrec.Recommendations. Got {type(answer).__name__} instead.",
    )
    for name in ("items", "scores"):
        expect_equal(getattr(answer, name).shape, (4, 6), f"The shape of {name} for 4 users and k=6")
    expect(answer.scores.dtype == np.float32, f"Scores must be float32. Got {answer.scores.dtype} instead.")
    filled = np.arange(6) < np.asarray(answer.lengths)[:, np.newaxis]
    expect_equal(np.isfinite(answer.scores), filled, "isfinite(scores), which is where the lists are,")
    frame = answer.to_frame()
    expect_equal(list(frame.columns), ["user_id", "item_id", "score", "rank"], "The columns of to_frame()")
    ranks = np.concatenate([np.arange(1, length + 1) for length in answer.lengths])
    expect_equal(frame["rank"], ranks, "The ranks of to_frame(), from 1 for each user,")
    expect(str(answer), "Recommendations must be printable.")
    expect_equal(answer.source.shape, (4,), "The shape of source for 4 users")
    unknown = sorted(set(answer.source.tolist()) - _SOURCES)
    expect(not unknown, f"source must say where each list comes from, in the words {sorted(_SOURCES)}. Got {unknown}.")


def check_lists_hold_all_that_is_eligible_once(bench: Bench) -> None:
    """Everything a user hasn't seen, and nothing twice; a list is short only where nothing is left."""
    answer = bench.fitted.recommend([*USERS, COLD], k=20)
    for user, listed in zip([*USERS, COLD], lists(answer), strict=True):
        expect(len(set(listed)) == len(listed), f"No item may be twice in a list. User {user} got {listed}.")
        seen = seen_by(user) & set(listed)
        expect(not seen, f"Seen items must be left out. User {user} got {sorted(seen)}, which are in its history.")
        missing = set(ITEMS) - seen_by(user) - set(listed)
        expect(not missing, f"With k=20 a user gets all that it hasn't seen. User {user} didn't get {sorted(missing)}.")


def check_short_lists_are_short(bench: Bench) -> None:
    """Nothing is padded with made-up items: a user who has seen everything gets an empty list."""
    answer = bench.fitted.recommend([EVERYTHING, ALL_BUT_ONE], k=3)
    expect_equal(answer.lengths, [0, 1], "The lengths of the lists of users with no and with one unseen item")
    expect_equal(lists(answer)[1], [ITEMS[7]], "The list of a user with one unseen item")
    expect_equal(len(answer.to_frame()), 1, "The number of rows of to_frame() for both")


def check_seen_items_come_back_where_asked_for(bench: Bench) -> None:
    """``exclude_seen=False`` ranks the whole catalogue."""
    answer = bench.fitted.recommend(k=20, exclude_seen=False)
    expect_equal(answer.lengths, [len(ITEMS)] * len(USERS), "The lengths of the lists with exclude_seen=False and k=20")


def check_scores_fall_and_ties_are_in_first_seen_order(bench: Bench) -> None:
    """So that results are reproducible."""
    for user, (listed, values) in bench.whole.items():
        expect_finite(values, f"The scores of user {user}")
        expect((np.diff(values) <= 0).all(), f"Lists must be best first. User {user} got the scores {values.tolist()}.")
        places = np.array([ITEMS.index(item) for item in listed])
        wrong = (np.diff(values) == 0) & (np.diff(places) < 0)
        expect(
            not wrong.any(),
            f"Items with equal scores must be in the order in which fit saw them first, which is {list(ITEMS)}. "
            f"User {user} got {listed} with scores {values.tolist()}.",
        )


def check_cold_users_get_the_popular_items(bench: Bench) -> None:
    """Those with the most events, whoever is asked about, and in first-seen order where equally many have them."""
    listed = lists(bench.fitted.recommend([COLD, COLD + 1], k=len(ITEMS)))
    counts = make_events()["item_id"].value_counts()
    expected = sorted(ITEMS, key=lambda item: (-counts[item], ITEMS.index(item)))
    for user, found in zip((COLD, COLD + 1), listed, strict=True):
        expect(
            found == expected,
            f"A user of whom nothing is known must get the items with the most events, which are {expected}. User {user} got {found}.",
        )


def check_one_user_gets_alone_what_a_batch_gets(bench: Bench) -> None:
    """A list doesn't depend on who else is asked about."""
    asked = [*USERS, COLD]
    whole = bench.fitted.recommend(asked, k=5)
    for place in (0, 7, len(asked) - 1):
        alone = bench.fitted.recommend([asked[place]], k=5)
        what = f"of user {asked[place]} alone"
        expect_same_list(lists(alone)[0], scores(alone)[0], lists(whole)[place], scores(whole)[place], what)


def check_a_shorter_list_is_the_beginning_of_a_longer_one(bench: Bench) -> None:
    """`k` cuts, and changes nothing else."""
    long = bench.fitted.recommend(k=20)
    for k in (1, 3):
        short = bench.fitted.recommend(k=k)
        expect_equal(short.lengths, np.minimum(long.lengths, k), f"The lengths of the lists with k={k}")
        for user, one, values, other, others in zip(
            USERS, lists(short), scores(short), lists(long), scores(long), strict=True
        ):
            expect_same_list(
                one, values, other[:k], others[:k], f"of user {user} with k={k}, the first of those with k=20,"
            )


def _expect_filtered(bench: Bench, answer: Recommendations, eligible: dict[Any, set[Any]], what: str) -> None:
    """Expect each list to be that of the whole catalogue, with what isn't eligible left out."""
    for user, listed, values in zip(answer.users, lists(answer), scores(answer), strict=True):
        items, whole = bench.whole[user]
        kept = [place for place, item in enumerate(items) if item in eligible[user]]
        expect(
            set(listed) == {items[place] for place in kept},
            f"{what} must give user {user} the items {sorted(items[place] for place in kept)}. Got {sorted(listed)} instead.",
        )
        expect_same_list(listed, values, [items[place] for place in kept], whole[kept], f"of user {user}, {what}")


def check_items_is_an_allow_list(bench: Bench) -> None:
    """Ids, or a frame of them, that everybody may get; unknown ones are passed by."""
    allowed = [ITEMS[6], ITEMS[1], _UNKNOWN_ITEM, ITEMS[4], ITEMS[1]]
    users = [USERS[0], USERS[9], COLD]
    eligible = {user: set(allowed) - seen_by(user) for user in users}
    for what, form in (("items=[ids]", allowed), ("items=frame of ids", pd.DataFrame({"item_id": allowed}))):
        _expect_filtered(bench, bench.fitted.recommend(users, k=20, items=form), eligible, what)
    nothing = bench.fitted.recommend(users, k=3, items=[])
    expect_equal(nothing.lengths, [0, 0, 0], "The lengths of the lists with items=[]")
    one = bench.fitted.recommend([COLD], k=3, items=ITEMS[5])
    expect_equal(lists(one)[0], [ITEMS[5]], "The list with one allowed item")


def check_items_are_candidates_of_each_user(bench: Bench) -> None:
    """A frame of (user, item): each user may get its own; one without any gets nothing."""
    pairs = [(USERS[0], ITEMS[3]), (USERS[0], ITEMS[0]), (COLD, ITEMS[2]), (COLD, ITEMS[6]), (USERS[1], _UNKNOWN_ITEM)]
    frame = pd.DataFrame(pairs, columns=["user_id", "item_id"])
    users = [USERS[0], COLD, USERS[1], USERS[2]]
    eligible = {user: {item for other, item in pairs if other == user} - seen_by(user) for user in users}
    answer = bench.fitted.recommend(users, k=20, items=frame)
    _expect_filtered(bench, answer, eligible, "items=frame of pairs")


def check_exclude_items_leaves_out(bench: Bench) -> None:
    """Ids excluded for every user; a frame of (user, item) pairs leaves out for one user."""
    users = [USERS[0], USERS[9], COLD]
    left_out = {ITEMS[3], ITEMS[7], _UNKNOWN_ITEM}
    eligible = {user: set(ITEMS) - left_out - seen_by(user) for user in users}
    answer = bench.fitted.recommend(users, k=20, exclude_items=sorted(left_out))
    _expect_filtered(bench, answer, eligible, "exclude_items=[ids]")
    pairs = [(USERS[0], ITEMS[4]), (COLD, ITEMS[0]), (USERS[0], ITEMS[4]), (USERS[2], ITEMS[5])]
    frame = pd.DataFrame(pairs, columns=["user_id", "item_id"])
    eligible = {user: set(ITEMS) - seen_by(user) - {item for other, item in pairs if other == user} for user in users}
    answer = bench.fitted.recommend(users, k=20, exclude_items=frame)
    _expect_filtered(bench, answer, eligible, "exclude_items=frame of pairs")


def check_filters_work_together(bench: Bench) -> None:
    """What is allowed, less what is excluded, less what is seen; or with it."""
    users = [USERS[0], USERS[9], COLD]
    allowed, left_out = set(ITEMS[:6]), {ITEMS[0], ITEMS[4]}
    for exclude_seen in (True, False):
        eligible = {user: allowed - left_out - (seen_by(user) if exclude_seen else set()) for user in users}
        answer = bench.fitted.recommend(
            users, k=20, items=sorted(allowed), exclude_items=sorted(left_out), exclude_seen=exclude_seen
        )
        _expect_filtered(bench, answer, eligible, f"items and exclude_items with exclude_seen={exclude_seen}")


def check_arguments_of_recommend_are_left_alone(bench: Bench) -> None:
    """Frames belong to the caller."""
    users = pd.DataFrame({"user_id": [USERS[0], COLD]})
    pairs = pd.DataFrame({"user_id": [USERS[0], COLD], "item_id": [ITEMS[3], ITEMS[0]]})
    history = pairs.assign(rating=3.0)
    arguments = {"users": users, "items": pairs, "exclude_items": pairs.iloc[:1], "history": history}
    before = {name: frame.copy() for name, frame in arguments.items()}
    bench.fitted.recommend(**arguments, k=3)
    for name, frame in arguments.items():
        expect(frame.equals(before[name]), f"The argument {name!r} must be left as it is. It was changed.")


def check_wrong_arguments_are_refused(bench: Bench) -> None:
    """With a sentence that names the argument."""
    for k in (0, -1, 2.5, "3", None, True):
        expect_raises(
            (InvalidParameterError,),
            partial(bench.fitted.recommend, [USERS[0]], k),
            f"recommend with k={k!r}",
            mentions="k",
        )
    expect_raises(
        (InvalidParameterError,),
        partial(bench.fitted.recommend, [USERS[0]], exclude_seen="no"),
        "recommend with exclude_seen='no'",
        mentions="exclude_seen",
    )
    frame = pd.DataFrame({"who": [1]})
    for name, column in (("users", "user_id"), ("items", "item_id"), ("exclude_items", "item_id")):
        call = partial(bench.fitted.recommend, **{name: frame})
        expect_raises(REFUSALS, call, f"recommend with {name}=frame without ids", mentions=column)
    expect_raises(REFUSALS, partial(bench.fitted.recommend, [None]), "recommend for users=[None]")


def check_similar_items_are_others(bench: Bench) -> None:
    """Of a model that has item vectors: never the item itself, nothing for an unknown one, best first."""
    model = bench.fitted
    if not hasattr(model, "similar_items"):
        return
    asked = [ITEMS[2], _UNKNOWN_ITEM, ITEMS[0], ITEMS[2]]
    answer = model.similar_items(asked, k=4)
    expect_equal(answer.users, asked, "The ids that similar_items answers, in its 'users',")
    expect_equal(answer.items.shape, (4, 4), "The shape of what similar_items gives for 4 items and k=4")
    listed = lists(answer)
    expect(not listed[1], f"An unknown item is similar to nothing. Got {listed[1]}.")
    for item, found, values in zip(asked, listed, scores(answer), strict=True):
        expect(item not in found, f"An item must not be similar to itself. Item {item} got {found}.")
        expect(
            set(found) <= set(ITEMS) and len(set(found)) == len(found),
            f"Similar items must be items of fit, each once. Got {found}.",
        )
        expect((np.diff(values) <= 0).all(), f"Lists must be best first. Item {item} got the scores {values.tolist()}.")
    expect(listed[0] == listed[3], f"An item that is asked about twice must get the same twice. Got {listed}.")
    one = model.similar_items(ITEMS[2], k=4)
    expect_close(scores(one)[0], scores(answer)[0], "The scores of similar_items for one id")
    expect_raises(
        (InvalidParameterError,), partial(model.similar_items, asked, 0), "similar_items with k=0", mentions="k"
    )


LIST_CHECKS = (
    check_every_user_of_fit_is_answered_in_first_seen_order,
    check_users_are_taken_in_every_form,
    check_answers_have_the_documented_shapes,
    check_lists_hold_all_that_is_eligible_once,
    check_short_lists_are_short,
    check_seen_items_come_back_where_asked_for,
    check_scores_fall_and_ties_are_in_first_seen_order,
    check_cold_users_get_the_popular_items,
    check_one_user_gets_alone_what_a_batch_gets,
    check_a_shorter_list_is_the_beginning_of_a_longer_one,
    check_items_is_an_allow_list,
    check_items_are_candidates_of_each_user,
    check_exclude_items_leaves_out,
    check_filters_work_together,
    check_arguments_of_recommend_are_left_alone,
    check_wrong_arguments_are_refused,
    check_similar_items_are_others,
)
