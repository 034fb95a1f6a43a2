"""Checks of what recommenders learn from: forms of events, ids, labels, weights, and events that come later."""

from typing import Any

import numpy as np
import pandas as pd

from skrec.data import Interactions
from skrec.testing._expect import expect, expect_close, expect_equal, expect_finite
from skrec.testing._recommender_bench import (
    COLD,
    ITEMS,
    USERS,
    Bench,
    all_pairs,
    expect_same_answer,
    lists,
    make_events,
    predictions,
    renamed,
)


def _seeded(bench: Bench) -> Any:
    """A fresh copy that draws the same in each fit."""
    model = bench.fresh()
    return model.set_params(random_state=3) if "random_state" in model.get_params() else model


def check_every_form_of_events_is_the_same(bench: Bench) -> None:
    """A frame, `Interactions`, a list of tuples, and an array of objects."""
    frame = make_events()
    rows = list(frame.itertuples(index=False, name=None))
    forms = {"Interactions": Interactions(frame), "a list of tuples": rows, "an array": np.array(rows, dtype=object)}
    expected = _seeded(bench).fit(frame).predict(frame)
    for name, form in forms.items():
        found = _seeded(bench).fit(form).predict(form)
        expect_close(found, expected, f"The scores of events given as {name} instead of a frame")


def check_ids_are_only_names(bench: Bench) -> None:
    """Strings for ids give the numbers that ints give, and come back as strings."""
    model = _seeded(bench).fit(make_events())
    named = _seeded(bench).fit(renamed(make_events()))
    expect_close(
        named.predict(renamed(all_pairs())), predictions(model), "The scores where ids are strings instead of ints"
    )
    answer = named.recommend(k=len(ITEMS), exclude_seen=False)
    wrong = [item for row in lists(answer) for item in row if not isinstance(item, str)]
    expect(not wrong, f"Ids that are strings in fit must be strings in recommendations. Got {wrong[:3]}.")
    expect_equal(
        answer.users, renamed(make_events())["user_id"].unique(), "The users of recommend where ids are strings"
    )


def check_large_ints_stay_as_they_are(bench: Bench) -> None:
    """An id that no float can hold is not rounded."""
    large = 2**53 + 1
    frame = make_events().assign(item_id=lambda events: events["item_id"] + large)
    answer = bench.fresh().fit(frame).recommend(USERS[:2], k=3)
    expect(
        answer.items.dtype.kind in "iu" or all(isinstance(item, int) for row in lists(answer) for item in row),
        f"Ids that are ints in fit must be ints in recommendations. Got dtype {answer.items.dtype} instead.",
    )
    wrong = {int(item) for row in lists(answer) for item in row} - set(frame["item_id"])
    expect(not wrong, f"Recommended ids must be those of fit, to the last digit. Got {sorted(wrong)}.")


def check_tables_ride_along(bench: Bench) -> None:
    """Tables of users and items may hold ids without events, and events ids without a row."""
    users = pd.DataFrame({"user_id": [*USERS[1:], 5_000], "age": range(20, 20 + len(USERS))})
    items = pd.DataFrame({"item_id": [*ITEMS[1:], 6_000], "year": range(1990, 1990 + len(ITEMS))})
    model = bench.fresh().fit(Interactions(make_events(), users, items))
    expect_finite(predictions(model), "The scores of a model whose events came with tables of users and items")


def check_labels_win_over_the_rating_column(bench: Bench) -> None:
    """`y` says how each event was rated, whatever stands in ``rating``."""
    labels = 1.0 + np.arange(len(make_events())) % 4
    expected = _seeded(bench).fit(make_events().assign(rating=labels))
    found = _seeded(bench).fit(make_events(), labels)
    expect_close(
        predictions(found), predictions(expected), "The scores of labels given as y instead of the column 'rating'"
    )


def check_zeros_are_seen_but_not_liked(bench: Bench) -> None:
    """Where labels are 0 and 1, zeros are never recommended, and count for no item's popularity."""
    frame = make_events()
    disliked = ITEMS[2]  # by everybody; it has the most events
    labels = (frame["item_id"] != disliked).astype(int).to_numpy()
    model = bench.fresh().fit(frame, labels)
    for user, listed in zip(USERS, lists(model.recommend(USERS, k=len(ITEMS))), strict=True):
        if disliked in set(frame["item_id"][frame["user_id"] == user]):
            expect(
                disliked not in listed,
                f"User {user} gave item {disliked} a 0, has thereby seen it, and was recommended it again.",
            )
    cold = lists(model.recommend([COLD], k=len(ITEMS)))[0]
    liked = set(ITEMS) - {disliked}
    expect(
        set(cold[: len(liked)]) == liked,
        f"A cold user gets the popular items, and an item that everybody gave a 0 is not: it must be the last of {cold}.",
    )


def check_events_of_weight_zero_are_not_there(bench: Bench) -> None:
    """Neither as an event, nor as seen, nor as an id."""
    frame = make_events()
    kept = (frame["user_id"] != USERS[0]).to_numpy()
    expected = _seeded(bench).fit(frame[kept])
    found = _seeded(bench).fit(frame, sample_weight=kept.astype(float))
    expect_equal(found.users_, expected.users_, "users_ where all events of the first user have the weight 0")
    expect_close(
        predictions(found), predictions(expected), "The scores where all events of the first user have the weight 0"
    )


def check_partial_fit_of_an_unfitted_model_is_fit(bench: Bench) -> None:
    """The first batch of a stream needs no other method."""
    model = _seeded(bench)
    expected = _seeded(bench).fit(make_events())
    result = model.partial_fit(make_events())
    expect(result is model, "partial_fit must return the estimator itself.")
    expect_close(predictions(model), predictions(expected), "The scores after partial_fit of an unfitted model")


def check_partial_fit_admits_new_users_and_items(bench: Bench) -> None:
    """They follow the known ones, can be recommended to and recommended, and what was seen before stays seen."""
    model = bench.fresh().fit(make_events())
    new_user, new_item = 700, 800
    later = pd.DataFrame(
        {
            "user_id": [new_user, new_user, USERS[0]],
            "item_id": [new_item, ITEMS[0], new_item],
            "rating": [4.0, 5.0, 3.0],
        }
    ).assign(timestamp=1_800_000_000 + np.arange(3))
    model.partial_fit(later)
    expect_equal(model.users_, [*USERS, new_user], "users_ after partial_fit, the new ones behind the known,")
    expect_equal(model.items_, [*ITEMS, new_item], "items_ after partial_fit, the new ones behind the known,")
    asked = [new_user, USERS[0], USERS[1]]
    grown, known, other = lists(model.recommend(asked, k=20))
    expect(new_item in other, f"An item that came with partial_fit must be recommended. User {USERS[1]} got {other}.")
    unseen = set(ITEMS) - {ITEMS[0]}
    expect_equal(
        sorted(grown), sorted(unseen), "What a user that came with partial_fit gets: all but what it has seen,"
    )
    seen = {ITEMS[0], ITEMS[1], ITEMS[2], new_item} & set(known)
    expect(
        not seen,
        f"A user's items of fit and of partial_fit are seen. User {USERS[0]} got {sorted(seen)} of them again.",
    )
    expect_finite(model.predict(later), "The scores of new users and items after partial_fit")


def check_an_event_twice_is_recommended_once(bench: Bench) -> None:
    """Repeated events are no repeated items."""
    frame = make_events()
    model = bench.fresh().fit(pd.concat([frame, frame.head(20)], ignore_index=True))
    answer = model.recommend(k=20, exclude_seen=False)
    expect_equal(
        answer.lengths,
        [len(ITEMS)] * len(USERS),
        "The lengths of lists of the whole catalogue where events are repeated",
    )


def check_order_of_columns_changes_nothing(bench: Bench) -> None:
    """Columns with names are read by name."""
    frame = make_events()
    model, turned = _seeded(bench).fit(frame), _seeded(bench).fit(frame[frame.columns[::-1]])
    expect_same_answer(
        turned.recommend(), model.recommend(), "recommend where the columns of fit were in reverse order"
    )


LEARNING_CHECKS = (
    check_every_form_of_events_is_the_same,
    check_ids_are_only_names,
    check_large_ints_stay_as_they_are,
    check_tables_ride_along,
    check_labels_win_over_the_rating_column,
    check_zeros_are_seen_but_not_liked,
    check_events_of_weight_zero_are_not_there,
    check_partial_fit_of_an_unfitted_model_is_fit,
    check_partial_fit_admits_new_users_and_items,
    check_an_event_twice_is_recommended_once,
    check_order_of_columns_changes_nothing,
)
