"""What the encoder does with a column, whatever the model."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from skrec_sentence import _texts
from skrec_sentence.encoder import SentenceEncoder

import skrec
from skrec.exceptions import InvalidDataError, InvalidParameterError, NotFittedError
from skrec.plugin import lookup, names
from skrec.testing import check_encoder


def test_registry_finds_the_encoder():
    assert lookup("encoders", "sentence") is SentenceEncoder
    assert "sentence" in names("encoders")


def test_listing_names_imports_no_model_library():
    code = "from skrec.plugin import lookup, names; import sys; names('encoders'); lookup('encoders', 'sentence')\n"
    code += "print({'sentence_transformers', 'transformers', 'torch'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


@pytest.mark.parametrize(
    "parameters",
    [{}, {"normalize": False, "hidden": 5}, {"standardize": False}],
    ids=["defaults", "hidden", "as they are"],
)
def test_it_keeps_what_an_encoder_promises(folder, texts, parameters):
    check_encoder(SentenceEncoder(folder, **parameters), texts)


def test_vectors_are_scaled_to_length_one_then_centred_and_scaled_by_one_number(folder, stand_in, texts):
    encoder = SentenceEncoder(folder).fit(texts)
    distinct = [text for text in dict.fromkeys(texts) if text]
    raw = stand_in(folder).encode(distinct, 32, False, True).astype(np.float64)
    raw /= np.linalg.norm(raw, axis=1, keepdims=True)
    expected = raw - raw.mean(axis=0)
    expected /= np.sqrt((expected**2).mean())
    found = encoder.transform(distinct)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    assert (found**2).mean() == pytest.approx(1.0, abs=1e-5)


def test_vectors_can_be_had_as_the_model_gives_them(folder, stand_in, texts):
    encoder = SentenceEncoder(folder, normalize=False, standardize=False).fit(texts)
    np.testing.assert_array_equal(encoder.transform(texts[:2]), stand_in(folder).encode(texts[:2], 32, False, True))


@pytest.mark.parametrize("standardize", [False, True])
def test_missing_empty_and_blank_texts_are_zeros(folder, texts, standardize):
    encoder = SentenceEncoder(folder, standardize=standardize).fit(texts)
    rows = encoder.transform([None, np.nan, pd.NA, "", " \n\t", texts[0]])
    assert not rows[:5].any()
    assert rows[5].any()


def test_a_column_of_missing_texts_has_the_models_width(folder):
    encoder = SentenceEncoder(folder).fit([None, ""])
    np.testing.assert_array_equal(encoder.transform([None]), np.zeros((1, 6), dtype=np.float32))
    assert np.isfinite(encoder.transform(["A text at last"])).all()


def test_texts_that_are_all_the_same_are_zeros(folder):
    assert not SentenceEncoder(folder).fit_transform(["a film"] * 3).any()


def test_white_space_at_the_ends_is_left_out(folder, texts):
    encoder = SentenceEncoder(folder).fit(texts)
    np.testing.assert_array_equal(encoder.transform([f"  {texts[0]}\n"]), encoder.transform(texts[:1]))


def test_each_distinct_text_is_encoded_once_for_all_encoders_of_a_model(folder, stand_in, texts):
    encoder = SentenceEncoder(folder).fit(texts)
    encoder.transform(texts)
    clone(encoder).set_params(normalize=False).fit(texts[:3]).transform([*texts, "A new one."])
    pickle.loads(pickle.dumps(encoder)).transform(texts)
    seen = [text for block in stand_in.seen for text in block]
    assert sorted(seen) == sorted({*seen})
    assert set(seen) - set(texts) == {"A probe of the model.", "A new one."}
    assert len(stand_in.loaded) == 1


def test_of_a_book_in_a_cell_its_beginning_is_read(folder, stand_in):
    encoder = SentenceEncoder(folder).fit(["short"])
    encoder.transform(["word " * 400_000])
    assert (
        max(len(text) for block in stand_in.seen for text in block) == _texts.MAX_CHARACTERS - 1
    )  # less a space at its end


def test_lone_surrogates_are_no_trouble(folder, stand_in):
    SentenceEncoder(folder).fit(["broken \ud83d text"])
    assert "broken ? text" in stand_in.seen[-1]


@pytest.mark.parametrize(
    "make",
    [
        np.array,
        tuple,
        pd.Series,
        lambda texts: pd.Series(texts, dtype="string"),
        lambda texts: pd.Series(texts, dtype="category"),
        lambda texts: pd.DataFrame({"plot": texts}),
        pl.Series,
        lambda texts: pl.DataFrame({"plot": texts}),
        pa.array,
        lambda texts: pa.chunked_array([texts]),
        lambda texts: pa.table({"plot": texts}),
    ],
)
def test_a_column_of_any_library_is_read(folder, texts, make):
    expected = SentenceEncoder(folder).fit_transform(texts)
    np.testing.assert_array_equal(SentenceEncoder(folder).fit_transform(make(texts)), expected)


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NaT])
def test_pandas_columns_may_have_gaps(folder, missing):
    column = pd.Series(["one", missing, "two"], index=["x", "y", "z"], dtype=object)
    assert not SentenceEncoder(folder).fit(column).transform(column)[1].any()


def test_a_cell_that_is_no_text_is_refused_by_row_and_column(folder, texts):
    encoder = SentenceEncoder(folder).fit(texts)
    plots = pd.Series(["a", 5], index=["tt1", "tt2"], name="plot")
    with pytest.raises(InvalidDataError, match=r"Row 1 \(index 'tt2'\) of column 'plot' is 5, and a text is a string"):
        encoder.transform(plots)
    with pytest.raises(InvalidDataError, match="Row 0 of the column is b'bytes', and a text is a string"):
        SentenceEncoder(folder).fit([b"bytes"])
    with pytest.raises(InvalidDataError, match=r"Row 1 of the column is \['b'\], and a text is a string"):
        encoder.transform(pd.Series(["a", ["b"]]))


@pytest.mark.parametrize("column", ["a text", [["a", "b"]], 5], ids=["text", "table", "number"])
def test_what_is_no_column_is_refused(folder, column):
    with pytest.raises(InvalidDataError, match="takes a column of texts, of shape"):
        SentenceEncoder(folder).fit(column)


def test_a_frame_of_two_columns_and_a_column_without_rows_are_refused(folder):
    with pytest.raises(InvalidDataError, match=r"takes one column. Got a frame with columns \['a', 'b'\]; pick one"):
        SentenceEncoder(folder).fit(pd.DataFrame({"a": ["x"], "b": ["y"]}))
    with pytest.raises(InvalidDataError, match="can't learn from a column without rows. Pass at least one"):
        SentenceEncoder(folder).fit([])


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("model", "", "a str that isn't empty"),
        ("model", None, "a str that isn't empty"),
        ("device", 0, "a str that isn't empty"),
        ("normalize", 1, "a bool"),
        ("standardize", "yes", "a bool"),
        ("hidden", -1, r"an int in the range \[0, inf\)"),
        ("hidden", True, r"an int in the range \[0, inf\)"),
        ("batch_size", 0, r"an int in the range \[1, inf\)"),
        ("batch_size", 1.5, r"an int in the range \[1, inf\)"),
    ],
)
def test_parameters_out_of_range_are_refused(folder, name, value, expected):
    encoder = SentenceEncoder(**{"model": folder, name: value})
    with pytest.raises(
        InvalidParameterError, match=f"The '{name}' parameter of SentenceEncoder must be {expected}. Got"
    ):
        encoder.fit(["a text"])


def test_transform_and_build_need_fit(folder):
    for call in (lambda: SentenceEncoder(folder).transform(["a"]), lambda: SentenceEncoder(folder).build(4)):
        with pytest.raises(NotFittedError, match="This SentenceEncoder instance is not fitted yet. Call fit first"):
            call()


def test_build_takes_the_hidden_layer_and_refuses_a_width_of_zero(folder, texts):
    layers = [SentenceEncoder(folder, hidden=hidden).fit(texts).build(3) for hidden in (0, 5)]
    shapes = []
    for layer in layers:
        layer.build((None, 6))
        shapes.append([tuple(weight.shape) for weight in layer.weights])
    assert shapes == [[(6, 3), (3,)], [(6, 5), (5,), (5, 3), (3,)]]
    with pytest.raises(InvalidParameterError, match="'dim' parameter"):
        SentenceEncoder(folder).fit(texts).build(0)


def test_a_saved_encoder_needs_the_model_for_new_texts_only_and_knows_it_again(
    folder, make_folder, stand_in, texts, tmp_path
):
    encoder = SentenceEncoder(folder, hidden=5).fit(texts)
    path = tmp_path / "encoder.skrec"
    skrec.save(encoder, path)
    assert path.stat().st_size < 10_000
    loaded = skrec.load(path)
    assert loaded.get_params() == encoder.get_params()
    np.testing.assert_array_equal(loaded.transform(texts), encoder.transform(texts))
    moved = loaded.set_params(model=make_folder("moved"))
    np.testing.assert_array_equal(moved.transform(texts), encoder.transform(texts))
    loaded.set_params(model=str(tmp_path / "gone"))
    assert not loaded.transform([None, ""]).any()


@pytest.mark.parametrize(
    ("other", "reason"), [({"seed": 1}, "it gives other vectors"), ({"width": 8}, "its vectors are 8 wide, not 6")]
)
def test_another_model_than_that_of_fit_is_refused(folder, make_folder, texts, other, reason):
    encoder = SentenceEncoder(folder).fit(texts)
    encoder.set_params(model=make_folder("other", **other))
    with pytest.raises(InvalidParameterError, match=f"isn't the model it was fitted with: {reason}. Set it to where"):
        encoder.transform(texts)
