"""A small catalogue made in code, and the questions that golden scores answer.

Every draw is of `numpy.random.RandomState`, whose streams NumPy promises never to change. Ids aren't in order, so that a
model that mixes up codes and ids is found out.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from skrec import Interactions, evaluate

N_USERS, N_ITEMS = 16, 14
USERS = [100 + (5 * number) % N_USERS for number in range(N_USERS)]
ITEMS = [f"i{(3 * number) % N_ITEMS}" for number in range(N_ITEMS)]
NEW_USERS, NEW_ITEMS = [200, 201], ["n0", "n1"]
COLD_USERS, COLD_ITEMS = [300, 301], ["c0", "c1"]
DAYS = ["mon", "tue", "wed", "sat"]
START = 1_600_000_000


@dataclass(frozen=True)
class World:
    """Everything that cases learn from and ask about.

    Attributes
    ----------
    plain : DataFrame
        Events of fit: user_id, item_id, rating, timestamp; shuffled, so that their order isn't that of time.
    films : Interactions
        The same with a column ``day`` and tables of users and items, cold and new ones included.
    liked : ndarray of shape (n_events,)
        Labels 0 and 1.
    weights : ndarray of shape (n_events,)
        Positive, one of them 0.
    held_out : DataFrame
        An event or two a user, of pairs that fit doesn't have.
    more : Interactions
        Later events, of known and of new users and items, with the same columns and tables.
    pairs : DataFrame
        Pairs to predict, unknown ids last.
    moments : Interactions
        All pairs of a few users and items, cold ones included, each on some day.
    """

    plain: pd.DataFrame
    films: Interactions
    liked: np.ndarray
    weights: np.ndarray
    held_out: pd.DataFrame
    more: Interactions
    pairs: pd.DataFrame
    moments: Interactions

    @property
    def untimed(self) -> pd.DataFrame:
        """Events without timestamps, so that the order of the rows is that of time."""
        return self.plain.drop(columns="timestamp")

    @property
    def more_plain(self) -> pd.DataFrame:
        """Later events with the columns of `plain`."""
        return self.more.events.drop(columns="day")


def make_world() -> World:
    """Make the catalogue; the same each time."""
    rng = np.random.RandomState(20)
    taste = rng.normal(0.0, 0.6, (N_USERS, N_ITEMS))
    taste += [[1.0 if user % 2 == item % 2 else 0.0 for item in range(N_ITEMS)] for user in range(N_USERS)]
    taste += np.linspace(0.8, 0.0, N_ITEMS)
    rows, left = [], []
    for user in range(N_USERS):
        best = np.argsort(-taste[user])
        n_seen = 4 + user % 5
        seen, later = rng.permutation(best[:n_seen]), best[n_seen : n_seen + 1 + user % 2]
        times = START + 1000 * user + np.cumsum(rng.randint(60, 5000, n_seen))
        rows += [(USERS[user], ITEMS[item], taste[user, item], time) for item, time in zip(seen, times, strict=True)]
        left += [(USERS[user], ITEMS[item]) for item in later]
    plain = pd.DataFrame(rows, columns=["user_id", "item_id", "rating", "timestamp"])
    plain["rating"] = (np.round(2.0 * (2.0 + plain["rating"])) / 2.0).clip(1.0, 5.0)
    plain = plain.iloc[rng.permutation(len(plain))].reset_index(drop=True)
    weights = np.round(rng.uniform(0.25, 2.0, len(plain)), 2)
    weights[5] = 0.0
    users, items = make_tables(rng)
    films = Interactions(plain.assign(day=np.array(DAYS)[rng.randint(0, 4, len(plain))]), users, items)
    known = pd.DataFrame({"user_id": rng.choice(USERS, 40), "item_id": rng.choice(ITEMS, 40)})
    strange = pd.DataFrame({"user_id": [USERS[0], 999, 999], "item_id": ["zz", ITEMS[3], "zz"]})
    return World(
        plain,
        films,
        (plain["rating"] >= 3.0).to_numpy().astype(float),
        weights,
        pd.DataFrame(left, columns=["user_id", "item_id"]),
        make_more(users, items),
        pd.concat([known, strange], ignore_index=True),
        make_moments(users, items),
    )


def make_tables(rng):
    """Features of all users and items; every fourth item has a missing cell, and some texts are longer than others."""
    everyone, everything = USERS + NEW_USERS + COLD_USERS, ITEMS + NEW_ITEMS + COLD_ITEMS
    users = pd.DataFrame({"user_id": everyone, "age": rng.randint(18, 70, len(everyone)).astype(float)})
    users["side"] = [["even", "odd"][place % 2] for place in range(len(everyone))]
    items = pd.DataFrame({"item_id": everything, "year": 1980.0 + 3 * np.arange(len(everything))})
    items.loc[::4, "year"] = np.nan
    items["kinds"] = [["white|plain", "black", "black|plain"][place % 3] for place in range(len(everything))]
    items["plot"] = [
        ["a pale square", "this one is dark", "dark and pale and plain one"][place % 3]
        for place in range(len(everything))
    ]
    return users, items


def make_more(users, items):
    """Later events: of users 200 and 201, of known users with new items, and of known pairs."""
    rows = [
        *[(200, item) for item in (ITEMS[0], ITEMS[2], "n0", ITEMS[6])],
        *[(201, item) for item in (ITEMS[1], ITEMS[3], ITEMS[5], "n1")],
        *[(USERS[place], item) for place, item in ((0, "n0"), (3, "n1"), (5, ITEMS[13]), (8, ITEMS[2]))],
    ]
    events = pd.DataFrame(rows, columns=["user_id", "item_id"])
    events["rating"] = 2.0 + np.arange(len(rows)) % 5 / 2.0
    events["timestamp"] = START + 100_000 + 700 * np.arange(len(rows))
    return Interactions(events.assign(day=[DAYS[place % 3] for place in range(len(rows))]), users, items)


def make_moments(users, items):
    """Pairs of five users and six items, of each side a cold one with features and one without any."""
    pairs = [
        (user, item)
        for user in [*USERS[:3], COLD_USERS[0], 999]
        for item in [*ITEMS[2:5], COLD_ITEMS[1], NEW_ITEMS[0], "zz"]
    ]
    days = [[*DAYS, "sun"][place % 5] for place in range(len(pairs))]
    return Interactions(pd.DataFrame(pairs, columns=["user_id", "item_id"]).assign(day=days), users, items)


HISTORY = pd.DataFrame(
    [(900, item) for item in (ITEMS[0], ITEMS[4], ITEMS[2], ITEMS[8])]
    + [(901, item) for item in (ITEMS[1], "zz", ITEMS[3])]
    + [(USERS[4], item) for item in (ITEMS[5], ITEMS[9])],
    columns=["user_id", "item_id"],
)
"""Histories of two new users and of a known one, and an item that nobody knows."""


def history_for(events):
    """`HISTORY` with the columns of the events of fit."""
    columns = {"rating": 4.0, "timestamp": START + 5000 * np.arange(len(HISTORY)), "day": "mon"}
    return HISTORY.assign(**{name: value for name, value in columns.items() if name in events})


def as_in_fit(pairs, model):
    """Pairs with a day, where the model was fitted to events with one."""
    last = model[-1] if hasattr(model, "steps") else model
    days = [DAYS[place % len(DAYS)] for place in range(len(pairs))]
    return pairs.assign(day=days) if "day" in last.feature_names_in_ else pairs


def numbers(values):
    """Floats with as many digits as tell one float32 from the next; NaN becomes None."""
    return [None if np.isnan(value) else float(str(np.float32(value))) for value in np.ravel(values)]


def lists(answer):
    """Users, items and scores of `Recommendations`; what a short list lacks is None."""
    return {"users": answer.users.tolist(), "items": answer.items.tolist(), "scores": numbers(answer.scores)}


def ask_briefly(model, world):
    """What every case answers: pairs, unknown ids among them, and a list for each user of fit."""
    pairs = as_in_fit(world.pairs, model)
    answers = {"predict": numbers(model.predict(pairs)), "recommend": lists(model.recommend(k=3))}
    last = model[-1] if hasattr(model, "steps") else model
    if hasattr(last, "history_"):
        answers["history"] = {name: numbers(values) for name, values in sorted(last.history_.items())}
    return answers


def ask_everything(model, world, events=None):
    """Answer every argument of `recommend`, `similar_items`, and the measures of held-out events.

    Parameters
    ----------
    model : fitted estimator or pipeline
    world : World
    events : DataFrame, optional
        What was fitted, to make histories with the same columns; by default ``world.plain``.

    Returns
    -------
    dict of str to list or dict
    """
    few, held_out = USERS[:4], as_in_fit(world.held_out, model)
    history = history_for(world.plain if events is None else events)
    candidates = pd.DataFrame(
        {"user_id": np.repeat(few, 4), "item_id": [ITEMS[(3 * place) % N_ITEMS] for place in range(16)]}
    )
    answers = ask_briefly(model, world) | {
        "seen items too": lists(model.recommend(few, 3, exclude_seen=False)),
        "allow-list": lists(model.recommend(few, 3, items=[*ITEMS[:5], "zz"], exclude_seen=False)),
        "candidates": lists(model.recommend(few, 3, items=candidates, exclude_seen=False)),
        "exclude_items": lists(model.recommend(few, 3, exclude_items=ITEMS[:4])),
        "exclude pairs": lists(model.recommend(few, 3, exclude_items=candidates)),
        "folded in": lists(model.recommend(history=history, k=3)),
        "folded in, one asked": lists(model.recommend([901, USERS[0]], 3, history=history, exclude_seen=False)),
        "unknown user": lists(model.recommend([999, USERS[1]], 3)),
        "score": numbers([model.score(held_out)]),
    }
    measured = evaluate(model, held_out, ["ndcg@3", "recall@5", "mrr@5", "coverage@3"])
    answers["evaluate"] = numbers(measured.to_numpy(dtype=float))
    if hasattr(model, "similar_items"):
        answers["similar_items"] = lists(model.similar_items([ITEMS[0], ITEMS[7], "zz"], 3))
    return answers
