import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

from skrec import Interactions
from skrec.data import Features, FeatureTable, check_columns, encode_columns, missing_rows
from skrec.data import features as features_module
from skrec.encoders import CategoryEncoder, NumberEncoder, TagsEncoder, TransformerEncoder
from skrec.exceptions import InvalidDataError

FILMS = pd.DataFrame(
    {"item_id": ["alien", "brazil", "gilda"], "year": [1979, 1985, 1946], "genres": ["Horror", None, "Noir|Drama"]}
)


class Counting:
    """An encoder that counts the rows it is handed, and refuses cells that aren't strings."""

    def __init__(self):
        self.calls = []

    def transform(self, column):
        self.calls.append(len(column))
        for position, cell in enumerate(column):
            if not isinstance(cell, str):
                raise InvalidDataError(f"Row {position} of column {column.name!r} is {cell!r}.")
        return np.array([[len(cell)] for cell in column], dtype=np.int32).reshape(len(column), 1)


@pytest.fixture
def fields():
    return [
        ("year", NumberEncoder().fit(FILMS["year"]), "year"),
        ("kinds", TagsEncoder().fit(FILMS["genres"]), "genres"),
    ]


def test_rows_are_taken_by_id_in_the_order_asked_for(fields):
    table = FeatureTable(fields, FILMS, "item_id")
    found = table.take(["gilda", "alien", "gilda"])
    assert list(found) == ["year", "kinds"]
    for name, encoder, column in fields:
        np.testing.assert_array_equal(found[name], encoder.transform(FILMS[column].iloc[[2, 0, 2]]))
    assert table.positions(["gilda", "unheard"]).tolist() == [2, -1]


def test_an_id_without_a_row_gets_what_a_missing_cell_gives(fields):
    found = FeatureTable(fields, FILMS, "item_id").take(["unheard", "alien"], n_more=2)
    for name, encoder, _ in fields:
        nothing = encoder.transform(pd.Series([None], dtype=object))[0]
        assert len(found[name]) == 4
        np.testing.assert_array_equal(found[name][[0, 2, 3]], np.stack([nothing] * 3))
    assert not np.array_equal(found["year"][1], found["year"][0])


def test_an_encoder_that_refuses_missing_cells_gives_zeros_of_the_same_shape_and_dtype():
    scaler = TransformerEncoder(StandardScaler()).fit(FILMS["year"])
    table = FeatureTable([("year", scaler, "year"), ("n", Counting(), "item_id")], FILMS, "item_id")
    for ids in (["unheard", "alien"], ["unheard"], []):
        found = table.take(ids, n_more=1)
        assert found["year"].shape == (len(ids) + 1, 1)
        assert (found["year"].dtype, found["n"].dtype) == (np.float32, np.int32)
        assert not found["year"][-1].any()
        assert not found["n"][-1].any()


def test_a_refusing_encoder_without_any_cell_says_why():
    empty = pd.DataFrame({"item_id": [1], "title": pd.Series([None], dtype=object)})
    with pytest.raises(
        InvalidDataError, match=r"Counting refuses missing cells \(.*None.*\), and column 'title' has no others"
    ):
        missing_rows([("n", Counting(), "title")], 1, empty)


def test_each_row_is_handed_to_an_encoder_once_and_few_at_a_time(monkeypatch):
    monkeypatch.setattr(features_module, "_ROWS_AT_ONCE", 4)
    frame = pd.DataFrame({"item_id": range(10), "title": [str(10**n) for n in range(10)]})
    encoder = Counting()
    found = FeatureTable([("n", encoder, "title")], frame, "item_id").take(np.arange(10))
    assert encoder.calls == [4, 4, 2]
    np.testing.assert_array_equal(found["n"][:, 0], np.arange(1, 11))
    some = FeatureTable([("n", Counting(), "title")], frame, "item_id").take([3, 99, 98, 97, 96, 95, 7])
    np.testing.assert_array_equal(some["n"][:, 0], [4, 0, 0, 0, 0, 0, 8])


def test_no_rows_of_ids_that_exist_have_the_shape_of_some(fields):
    found = FeatureTable(fields, FILMS, "item_id").take([])
    full = FeatureTable(fields, FILMS, "item_id").take(["alien"])
    for name in found:
        assert found[name].shape == (0, *full[name].shape[1:])
        assert found[name].dtype == full[name].dtype


def test_an_error_counts_the_rows_as_the_table_does():
    frame = pd.DataFrame({"item_id": [1, 2, 3, 4], "title": ["a", "b", "c", 7]})
    table = FeatureTable([("n", Counting(), "title")], frame, "item_id")
    with pytest.raises(InvalidDataError, match="Row 3 of column 'title' is 7"):
        table.take([4])
    assert table.take([2, 1])["n"].tolist() == [[1], [1]]


def test_a_table_without_rows_knows_no_id(fields):
    table = FeatureTable(fields, FILMS.head(0), "item_id")
    assert table.positions(["alien"]).tolist() == [-1]
    np.testing.assert_array_equal(table.take(["alien"])["kinds"], [[0, 0]])


def test_columns_that_are_missing_are_named(fields):
    with pytest.raises(
        InvalidDataError,
        match=r"The table keyed by 'item_id' lacks the columns \['year', 'genres'\], which encoders read; its columns are "
        r"\['item_id'\]. Add them, with None where nothing is known.",
    ):
        FeatureTable(fields, FILMS[["item_id"]], "item_id")
    with pytest.raises(InvalidDataError, match=r"X lacks the columns \['genres'\]"):
        check_columns(fields, FILMS[["year"]], "X")
    check_columns(fields, FILMS, "X")


def test_columns_of_a_frame_are_encoded_row_by_row(fields):
    found = encode_columns(fields, FILMS, "X")
    for name, encoder, column in fields:
        np.testing.assert_array_equal(found[name], encoder.transform(FILMS[column]))
    with pytest.raises(InvalidDataError, match="context lacks the columns"):
        encode_columns(fields, FILMS[["year"]], "context")


def test_missing_rows_are_what_encoders_give_for_missing_cells(fields):
    found = missing_rows(fields, 3, FILMS)
    for name, encoder, _ in fields:
        nothing = encoder.transform(pd.Series([None], dtype=object))[0]
        np.testing.assert_array_equal(found[name], np.stack([nothing] * 3))
    scaler = TransformerEncoder(StandardScaler()).fit(FILMS["year"])
    np.testing.assert_array_equal(missing_rows([("year", scaler, "year")], 2, FILMS)["year"], np.zeros((2, 1)))
    assert missing_rows([], 2, FILMS) == {}


def test_categorical_and_other_dtypes_keep_a_place_for_missing_cells():
    frame = pd.DataFrame({"item_id": [1, 2], "studio": pd.Categorical(["A", "B"])})
    encoder = CategoryEncoder().fit(frame["studio"])
    found = FeatureTable([("studio", encoder, "studio")], frame, "item_id").take([2, 9])
    np.testing.assert_array_equal(found["studio"], encoder.transform(pd.Series(["B", None], dtype=object)))


def test_features_ride_along_with_the_events_and_leave_them_as_they_are(fields):
    X = Interactions([("ann", "alien"), ("bob", "gilda"), ("bob", "alien")], items=FILMS)
    features = Features(items=FeatureTable(fields, FILMS, "item_id"))
    rich = X.with_features(features)
    assert X.features is None
    assert rich.features is features
    assert rich[[1, 2]].features is features
    assert rich.replace(rating=[1.0, 2.0, 3.0]).features is features
    assert Interactions(rich).features is None  # checked anew, with tables that may be others
    assert rich.with_features(None).features is None
    assert (features.users, features.context) == (None, ())
    again = pickle.loads(pickle.dumps(rich))
    np.testing.assert_array_equal(again.features.items.take(["gilda"])["year"], features.items.take(["gilda"])["year"])
