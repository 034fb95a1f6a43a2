import numpy as np
import pytest

TABLE = np.arange(12, dtype=np.float32).reshape(6, 2)
IDS = np.array([5, 0, 5, 3, 0, 0], dtype=np.int32)


def test_it_is_the_running_backend_and_says_so(backend, keras):
    assert backend.keras_name == keras.config.backend()
    assert backend.is_available()
    assert backend.version()[0].isdigit()


def test_the_cpu_is_always_there_and_the_best_device_is_the_default(backend):
    assert "cpu" in backend.devices()
    assert backend.default_device() == backend.devices()[0]
    with backend.device_scope("cpu"):
        pass


def test_a_table_is_a_copy_and_is_read_back(backend):
    values = TABLE.copy()
    table = backend.make_table(values)
    values[:] = -1.0
    read = backend.read_table(table)
    np.testing.assert_array_equal(read, TABLE)
    assert read.dtype == np.float32
    read[:] = -2.0
    np.testing.assert_array_equal(backend.read_table(table), TABLE)


def test_distinct_ids_come_with_the_way_back(backend, keras):
    found, inverse = backend.distinct(keras.ops.convert_to_tensor(IDS), 6)
    found, inverse = keras.ops.convert_to_numpy(found), keras.ops.convert_to_numpy(inverse)
    np.testing.assert_array_equal(found[inverse], IDS)
    real = found[found < 6]
    assert sorted(real.tolist()) == [0, 3, 5]
    assert set(found[found >= 6].tolist()) <= {6}


def test_rows_are_read_and_written(backend, keras):
    table = backend.make_table(TABLE)
    found, _ = backend.distinct(keras.ops.convert_to_tensor(IDS), 6)
    rows = backend.gather_rows(table, found)
    real = keras.ops.convert_to_numpy(found) < 6
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(rows)[real], TABLE[keras.ops.convert_to_numpy(found)[real]]
    )
    written = backend.read_table(backend.scatter_rows(table, found, rows + 100.0))
    expected = TABLE.copy()
    expected[[0, 3, 5]] += 100.0
    np.testing.assert_array_equal(written, expected)


def test_gradients_are_like_the_parameters_and_zero_where_nothing_depends(backend, keras):
    ops = keras.ops
    parameters = {
        "rows": {"user": ops.convert_to_tensor(TABLE)},
        "weights": [ops.convert_to_tensor([2.0, 3.0]), ops.convert_to_tensor([7.0])],
    }

    def function(parameters, factor):
        products = parameters["rows"]["user"] * parameters["weights"][0]
        return factor * ops.sum(products * products), {"total": ops.sum(products)}

    loss, auxiliary, gradients = backend.value_and_grad(function, parameters, 0.5)
    scale = np.array([2.0, 3.0], dtype=np.float32)
    assert float(ops.convert_to_numpy(loss)) == pytest.approx(0.5 * ((TABLE * scale) ** 2).sum())
    assert float(ops.convert_to_numpy(auxiliary["total"])) == pytest.approx((TABLE * scale).sum())
    np.testing.assert_allclose(ops.convert_to_numpy(gradients["rows"]["user"]), TABLE * scale**2)
    first, second = (ops.convert_to_numpy(gradient) for gradient in gradients["weights"])
    np.testing.assert_allclose(first, (TABLE**2).sum(axis=0) * scale)
    np.testing.assert_array_equal(second, [0.0])


@pytest.fixture(scope="module")
def run(backend, keras):
    """A compiled step that adds a batch's numbers to the rows it names, and counts."""

    def step(state, batch):
        rows = backend.gather_rows(state["table"], batch["id"])
        table = backend.scatter_rows(state["table"], batch["id"], rows + batch["value"])
        return {"table": table, "step": state["step"] + 1.0}, keras.ops.sum(batch["value"], axis=0)

    return backend.compile_steps(step)


CHUNK = {
    "id": np.array([[0, 1], [1, 2], [4, 3], [5, 0]], dtype=np.int32),
    "value": np.arange(16, dtype=np.float32).reshape(4, 2, 2),
}


@pytest.mark.parametrize("n_steps", [4, 1, 3])
def test_the_first_steps_of_a_chunk_are_run(backend, keras, run, n_steps):
    state = {"table": backend.make_table(TABLE), "step": keras.ops.convert_to_tensor(0.0)}
    after, losses = run(state, CHUNK, n_steps)
    expected = TABLE.copy()
    for ids, values in list(zip(CHUNK["id"], CHUNK["value"], strict=True))[:n_steps]:
        expected[ids] += values
    np.testing.assert_array_equal(backend.read_table(after["table"]), expected)
    assert float(keras.ops.convert_to_numpy(after["step"])) == n_steps
    assert isinstance(losses, np.ndarray)
    np.testing.assert_array_equal(losses, CHUNK["value"].sum(axis=1)[:n_steps])


def test_a_state_goes_on_from_chunk_to_chunk(backend, keras, run):
    state = {"table": backend.make_table(TABLE), "step": keras.ops.convert_to_tensor(0.0)}
    for _ in range(3):
        state, _ = run(state, CHUNK, 4)
    expected = TABLE.copy()
    for ids, values in zip(CHUNK["id"], CHUNK["value"], strict=True):
        expected[ids] += 3 * values
    np.testing.assert_array_equal(backend.read_table(state["table"]), expected)
    assert float(keras.ops.convert_to_numpy(state["step"])) == 12.0


def test_inference_takes_and_gives_arrays_of_any_shape_and_rank(backend, keras):
    seen = []

    def function(weights, user, item):
        seen.append(len(item.shape))
        return keras.ops.sum(weights[0] * item, axis=-1), {"user": user + 1.0}

    forward = backend.compile_forward(function)
    weights = [np.array([1.0, 10.0], dtype=np.float32)]
    # Other shapes, and another rank, under one compiled function.
    for item in (TABLE, TABLE[:4], TABLE.reshape(2, 3, 2), TABLE, TABLE.reshape(3, 2, 2), TABLE[:3]):
        scores, rest = forward(weights, TABLE, item)
        assert isinstance(scores, np.ndarray)
        np.testing.assert_array_equal(scores, item @ weights[0])
        np.testing.assert_array_equal(rest["user"], TABLE + 1.0)
    assert {2, 3} == set(seen)  # the rank of an array is known while it's traced


def test_half_precision_comes_back_as_numbers(backend, keras):
    forward = backend.compile_forward(lambda values: keras.ops.cast(values, "bfloat16") * 2.0)
    np.testing.assert_array_equal(np.asarray(forward(TABLE), dtype=np.float32), TABLE * 2.0)
