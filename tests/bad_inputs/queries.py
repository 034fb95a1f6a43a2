"""Questions to fitted models: recommend, similar_items, predict and score, with the answers that NumPy gives."""

from numbers import Integral

import containers
import events
import numpy as np
import pandas as pd
import polars as pl
from cells import ODD, Meaningless, clean_ids
from events import Either
from world import Contradiction, expect


def odd_k(draw):
    """A length of lists, mostly a right one, and what it means."""
    if draw.random() < 0.6:
        return (k := draw.choice([1, 3, 10, 15, 40, np.int64(5), 10**6, 2**62])), k
    return ODD[draw.choice(sorted(ODD))], None


def clean_k(k):
    if not isinstance(k, Integral) or isinstance(k, (bool, np.bool_)) or k < 1:
        raise Meaningless(f"k={k!r:.50}")
    return int(k)


def odd_flag(draw):
    return draw.choice([True, False]) if draw.random() < 0.85 else ODD[draw.choice(sorted(ODD))]


def clean_flag(flag):
    if not isinstance(flag, (bool, np.bool_)):
        raise Meaningless("no flag")
    return bool(flag)


def odd_ids(draw, known, unknown, name):
    """Ids in some container or frame, one of them perhaps odd; gives what was made, and the ids, or None where it means none."""
    if draw.random() < 0.12:
        return _one_value(draw, known)
    values = [draw.choice(known if draw.random() < 0.8 else unknown) for _ in range(draw.choice([0, 1, 2, 5, 9]))]
    told = ""
    if values and draw.random() < 0.5:
        odd = draw.choice(sorted(ODD))
        values[draw.randrange(len(values))] = ODD[odd]
        told = f" {odd}"
    if draw.random() < 0.2:
        return _id_frame(draw, values, name, told)
    form, made, meant = containers.put(draw, values)
    return f"{form}{told}", made, meant


def _one_value(draw, known):
    if draw.random() < 0.3:
        return "one id", (one := draw.choice(known)), [one]
    odd = draw.choice(sorted(ODD))
    value = ODD[odd]
    if isinstance(value, (list, tuple, set, frozenset, range)):
        return odd, value, list(value)
    if isinstance(value, dict):
        return odd, value, list(value)
    if isinstance(value, (np.ndarray, pd.Series, pd.Index)) and value.dtype.names is None:
        meant = list(value) if value.ndim == 1 else [value.item()] if value.ndim == 0 else None
        return odd, value, None if isinstance(value, pd.MultiIndex) else meant
    if isinstance(value, pd.DataFrame) or hasattr(value, "events"):
        return odd, value, None
    return odd, value, [value]


def _id_frame(draw, values, name, told):
    frame = events.frame_of({name: values})
    form = draw.choice(["frame", "polars", "odd index", "with more", "lazy", "twice", "other name", "levels"])
    if form in {"polars", "lazy"}:
        try:
            made = pl.DataFrame({name: values})
        except BaseException:
            return f"frame{told}", frame, frame[name].to_list()
        return (f"polars{told}", made, made[name].to_list()) if form == "polars" else (form, made.lazy(), None)
    if form == "odd index":
        frame.index = [5] * len(frame)
    if form == "with more":
        frame["x"] = [object()] * len(frame)
    wrong = {
        "twice": lambda: pd.concat([frame, frame], axis=1),
        "other name": lambda: frame.rename(columns={name: "x"}),
        "levels": lambda: pd.concat({"a": frame}, axis=1),
    }
    if form in wrong:
        return form, wrong[form](), None
    return f"{form}{told}", frame, frame[name].to_list()


def odd_history(draw, world):
    """Events, or one session; gives what it is, the object, and what it means: ``("events", meant)`` or ``("session", ids)``."""
    users, items = world.users + world.cold_users, world.items + world.cold_items
    if draw.random() < 0.4:
        told, made, ids = odd_ids(draw, world.items, world.cold_items, "item_id")
        return told, made, ("either" if told.startswith("2-d") else "session", ids)  # a row of two columns is an event
    told, made, meant = events.make(draw, users, items, n=draw.choice([1, 2, 6]))
    if getattr(made, "ndim", 2) == 1:
        return told, made, ("session", None if getattr(made.dtype, "names", None) else list(made))
    return told, made, ("events", meant)


def ask_recommend(draw, world, models=None):
    """`recommend` with one to three odd arguments."""
    models = world.models if models is None else models
    model = draw.choice(sorted(models))
    wrong = set(draw.sample(["users", "k", "items", "exclude_items", "exclude_seen", "history", "context"], 2))
    arguments, told, meant = {}, [model], {}
    sides = {
        "users": (world.users, world.cold_users, "user_id"),
        "items": (world.items, world.cold_items, "item_id"),
        "exclude_items": (world.items, world.cold_items, "item_id"),
    }
    for name, (known, unknown, column) in sides.items():
        if name in wrong:
            said, arguments[name], meant[name] = odd_ids(draw, known, unknown, column)
            told.append(f"{name}={said}")
    if "k" in wrong:
        arguments["k"] = odd_k(draw)[0]
        told.append(f"k={arguments['k']!r:.40}")
    if "exclude_seen" in wrong:
        arguments["exclude_seen"] = odd_flag(draw)
        told.append(f"exclude_seen={arguments['exclude_seen']!r:.40}")
    if "history" in wrong:
        said, arguments["history"], meant["history"] = odd_history(draw, world)
        told.append(f"history={said}")
    if "context" in wrong:
        said, arguments["context"] = odd_context(draw)
        told.append(f"context={said}")

    def check(answer):
        check_recommended(world, model, arguments, meant, answer)

    return " ".join(told), lambda: models[model].recommend(**arguments), check


def odd_context(draw):
    if draw.random() < 0.5:
        odd = draw.choice(sorted(ODD))
        return odd, ODD[odd]
    told, made, _ = events.make(draw, [1], [2], n=draw.choice([1, 12]))
    return told, made


def check_recommended(world, model, arguments, meant, answer):
    """Compare with lists by brute force."""
    k, no_seen = clean_k(arguments.get("k", 10)), clean_flag(arguments.get("exclude_seen", True))
    histories, weights, session = None, None, False
    given = arguments.get("history")
    if given is not None:
        histories, weights, session = clean_history(meant["history"])
    users = asked_users(world, arguments, meant, histories, session)
    allowed = set(world.items)
    if arguments.get("items") is not None:
        allowed &= set(clean_ids(containers.read(meant["items"])))
    if arguments.get("exclude_items") is not None:
        allowed -= set(clean_ids(containers.read(meant["exclude_items"])))
    expect(answer.users.tolist() == users, f"users {answer.users.tolist()[:5]}, not {users[:5]}")
    lists = np.split(answer.listed, np.cumsum(answer.lengths)[:-1]) if users else []
    parts = np.split(answer.to_frame()["score"].to_numpy(), np.cumsum(answer.lengths)[:-1]) if users else []
    for user, listed, scored in zip(users, lists, parts, strict=True):
        key = users[0] if session else user
        known = world.liked.get(user, [])
        replaced = histories is not None and key in histories
        history = histories[key] if replaced else known
        one = weights[key] if replaced and weights is not None else None
        seen = set(history) if no_seen else set()
        fits = [item for item in world.items if item in allowed - seen]
        check_list(world, model, fits, (history, one), k, listed.tolist(), scored)


def check_list(world, model, fits, history, k, listed, scored):
    """Check one list: which items, and, where a few lines of NumPy tell them, which scores."""
    expect(len(set(listed)) == len(listed) and set(listed) <= set(fits), f"{listed} isn't among {fits}")
    expect(bool((np.diff(scored) <= 1e-6).all()) and bool(np.isfinite(scored).all()), f"scores {scored}")
    expect(len(listed) == min(k, len(fits)) or model == "ItemKNN", f"{len(listed)} of {min(k, len(fits))}")
    if model not in {"EASE", "Popularity"}:
        return
    everything = world.score(model, *history)
    best = sorted((everything[world.place[item]] for item in fits), reverse=True)[: len(listed)]
    own = [everything[world.place[item]] for item in listed]
    expect(np.allclose(scored, own, atol=1e-4), f"scores {scored.tolist()} of {listed}, not {own}")
    expect(np.allclose(scored, best, atol=1e-4), f"scores {scored.tolist()}, and the best are {best}")


def clean_history(meant):
    """Items of each user, and their weights; or of one session."""
    kind, what = meant
    if kind == "either":
        raise Either
    if kind == "session":
        ids = clean_ids(containers.read(what))
        if not ids:
            raise Either
        return {None: ids}, None, True
    frame = events.clean(what)
    liked, weights = {}, {}
    plain = "rating" not in frame  # fit knew no ratings, so that zeros and less are dislikes
    for place, (user, item) in enumerate(zip(frame["user_id"].tolist(), frame["item_id"].tolist(), strict=True)):
        liked.setdefault(user, [])
        weights.setdefault(user, [])
        liked[user].append(item)
        weight = frame["weight"].iloc[place] if "weight" in frame else 1.0
        weights[user].append(float(weight) if plain or frame["rating"].iloc[place] > 0 else 0.0)
    if "weight" in frame and (frame["weight"] == 0).any():
        raise Either
    return liked, weights, False


def asked_users(world, arguments, meant, histories, session):
    """The users that are asked about, in their order."""
    given = arguments.get("users")
    if session:
        if given is None:
            users = [0]
        else:
            users = clean_ids(containers.read(meant["users"]))
            if len(users) != 1:
                raise Meaningless("a session of several users")
        histories[users[0]] = histories.pop(None)
        return users
    if given is None:
        return list(world.users) if histories is None else list(histories)
    return clean_ids(containers.read(meant["users"]))


def ask_similar(draw, world):
    """`similar_items` with odd items, candidates and k."""
    told, items, meant = odd_ids(draw, world.items, world.cold_items, "item_id")
    arguments, sets = {}, {}
    for name in ("candidates", "exclude_items"):
        if draw.random() < 0.4:
            said, arguments[name], sets[name] = odd_ids(draw, world.items, world.cold_items, "item_id")
            told += f" {name}={said}"
    if draw.random() < 0.4:
        arguments["k"] = odd_k(draw)[0]
        told += f" k={arguments['k']!r:.40}"

    def check(answer):
        if items is None:
            raise Meaningless("no items")
        k, asked = clean_k(arguments.get("k", 10)), clean_ids(containers.read(meant))
        allowed = set(world.items)
        if arguments.get("candidates") is not None:
            allowed &= set(clean_ids(containers.read(sets["candidates"])))
        if arguments.get("exclude_items") is not None:
            allowed -= set(clean_ids(containers.read(sets["exclude_items"])))
        expect(answer.users.tolist() == asked, f"items {answer.users.tolist()}, not {asked}")
        ends = np.cumsum(answer.lengths)[:-1]
        for item, listed in zip(asked, np.split(answer.listed, ends) if asked else [], strict=True):
            fits = [one for one in world.items if one in allowed - {item}] if item in world.place else []
            row = world.weights[world.place[item]] if fits else []
            best = sorted((row[world.place[one]] for one in fits), reverse=True)[:k]
            own = [row[world.place[one]] for one in listed.tolist()]
            expect(set(listed.tolist()) <= set(fits) and np.allclose(own, best, atol=1e-4), f"{own}, and best {best}")

    return f"EASE similar_items {told}", lambda: world.models["EASE"].similar_items(items, **arguments), check


def ask_predict(draw, world):
    """`predict` with odd events."""
    model = draw.choice(["EASE", "Popularity"])
    told, X, meant = events.make(draw, world.users + world.cold_users, world.items + world.cold_items)

    def check(scores):
        frame = events.clean(meant, scored=True)
        expect(scores.shape == (len(frame),) and scores.dtype == np.float32, f"shape {scores.shape}")
        wanted = []
        for user, item in zip(frame["user_id"].tolist(), frame["item_id"].tolist(), strict=True):
            everything = world.score(model, world.liked.get(user, []))
            wanted.append(everything[world.place[item]] if item in world.place else 0.0)
        expect(np.allclose(scores, wanted, atol=1e-4), f"{scores.tolist()[:5]}, not {wanted[:5]}")

    return f"{model} predict {told}", lambda: world.models[model].predict(X), check


def ask_score(draw, world):
    """`score` with odd labels; the answer is that for the cleaned events."""
    told, X, meant = events.make(draw, world.users, world.items, spoiled=0.3)
    n = len(meant[0]["user_id"]) if meant else 5
    said, y, labels = odd_numbers(draw, n)

    def check(value):
        frame = events.clean_named(meant)
        if "rating" in frame and y is None:
            raise Either
        numbers = None if y is None else clean_vector(labels, len(frame))
        wanted = world.models["EASE"].score(frame, numbers)
        expect(abs(value - wanted) < 1e-9, f"{value}, not {wanted}")

    return f"EASE score {told} y={said}", lambda: world.models["EASE"].score(X, y), check


def odd_numbers(draw, n, low=0):
    """Labels or weights, right or odd; gives what they are, the object, and the values."""
    if draw.random() < 0.15:
        odd = draw.choice(sorted(ODD))
        return odd, ODD[odd], ("one", ODD[odd])
    values = [draw.choice([low, 1, 1.0, 2.5]) for _ in range(n if draw.random() < 0.9 else n + 1)]
    told = ""
    if values and draw.random() < 0.6:
        odd = draw.choice(sorted(ODD))
        values[draw.randrange(len(values))] = ODD[odd]
        told = f" {odd}"
    form, made, meant = containers.put(draw, values, senseless=0.1)
    if form == "columns":  # which scikit-learn takes for labels, with a warning
        return f"{form}{told}", made, ("one", made)
    return f"{form}{told}", made, ("many", meant)


def clean_vector(meant, n):
    """One number for each event, or one for all."""
    from cells import clean_number

    kind, values = meant
    if kind == "one":
        if isinstance(values, (list, tuple, range, np.ndarray, pd.Series, pd.Index, pd.DataFrame)):
            raise Either
        raise Meaningless("one value")
    if values is None and n == 1:
        raise Either  # a matrix of one cell
    values = containers.read(values)
    if len(values) != n:
        raise Meaningless("another length")
    return [clean_number(value) for value in values]


__all__ = ["ask_predict", "ask_recommend", "ask_score", "ask_similar", "Contradiction"]
