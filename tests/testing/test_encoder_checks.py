import sys
import zlib

import numpy as np
import pandas as pd
import pytest

from skrec.exceptions import NotFittedError
from skrec.plugin import Encoder
from skrec.testing import check_encoder
from skrec.testing.encoder_checks import sample_columns

WORDS = ["the old house", "a quiet storm", "the storm", "last train home", "home", "a house", "silver rain", "rain"]
NUMBERS = [1.0, 2.5, -3.0, 4.0, 10.0, 0.0, 7.5, 2.0]


class HashedWords(Encoder):
    """Words of a text as numbers by their hashes, in `width` places; 0 fills up."""

    def __init__(self, n_buckets=50, width=4):
        self.n_buckets = n_buckets
        self.width = width

    def fit(self, column, y=None):
        self.n_rows_ = len(column)
        return self

    def transform(self, column):
        if not hasattr(self, "n_rows_"):
            raise NotFittedError("This HashedWords instance is not fitted yet. Call fit first.")
        codes = np.zeros((len(column), self.width), dtype=np.int32)
        for row, text in enumerate(column):
            words = text.split()[: self.width] if isinstance(text, str) else []
            codes[row, : len(words)] = [1 + zlib.crc32(word.encode()) % self.n_buckets for word in words]
        return codes

    def build(self, dim):
        import keras

        return keras.Sequential(
            [keras.layers.Embedding(self.n_buckets + 1, dim), keras.layers.GlobalAveragePooling1D()]
        )


class Standardised(Encoder):
    """A number with mean 0 and deviation 1, and whether it is missing."""

    def fit(self, column, y=None):
        values = pd.to_numeric(pd.Series(list(column), dtype=object)).to_numpy(dtype=np.float64)
        known = values[~np.isnan(values)]
        self.mean_ = known.mean() if len(known) else 0.0
        self.scale_ = (known.std() if len(known) else 0.0) or 1.0
        return self

    def transform(self, column):
        if not hasattr(self, "mean_"):
            raise NotFittedError("This Standardised instance is not fitted yet. Call fit first.")
        values = pd.to_numeric(pd.Series(list(column), dtype=object)).to_numpy(dtype=np.float64)
        missing = np.isnan(values)
        scaled = np.where(missing, 0.0, (values - self.mean_) / self.scale_)
        return np.stack([scaled, missing], axis=1).astype(np.float32)

    def build(self, dim):
        import keras

        return keras.layers.Dense(dim)


def test_an_encoder_of_texts_and_one_of_numbers_pass():
    check_encoder(HashedWords(), WORDS)
    check_encoder(Standardised(), NUMBERS)


@pytest.mark.parametrize("encoder", [HashedWords, Standardised()], ids=["HashedWords", "Standardised"])
def test_a_column_is_found_for_them(encoder):
    check_encoder(encoder)


def test_a_registered_name_is_checked(manager):
    from skrec import hookimpl

    class Plugin:
        @hookimpl
        def skrec_encoders(self):
            return {"hashed": HashedWords}

    manager.register(Plugin(), "mine")
    check_encoder("hashed", WORDS)


@pytest.mark.parametrize(
    "column",
    [pd.Series(WORDS, index=range(8, 16)), np.array(WORDS, dtype=object), tuple(WORDS)],
    ids=["Series", "array", "tuple"],
)
def test_a_column_comes_in_any_form(column):
    check_encoder(HashedWords(), column)


class Pixels(Encoder):
    """Small pictures as they are."""

    def fit(self, column, y=None):
        self.shape_ = np.shape(next(iter(column))) if len(column) else (2, 2, 3)
        return self

    def transform(self, column):
        if not hasattr(self, "shape_"):
            raise NotFittedError("This Pixels instance is not fitted yet. Call fit first.")
        result = np.zeros((len(column), *self.shape_), dtype=np.uint8)
        for row, picture in enumerate(column):
            if picture is None or np.ndim(picture) == 0:
                raise ValueError(f"There is no picture in row {row}.")
            result[row] = picture
        return result

    def build(self, dim):
        import keras

        return keras.Sequential([keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(dim)])


def test_rows_that_are_arrays_stay_whole_and_a_refusal_names_the_row():
    pictures = list(np.random.default_rng(0).integers(0, 256, size=(6, 2, 2, 3), dtype=np.uint8))
    check_encoder(Pixels(), pictures)


def test_every_kind_of_sample_column_has_rows_without_gaps():
    columns = dict(sample_columns())
    assert list(columns) == ["texts", "numbers", "categories", "tags", "dates", "vectors", "images", "sounds"]
    assert {len(column) for column in columns.values()} == {24}
    assert not any(column.isna().any() for column in columns.values())


class Computes(HashedWords):
    def __init__(self, n_buckets=50, width=4):
        super().__init__(n_buckets, width)
        self.cache_ = {}


class ReturnsNothing(HashedWords):
    def fit(self, column, y=None):
        super().fit(column)


class ChangesItsParameters(HashedWords):
    def fit(self, column, y=None):
        self.n_buckets = 2 * self.n_buckets
        return super().fit(column)


class NeedsNoFit(HashedWords):
    def transform(self, column):
        self.n_rows_ = len(column)
        return super().transform(column)


class Wide(HashedWords):
    def transform(self, column):
        return super().transform(column).astype(np.int64)


class Sorts(HashedWords):
    def fit(self, column, y=None):
        if isinstance(column, pd.Series):
            column.iloc[0] = column.iloc[1]
        return super().fit(column)


class Talks(HashedWords):
    def fit(self, column, y=None):
        sys.stdout.write("fitting")
        return super().fit(column)


class Salted(HashedWords):
    """As with Python's own hash, which is another one in every process."""

    def fit(self, column, y=None):
        self.salt_ = int(np.random.default_rng().integers(1, 40))
        return super().fit(column)

    def transform(self, column):
        codes = super().transform(column)
        return np.where(codes > 0, (codes + self.salt_) % self.n_buckets + 1, 0).astype(np.int32)


class AsLongAsItMustBe(HashedWords):
    def transform(self, column):
        codes = super().transform(column)
        return codes[:, : max(1, int((codes > 0).sum(axis=1).max(initial=0)))]


class OfTheBatch(Standardised):
    def transform(self, column):
        encoded = super().transform(column)
        return encoded - encoded.mean(axis=0, keepdims=True) if len(encoded) else encoded


class Remembers(HashedWords):
    """Words have numbers in the order in which any fit saw them."""

    def fit(self, column, y=None):
        self.words_ = getattr(self, "words_", [])
        self.words_ += [word for text in column for word in str(text).split() if word not in self.words_]
        return super().fit(column)

    def transform(self, column):
        codes = super().transform(column)
        for row, text in enumerate(column):
            words = text.split()[: self.width] if isinstance(text, str) else []
            codes[row, : len(words)] = [
                1 + self.words_.index(word) % self.n_buckets if word in self.words_ else 0 for word in words
            ]
        return codes


class KnowsFitOnly(Remembers):
    def fit(self, column, y=None):
        self.words_ = []
        return super().fit(column)

    def transform(self, column):
        if hasattr(self, "words_"):
            [self.words_.index(word) for text in column if isinstance(text, str) for word in text.split()]
        return super().transform(column)


class ForgetsWhenPickled(HashedWords):
    def __getstate__(self):
        return self.get_params()


class NeedsText(HashedWords):
    def transform(self, column):
        [text.split() for text in column if hasattr(self, "n_rows_")]
        return super().transform(column)


class PassesNaNOn(Standardised):
    def transform(self, column):
        encoded = super().transform(column)
        encoded[encoded[:, 1] == 1] = np.nan
        return encoded


class NeedsRows(Standardised):
    def transform(self, column):
        return np.array([row.tolist() for row in super().transform(column)], dtype=np.float32)


class NeedsAnIndex(Standardised):
    def transform(self, column):
        return super().transform([column.loc[row] for row in column.index])


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        (Computes(), "check_constructor_only_stores_parameters: The attributes of a new encoder"),
        (ReturnsNothing(), "fit must return the encoder itself. Got None instead"),
        (ChangesItsParameters(), r"fit must not change the parameters. It changed \['n_buckets'\]"),
        (NeedsNoFit(), "transform before fit must raise NotFittedError. Nothing was raised"),
        (Wide(), "transform must give int32, float32 or uint8. Got int64"),
        (Sorts(), "check_arguments_and_the_world_are_left_alone: Row 0 of the column, which must not be changed"),
        (Talks(), "An encoder must print nothing. It printed 'fitting"),
        (Salted(), "What transform gives after fitting another copy|What fit_transform gives"),
        (
            AsLongAsItMustBe(),
            r"check_rows_are_encoded_one_by_one: What transform gives for row \d alone must be of shape",
        ),
        (Remembers(), "check_fit_again_forgets_the_first_time: What transform gives after a second fit"),
        (
            KnowsFitOnly(),
            "check_fit_again_forgets_the_first_time: it raised ValueError|check_values_that_fit_has_not_seen",
        ),
        (ForgetsWhenPickled(), "check_copies_encode_the_same: it raised NotFittedError"),
        (NeedsText(), "check_missing_values_are_encoded_or_refused_by_row: it raised AttributeError"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_broken_encoders_of_texts_are_caught_with_a_sentence(encoder, message):
    with pytest.raises(AssertionError, match=message):
        check_encoder(encoder, WORDS)


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        (OfTheBatch(), "check_rows_are_encoded_one_by_one: What transform gives for row 0 alone"),
        (PassesNaNOn(), "What transform gives for a column with None in row 2 must be finite"),
        (NeedsRows(), r"The shape of what transform gives for a column without rows must be \[0, 2\]|must be of shape"),
        (NeedsAnIndex(), "check_every_form_of_a_column_is_taken: it raised TypeError"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_broken_encoders_of_numbers_are_caught_with_a_sentence(encoder, message):
    with pytest.raises(AssertionError, match=message):
        check_encoder(encoder, NUMBERS)


class Picky(HashedWords):
    def fit(self, column, y=None):
        raise ValueError("I want pairs of integers.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((5,), "An encoder must be an object of skrec.plugin.Encoder"),
        ((HashedWords(), WORDS[:3]), "'column' must have at least 4 rows. Got 3"),
        ((Picky(),), r"takes none of the sample columns.*Pass column=.*texts: ValueError: I want pairs of integers"),
    ],
)
def test_what_cannot_be_checked_is_said(arguments, message):
    with pytest.raises(AssertionError, match=message):
        check_encoder(*arguments)


class Unnamed(NeedsText):
    def transform(self, column):
        if any(not isinstance(text, str) for text in column):
            raise ValueError("A text is missing.")
        return super().transform(column)


def test_an_encoder_that_refuses_a_gap_must_name_its_row():
    with pytest.raises(
        AssertionError, match="refuses a column with None in row 2 must name the row. .*A text is missing"
    ):
        check_encoder(Unnamed(), WORDS)
