"""Checks of `predict` and `score`."""

import numpy as np
import pandas as pd

from skrec.testing._expect import expect, expect_close, expect_equal, expect_finite
from skrec.testing._recommender_bench import COLD, ITEMS, USERS, Bench, all_pairs, lists, make_events, predictions


def check_predict_gives_one_finite_float32_an_event(bench: Bench) -> None:
    """Shape (n_events,), in the order of the rows."""
    pairs = all_pairs()
    found = bench.fitted.predict(pairs)
    expect(isinstance(found, np.ndarray), f"predict must give a NumPy array. Got {type(found).__name__} instead.")
    expect(found.shape == (len(pairs),), f"predict must give shape ({len(pairs)},). Got {found.shape} instead.")
    expect(found.dtype == np.float32, f"predict must give float32. Got {found.dtype} instead.")
    expect_finite(found, "The scores of predict")
    expect_close(bench.fitted.predict(pairs.iloc[::-1]), found[::-1], "The scores of the rows in reverse order")


def check_predict_never_raises_for_unknown_ids(bench: Bench) -> None:
    """Unknown users, unknown items, and both at once have a score."""
    pairs = pd.DataFrame({"user_id": [COLD, USERS[0], COLD], "item_id": [ITEMS[0], COLD, COLD]})
    expect_finite(bench.fitted.predict(pairs), "The scores of an unknown user, an unknown item and both")
    mixed = pd.concat([pairs, all_pairs()], ignore_index=True)
    expect_close(
        bench.fitted.predict(mixed)[len(pairs) :],
        predictions(bench.fitted),
        "The scores of known pairs beside unknown ones",
    )


def check_predict_needs_ids_only(bench: Bench) -> None:
    """Rating and timestamp are what is not known yet."""
    frame = make_events()
    expect_close(
        bench.fitted.predict(frame[["user_id", "item_id"]]),
        bench.fitted.predict(frame),
        "The scores of frames without ratings and times",
    )
    arrays = frame[["user_id", "item_id"]].to_numpy()
    expect_close(bench.fitted.predict(arrays), bench.fitted.predict(frame), "The scores of an array of (user, item)")


def check_predict_of_one_row_is_that_of_many(bench: Bench) -> None:
    """A pair's score doesn't depend on the others that are asked about."""
    pairs, whole = all_pairs(), predictions(bench.fitted)
    for row in (0, 13, len(pairs) - 1):
        expect_close(bench.fitted.predict(pairs.iloc[[row]]), whole[[row]], f"The score of row {row} alone")


def check_predict_gives_the_scores_of_recommend(bench: Bench) -> None:
    """The same numbers, for every user of fit."""
    _expect_scores_of_recommend(bench, USERS)


def check_predict_gives_cold_users_the_scores_of_recommend(bench: Bench) -> None:
    """The same numbers, for a user of whom nothing is known."""
    _expect_scores_of_recommend(bench, (COLD,))


def _expect_scores_of_recommend(bench: Bench, users: tuple[int, ...]) -> None:
    frame = bench.fitted.recommend(list(users), k=len(ITEMS), exclude_seen=False).to_frame()
    found = bench.fitted.predict(frame[["user_id", "item_id"]])
    expect_close(found, frame["score"], "What predict gives for recommended pairs")


def check_score_is_ndcg_at_10(bench: Bench) -> None:
    """Over the users of X, the full catalogue, and without what was seen in fit; an item that isn't in the catalogue is a miss."""
    held_out = [(USERS[0], ITEMS[3]), (USERS[0], ITEMS[5]), (USERS[9], ITEMS[0]), (COLD, ITEMS[1]), (USERS[4], COLD)]
    frame = pd.DataFrame(held_out, columns=["user_id", "item_id"])
    users = list(dict.fromkeys(user for user, _ in held_out))
    values = []
    for user, listed in zip(users, lists(bench.fitted.recommend(users, k=10)), strict=True):
        relevant = {item for other, item in held_out if other == user}
        gains = [1.0 / np.log2(rank + 2) for rank, item in enumerate(listed) if item in relevant]
        values.append(sum(gains) / sum(1.0 / np.log2(rank + 2) for rank in range(len(relevant))))
    found = bench.fitted.score(frame)
    expect(isinstance(found, float), f"score must give a float. Got {type(found).__name__} instead.")
    expect_close(found, np.mean(values), "score, which is the NDCG@10 of what recommend gives the users of X,")


def check_score_counts_no_zeros(bench: Bench) -> None:
    """Where labels are 0 and 1, zeros are not relevant."""
    pairs = pd.DataFrame({"user_id": [USERS[0], USERS[0], USERS[9]], "item_id": [ITEMS[3], ITEMS[5], ITEMS[0]]})
    expected = bench.fitted.score(pairs.iloc[[0, 2]])
    expect_close(
        bench.fitted.score(pairs, [1, 0, 1]), expected, "score with labels 1, 0, 1, that of the events with a 1 alone,"
    )


def check_asking_changes_nothing(bench: Bench) -> None:
    """A fitted model answers the same however often, and whatever, it is asked."""
    before = predictions(bench.fitted)
    history = pd.DataFrame({"user_id": [USERS[0], COLD], "item_id": [ITEMS[6], ITEMS[7]]})
    bench.fitted.recommend(history=history.assign(rating=4.0))
    bench.fitted.recommend([USERS[0], COLD], items=[ITEMS[0]], exclude_items=[ITEMS[1]])
    bench.fitted.score(all_pairs())
    expect_equal(predictions(bench.fitted), before, "The scores after recommend, which must not change the model,")


SCORE_CHECKS = (
    check_predict_gives_one_finite_float32_an_event,
    check_predict_never_raises_for_unknown_ids,
    check_predict_needs_ids_only,
    check_predict_of_one_row_is_that_of_many,
    check_predict_gives_the_scores_of_recommend,
    check_predict_gives_cold_users_the_scores_of_recommend,
    check_score_is_ndcg_at_10,
    check_score_counts_no_zeros,
    check_asking_changes_nothing,
)
