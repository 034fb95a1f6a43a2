import numpy as np
import pytest

from skrec.programs.scope import call, call_with_state, with_weights

ROW = np.array([[1.0, 2.0]], dtype=np.float32)
KERNEL, BIAS = np.array([[3.0], [0.5]], dtype=np.float32), np.array([0.25], dtype=np.float32)


@pytest.fixture
def network(keras):
    """A Dense unit that counts in a weight of its own how often it was called in training."""

    class Counting(keras.Layer):
        def __init__(self, **options):
            super().__init__(**options)
            self.unit = keras.layers.Dense(1, dtype=self.dtype_policy)
            self.unit.build((None, 2))
            self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")

        def call(self, inputs, training=False):
            if training:
                self.calls.assign(self.calls + 1.0)
            return self.unit(inputs["row"])

    return Counting()


def test_a_call_uses_the_weights_handed_in_and_leaves_the_networks_own(network, keras):
    before = [keras.ops.convert_to_numpy(variable.value) for variable in network.variables]
    found = call(network, [KERNEL, BIAS], [np.float32(0.0)], {"row": ROW}, training=False)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(found), [[4.25]])
    for variable, value in zip(network.variables, before, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(variable.value), value)


@pytest.mark.parametrize("training", [False, True])
def test_what_a_call_changes_of_the_state_comes_back(network, keras, training):
    def run():
        return network({"row": keras.ops.convert_to_tensor(ROW)}, training=training)

    output, state = call_with_state(network, [KERNEL, BIAS], [np.float32(5.0)], run)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(output), [[4.25]])
    assert [float(keras.ops.convert_to_numpy(value)) for value in state] == [6.0 if training else 5.0]
    assert float(keras.ops.convert_to_numpy(network.calls.value)) == 0.0


def test_any_function_of_the_network_runs_with_the_weights(network, keras):
    found = with_weights(network, [KERNEL, BIAS], [0.0], lambda: network.unit.kernel + 1.0)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(found), KERNEL + 1.0)


def test_inputs_are_cast_to_the_precision_of_the_network(keras, network):
    half = type(network)(dtype="mixed_bfloat16")
    found = call(half, [KERNEL, BIAS], [np.float32(0.0)], {"row": keras.ops.convert_to_tensor(ROW)}, training=False)
    assert keras.backend.standardize_dtype(found.dtype) == "bfloat16"


def test_a_weight_too_many_or_too_few_is_an_error(network):
    for weights in ([KERNEL], [KERNEL, BIAS, BIAS]):
        with pytest.raises(ValueError, match="zip"):
            call(network, weights, [np.float32(0.0)], {"row": ROW}, training=False)
