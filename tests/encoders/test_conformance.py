"""The conformance suite that plugin authors run, on every built-in encoder and each of its networks."""

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline

from skrec.datasets import make_interactions
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
from skrec.testing import check_encoder

ITEMS = make_interactions(24, 12, 200, random_state=0).items
VECTORS = list(np.random.default_rng(0).normal(size=(8, 4)))
SMALL_TEXT = {"max_length": 6, "token_dim": 4, "units": 3}
SMALL_AUDIO = {"duration": 0.2, "n_bands": 12, "units": 4}
CASES = {
    "category": (CategoryEncoder(), ITEMS["studio"]),
    "number": (NumberEncoder(), ITEMS["year"].astype(float)),
    "number-quantile": (NumberEncoder("quantile"), ITEMS["year"].astype(float)),
    "tags": (TagsEncoder(), ITEMS["genres"]),
    "datetime": (DatetimeEncoder(), pd.to_datetime(ITEMS["year"].astype(str), format="%Y")),
    "text-cnn": (TextEncoder(**SMALL_TEXT), ITEMS["plot"]),
    "text-rnn": (TextEncoder("rnn", **SMALL_TEXT), ITEMS["plot"]),
    "text-lstm": (TextEncoder("lstm", **SMALL_TEXT), ITEMS["plot"]),
    "text-gru": (TextEncoder("gru", **SMALL_TEXT), ITEMS["title"]),
    "text-bag": (TextEncoder("bag", **SMALL_TEXT), ITEMS["plot"]),
    "vector": (VectorEncoder(), VECTORS),
    "image": (ImageEncoder((12, 8), filters=(3, 4)), ITEMS["poster"]),
    "audio-cnn": (AudioEncoder(**SMALL_AUDIO), ITEMS["clip"]),
    "audio-lstm": (AudioEncoder("lstm", **SMALL_AUDIO), ITEMS["clip"]),
    "transformer": (
        TransformerEncoder(make_pipeline(TfidfVectorizer(), TruncatedSVD(2, random_state=0))),
        ITEMS["plot"],
    ),
}


@pytest.mark.parametrize(("encoder", "column"), CASES.values(), ids=CASES)
def test_the_suite_passes(encoder, column):
    check_encoder(encoder, column)
