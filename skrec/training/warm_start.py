"""First weights: drawn by NumPy, then what was learned before."""

from typing import Any

import numpy as np

from skrec.programs import MIN_SIZE, Weights, bucket
from skrec.serving import Learned
from skrec.training.plan import Plan

__all__ = ["alike", "draw_weights", "keep_if_alike", "restore"]


def draw_weights(plan: Plan, now: Learned, network: Any, rng: np.random.Generator) -> Weights:
    """Draw first weights; tables are padded.

    Parameters
    ----------
    plan : Plan
    now : Learned
        Whose ids the tables have rows for.
    network : keras.Layer
        That of these data: a program's may have been made for others, and hold constants of those.
    rng : numpy.random.Generator
    """
    from skrec.networks import initial_weights

    tables = {}
    for side, width in sorted(plan.widths.items()):
        n = len(now.ids(side))
        rows = plan.first_rows(side, n, width, rng)
        # One row more for padded mini-batches, and more up to a size that other fits have too.
        tables[side] = np.zeros((bucket(max(MIN_SIZE, n + 1)), width), dtype=np.float32)
        tables[side][:n] = rows
    return Weights(tables, *initial_weights(network, rng))


def restore(plan: Plan, fresh: Weights, before: Learned, now: Learned) -> Weights:
    """Copy learned rows to where their ids stand now, and take over the network's weights."""
    old = before.weights
    for side, table in fresh.tables.items():
        if table.shape[1] == old.tables[side].shape[1]:
            codes = now.ids(side).encode(before.ids(side).ids)
            table[codes[codes >= 0]] = old.tables[side][codes >= 0]
    network = plan.restore(fresh.network, before, now)
    return Weights(fresh.tables, network, keep_if_alike(fresh.fixed, old.fixed))


def keep_if_alike(fresh: list[Any], learned: list[Any]) -> list[Any]:
    """Take learned arrays, unless they are those of another network; of a file's arrays the type isn't certain."""
    if not alike(fresh, learned):
        return fresh
    return [np.asarray(array, dtype=first.dtype) for first, array in zip(fresh, learned, strict=True)]


def alike(first: list[Any], second: list[Any]) -> bool:
    """Say whether two lists of arrays have the same shapes."""
    return [array.shape for array in first] == [array.shape for array in second]
