import numpy as np
import pytest
from scipy.sparse import csr_array

TABLE = np.arange(12, dtype=np.float32).reshape(6, 2)


def test_it_is_the_running_backend_and_says_so(backend, keras):
    assert backend.keras_name == keras.config.backend()
    assert backend.is_available()
    assert backend.version()[0].isdigit()


def test_the_cpu_is_always_there_and_the_best_device_is_the_default(backend):
    assert "cpu" in backend.devices()
    assert backend.default_device() == backend.devices()[0]
    with backend.device_scope("cpu"):
        pass


@pytest.mark.parametrize("n_slots", [0, 1, 2])
def test_a_table_is_a_copy_with_room_behind_each_row_and_is_read_back(backend, n_slots):
    values = TABLE.copy()
    table = backend.make_table(values, n_slots)
    values[:] = -1.0
    assert tuple(table.shape) == (6, 2 * (1 + n_slots))
    read = backend.read_table(table, 2)
    np.testing.assert_array_equal(read, TABLE)
    assert read.dtype == np.float32
    read[:] = -2.0
    np.testing.assert_array_equal(backend.read_table(table, 2), TABLE)
    np.testing.assert_array_equal(backend.read_table(table, 2 * (1 + n_slots))[:, 2:], np.zeros((6, 2 * n_slots)))


def test_rows_are_read_and_written_in_place(backend, keras):
    table, ids = backend.make_table(TABLE, 0), keras.ops.convert_to_tensor(np.array([5, 0, 3], dtype=np.int32))
    rows = backend.gather_rows(table, ids)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(rows), TABLE[[5, 0, 3]])
    written = backend.scatter_rows(table, ids, rows + 100.0)
    expected = TABLE.copy()
    expected[[0, 3, 5]] += 100.0
    np.testing.assert_array_equal(backend.read_table(written, 2), expected)
    if backend.keras_name != "jax":  # whose arrays are never written to, but by a compiled step
        assert written is table
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(rows), TABLE[[5, 0, 3]])  # a copy, not a view


def test_an_id_that_occurs_twice_writes_equal_rows(backend, keras):
    table, ids = backend.make_table(TABLE, 0), keras.ops.convert_to_tensor(np.array([2, 4, 2, 4], dtype=np.int32))
    written = backend.scatter_rows(table, ids, backend.gather_rows(table, ids) + 1.0)
    expected = TABLE.copy()
    expected[[2, 4]] += 1.0
    np.testing.assert_array_equal(backend.read_table(written, 2), expected)


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
        table = state["tables"]["user"]
        rows = backend.gather_rows(table, batch["id"])
        table = backend.scatter_rows(table, batch["id"], rows + batch["value"])
        return {"tables": {"user": table}, "step": state["step"] + 1.0}, keras.ops.sum(batch["value"], axis=0)

    return backend.compile_steps(step)


@pytest.fixture
def state(backend, keras):
    return {"tables": {"user": backend.make_table(TABLE, 0)}, "step": keras.ops.convert_to_tensor(0.0)}


CHUNK = {
    "id": np.array([[0, 1], [1, 2], [4, 3], [5, 0]], dtype=np.int32),
    "value": np.arange(16, dtype=np.float32).reshape(4, 2, 2),
}


@pytest.mark.parametrize("n_steps", [4, 1, 3])
def test_the_first_steps_of_a_chunk_are_run(backend, keras, run, state, n_steps):
    after, figures = run(state, CHUNK, n_steps)
    expected = TABLE.copy()
    for ids, values in list(zip(CHUNK["id"], CHUNK["value"], strict=True))[:n_steps]:
        expected[ids] += values
    np.testing.assert_array_equal(backend.read_table(after["tables"]["user"], 2), expected)
    assert float(keras.ops.convert_to_numpy(after["step"])) == n_steps
    # A tensor, which may still be being computed: whoever wants its numbers waits for them.
    assert keras.ops.is_tensor(figures)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(figures)[:n_steps], CHUNK["value"].sum(axis=1)[:n_steps])


def test_a_state_goes_on_from_chunk_to_chunk(backend, keras, run, state):
    for _ in range(3):
        state, _ = run(state, CHUNK, 4)
    expected = TABLE.copy()
    for ids, values in zip(CHUNK["id"], CHUNK["value"], strict=True):
        expected[ids] += 3 * values
    np.testing.assert_array_equal(backend.read_table(state["tables"]["user"], 2), expected)
    assert float(keras.ops.convert_to_numpy(state["step"])) == 12.0


def address_of(table, name):
    """Where in memory a table begins; under TensorFlow, which variable it is: what is read of one that rows were written to is a copy."""
    if name == "jax":
        return table.unsafe_buffer_pointer()
    if name == "torch":
        return table.data_ptr()
    return id(table.handle)


def test_steps_write_to_the_table_where_it_lies(backend, keras, run):
    name, values = backend.keras_name, np.zeros((50_000, 2), dtype=np.float32)
    first = backend.make_table(values, 0)
    state, addresses = {"tables": {"user": first}, "step": keras.ops.convert_to_tensor(0.0)}, []
    for _ in range(4):
        state, _ = run(state, CHUNK, 4)
        addresses.append(address_of(state["tables"]["user"], name))
    assert len(set(addresses)) == 1
    if name == "jax":
        assert first.is_deleted()  # given away: its memory is that of the table afterwards
    else:
        assert state["tables"]["user"] is first


def test_the_best_of_inner_products_are_found_whatever_is_left_out(backend, keras):
    rng = np.random.default_rng(0)
    items, users = rng.normal(size=(90, 5)).astype(np.float32), rng.normal(size=(40, 5)).astype(np.float32)
    find = backend.compile_top_k(items, 7)
    # Other numbers of users, and of what is left out, under one compiled function.
    for n_users, share in ((40, None), (40, 0.0), (40, 0.4), (3, 0.05), (7, 0.9), (1, None), (8, 0.97), (0, None)):
        exclude = None if share is None else csr_array(rng.random((n_users, 90)) < share)
        positions, products = find(users[:n_users], exclude)
        assert positions.dtype == np.int64
        assert positions.shape == products.shape == (n_users, 7)
        expected = users[:n_users] @ items.T
        if exclude is not None:
            expected[exclude.toarray()] = -np.inf
        np.testing.assert_allclose(products, -np.sort(-expected, axis=1)[:, :7], rtol=1e-4, atol=1e-5)
        found = np.take_along_axis(expected, positions, axis=1)
        np.testing.assert_allclose(found, products, rtol=1e-4, atol=1e-5)


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
