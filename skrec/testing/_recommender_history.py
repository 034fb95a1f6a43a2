"""Checks of `recommend` with `history`: fold-in, for every model."""

from typing import Any

import pandas as pd

from skrec.data import Interactions
from skrec.testing._expect import expect, expect_close, expect_equal, expect_finite
from skrec.testing._recommender_bench import (
    COLD,
    ITEMS,
    USERS,
    Bench,
    expect_same_answer,
    lists,
    scores,
    seen_by,
    timed,
)

_NEW = 321
_UNKNOWN_ITEM = 5555


def _history(**places: tuple[int, ...]) -> pd.DataFrame:
    """Make histories; ``known`` is the first user of fit, ``new`` a user that wasn't there. Places in `ITEMS`."""
    ids = {"known": USERS[0], "new": _NEW}
    rows = [(ids[user], ITEMS[place]) for user, seen in places.items() for place in seen]
    return timed(pd.DataFrame(rows, columns=["user_id", "item_id"]))


def check_a_new_user_with_a_history_is_served(bench: Bench) -> None:
    """Without a refit: finite scores for all that isn't in the history."""
    answer = bench.fitted.recommend([_NEW], k=20, history=_history(new=(0, 3)))
    expect_equal(
        sorted(lists(answer)[0]),
        sorted(set(ITEMS) - {ITEMS[0], ITEMS[3]}),
        "What a new user with a history gets: all but that,",
    )
    expect_finite(scores(answer)[0], "The scores of a new user with a history")


def check_a_history_replaces_the_stored_one(bench: Bench) -> None:
    """What was seen in fit may come back, and what is in the history is seen; other users get what they got."""
    answer = bench.fitted.recommend([USERS[0], USERS[1]], k=20, history=_history(known=(5, 6)))
    listed = lists(answer)
    expect_equal(
        sorted(listed[0]),
        sorted(set(ITEMS) - {ITEMS[5], ITEMS[6]}),
        "What a user of fit gets with another history: all but that, whatever was seen in fit,",
    )
    alone = bench.fitted.recommend([USERS[1]], k=20)
    expect_close(scores(answer)[1], scores(alone)[0], "The scores of a user beside one with another history")


def check_users_with_equal_histories_get_the_same(bench: Bench) -> None:
    """It counts what is handed in, and not who it is: a user of fit and a new one get the same list."""
    answer = bench.fitted.recommend([USERS[0], _NEW], k=20, history=_history(known=(1, 4), new=(1, 4)))
    expect_equal(
        sorted(lists(answer)[0]), sorted(lists(answer)[1]), "The items of a user of fit with the history of a new one"
    )
    expect_close(scores(answer)[0], scores(answer)[1], "The scores of a user of fit with the history of a new one")


def check_a_history_alone_names_its_users(bench: Bench) -> None:
    """Without `users` those of the history are answered, in its order."""
    history = _history(new=(2,), known=(5,))
    answer = bench.fitted.recommend(history=history, k=2)
    expect_equal(answer.users, [_NEW, USERS[0]], "The users of recommend(history=...), those of the history,")


def check_a_history_is_taken_in_every_form(bench: Bench) -> None:
    """A frame, `Interactions`, and a list of tuples."""
    history = _history(new=(0, 3), known=(5,))
    expected = bench.fitted.recommend(history=history, k=4)
    rows: Any = list(history.itertuples(index=False, name=None))
    for name, form in (("Interactions", Interactions(history)), ("a list of tuples", rows)):
        expect_same_answer(
            bench.fitted.recommend(history=form, k=4), expected, f"recommend with a history given as {name}"
        )


def check_a_history_is_not_kept(bench: Bench) -> None:
    """The next question is answered as if there had been none."""
    before = bench.fitted.recommend(k=20)
    bench.fitted.recommend(history=_history(known=(5, 6, 7), new=(0,)), k=3)
    expect_same_answer(bench.fitted.recommend(k=20), before, "recommend() after a question with a history")


def check_a_history_of_unknown_items_makes_a_cold_user(bench: Bench) -> None:
    """Of such a user nothing is known, so it gets the popular items."""
    history = timed(pd.DataFrame({"user_id": [_NEW, _NEW], "item_id": [_UNKNOWN_ITEM, _UNKNOWN_ITEM + 1]}))
    found, cold = bench.fitted.recommend(history=history, k=5), bench.fitted.recommend([COLD], k=5)
    expect_equal(
        lists(found)[0], lists(cold)[0], "What a user gets whose history holds unknown items alone: the popular items,"
    )


def check_a_history_goes_with_other_arguments(bench: Bench) -> None:
    """Filters apply to it too, and ``exclude_seen=False`` brings its items back."""
    history = _history(new=(0, 3))
    answer = bench.fitted.recommend(
        [_NEW, USERS[4]], k=20, history=history, exclude_items=[ITEMS[1]], items=list(ITEMS[:5])
    )
    expect_equal(
        sorted(lists(answer)[0]),
        sorted([ITEMS[2], ITEMS[4]]),
        "What is allowed, less what is excluded and in the history,",
    )
    expected = set(ITEMS[:5]) - {ITEMS[1]} - seen_by(USERS[4])
    expect_equal(sorted(lists(answer)[1]), sorted(expected), "What a user without another history gets beside one with")
    everything = bench.fitted.recommend([_NEW], k=20, history=history, exclude_seen=False)
    expect(
        len(lists(everything)[0]) == len(ITEMS),
        f"With exclude_seen=False all items are ranked. Got {lists(everything)[0]}.",
    )


HISTORY_CHECKS = (
    check_a_new_user_with_a_history_is_served,
    check_a_history_replaces_the_stored_one,
    check_users_with_equal_histories_get_the_same,
    check_a_history_alone_names_its_users,
    check_a_history_is_taken_in_every_form,
    check_a_history_is_not_kept,
    check_a_history_of_unknown_items_makes_a_cold_user,
    check_a_history_goes_with_other_arguments,
)
