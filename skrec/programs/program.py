"""Programs: a network's compiled functions, shared by all fits of equal structure."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from skrec.losses import Loss
from skrec.optimizers import Optimizer
from skrec.plugin import Backend
from skrec.programs.fold import FoldStep
from skrec.programs.network import EncodesRows, HasVectors, ReadsHistories, Tempered
from skrec.programs.scope import call, with_weights
from skrec.programs.step import TrainingStep

_CACHE_SIZE = 32
_programs: "OrderedDict[Hashable, Program]" = OrderedDict()


@dataclass
class Program:
    """A network with its compiled functions, shared by all fits of equal structure.

    Attributes
    ----------
    network : keras.Layer
        Only its structure is used: weights are handed in.
    train : callable
        ``(state, batches, n_steps) -> (state, losses)``, see `Backend.compile_steps`.
    score : callable
        ``(weights, fixed, user, item) -> (n_users, n_items)``: rows of users against rows of items.
    vectors : callable or None
        ``(weights, fixed, user, item) -> (user_vectors, item_vectors)`` where scores are inner products.
    encode : dict of str to callable, or None
        ``(weights, fixed, inputs) -> rows`` by side, where the network encodes rows and features first; what it gives are the rows that
        `score` and `vectors` take.
    fold : callable or None
        ``(state, batches, n_steps) -> (state, losses)`` of `FoldStep`, which learns rows of new users; where users have a table.
    read : callable or None
        ``(weights, fixed, inputs) -> user_vectors`` where the network reads histories: what `vectors` gives after their last place.
    temperature : float
        What the network divides products by; 1 where it doesn't.
    optimizer : Optimizer or None
        The one that `train` applies, for this network.
    """

    network: Any
    train: Callable[..., Any]
    score: Callable[..., Any]
    vectors: Callable[..., Any] | None
    encode: dict[str, Callable[..., Any]] | None = None
    fold: Callable[..., Any] | None = None
    read: Callable[..., Any] | None = None
    temperature: float = 1.0
    optimizer: Optimizer | None = None


def find_program(key: Hashable, make: Callable[[], Program]) -> Program:
    """Give the program of a key, made once per process; the least recently used ones are forgotten."""
    if key in _programs:
        _programs.move_to_end(key)
        return _programs[key]
    program = _programs[key] = make()
    if len(_programs) > _CACHE_SIZE:
        _programs.popitem(last=False)
    return program


def make_program(
    backend: Backend, network: Any, widths: dict[str, int], loss: Loss, optimizer: Optimizer, l2: float
) -> Program:
    """Compile a network's functions; they compile when first called.

    Parameters
    ----------
    backend : Backend
    network : keras.Layer
        Built; scores ``{"user": rows, "item": rows}``, or ids for a side without a table. If it has a method ``encode(side, inputs,
        training)``, rows are what that makes of ``{"id": table rows, name: features, ...}``. If it has a method ``read(inputs,
        training)``, users are what that makes of histories: see `skrec.networks.SequenceNetwork`.
    widths : dict of str to int
        Width of each table: "user", "item", both or none.
    loss : Loss
    optimizer : Optimizer
    l2 : float
        Penalty on the squared rows of each event.

    Returns
    -------
    Program
    """
    optimizer = optimizer.for_network(network.trainable_variables)
    step = TrainingStep(backend, network, widths, loss, optimizer, l2)

    def score(weights: Any, fixed: Any, user: Any, item: Any) -> Any:
        return call(network, weights, fixed, {"user": user, "item": item}, training=False)

    def vectors(weights: Any, fixed: Any, user: Any, item: Any) -> Any:
        return with_weights(network, weights, fixed, lambda: network.vectors(user, item))

    def encoder(side: str) -> Callable[..., Any]:
        def encode(weights: Any, fixed: Any, inputs: Any) -> Any:
            return with_weights(network, weights, fixed, lambda: network.encode(side, inputs, training=False))

        return backend.compile_forward(encode)

    def read(weights: Any, fixed: Any, inputs: Any) -> Any:
        def run() -> Any:
            return network.vectors(network.read(inputs, training=False)[:, -1], inputs["rows"][:, -1])[0]

        return with_weights(network, weights, fixed, run)

    return Program(
        network,
        optimizer.alone(backend.compile_steps(step)),
        backend.compile_forward(score),
        backend.compile_forward(vectors) if isinstance(network, HasVectors) else None,
        {side: encoder(side) for side in ("user", "item", "context")} if isinstance(network, EncodesRows) else None,
        fold=backend.compile_steps(FoldStep(backend, network, loss)) if "user" in widths else None,
        read=backend.compile_forward(read) if isinstance(network, ReadsHistories) else None,
        temperature=(network.temperature or 1.0) if isinstance(network, Tempered) else 1.0,
        optimizer=optimizer,
    )
