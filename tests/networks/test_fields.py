import numpy as np
import pytest

RNG = np.random.default_rng(0)
NUMBERS = RNG.normal(size=(6, 3)).astype(np.float32)
CODES = np.array([0, 1, 2, 1, 0, 2], dtype=np.int32)
ROWS = RNG.normal(size=(6, 5)).astype(np.float32)


@pytest.fixture
def make(keras, networks):
    from skrec.networks.fields import Fields

    def make(rate=0.0, sides=("item",), **options):
        layers = {side: {"z": keras.layers.Dense(4), "a": keras.layers.Embedding(3, 4)} for side in sides}
        fields = Fields(layers, rate, **options)
        fields.build_for({side: {"z": NUMBERS[:1], "a": CODES[:1]} for side in sides})
        return fields

    return make


def test_every_feature_becomes_a_vector_in_the_order_of_names(make, to_numpy):
    fields = make()
    first, second = (to_numpy(part) for part in fields.embed("item", {"z": NUMBERS, "a": CODES, "id": ROWS}))
    embedding, dense = fields.layers["item"]["a"], fields.layers["item"]["z"]
    np.testing.assert_allclose(first, to_numpy(embedding.embeddings)[CODES], rtol=1e-6)
    expected = NUMBERS @ to_numpy(dense.kernel) + to_numpy(dense.bias)
    np.testing.assert_allclose(second, expected, rtol=1e-4, atol=1e-5)
    assert fields.embed("user", {"id": ROWS}) == []


def test_the_layers_weights_are_trained(make):
    assert len(make(sides=("user", "item", "context")).trainable_variables) == 9


@pytest.mark.parametrize("rate", [0.0, 0.4])
def test_rows_are_what_they_are_while_serving(make, to_numpy, rate):
    np.testing.assert_array_equal(to_numpy(make(rate).row("item", {"id": ROWS}, False)), ROWS)


def test_while_training_about_so_many_rows_are_left_out_and_the_others_stay_as_long(make, to_numpy):
    fields, many = make(0.3), np.ones((4000, 5), dtype=np.float32)
    rows = to_numpy(fields.row("item", {"id": many}, True))
    left_out = (rows == 0).all(axis=1)
    assert left_out.mean() == pytest.approx(0.3, abs=0.03)
    np.testing.assert_allclose(rows[~left_out], 1.0, rtol=1e-6)
    again = to_numpy(fields.row("item", {"id": many}, True))
    assert not np.array_equal(rows == 0, again == 0)


def test_a_side_without_features_keeps_its_rows(make, to_numpy):
    np.testing.assert_array_equal(to_numpy(make(0.9).row("user", {"id": ROWS}, True)), ROWS)


def test_under_mixed_precision_all_is_half(keras, make):
    fields = make(0.3, dtype="mixed_bfloat16")
    parts = [*fields.embed("item", {"z": NUMBERS, "a": CODES}), fields.row("item", {"id": ROWS}, True)]
    assert {keras.backend.standardize_dtype(part.dtype) for part in parts} == {"bfloat16"}
