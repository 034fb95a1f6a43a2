"""What all built-in encoders do alike."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

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
)
from skrec.encoders._base import table_rows
from skrec.exceptions import InvalidDataError, InvalidParameterError, NotFittedError
from skrec.plugin import Encoder, lookup, names

RNG = np.random.default_rng(0)
TEXTS = ["the ship sails", "The old ship", "", "a \U0001f680 ship", "the sea, the sea", None]


class Lengths:
    """A transformer of one's own, which isn't scikit-learn's."""

    def __repr__(self):
        return "Lengths()"  # part of the names of tests, which must be the same in every process

    def get_params(self, deep=True):
        return {}

    def set_params(self):
        return self

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.array([len(cell) for cell in X])


CASES = {
    "category": (CategoryEncoder(), ["red", "blue", None, "red", "green", "red"]),
    "number": (NumberEncoder(), [1.0, 2.0, None, 4.0, 8.0, -1.0]),
    "number-log": (NumberEncoder("log"), [1.0, 2.0, None, 4.0, 8.0, -1.0]),
    "number-quantile": (NumberEncoder("quantile"), [1.0, 2.0, None, 4.0, 8.0, -1.0]),
    "tags": (TagsEncoder(), ["a|b", "b", None, "", "c|a|b", "d"]),
    "datetime": (DatetimeEncoder(), ["1995-01-01", "2000-06-30 12:00", None, "2010-02-03", "1999-09-09", "2001-01-01"]),
    "text-cnn": (TextEncoder("cnn", max_length=5, token_dim=4, units=3), TEXTS),
    "text-rnn": (TextEncoder("rnn", max_length=5, token_dim=4, units=3), TEXTS),
    "text-lstm": (TextEncoder("lstm", max_length=5, token_dim=4, units=3), TEXTS),
    "text-gru": (TextEncoder("gru", max_length=5, token_dim=4, units=3), TEXTS),
    "text-bag": (TextEncoder("bag", max_length=5), TEXTS),
    "vector": (VectorEncoder(), [[1.0, 2.0], [0.0, 1.0], None, [3.0, 3.0], [5.0, 1.0], [2.0, 2.0]]),
    "image": (
        ImageEncoder((12, 8), filters=(3, 4)),
        [RNG.integers(256, size=(18, 12, 3)).astype(np.uint8) if n != 2 else None for n in range(6)],
    ),
    "audio-cnn": (
        AudioEncoder(duration=0.2, n_bands=12, units=4),
        [RNG.uniform(-1, 1, size=900 + 200 * n).astype(np.float32) if n != 2 else None for n in range(6)],
    ),
    "audio-lstm": (
        AudioEncoder("lstm", duration=0.2, n_bands=12, units=4),
        [RNG.uniform(-1, 1, size=900 + 200 * n).astype(np.float32) if n != 2 else None for n in range(6)],
    ),
    "transformer": (TransformerEncoder(Lengths(), takes="cells"), ["a", "bc", "", "def", "g", "hi"]),
}
NAMES = list(CASES)


@pytest.fixture
def case(request, objects):
    encoder, cells = CASES[request.param]
    return clone(encoder), objects(cells)


every = pytest.mark.parametrize("case", NAMES, indirect=True)


def test_all_eight_are_known_by_name_and_can_be_made_without_arguments():
    assert names("encoders") == ["audio", "category", "datetime", "image", "number", "tags", "text", "vector"]
    assert all(issubclass(lookup("encoders", name), Encoder) for name in names("encoders"))
    assert all(lookup("encoders", name)().get_params() for name in names("encoders"))


@every
def test_rows_are_arrays_of_numbers_of_one_shape(case):
    encoder, column = case
    rows = encoder.fit_transform(column)
    assert rows.dtype.name in {"int32", "float32", "uint8"}
    assert len(rows) == len(column)
    assert np.isfinite(rows).all()
    assert encoder.transform(column.iloc[:0]).shape == (0, *rows.shape[1:])


@every
def test_a_row_depends_on_its_own_cell_alone(case):
    encoder, column = case
    rows = encoder.fit_transform(column)
    for position in range(len(column)):
        np.testing.assert_array_equal(encoder.transform(column.iloc[[position]]), rows[[position]])
    np.testing.assert_array_equal(encoder.transform(column.iloc[::-1]), rows[::-1])


@every
def test_a_clone_isnt_fitted_and_learns_the_same(case):
    encoder, column = case
    rows = encoder.fit_transform(column)
    again = clone(encoder)
    with pytest.raises(NotFittedError, match=f"This {type(encoder).__name__} instance is not fitted yet. Call fit"):
        again.transform(column)
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        again.build(4)
    np.testing.assert_array_equal(again.fit(column).transform(column), rows)
    np.testing.assert_array_equal(again.fit(column).fit(column).transform(column), rows)


@every
def test_a_pickle_transforms_the_same(case):
    encoder, column = case
    rows = encoder.fit_transform(column)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(encoder)).transform(column), rows)


@every
def test_what_is_learned_is_plain_data_in_public_attributes(case):
    encoder, column = case
    if isinstance(encoder, TransformerEncoder):
        pytest.skip("holds a transformer of somebody else's")
    encoder.fit(column)
    learned = set(vars(encoder)) - set(encoder.get_params())
    assert all(name.endswith("_") and not name.startswith("_") for name in learned)

    def plain(value):
        if isinstance(value, (list, tuple)):
            return all(plain(entry) for entry in value)
        return type(value) in {bool, int, float, str} or (isinstance(value, np.ndarray) and value.dtype.kind in "biuf")

    assert all(plain(getattr(encoder, name)) for name in learned)


@every
def test_the_cells_are_left_as_they_are(case):
    encoder, column = case
    before = pickle.dumps(column)
    encoder.fit_transform(column)
    assert pickle.dumps(column) == before


@every
def test_a_column_without_rows_teaches_nothing(case):
    encoder, column = case
    with pytest.raises(InvalidDataError, match=f"{type(encoder).__name__} can't learn from a column without rows"):
        encoder.fit(column.iloc[:0])


@every
def test_the_network_gives_a_vector_a_row_whatever_the_batch(case, embed):
    encoder, column = case
    rows = encoder.fit_transform(column)
    vectors = embed(encoder, rows)
    assert vectors.shape == (len(column), 4)
    assert np.isfinite(vectors).all()
    assert vectors.std(axis=0).max() > 1e-4
    np.testing.assert_allclose(embed(encoder, rows[3:5]), vectors[3:5], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dim", [0, -1, 2.5, True, None])
def test_a_vector_is_at_least_one_wide(dim):
    with pytest.raises(
        InvalidParameterError, match="'dim' parameter of NumberEncoder.build must be an int in the range"
    ):
        NumberEncoder().fit([1.0]).build(dim)


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        (CategoryEncoder(min_count=0), "'min_count' parameter of CategoryEncoder must be an int"),
        (CategoryEncoder(max_categories=0), "'max_categories' parameter of CategoryEncoder must be"),
        (NumberEncoder("cubic"), "'scaling' parameter of NumberEncoder must be a str among"),
        (TagsEncoder(separator=3), "'separator' parameter of TagsEncoder must be an instance of 'str' or None"),
        (TagsEncoder(separator=""), "'separator' parameter of TagsEncoder must be a string that isn't empty"),
        (TagsEncoder(max_tags=0), "'max_tags' parameter of TagsEncoder must be an int"),
        (DatetimeEncoder(format=3), "'format' parameter of DatetimeEncoder must be"),
        (TextEncoder("transformer"), "'network' parameter of TextEncoder must be a str among"),
        (TextEncoder(max_length=0), "'max_length' parameter of TextEncoder must be an int"),
        (TextEncoder(widths=(2, 0)), r"'widths' parameter of TextEncoder must be a tuple .* Got \(2, 0\) instead"),
        (TextEncoder(widths=()), r"'widths' parameter of TextEncoder must be a tuple .* Got \(\) instead"),
        (VectorEncoder(hidden=-1), "'hidden' parameter of VectorEncoder must be an int"),
        (ImageEncoder(size=(8,)), r"'size' parameter of ImageEncoder must be two ints, height and width. Got \(8,\)"),
        (ImageEncoder(size=(8, "8")), "'size' parameter of ImageEncoder must be a tuple of one or more ints"),
        (ImageEncoder(filters=(True,)), "'filters' parameter of ImageEncoder must be a tuple of one or more ints"),
        (ImageEncoder(stride=0), "'stride' parameter of ImageEncoder must be an int"),
        (ImageEncoder(on_error="ignore"), "'on_error' parameter of ImageEncoder must be a str among"),
        (AudioEncoder(sample_rate=10), r"'sample_rate' parameter of AudioEncoder must be an int in the range \[100"),
        (AudioEncoder(duration=0), "'duration' parameter of AudioEncoder must be a float"),
        (TransformerEncoder(Lengths(), takes="rows"), "'takes' parameter of TransformerEncoder must be a str among"),
        (TransformerEncoder("pca"), "'transformer' parameter of TransformerEncoder must be a transformer .* Got 'pca'"),
    ],
    ids=str,
)
def test_parameters_are_checked_in_fit(encoder, message):
    with pytest.raises(InvalidParameterError, match=message):
        encoder.fit(["a", "b"])
    assert not encoder.__sklearn_is_fitted__()


def test_a_fit_that_fails_leaves_an_encoder_as_it_was():
    encoder = NumberEncoder().fit([1.0, 3.0])
    with pytest.raises(InvalidDataError, match="Row 1 of the column is 'x'"):
        encoder.fit([1.0, "x"])
    np.testing.assert_array_equal(encoder.transform([3.0]), [[1.0, 0.0]])


@pytest.mark.parametrize("n", [1, 7, 16, 100, 1000, 10_002])
def test_tables_are_rounded_up_so_that_similar_folds_have_equal_shapes(n):
    assert n <= table_rows(n) <= max(8, 1.125 * n + 1)
    assert len({table_rows(n + extra) for extra in range(max(1, n // 50))}) <= 2


def test_encoders_take_columns_and_missing_cells_as_far_as_scikit_learn_is_told():
    tags = CategoryEncoder().__sklearn_tags__()
    assert (tags.input_tags.one_d_array, tags.input_tags.two_d_array, tags.input_tags.allow_nan) == (True, False, True)


def test_a_series_of_pandas_names_its_rows_in_errors():
    column = pd.Series(["1", "x"], index=["tt01", "tt02"], name="year")
    with pytest.raises(
        InvalidDataError, match="Row 1 .index 'tt02'. of column 'year' is 'x', and a number is expected"
    ):
        NumberEncoder().fit(column)
