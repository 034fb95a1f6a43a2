"""With sentence-transformers itself: a tiny model made on the spot, and a pretrained one. Skipped where they aren't installed."""

import subprocess
import sys

import numpy as np
import pytest
from skrec_sentence import _model
from skrec_sentence.encoder import SentenceEncoder

import skrec
from skrec.exceptions import InvalidParameterError
from skrec.models import TwoTower
from skrec.pipeline import make_pipeline
from skrec.preprocessing import FeatureEncoder
from skrec.testing import check_encoder


def test_a_real_model_keeps_what_an_encoder_promises(tiny_model, texts):
    check_encoder(SentenceEncoder(tiny_model, device="cpu"), texts)


def test_vectors_are_those_of_sentence_transformers(tiny_model, texts):
    from sentence_transformers import SentenceTransformer

    plain = SentenceTransformer(tiny_model, device="cpu")
    expected = plain.encode(texts[:2], normalize_embeddings=True, show_progress_bar=False)
    found = SentenceEncoder(tiny_model, standardize=False, device="cpu").fit_transform(texts[:2])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_a_row_differs_by_rounding_alone_whatever_it_is_encoded_with(tiny_model, texts):
    encoder = SentenceEncoder(tiny_model, device="cpu").fit(texts)
    whole = encoder.transform(texts)
    _model.forget()
    np.testing.assert_allclose(encoder.transform(texts[:1]), whole[:1], rtol=0, atol=1e-4)


def test_long_broken_and_foreign_texts_are_encoded(tiny_model, texts):
    encoder = SentenceEncoder(tiny_model, device="cpu").fit(texts)
    assert np.isfinite(encoder.transform(["word " * 400_000, "\ud83d", "\x00", "🎬🎬", "العربية"])).all()


def test_loading_changes_no_setting_of_transformers(tiny_model):
    from transformers.utils import logging

    before = logging.is_progress_bar_enabled()
    SentenceEncoder(tiny_model, device="cpu").fit(["a"])
    assert logging.is_progress_bar_enabled() is before


def test_a_folder_that_holds_no_model_is_refused(tiny_model, tmp_path):
    with pytest.raises(InvalidParameterError, match="holds no model that can be loaded"):
        SentenceEncoder(str(tmp_path)).fit(["a"])


def test_another_process_gives_the_same_and_prints_nothing(tiny_model, texts, tmp_path):
    encoder = SentenceEncoder(tiny_model, device="cpu").fit(texts)
    skrec.save(encoder, tmp_path / "encoder.skrec")
    code = "import sys, numpy, skrec; encoder = skrec.load(sys.argv[1]); numpy.save(sys.argv[2], encoder.transform(sys.argv[3:]))"
    arguments = [str(tmp_path / "encoder.skrec"), str(tmp_path / "vectors.npy"), *texts]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    np.testing.assert_allclose(np.load(tmp_path / "vectors.npy"), encoder.transform(texts), rtol=0, atol=1e-4)


def test_texts_that_mean_the_same_in_other_words_lie_close(minilm):
    texts = ["A vessel goes down in the ocean.", "The ship sank at sea.", "Grandmother's recipe for apple pie."]
    one, same, other = SentenceEncoder(minilm, standardize=False, device="cpu").fit_transform(texts)
    assert one.shape == (384,)
    assert one @ same > 0.5
    assert abs(one @ other) < 0.2


def test_the_pretrained_model_keeps_what_an_encoder_promises(minilm):
    check_encoder(SentenceEncoder(minilm, device="cpu"))


def test_a_model_recommends_cold_items_by_their_texts_and_is_saved(minilm, sea_and_space, tmp_path):
    X, cold = sea_and_space
    features = FeatureEncoder(items=[("plot", SentenceEncoder(minilm, device="cpu"), "plot")])
    model = make_pipeline(
        features, TwoTower(embedding_dim=8, epochs=30, batch_size=32, id_dropout=0.5, random_state=0)
    ).fit(X)
    first = model.recommend(users=[0, 1], k=1, items=cold).items[:, 0]
    assert first.tolist() == ["new-sea", "new-space"]
    skrec.save(model, tmp_path / "model.skrec")
    assert (tmp_path / "model.skrec").stat().st_size < 2_000_000
    np.testing.assert_array_equal(
        skrec.load(tmp_path / "model.skrec").recommend(users=[0, 1], k=1, items=cold).items[:, 0], first
    )
