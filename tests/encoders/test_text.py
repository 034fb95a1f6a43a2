import time

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from skrec.encoders import TextEncoder
from skrec.exceptions import InvalidDataError

TITLES = ["The ship sails", "the old ship", "a ship at sea", "the sea \U0001f680"]
NETWORKS = ["cnn", "rnn", "lstm", "gru", "bag"]
SMALL = {"max_length": 6, "token_dim": 5, "units": 4}


def test_codes_go_by_frequency_and_rare_tokens_share_one():
    encoder = TextEncoder(max_length=5).fit(TITLES)
    assert encoder.vocabulary_ == ["ship", "the", "sea"]
    assert encoder.has_rare_
    codes = encoder.transform(["Ship, the unknown sea", "old"])
    assert codes.tolist() == [[2, 3, 1, 4, 0], [1, 0, 0, 0, 0]]
    assert codes.dtype == np.int32


def test_unknown_tokens_are_left_out_where_fit_met_none_that_is_rare():
    encoder = TextEncoder(max_length=3, min_count=1).fit(["ship the", "ship"])
    assert not encoder.has_rare_
    assert encoder.transform(["an old ship in the old sea", "old"]).tolist() == [[2, 3, 0], [0, 0, 0]]


def test_the_vocabulary_has_a_size():
    encoder = TextEncoder(max_tokens=1, min_count=1).fit(TITLES)
    assert encoder.vocabulary_ == ["ship"]
    assert encoder.has_rare_


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("cell", ["", "  ...", None, np.nan], ids=repr)
def test_an_empty_text_is_padding_and_gets_a_finite_vector(embed, network, cell):
    encoder = TextEncoder(network, **SMALL).fit(TITLES)
    rows = encoder.transform(pd.Series([cell, "the ship"], dtype=object))
    np.testing.assert_array_equal(rows[0], 0)
    vectors = embed(encoder, rows)
    np.testing.assert_allclose(vectors[0], 0.0, atol=1e-7)  # the last layer's bias before training
    assert np.abs(vectors[1]).max() > 1e-4


@pytest.mark.parametrize("network", NETWORKS)
def test_an_emoji_title_is_a_text(embed, network):
    encoder = TextEncoder(network, min_count=1, **SMALL).fit(TITLES)
    rows = encoder.transform(["\U0001f680", "the \U0001f680"])
    assert (rows[0] != 0).any()
    vectors = embed(encoder, rows)
    assert np.abs(vectors[0] - vectors[1]).max() > 1e-4


@pytest.mark.parametrize("network", NETWORKS)
def test_two_megabytes_in_a_cell_take_bounded_time(network):
    encoder = TextEncoder(network, **SMALL)
    start = time.process_time()
    encoder.fit_transform([*TITLES, "ship sails on the sea " * 100_000])
    assert time.process_time() - start < 2.0


@pytest.mark.parametrize("network", NETWORKS)
def test_padding_doesnt_matter(keras, embed, network):
    vectors = [
        embed(encoder, encoder.transform(TITLES))
        for length in (4, 9)
        for encoder in [TextEncoder(network, **{**SMALL, "max_length": length}).fit(TITLES)]
    ]
    np.testing.assert_allclose(vectors[0], vectors[1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("network", ["cnn", "rnn", "lstm", "gru"])
def test_the_order_of_tokens_matters_to_all_but_the_bag(embed, network):
    encoder = TextEncoder(network, min_count=1, **SMALL).fit(TITLES)
    there, back = embed(encoder, encoder.transform(["the old ship", "ship old the"]))
    assert np.abs(there - back).max() > 1e-4


def test_a_bag_is_the_tf_idf_vector_times_the_tokens_vectors(keras):
    texts = [*TITLES, "sea sea sea ship", "The the THE"]
    encoder = TextEncoder("bag", min_count=1, max_length=6).fit(texts)
    bags = encoder.transform([*texts, "nothing known"])
    assert bags.dtype == np.int32
    tfidf = TfidfVectorizer(sublinear_tf=True, vocabulary=encoder.vocabulary_, token_pattern=r"\w+|\U0001f680").fit(
        texts
    )
    expected = tfidf.transform([*texts, "nothing known"]).toarray()
    found = np.zeros_like(expected)
    for row, bag in zip(found, bags, strict=True):
        for code, weight in bag[bag[:, 0] > 0]:
            row[code - 2] = weight / 65536
    np.testing.assert_allclose(found, expected, atol=2e-5)

    layer = encoder.build(3)
    layer.build((None, 6, 2))
    rows = keras.ops.convert_to_numpy(layer.rows.value)[2 : 2 + len(encoder.vocabulary_)]
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(layer(keras.ops.convert_to_tensor(bags))), expected @ rows, atol=1e-4
    )


def test_a_long_bag_keeps_the_tokens_of_largest_weight():
    texts = ["the rare", "the other", "the third", "the"]
    encoder = TextEncoder("bag", min_count=1, max_length=1).fit(texts)
    assert [encoder.vocabulary_[code - 2] for code in encoder.transform(texts)[:, 0, 0]] == [
        "rare",
        "other",
        "third",
        "the",
    ]


def test_without_idf_a_bag_is_a_mean():
    encoder = TextEncoder("bag", min_count=1, max_length=3, idf=False).fit(TITLES)
    assert encoder.transform(["ship ship ship the"])[0].tolist() == [[2, 32768], [3, 32768], [0, 0]]


@pytest.mark.parametrize("cell", [3, 2.5, b"title", ["a", "title"]], ids=repr)
def test_what_is_no_string_is_refused_naming_row_and_column(objects, cell):
    with pytest.raises(InvalidDataError, match="Row 1 .index 'id1'. of column 'title' is .*, and a text is a string"):
        TextEncoder().fit(objects(["a", cell], name="title"))


def test_a_text_without_any_known_token_is_no_error():
    encoder = TextEncoder(min_count=5, max_length=3).fit(TITLES)
    assert encoder.vocabulary_ == []
    assert encoder.transform(TITLES[:1]).tolist() == [[1, 1, 1]]
    assert TextEncoder().fit([None, ""]).transform([None]).sum() == 0
