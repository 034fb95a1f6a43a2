"""Histories packed in rows (sequence packing): which positions belong to the same history."""

from typing import Any

from keras import ops


def attention_mask(age: Any, causal: bool) -> Any:
    """Attention mask of packed histories: a position attends to its own history, under a causal mask to none that comes later.

    Parameters
    ----------
    age : tensor of shape (rows, length), int
        How many events of the same history stand before a position in its row. Padding has age 0, and is a history of its own.
    causal : bool

    Returns
    -------
    tensor of shape (rows, length, length), bool
        Entry (r, i, j) says whether position i may attend to position j. Each may attend to itself.
    """
    places = ops.arange(ops.shape(age)[1], dtype="int32")
    start = places - ops.cast(age, "int32")
    same = ops.equal(ops.expand_dims(start, 2), ops.expand_dims(start, 1))
    if causal:
        return ops.logical_and(same, ops.expand_dims(places, 1) >= ops.expand_dims(places, 0))
    return same


def lagged(values: Any, age: Any, steps: int) -> Any:
    """Give each position what stands some steps before it in its history; zeros where the history had not begun.

    Parameters
    ----------
    values : tensor of shape (rows, length, width)
    age : tensor of shape (rows, length), int
    steps : int
        At least 0.

    Returns
    -------
    tensor of shape (rows, length, width)
    """
    if steps == 0:
        return values
    moved = shifted(values, steps)
    return moved * ops.cast(ops.expand_dims(age >= steps, -1), values.dtype)


def shifted(values: Any, steps: int) -> Any:
    """Move rows of a tensor of shape (rows, length, width) to the right, padding with zeros, whatever the histories."""
    length = ops.shape(values)[1]
    return ops.pad(values, ((0, 0), (steps, 0), (0, 0)))[:, :length]
