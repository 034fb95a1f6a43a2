"""What estimators learn from: Interactions in every form, matrices, labels and weights; the cleaned form must give the same."""

import containers
import events
import numpy as np
import pandas as pd
from cells import ODD, Meaningless, clean_ids, clean_number
from events import Either
from queries import clean_vector, odd_numbers
from scipy import sparse
from world import L2, expect

from skrec.data import Interactions
from skrec.exceptions import SkrecError
from skrec.models import EASE, ItemKNN, Popularity


def same_column(found, wanted, name):
    """Compare a column with what it means."""
    if name == "timestamp" and found.dtype.kind == "M":
        expect([pd.Timestamp(value) for value in found] == [pd.Timestamp(value) for value in wanted], f"times {found}")
    elif name in {"user_id", "item_id"}:
        expect(found.to_list() == wanted.to_list(), f"{name} {found.to_list()[:5]}, not {wanted.to_list()[:5]}")
    else:
        numbers = found.to_numpy(dtype=float)
        expect(np.allclose(numbers, wanted.to_numpy(dtype=float), rtol=1e-6), f"{name} {numbers}, not {wanted}")


def ask_interactions(draw, world):
    """The constructor: events, tables, and the names of columns."""
    users, items = world.users + world.cold_users, world.items + world.cold_items
    told, made, meant = events.make(draw, users, items)
    arguments = {}
    for side in ("users", "items"):
        if draw.random() < 0.25:
            said, arguments[side] = odd_table(draw, users if side == "users" else items, f"{side[:-1]}_id")
            told += f" {side}={said}"
    for name in ("user", "item", "rating", "timestamp"):
        if draw.random() < 0.07:
            odd = draw.choice(sorted(ODD))
            arguments[name] = ODD[odd]
            told += f" {name}={odd}"

    def check(X):
        if {"user", "item", "rating", "timestamp"} & set(arguments):
            raise Either
        wanted = events.clean(meant)
        for name in wanted.columns:
            same_column(X.events[name], wanted[name], name)
        for side in ("users", "items"):
            if arguments.get(side) is not None:
                clean_table(arguments[side], f"{side[:-1]}_id")
        repr(X), X._repr_html_(), len(X), X.shape

    return f"Interactions {told}", lambda: Interactions(made, **arguments), check


def odd_table(draw, ids, key):
    """A table of users or items."""
    if draw.random() < 0.2:
        odd = draw.choice(sorted(ODD))
        return odd, ODD[odd]
    few = draw.sample(ids, min(len(ids), 4))
    columns = {key: few, "age": [1, 2, 3, 4], "name": ["a", "b", None, "c"]}
    told, columns = events.spoil(draw, columns) if draw.random() < 0.6 else ("", columns)
    name = draw.choice(sorted(set(events.NAMED) - {"Interactions", "extra column", "extra objects", "bool"}))
    try:
        return f"{name} {told}", events.NAMED[name](draw, columns)
    except BaseException:  # polars panics
        return f"objects {told}", events.NAMED["objects"](draw, columns)


def clean_table(table, key):
    """Raise where a table's ids mean nothing, or one is there twice."""
    if isinstance(table, Interactions):
        raise Meaningless("no table")
    if not hasattr(table, "columns"):
        raise Meaningless("no frame")
    column = table[key]
    ids = clean_ids(column.to_pylist() if hasattr(column, "to_pylist") else column.to_list(), fractions=False)
    if len(set(ids)) < len(ids):
        raise Meaningless("twice the same id")


def ask_matrix(draw, world):
    """`Interactions.from_matrix`."""
    shape = (draw.choice([1, 3]), draw.choice([2, 4]))
    dense = np.array([[draw.choice([0, 0, 1, 1, 2.5, -1]) for _ in range(shape[1])] for _ in range(shape[0])])
    if draw.random() < 0.4:
        dense = np.abs(dense)
    forms = {
        "dense": lambda: dense,
        "int": lambda: dense.astype(int),
        "bool": lambda: dense.astype(bool),
        "list": dense.tolist,
        "csr": lambda: sparse.csr_matrix(dense),
        "coo": lambda: sparse.coo_array(dense),
        "lil": lambda: sparse.lil_matrix(dense),
        "dok": lambda: sparse.dok_matrix(dense),
        "bsr": lambda: sparse.bsr_matrix(dense),
        "dia": lambda: sparse.dia_matrix(dense),
        "frame": lambda: pd.DataFrame(dense),
        "float16": lambda: dense.astype(np.float16),
        "longdouble": lambda: dense.astype(np.longdouble),
        "complex": lambda: dense.astype(complex),
        "objects": lambda: dense.astype(object),
        "texts": lambda: dense.astype(str),
        "dates": lambda: dense.astype(int).astype("M8[D]"),
        "masked": lambda: np.ma.masked_equal(dense, 1),
        "matrix": lambda: np.matrix(dense),
        "1-d": lambda: dense[0],
        "3-d": lambda: dense[None],
        "NaN": lambda: np.where(dense == 1, np.nan, dense),
        "inf": lambda: np.where(dense == 1, np.inf, dense),
        "large": lambda: np.where(dense == 1, 1e39, dense),
        "odd": lambda: ODD[draw.choice(sorted(ODD))],
        "sparse 1-d": lambda: sparse.coo_array(dense[0]),
        "nothing": lambda: np.zeros((0, 3)),
    }
    form = draw.choice(sorted(forms))
    matrix, told, arguments, ids = forms[form](), form, {}, {}
    for place, name in enumerate(("user_ids", "item_ids")):
        if draw.random() < 0.3:
            values = draw.sample(world.items, shape[place])
            if draw.random() < 0.4:
                values[0] = ODD[draw.choice(sorted(ODD))]
            said, arguments[name], ids[name] = containers.put(draw, values)
            told += f" {name}={said}"
    if draw.random() < 0.2:
        arguments["values"] = draw.choice(["weight", "rating", *ODD.values()])

    def check(X):
        if form in {"odd", "objects", "texts", "frame"}:
            raise Either
        if form in {"complex", "dates", "1-d", "3-d", "inf", "large", "sparse 1-d", "nothing"} and not (
            form in {"inf", "large"} and not (dense == 1).any()
        ):
            raise Meaningless(form)
        cells = np.asarray(matrix.toarray() if sparse.issparse(matrix) else np.ma.filled(np.ma.asarray(matrix), 0))
        cells = np.nan_to_num(np.asarray(cells, dtype=float))
        rows, columns = np.nonzero(cells)
        for name, places, column in (("user_ids", rows, "user_id"), ("item_ids", columns, "item_id")):
            known = (
                clean_ids(containers.read(ids[name]))
                if name in ids
                else list(range(cells.shape[0 if name == "user_ids" else 1]))
            )
            expect(
                X.events[column].to_list() == [known[place] for place in places], f"{name} {X.events[column].to_list()}"
            )

    return f"from_matrix {told}", lambda: Interactions.from_matrix(matrix, **arguments), check


def ask_replace(draw, world):
    """`Interactions.replace`."""
    X = Interactions(world.events)
    name = draw.choice(["user_id", "item_id", "rating", "timestamp", "weight", "mood"])
    values = [draw.choice([1, 2, 0]) for _ in range(len(X))]
    told = ""
    if draw.random() < 0.6:
        odd = draw.choice(sorted(ODD))
        told, values[draw.randrange(len(values))] = odd, ODD[odd]
    if draw.random() < 0.2:
        told = draw.choice(sorted(ODD))
        form, made, meant = "one", ODD[told], None
    else:
        form, made, meant = containers.put(draw, values)

    def check(changed):
        if name == "mood" or form == "one":
            raise Either
        wanted = {"user_id": world.events["user_id"].tolist(), "item_id": world.events["item_id"].tolist()}
        wanted["timestamp"] = world.events["timestamp"].tolist()
        if form in {"set", "keys"}:
            raise Either
        wanted[name] = containers.read(meant)
        same_column(changed.events[name], events.clean((wanted, False))[name], name)

    return f"replace {name}={form} {told}", lambda: X.replace(**{name: made}), check


def ask_index(draw, world):
    """``X[key]``."""
    X = Interactions(world.events)
    n = len(X)
    values = [draw.randrange(-n, n) for _ in range(draw.choice([0, 1, 4]))]
    if draw.random() < 0.3:
        values = [draw.random() < 0.5 for _ in range(draw.choice([n, n, 3]))]
    told = ""
    if values and draw.random() < 0.5:
        told = draw.choice(sorted(ODD))
        values[draw.randrange(len(values))] = ODD[told]
    if draw.random() < 0.3:
        told = draw.choice(sorted(ODD))
        form, key = "one", ODD[told]
    else:
        form, key, _ = containers.put(draw, values)
    if draw.random() < 0.2:
        key, form = (key, draw.choice([Ellipsis, 0, slice(None)])), f"{form} and more"

    def check(taken):
        positions = key[0] if isinstance(key, tuple) else key
        try:
            wanted = np.arange(n)[list(positions) if isinstance(positions, tuple) else positions]
        except Exception:
            raise Either from None
        expect(
            taken.events["timestamp"].to_list() == world.events["timestamp"].to_numpy()[np.ravel(wanted)].tolist(),
            f"{wanted}",
        )

    return f"X[{form} {told}]", lambda: X[key], check


def ask_fit(draw, world):
    """`fit` and `partial_fit`; what was learned is compared with what is learned of the cleaned events."""
    kind = draw.choice([lambda: EASE(L2), Popularity, ItemKNN])
    known = draw.random() < 0.3
    told, X, meant = events.make(draw, world.users + world.cold_users, world.items + world.cold_items, spoiled=0.4)
    n = len(meant[0].get("user_id", ())) if meant else 5
    arguments, numbers = {}, {}
    for name in ("y", "sample_weight"):
        if draw.random() < 0.35:
            said, arguments[name], numbers[name] = odd_numbers(draw, n, low=draw.choice([0, 1]))
            told += f" {name}={said}"
    before = kind().fit(world.events) if known else None

    def call():
        return before.partial_fit(X, **arguments) if known else kind().fit(X, **arguments)

    def check(model):
        frame = events.clean_named(meant)
        if arguments.get("y") is not None:
            frame["rating"] = clean_vector(numbers["y"], len(frame))
        weights = frame["weight"].to_numpy() if "weight" in frame else np.ones(len(frame))
        if arguments.get("sample_weight") is not None:
            weights = weights * clean_weights(numbers["sample_weight"], len(frame))
        if (
            (weights < 0).any()
            or not (weights.astype(np.float32) > 0).any()
            or not np.isfinite(weights.astype(np.float32)).all()
        ):
            raise Meaningless("weights")
        frame["weight"] = weights
        columns = [name for name in frame.columns if name != "timestamp"]
        before = kind().fit(world.events[["user_id", "item_id"]]) if known else kind()
        try:
            wanted = before.partial_fit(frame[columns]) if known else before.fit(frame[columns])
        except SkrecError as error:
            raise Meaningless(f"the cleaned events are refused: {error}") from None
        expect(model.users_.tolist() == wanted.users_.tolist(), f"users {model.users_}, not {wanted.users_}")
        expect(model.items_.tolist() == wanted.items_.tolist(), f"items {model.items_}, not {wanted.items_}")
        one, other = model.recommend(k=5), wanted.recommend(k=5)
        expect(
            np.allclose(one.to_frame()["score"], other.to_frame()["score"], rtol=1e-4),
            f"{one.scores[:2]}, not {other.scores[:2]}",
        )

    return f"fit {'on' if known else ''} {told}", call, check


def clean_weights(meant, n):
    """A number for each event, or one for all."""
    kind, values = meant
    if kind == "one" and not hasattr(values, "__len__"):
        return np.full(n, clean_number(values, texts=False))
    return np.array(clean_vector(meant, n))
