import numpy as np
import pytest

from skrec.backends import find_backend

ONES = np.ones((400, 48), dtype=np.float32)


def expected_mask(n_rows, n_columns, counter, rate):
    """What is kept, in plain unsigned integers; a change here breaks parity with models fitted before."""

    def spread(values):
        values = (values ^ (values >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        values = (values ^ (values >> np.uint32(13))) * np.uint32(0xC2B2AE35)
        return values ^ (values >> np.uint32(16))

    rows = spread(np.arange(n_rows, dtype=np.uint32) * np.uint32(0x27D4EB2F) + np.uint32(counter))
    columns = spread(np.arange(n_columns, dtype=np.uint32) * np.uint32(0x165667B1) + np.uint32(counter))
    bits = (rows[:, np.newaxis] ^ columns) * np.uint32(0x85EBCA6B)
    bits = (bits ^ (bits >> np.uint32(15))) * np.uint32(0xC2B2AE35)
    return bits.astype(np.int64) - 2**32 * (bits >= 2**31) >= round(rate * 2**32) - 2**31


@pytest.fixture
def kept(networks, to_numpy):
    """Masks of so many calls of one layer, as booleans."""

    def masks(rate, n_calls=1, start=0, values=ONES):
        layer = networks.Dropout(rate)
        layer.counter.assign(start)
        return [to_numpy(layer(values, training=True)) != 0 for _ in range(n_calls)]

    return masks


@pytest.mark.parametrize("start", [0, 7, 2**31 - 2])
def test_what_is_dropped_follows_from_a_counter_and_the_place_alone(kept, start):
    for number, mask in enumerate(kept(0.3, n_calls=3, start=start)):
        np.testing.assert_array_equal(mask, expected_mask(400, 48, start + number, 0.3))


@pytest.mark.parametrize("rate", [0.01, 0.25, 0.5, 0.9])
def test_the_share_that_is_dropped_is_the_rate(kept, rate):
    share = 1.0 - np.mean(kept(rate, n_calls=10))
    assert share == pytest.approx(rate, abs=5.0 * np.sqrt(rate * (1.0 - rate) / (10 * ONES.size)))


@pytest.mark.parametrize("rate", [0.25, 0.5, 0.9])
def test_what_is_left_is_scaled_up_so_that_the_mean_stays(networks, to_numpy, rate):
    values = np.random.default_rng(0).normal(3.0, 1.0, size=(500, 40)).astype(np.float32)
    dropped = to_numpy(networks.Dropout(rate)(values, training=True))
    left = dropped != 0
    np.testing.assert_allclose(dropped[left], values[left] / (1.0 - rate), rtol=1e-5)
    assert dropped.mean() == pytest.approx(3.0, abs=0.25)


def correlations(masks):
    """Largest correlation of two different rows."""
    found = np.corrcoef(masks)
    np.fill_diagonal(found, 0.0)
    return np.abs(found).max()


def test_rows_columns_and_calls_are_independent(kept):
    masks = np.array(kept(0.5, n_calls=40, start=12345), dtype=float)  # (calls, rows, columns)
    # Of about n^2 / 2 correlations of m coins the largest is some 4 to 5 times their standard deviation, which is 1 / sqrt(m).
    assert correlations(masks[0].T) < 5.0 / np.sqrt(400)
    assert correlations(masks[:, :60].transpose(1, 0, 2).reshape(60, -1)) < 5.0 / np.sqrt(40 * 48)
    assert correlations(masks.reshape(40, -1)) < 5.0 / np.sqrt(400 * 48)
    # Products of four corners of a rectangle: a mask that was a row's coin times a column's would have them all alike.
    signs = 2.0 * masks[0] - 1.0
    corners = signs[:-1, :-1] * signs[1:, :-1] * signs[:-1, 1:] * signs[1:, 1:]
    assert abs(corners.mean()) < 5.0 / np.sqrt(corners.size / 4)


def test_no_two_rows_are_alike(kept):
    [mask] = kept(0.5, values=np.ones((5000, 48), dtype=np.float32))
    assert len(np.unique(mask, axis=0)) == 5000


def test_axes_before_the_last_are_rows(networks, to_numpy):
    layer = networks.Dropout(0.5)
    values = np.random.default_rng(0).normal(size=(3, 5, 16)).astype(np.float32)
    dropped = to_numpy(layer(values, training=True))
    assert dropped.shape == (3, 5, 16)
    np.testing.assert_array_equal(dropped.reshape(15, 16) != 0, expected_mask(15, 16, 0, 0.5))
    assert to_numpy(layer(values[0, 0], training=True)).shape == (16,)


@pytest.mark.parametrize(("policy", "dtype"), [("mixed_bfloat16", "bfloat16"), ("mixed_float16", "float16")])
def test_half_precision_drops_the_same_entries_and_stays_half(keras, networks, to_numpy, policy, dtype):
    layer = networks.Dropout(0.3, dtype=policy)
    dropped = layer(ONES, training=True)
    assert keras.backend.standardize_dtype(dropped.dtype) == dtype
    values = to_numpy(keras.ops.cast(dropped, "float32"))
    np.testing.assert_array_equal(values != 0, expected_mask(*ONES.shape, 0, 0.3))
    np.testing.assert_allclose(values[values != 0], 1.0 / 0.7, rtol=1e-2)
    assert keras.backend.standardize_dtype(layer.counter.dtype) == "int32"


@pytest.mark.parametrize(("rate", "training"), [(0.5, False), (0.0, True)])
def test_otherwise_nothing_is_dropped_and_the_counter_stays(networks, to_numpy, rate, training):
    layer = networks.Dropout(rate)
    np.testing.assert_array_equal(to_numpy(layer(ONES, training=training)), ONES)
    assert int(to_numpy(layer.counter.value)) == 0


def test_the_counter_goes_on_where_variables_are_handed_in_and_the_layers_own_stays(keras, networks, to_numpy):
    layer = networks.Dropout(0.5)
    with keras.StatelessScope([(layer.counter, keras.ops.convert_to_tensor(41, dtype="int32"))]) as scope:
        masks = [to_numpy(layer(ONES, training=True)) != 0 for _ in range(2)]
        after = scope.get_current_value(layer.counter)
    assert int(to_numpy(after)) == 43
    assert int(to_numpy(layer.counter.value)) == 0
    for number, mask in enumerate(masks):
        np.testing.assert_array_equal(mask, expected_mask(*ONES.shape, 41 + number, 0.5))


def test_gradients_pass_through_what_is_kept(keras, networks, to_numpy):
    layer = networks.Dropout(0.5)

    def total(parameters):
        return keras.ops.sum(layer(parameters["rows"], training=True) * 3.0), 0

    with keras.StatelessScope([(layer.counter, keras.ops.convert_to_tensor(0, dtype="int32"))]):
        _, _, gradients = find_backend().value_and_grad(total, {"rows": keras.ops.convert_to_tensor(ONES)})
    np.testing.assert_allclose(to_numpy(gradients["rows"]), 6.0 * expected_mask(*ONES.shape, 0, 0.5))


def test_it_is_made_again_from_its_configuration(keras, networks):
    layer = networks.Dropout(0.3, dtype="mixed_bfloat16", name="drop")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(again) is networks.Dropout
    assert (again.rate, again.dtype_policy.name, again.name) == (0.3, "mixed_bfloat16", "drop")
