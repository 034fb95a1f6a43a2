"""From a model's structure to its compiled functions, shared by all fits that have it."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, final

from skrec.losses import Loss
from skrec.optimizers import Optimizer
from skrec.plugin import Backend
from skrec.programs import Program, find_program, make_program
from skrec.serving import ModelFeatures

__all__ = ["Compiled", "find_compiled"]


@final
@dataclass(frozen=True)
class Compiled:
    """A network with its compiled functions.

    Attributes
    ----------
    network : keras.Layer
        One made for these data where there are features: a program's own may hold constants of others. Else the program's.
    program : Program
    build : callable
        Makes another network of the same structure, with variables.
    widths : dict of str to int
        Width of each table's rows, by side.
    optimizer : Optimizer
    """

    network: Any
    program: Program
    build: Callable[[], Any]
    widths: dict[str, int]
    optimizer: Optimizer


def find_compiled(
    backend: Backend,
    structure: Hashable,
    build: Callable[[], Any],
    features: ModelFeatures | None,
    widths: dict[str, int],
    loss: Loss,
    optimizer: Optimizer,
    l2: float,
) -> Compiled:
    """Find, or make, a program.

    Parameters
    ----------
    backend : Backend
    structure : hashable
        By what the program is found again, besides the backend and what features bring in.
    build : callable
        Makes the network.
    features : ModelFeatures or None
    widths, loss, optimizer, l2
        As in `skrec.programs.make_program`.

    Returns
    -------
    Compiled
    """
    key = () if features is None else features.key()
    # What encoders have met shows in the shapes of weights, and those only in the network.
    network = build() if key else None
    shapes = None if network is None else tuple(tuple(variable.shape) for variable in network.variables)

    def make() -> Program:
        made = build() if network is None else network
        return make_program(backend, made, widths, loss, optimizer, float(l2))

    program = find_program((backend.keras_name, structure, key, shapes), make)
    return Compiled(program.network if network is None else network, program, build, widths, optimizer)
