"""What a backend must do beyond `skrec.plugin.Backend`, whose promises `skrec.testing.check_backend` checks."""

import numpy as np
import pytest

from skrec.testing import check_backend

TABLE = np.arange(12, dtype=np.float32).reshape(6, 2)
CHUNK = {
    "id": np.array([[0, 1], [1, 2], [4, 3], [5, 0]], dtype=np.int32),
    "value": np.arange(16, dtype=np.float32).reshape(4, 2, 2),
}


def test_it_keeps_what_backends_promise(backend):
    check_backend(backend)


def test_rows_are_written_in_place(backend, keras):
    if backend.keras_name == "jax":
        pytest.skip("its arrays are never written to, but by a compiled step")
    table, ids = backend.make_table(TABLE, 0), keras.ops.convert_to_tensor(np.array([5, 0, 3], dtype=np.int32))
    assert backend.scatter_rows(table, ids, backend.gather_rows(table, ids) + 100.0) is table


@pytest.fixture(scope="module")
def run(backend, keras):
    """A compiled step that adds a batch's numbers to the rows it names."""

    def step(state, batch):
        table = state["tables"]["user"]
        rows = backend.gather_rows(table, batch["id"])
        table = backend.scatter_rows(table, batch["id"], rows + batch["value"])
        return {"tables": {"user": table}}, keras.ops.sum(batch["value"], axis=0)

    return backend.compile_steps(step)


def address_of(table, name):
    """Where in memory a table begins; under TensorFlow, which variable it is: what is read of one that rows were written to is a copy."""
    if name == "jax":
        return table.unsafe_buffer_pointer()
    if name == "torch":
        return table.data_ptr()
    return id(table.handle)


def test_steps_write_to_the_table_where_it_lies_and_their_figures_are_not_waited_for(backend, keras, run):
    name, values = backend.keras_name, np.zeros((50_000, 2), dtype=np.float32)
    first = backend.make_table(values, 0)
    state, addresses = {"tables": {"user": first}}, []
    for _ in range(4):
        state, figures = run(state, CHUNK, 4)
        assert keras.ops.is_tensor(
            figures
        )  # which may still be being computed: whoever wants its numbers waits for them
        addresses.append(address_of(state["tables"]["user"], name))
    assert len(set(addresses)) == 1
    if name == "jax":
        assert first.is_deleted()  # given away: its memory is that of the table afterwards
    else:
        assert state["tables"]["user"] is first


def test_the_rank_of_an_array_is_known_while_inference_is_traced(backend, keras):
    seen = set()

    def function(item):
        seen.add(len(item.shape))
        return keras.ops.sum(item, axis=-1)

    forward = backend.compile_forward(function)
    for item in (TABLE, TABLE[:4], TABLE.reshape(2, 3, 2), TABLE.reshape(3, 2, 2)):
        np.testing.assert_array_equal(forward(item), item.sum(axis=-1))
    assert seen == {2, 3}
