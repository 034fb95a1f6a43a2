"""Names that a user gave the columns: what is proposed where they are missing, and what of them is remembered."""

import copy
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skrec import Interactions
from skrec.data import Names
from skrec.data._names import without_meaning
from skrec.exceptions import InvalidDataError

PROPOSALS = [
    (["order_id", "customer_id", "product_id", "qty"], 'user="customer_id", item="product_id")'),
    (["userId", "movieId", "stars", "ts"], 'user="userId", item="movieId", rating="stars", timestamp="ts")'),
    (["User ID", "ISBN", "Book-Rating"], 'user="User ID", item="ISBN", rating="Book-Rating")'),
    (["visitorid", "itemid", "event"], 'user="...", item="itemid")'),
    (["user_id", "film"], 'user="user_id", item="film")'),
    (["foo", "bar"], 'user="foo", item="bar")'),
    (["foo", "bar", "baz"], 'user="...", item="...")'),
    (["user_name", "user_id2", "customer_id", "sku", "price"], 'item="sku")'),
]


@pytest.mark.parametrize(("columns", "proposal"), PROPOSALS, ids=lambda value: str(value)[:30])
@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_frame_with_foreign_names_is_refused_with_what_to_write(library, columns, proposal):
    with pytest.raises(InvalidDataError) as caught:
        Interactions(library({name: [1, 2] for name in columns}))
    assert "Name the columns: Interactions(events, " in str(caught.value)
    assert proposal in str(caught.value)
    assert str(columns[0]) in str(caught.value)


@pytest.mark.parametrize(
    "names",
    [[0, 1], [np.int64(3), 4], ["col_0", "col_1"], ["col_1", "col_0"], ["0", "1"], ["x0", "x1", "x2"], ["f0", "f1"]],
)
def test_numbers_and_numbered_stems_carry_no_meaning(names):
    assert without_meaning(names)


@pytest.mark.parametrize(
    "names", [["a", "b"], ["x0", "y1"], ["col_0", "rating_1"], ["week", "week2"], [0, "x1"], [1.5, 2.5], [None, None]]
)
def test_other_names_carry_one(names):
    assert not without_meaning(names)


FRAME = pd.DataFrame({"customer": [1, 2], "sku": ["a", "b"], "stars": [3, 4], "when": [5, 6]})
NAMED = {"user": "customer", "item": "sku", "rating": "stars", "timestamp": "when"}


@pytest.mark.parametrize(
    ("make", "library"),
    [(pd.DataFrame, "pandas"), (pl.from_pandas, "polars"), (pa.Table.from_pandas, "pyarrow")],
    ids=["pandas", "polars", "pyarrow"],
)
def test_names_and_library_are_remembered(make, library):
    assert Interactions(make(FRAME), **NAMED).names == Names(**NAMED, library=library)


@pytest.mark.parametrize(
    "change",
    [
        lambda X: X[[1, 0]],
        lambda X: X[:1],
        lambda X: X.replace(rating=[1, 1]),
        lambda X: X.with_features(None),
        lambda X: pickle.loads(pickle.dumps(X)),
        copy.deepcopy,
        lambda X: Interactions(X, items=pd.DataFrame({"sku": ["a"]})),
        lambda X: Interactions(X, items=pd.DataFrame({"item_id": ["a"]})),
    ],
    ids=[
        "selection",
        "slice",
        "replace",
        "features",
        "pickle",
        "deepcopy",
        "table by the given name",
        "table by the usual name",
    ],
)
def test_names_are_kept_through(change):
    X = Interactions(pl.from_pandas(FRAME), **NAMED)
    assert change(X).names == X.names


def test_pickles_of_earlier_versions_have_the_usual_names():
    X = Interactions(FRAME, **NAMED)
    old = object.__new__(Interactions)
    old.__setstate__(X.__getstate__()[:4])
    assert old.names == Names()
    assert old.events.equals(X.events)


@pytest.mark.parametrize(
    "events", [[(1, 2)], np.array([[1, 2]]), pd.DataFrame([[1, 2]]), pd.DataFrame({"user_id": [1], "item_id": [2]})]
)
def test_where_none_were_given_they_are_the_usual_ones(events):
    assert Interactions(events).names == Names()


def test_names_that_are_the_usual_ones_of_other_roles_are_not_remembered():
    swapped = pd.DataFrame({"user_id": ["x"], "item_id": [1]})
    assert Interactions(swapped, user="item_id", item="user_id").names == Names()


def test_messages_speak_of_columns_as_the_user_does():
    for column, value, message in [
        ("customer", None, r"Column 'customer' contains NaN or null ids in rows \[0, 1\]. Drop these events"),
        ("stars", np.nan, r"Column 'stars' contains NaN or infinity in rows \[0, 1\]"),
        ("when", pd.NaT, r"Column 'when' contains NaT in rows \[0, 1\]"),
        ("sku", 1.5, r"Column 'sku' holds fractional numbers"),
    ]:
        with pytest.raises(InvalidDataError, match=message):
            Interactions(FRAME.assign(**{column: value}), **NAMED)
    users = pd.DataFrame({"customer": [1, 1], "age": [3, 4]})
    with pytest.raises(InvalidDataError, match=r"more than one row for customer 1 .*drop_duplicates\('customer'\)"):
        Interactions(FRAME, users, **NAMED)
    with pytest.raises(InvalidDataError, match="Column 'customer' is of kind int in events and of kind str in users"):
        Interactions(FRAME, users.assign(customer=["1", "2"]), **NAMED)
    with pytest.raises(InvalidDataError, match=r"'customer' contains NaN or null ids in rows \[1\]. Drop these users"):
        Interactions(FRAME, users.assign(customer=[1, None]), **NAMED)
    with pytest.raises(
        InvalidDataError, match=r"users has no column 'customer'; .*Interactions\(events, users=..., user="
    ):
        Interactions(FRAME, users[["age"]], **NAMED)
