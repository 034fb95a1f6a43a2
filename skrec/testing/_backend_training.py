"""The part of the suite of backends that looks at training: tables, gradients and compiled steps, against NumPy."""

import sys
from functools import partial
from typing import Any

import numpy as np

from skrec.backends import start
from skrec.exceptions import BackendCapabilityError
from skrec.testing._expect import expect, expect_close, expect_equal, expect_raises

_TABLE = np.arange(12, dtype=np.float32).reshape(6, 2)
_CHUNK = {
    "id": np.array([[0, 1], [1, 2], [4, 3], [5, 0]], dtype=np.int32),
    "value": np.arange(16, dtype=np.float32).reshape(4, 2, 2),
}


def _ops() -> Any:
    return sys.modules["keras"].ops


def _numpy(tensor: Any) -> Any:
    return np.asarray(_ops().convert_to_numpy(tensor))


def _ids(*ids: int) -> Any:
    return _ops().convert_to_tensor(np.array(ids, dtype=np.int32))


def check_tables_are_copies_with_room_behind_each_row(backend: Any) -> None:
    """What an optimizer remembers of a row follows it, 0 at first; reading gives a copy."""
    for n_slots in (0, 1, 2):
        values = _TABLE.copy()
        table = backend.make_table(values, n_slots)
        values[:] = -1.0
        expect_equal(tuple(table.shape), (6, 2 * (1 + n_slots)), f"The shape of make_table(values, {n_slots})")
        read = backend.read_table(table, 2)
        expect(
            isinstance(read, np.ndarray) and read.dtype == np.float32,
            f"read_table must give a NumPy array of float32. Got {type(read).__name__} of {getattr(read, 'dtype', '?')} instead.",
        )
        expect_equal(
            read, _TABLE, "What read_table gives of a table (a copy, whatever becomes of the array it was made of)"
        )
        read[:] = -2.0
        expect_equal(backend.read_table(table, 2), _TABLE, "What read_table gives after the first copy was written to")
        rest = backend.read_table(table, 2 * (1 + n_slots))[:, 2:]
        expect_equal(rest, np.zeros((6, 2 * n_slots)), "The room behind the rows")


def check_rows_are_gathered_and_scattered(backend: Any) -> None:
    """Rows come in the order of the ids; what was gathered before stays as it was."""
    table = backend.make_table(_TABLE, 0)
    rows = backend.gather_rows(table, _ids(5, 0, 3))
    expect_equal(_numpy(rows), _TABLE[[5, 0, 3]], "Rows 5, 0 and 3 of gather_rows")
    written = backend.scatter_rows(table, _ids(5, 0, 3), rows + 100.0)
    expected = _TABLE.copy()
    expected[[0, 3, 5]] += 100.0
    expect_equal(backend.read_table(written, 2), expected, "The table after scatter_rows")
    expect_equal(_numpy(rows), _TABLE[[5, 0, 3]], "The rows that were gathered before scatter_rows, a copy,")


def check_an_id_twice_writes_equal_rows_once(backend: Any) -> None:
    """Where an id occurs several times, its rows are equal."""
    table = backend.make_table(_TABLE, 0)
    ids = _ids(2, 4, 2, 4)
    written = backend.scatter_rows(table, ids, backend.gather_rows(table, ids) + 1.0)
    expected = _TABLE.copy()
    expected[[2, 4]] += 1.0
    expect_equal(backend.read_table(written, 2), expected, "The table after rows 2 and 4 were written twice")


def check_gradients_are_those_of_calculus(backend: Any) -> None:
    """Nested like the parameters, and 0 where the loss doesn't depend on one."""
    ops = _ops()
    parameters = {
        "rows": {"user": ops.convert_to_tensor(_TABLE)},
        "weights": [ops.convert_to_tensor([2.0, 3.0]), ops.convert_to_tensor([7.0])],
    }

    def function(parameters: Any, factor: float) -> Any:
        products = parameters["rows"]["user"] * parameters["weights"][0]
        return factor * ops.sum(products * products), {"total": ops.sum(products)}

    loss, auxiliary, gradients = backend.value_and_grad(function, parameters, 0.5)
    scale = np.array([2.0, 3.0], dtype=np.float32)
    expect_close(_numpy(loss), 0.5 * ((_TABLE * scale) ** 2).sum(), "The loss of value_and_grad")
    expect_close(_numpy(auxiliary["total"]), (_TABLE * scale).sum(), "What value_and_grad gives beside the loss")
    expect_close(_numpy(gradients["rows"]["user"]), _TABLE * scale**2, "The gradient of the rows")
    first, second = map(_numpy, gradients["weights"])
    expect_close(first, (_TABLE**2).sum(axis=0) * scale, "The gradient of a weight")
    expect_equal(second, [0.0], "The gradient of a weight that the loss doesn't depend on")


def _compiled(backend: Any) -> Any:
    """A compiled step that adds a batch's numbers to the rows it names, and counts."""
    ops = _ops()

    def step(state: Any, batch: Any) -> Any:
        table = state["tables"]["user"]
        rows = backend.gather_rows(table, batch["id"])
        table = backend.scatter_rows(table, batch["id"], rows + batch["value"])
        return {"tables": {"user": table}, "step": state["step"] + 1.0}, ops.sum(batch["value"], axis=0)

    return backend.compile_steps(step)


def _state(backend: Any) -> dict[str, Any]:
    return {"tables": {"user": backend.make_table(_TABLE, 0)}, "step": _ops().convert_to_tensor(0.0)}


def _stepped(n_steps: int, times: int = 1) -> Any:
    expected = _TABLE.copy()
    for ids, values in list(zip(_CHUNK["id"], _CHUNK["value"], strict=True))[:n_steps] * times:
        expected[ids] += values
    return expected


def check_the_first_steps_of_a_chunk_are_run(backend: Any) -> None:
    """A chunk is as long as others, and may be padded after the steps that count."""
    run = _compiled(backend)
    for n_steps in (4, 1, 3):
        after, figures = run(_state(backend), _CHUNK, n_steps)
        what = f"after {n_steps} of 4 steps"
        expect_equal(backend.read_table(after["tables"]["user"], 2), _stepped(n_steps), f"The table {what}")
        expect_equal(_numpy(after["step"]), n_steps, f"The state {what}")
        expect_close(_numpy(figures)[:n_steps], _CHUNK["value"].sum(axis=1)[:n_steps], f"The figures {what}")


def check_a_state_goes_on_from_chunk_to_chunk(backend: Any) -> None:
    """What a chunk leaves is what the next one starts from."""
    run, state = _compiled(backend), _state(backend)
    for _ in range(3):
        state, _ = run(state, _CHUNK, 4)
    expect_equal(backend.read_table(state["tables"]["user"], 2), _stepped(4, times=3), "The table after three chunks")
    expect_equal(_numpy(state["step"]), 12.0, "The state after three chunks")


def check_a_model_learns(backend: Any) -> None:
    """Trained on a checkerboard, a model finds each user's best item; so it does the next time, to the same numbers."""
    from skrec.models import GMF
    from skrec.testing.toy import checkerboard

    board = checkerboard(12)
    models = [GMF(4, epochs=60, learning_rate=0.05, random_state=0).fit(board) for _ in range(2)]
    found = models[0].recommend(k=1).items[:, 0]
    right = np.mean(found == models[0].users_)
    expect(
        right >= 0.75,
        f"GMF must find the one item that is missing for most users of a checkerboard. It found {right:.0%}.",
    )
    expect_close(
        models[1].predict(board), models[0].predict(board), "The scores of the same model, trained a second time,"
    )


def check_training_is_refused_with_a_sentence(backend: Any) -> None:
    """Of a backend that only serves: whoever trains is told that it can't, and what can."""
    refusals = (BackendCapabilityError, NotImplementedError)
    expect_raises(refusals, partial(start, backend, to_train=True), "start(backend, to_train=True)")
    operations = {
        "value_and_grad": lambda: backend.value_and_grad(lambda parameters: (0.0, {}), {"weights": []}),
        "compile_steps": lambda: _compiled(backend)(_state(backend), _CHUNK, 1),
    }
    for name, call in operations.items():
        expect_raises(refusals, call, f"{name}, where capabilities.train is False,")


TRAINING_CHECKS = (
    check_tables_are_copies_with_room_behind_each_row,
    check_rows_are_gathered_and_scattered,
    check_an_id_twice_writes_equal_rows_once,
    check_gradients_are_those_of_calculus,
    check_the_first_steps_of_a_chunk_are_run,
    check_a_state_goes_on_from_chunk_to_chunk,
    check_a_model_learns,
)

SERVING_ONLY_CHECKS = (check_training_is_refused_with_a_sentence,)
