import numpy as np
import pytest

from skrec.backends import find_backend, start
from skrec.testing import check_backend
from skrec.testing._backend_training import TRAINING_CHECKS


@pytest.fixture(scope="module")
def kind():
    backend = find_backend()
    start(backend)
    return type(backend)


def faults(kind):
    """Methods that are nearly right, by the check that notices."""

    class Faulty(kind):
        def make_table(self, values, n_slots):
            return super().make_table(values + 0.0, n_slots)

    class NoRoom(kind):
        def make_table(self, values, n_slots):
            return super().make_table(values, 0)

    class Doubles(kind):
        def read_table(self, table, width):
            return super().read_table(table, width).astype(np.float64)

    class ReversesIds(kind):
        def gather_rows(self, table, ids):
            return super().gather_rows(table, ids[::-1])

    class WritesNothing(kind):
        def scatter_rows(self, table, ids, rows):
            return table

    class Adds(kind):
        def scatter_rows(self, table, ids, rows):
            return super().scatter_rows(table, ids, rows + self.gather_rows(table, ids))

    class HalfTheGradient(kind):
        def value_and_grad(self, function, parameters, *arguments):
            loss, auxiliary, gradients = super().value_and_grad(function, parameters, *arguments)
            gradients["rows"] = {"user": gradients["rows"]["user"] * 0.5} if "rows" in gradients else {}
            return loss, auxiliary, gradients

    class RunsTheWholeChunk(kind):
        def compile_steps(self, step):
            run = super().compile_steps(step)
            return lambda state, batches, n_steps: run(state, batches, len(next(iter(batches.values()))))

    return {
        "sound": (Faulty, ""),
        "no room": (NoRoom, r"check_tables_are_copies.*The shape of make_table\(values, 1\)"),
        "doubles": (Doubles, "read_table must give a NumPy array of float32"),
        "reverses ids": (ReversesIds, "Rows 5, 0 and 3 of gather_rows"),
        "writes nothing": (WritesNothing, "The table after scatter_rows"),
        "adds": (Adds, "The table after scatter_rows"),
        "half the gradient": (HalfTheGradient, "check_gradients_are_those_of_calculus: The gradient of the rows"),
        "whole chunk": (RunsTheWholeChunk, "check_the_first_steps_of_a_chunk_are_run: The table after 1 of 4 steps"),
    }


@pytest.mark.parametrize(
    "name", ["no room", "doubles", "reverses ids", "writes nothing", "adds", "half the gradient", "whole chunk"]
)
def test_broken_operations_are_caught_with_a_sentence(kind, name):
    faulty, message = faults(kind)[name]
    with pytest.raises(AssertionError, match=message):
        check_backend(faulty)


def test_a_backend_that_inherits_and_changes_nothing_passes(kind):
    check_backend(faults(kind)["sound"][0])


def test_every_operation_of_training_has_a_check():
    checked = " ".join(check.__name__ for check in TRAINING_CHECKS)
    for word in ("tables", "gathered", "scattered", "gradients", "steps", "chunk", "learns"):
        assert word in checked
