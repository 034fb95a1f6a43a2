"""Parameters of models, splitters, transformers and encoders, and what the latter three make of odd events and columns."""

import itertools

import containers
import events
import numpy as np
import pandas as pd
from cells import ODD, Meaningless, clean_number, is_number
from events import Either
from learning import odd_table, same_column
from world import expect

from skrec.data import Interactions
from skrec.encoders import (
    AudioEncoder,
    CategoryEncoder,
    DatetimeEncoder,
    ImageEncoder,
    NumberEncoder,
    TagsEncoder,
    TextEncoder,
    TransformerEncoder,
    VectorEncoder,
    choose_encoder,
)
from skrec.model_selection import ColdItemSplit, ColdUserSplit, LeaveLastOut, TemporalSplit, UserKFold
from skrec.models import EASE, ItemKNN, Popularity
from skrec.preprocessing import Binarize, Deduplicate, FeatureEncoder, KCore, RecencyWeight


def whole(low, none=False):
    """A whole number of at least so many, no truth value."""
    return lambda value: (
        (none and value is None)
        or (isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool_)) and value >= low)
    )


def real(low, high=np.inf, closed=False):
    """A finite number above so much."""

    def allows(value):
        if not is_number(value) or isinstance(value, (bool, np.bool_)):
            return False
        return low < value < high or (closed and value == low)

    return allows


def among(*values):
    return lambda value: isinstance(value, (str, type(None))) and value in values


def seed(value):
    if isinstance(value, (np.random.RandomState, np.random.Generator)) or value is None:
        return True
    return isinstance(value, (bool, np.bool_)) or (whole(0)(value) and value < 2**32)


def flag(value):
    return isinstance(value, (bool, np.bool_))


def size(value):
    return value is None or whole(1)(value) or (real(0, 1)(value) and not isinstance(value, (int, np.integer)))


def anything(value):
    raise Either


PARAMETERS = {
    EASE: {"regularization": real(0), "dtype": among("float32", "float64"), "random_state": seed},
    ItemKNN: {"n_neighbors": whole(1), "shrinkage": real(0, closed=True), "random_state": seed},
    Popularity: {"random_state": seed},
    LeaveLastOut: {"n": whole(1)},
    UserKFold: {"n_splits": whole(2), "shuffle": flag, "random_state": seed},
    ColdUserSplit: {"n_splits": whole(1), "test_size": size, "random_state": seed},
    ColdItemSplit: {"n_splits": whole(1), "test_size": size, "random_state": seed},
    TemporalSplit: {"n_splits": whole(1), "test_size": size},
    KCore: {"users": whole(0, none=True), "items": whole(0, none=True)},
    Deduplicate: {"keep": among("first", "last")},
    Binarize: {"threshold": real(-np.inf)},
    RecencyWeight: {"half_life": anything, "unit": among("s", "ms", "us", "ns", None)},
    CategoryEncoder: {"min_count": whole(1), "max_categories": whole(1, none=True)},
    DatetimeEncoder: {"format": anything},
    NumberEncoder: {"scaling": anything},
    TagsEncoder: {
        "separator": anything,
        "min_count": whole(1),
        "max_categories": whole(1, none=True),
        "max_tags": whole(1),
    },
    TextEncoder: {
        "network": among("cnn", "rnn", "lstm", "gru", "bag"),
        "max_tokens": whole(1),
        "min_count": whole(1),
        "max_length": whole(1),
        "token_dim": whole(1),
        "units": whole(1),
        "widths": anything,
        "idf": flag,
        "dropout": real(0, 1, closed=True),
    },
    VectorEncoder: {"width": whole(1, none=True), "standardize": flag, "hidden": whole(0)},
    ImageEncoder: {
        "size": anything,
        "filters": anything,
        "kernel_size": whole(1),
        "stride": whole(1),
        "padding": whole(0),
        "folder": anything,
        "on_error": anything,
        "dropout": real(0, 1, closed=True),
    },
    AudioEncoder: {
        "network": among("cnn", "lstm", "gru", "rnn"),
        "sample_rate": whole(1),
        "duration": real(0),
        "n_bands": whole(1),
        "hop": real(0),
        "units": whole(1),
        "folder": anything,
        "on_error": anything,
    },
    TransformerEncoder: {"transformer": anything, "takes": anything, "hidden": whole(0)},
}
"""What each parameter may be, told without skrec."""


def odd_parameters(draw, kind, share):
    """One or two parameters, some odd."""
    told, given = kind.__name__, {}
    for name in draw.sample(sorted(PARAMETERS[kind]), min(len(PARAMETERS[kind]), draw.choice([1, 1, 2]))):
        if draw.random() < share:
            odd = draw.choice(sorted(ODD))
            given[name] = ODD[odd]
            told += f" {name}={odd}"
    return told, given


def check_parameters(kind, given):
    """Raise where a parameter isn't what it may be."""
    unsure = False
    for name, value in given.items():
        try:
            if not PARAMETERS[kind][name](value):
                raise Meaningless(f"{name}={value!r:.60}")
        except Either:
            unsure = True
        except (TypeError, ValueError):
            raise Meaningless(f"{name}={value!r:.60}") from None
    if unsure:
        raise Either


def ask_parameters(draw, world):
    """Models without a network, by their parameters."""
    kind = draw.choice([EASE, ItemKNN, Popularity])
    told, given = odd_parameters(draw, kind, 1.0)

    def check(model):
        check_parameters(kind, given)
        answer = model.recommend(k=3)
        expect(np.isfinite(answer.to_frame()["score"]).all() and len(answer) == len(world.users), "lists")

    return told, lambda: kind(**given).fit(world.events), check


def timed(draw, world, senseless=0.1, spoiled=0.3):
    """Events, mostly with times and ratings."""
    told, made, meant = events.make(draw, world.users, world.items, n=24, senseless=senseless, spoiled=spoiled)
    return told, made, meant


def ask_split(draw, world):
    """Splitters, by their parameters and by odd events."""
    kind = draw.choice([LeaveLastOut, UserKFold, ColdUserSplit, ColdItemSplit, TemporalSplit])
    told, given = odd_parameters(draw, kind, 0.5)
    given.setdefault("random_state", 0) if kind in {ColdUserSplit, ColdItemSplit} else None
    if draw.random() < 0.5:
        said, X, meant = "right", world.events, ({name: world.events[name].tolist() for name in world.events}, False)
    else:
        said, X, meant = timed(draw, world)

    def check(splits):
        check_parameters(kind, given)
        frame = events.clean_named(meant)
        if given.get("shuffle") is not None and not isinstance(given.get("random_state"), int):
            return
        drawn = hasattr(given.get("random_state"), "shuffle")  # from, so that the next splits are others
        wanted = splits if drawn else first_splits(kind(**given), frame)
        for (train, test), (clean_train, clean_test) in zip(splits, wanted, strict=True):
            expect(len(np.intersect1d(train, test)) == 0 and len(train) and len(test), "train and test overlap")
            expect(train.max() < len(frame) and (np.diff(train) > 0).all() and (np.diff(test) > 0).all(), "positions")
            expect(np.array_equal(train, clean_train) and np.array_equal(test, clean_test), f"{test}, not {clean_test}")

    return f"{told} {said}", lambda: first_splits(kind(**given), X), check


def ask_transform(draw, world):
    """Transformers of events, by their parameters and by odd events."""
    kind = draw.choice([KCore, Deduplicate, Binarize, RecencyWeight])
    told, given = odd_parameters(draw, kind, 0.4)
    if kind is KCore:
        given = {"users": 1, "items": 1, **given}
    if kind is RecencyWeight:
        given.setdefault("half_life", draw.choice(["30D", 10.0]))
    said, X, meant = timed(draw, world)
    later, then, meant_then = timed(draw, world) if draw.random() < 0.4 else (None, None, None)

    def call():
        model = kind(**given)
        learned = model.fit_transform(X)
        return learned if later is None else model.transform(then)

    def check(changed):
        frame = events.clean_named(meant)
        check_parameters(kind, given)
        model = kind(**given)
        wanted = model.fit_transform(frame)
        if later is not None:
            wanted = model.transform(events.clean_named(meant_then))
        for name in [name for name in wanted.events.columns if name in changed.events]:
            same_column(changed.events[name], wanted.events[name], name)

    return f"{told} {said}{'' if later is None else ' then ' + later}", call, check


def first_splits(splitter, X):
    """The first splits: a huge number of them is a right number, and they are made one by one."""
    return list(itertools.islice(splitter.split(X), 30))


CELLS = {
    CategoryEncoder: ["a", "b", "a", "c"],
    DatetimeEncoder: ["2024-01-01", "2024-02-03", "2023-05-06", "2024-01-01"],
    NumberEncoder: [1, 2.5, 3, 0],
    TagsEncoder: ["a|b", "b", "", "c|a"],
    TextEncoder: ["a long way", "the long way", "home", "way home"],
    VectorEncoder: [[1.0, 2.0], [3.0, 4.0], [0.5, 1.0], [2.0, 1.0]],
    ImageEncoder: [np.full((4, 4, 3), shade, dtype=np.uint8) for shade in range(4)],
    AudioEncoder: [np.full(800, level, dtype=np.float32) for level in (0.1, 0.2, -0.3, 0.0)],
    TransformerEncoder: [1.0, 2.0, 3.0, 4.0],
}


def odd_column(draw, values):
    """A column of cells, one perhaps odd, in some container."""
    told, values = "", list(values)
    if draw.random() < 0.1:
        odd = draw.choice(sorted(ODD))
        return odd, ODD[odd]
    if draw.random() < 0.6:
        odd = draw.choice(sorted(ODD))
        told, values[draw.randrange(len(values))] = odd, ODD[odd]
    form, made, _ = containers.put(draw, values, senseless=0.1)
    return f"{form} {told}", made


def ask_encoder(draw, world):
    """Encoders: a number for each cell, or a refusal."""
    kind = draw.choice(list(CELLS))
    told, given = odd_parameters(draw, kind, 0.3)
    if kind is TransformerEncoder:
        from sklearn.preprocessing import StandardScaler

        given.setdefault("transformer", StandardScaler())
    said, column = odd_column(draw, CELLS[kind] if draw.random() < 0.85 else draw.choice(list(CELLS.values())))
    later, then = odd_column(draw, CELLS[kind])
    if draw.random() < 0.3:
        told, said = f"{told} choose", said

        def call():
            encoder = choose_encoder(column)
            return encoder.fit(column).transform(column)
    else:

        def call():
            encoder = kind(**given).fit(column)
            return encoder.transform(then) if draw.random() < 0.5 else encoder.transform(column)

    def check(encoded):
        if "choose" not in told:
            check_parameters(kind, given)
        expect(isinstance(encoded, np.ndarray) and encoded.dtype.kind in "iuf", f"{type(encoded)}")
        expect(encoded.dtype.kind != "f" or np.isfinite(encoded).all(), f"isn't finite: {encoded}")
        expect(len(encoded) in {len(CELLS[kind]), 3, 2, 1, 0, 4, 16}, f"{encoded.shape}")

    return f"{told} {said} then {later}", call, check


def ask_features(draw, world):
    """`FeatureEncoder`: its entries, and tables that it reads."""
    sides = {}
    for side in draw.sample(["users", "items", "context"], draw.choice([1, 2])):
        entry = ("age", draw.choice(["number", "category", "auto", NumberEncoder()]), "age")
        if draw.random() < 0.5:
            place = draw.randrange(3)
            entry = tuple(ODD[draw.choice(sorted(ODD))] if place == one else part for one, part in enumerate(entry))
        wanted = draw.choice([[entry], [entry, ("name", "category", "name")], "auto", ["age", "name"], [entry, entry]])
        sides[side] = wanted if draw.random() < 0.8 else ODD[draw.choice(sorted(ODD))]
    tables, told = {}, ""
    for side, ids in (("users", world.users), ("items", world.items)):
        key = f"{side[:-1]}_id"
        if draw.random() < 0.4:
            said, tables[side] = odd_table(draw, ids, key)
            told += f" {side}={said}"
        else:
            tables[side] = pd.DataFrame({key: ids, "age": range(len(ids)), "name": "x"})

    def call():
        X = Interactions(world.events, **tables)
        return FeatureEncoder(**sides).fit_transform(X)

    def check(X):
        found = X.features
        for table in (found.users, found.items):
            if table is not None:
                for name, array in table.take(np.array(world.users[:2], dtype=object)).items():
                    expect(np.isfinite(np.asarray(array, dtype=float)).all(), f"{name} {array}")

    return f"FeatureEncoder {sides!r:.150}{told}", call, check


__all__ = ["ask_encoder", "ask_features", "ask_parameters", "ask_split", "ask_transform", "clean_number"]
