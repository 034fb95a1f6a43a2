"""First weights drawn by NumPy, so that they are the same on every backend."""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import RLock
from typing import Any

import keras
import numpy as np

_NOTE = "_skrec_initializer"
_noting = RLock()
_most: ContextVar[int | None] = ContextVar("_most", default=None)


@contextmanager
def weights_at_most(n: int | None) -> Iterator[None]:
    """Let no network that is made here, under `initializers_noted`, have more than `n` weights.

    Counted before memory is taken: parameters that a file brings may ask for more than there is.

    Raises
    ------
    ValueError
        From what makes the network.
    """
    token = _most.set(n)
    try:
        yield
    finally:
        _most.reset(token)


@contextmanager
def initializers_noted() -> Iterator[None]:
    """Note at each weight that is made here what it is drawn by: Keras forgets it.

    A layer's weight that is made by ``self.add_weight(shape=...)`` alone then gets its numbers from NumPy as others do.
    """
    with _noting:
        add_weight, limit, made = keras.Layer.add_weight, _most.get(), 0

        def note(layer: Any, *arguments: Any, **options: Any) -> Any:
            nonlocal made
            shape = options.get("shape", arguments[0] if arguments else None) or ()
            made += math.prod(shape if isinstance(shape, Iterable) else (shape,))
            if limit is not None and made > limit:
                raise ValueError(f"a network of more than {limit:,} weights")
            variable = add_weight(layer, *arguments, **options)
            initializer = options.get("initializer", arguments[1] if len(arguments) > 1 else None)
            if initializer is None:  # what Keras takes for numbers, as others start at 0
                initializer = "glorot_uniform"
            setattr(variable, _NOTE, keras.initializers.get(initializer) if variable.trainable else None)
            return variable

        keras.Layer.add_weight = note
        try:
            yield
        finally:
            keras.Layer.add_weight = add_weight


def initial_weights(network: keras.Layer, rng: np.random.Generator) -> tuple[list[Any], list[Any]]:
    """Draw a network's first weights.

    Each weight keeps the distribution of its layer's initializer; only the numbers come from NumPy. Layers without a random
    initializer keep what they were built with, and the state of dropout's generators is seeded.

    Parameters
    ----------
    network : keras.Layer
        Built; under `initializers_noted`, where its weights may have initializers that are no attributes of its layers.
    rng : numpy.random.Generator

    Returns
    -------
    trainable, non_trainable : lists of ndarray
        In the order of ``network.trainable_variables`` and ``network.non_trainable_variables``.
    """
    drawn: dict[int, Any] = {}
    for layer in network._flatten_layers():
        for name, initializer in vars(layer).items():
            if not name.endswith("_initializer"):
                continue
            stem = name.removesuffix("_initializer")
            for attribute in (stem, f"{stem}_kernel"):  # recurrent_initializer draws recurrent_kernel
                variable = getattr(layer, attribute, None)
                if isinstance(variable, keras.Variable):
                    drawn[id(variable)] = _draw(initializer, variable, rng)
    values: tuple[list[Any], list[Any]] = ([], [])
    for kind, variables in zip(values, (network.trainable_variables, network.non_trainable_variables), strict=True):
        for variable in variables:
            kind.append(_first_value(variable, drawn, rng))
    return values


def is_random_state(variable: keras.Variable) -> bool:
    """Say whether a variable counts what dropout has drawn."""
    return "seed_generator_state" in variable.path or variable.path.endswith("dropout_counter")


def _first_value(variable: keras.Variable, drawn: dict[int, Any], rng: np.random.Generator) -> Any:
    if drawn.get(id(variable)) is not None:
        return drawn[id(variable)]
    noted = getattr(variable, _NOTE, None)
    if noted is not None and (found := _draw(noted, variable, rng)) is not None:
        return found
    value = keras.ops.convert_to_numpy(variable.value)
    if is_random_state(variable):
        return rng.integers(0, 2**31 - 1, size=value.shape).astype(value.dtype)
    return np.array(value)


def _draw(initializer: Any, variable: keras.Variable, rng: np.random.Generator) -> Any:
    """Draw from the distribution of a Keras initializer; None for one that isn't random."""
    shape, config = tuple(variable.shape), initializer.get_config() if hasattr(initializer, "get_config") else {}
    kind = type(initializer)
    names = keras.initializers
    if isinstance(initializer, names.VarianceScaling):
        return _variance_scaling(config, initializer, shape, rng)
    if kind is names.RandomUniform:
        return rng.uniform(config["minval"], config["maxval"], shape).astype(np.float32)
    if kind is names.RandomNormal:
        return rng.normal(config["mean"], config["stddev"], shape).astype(np.float32)
    if kind is names.TruncatedNormal:
        return (config["mean"] + config["stddev"] * _truncated(rng, shape)).astype(np.float32)
    if kind is names.Orthogonal:
        return _orthogonal(float(config["gain"]), shape, rng)
    return None


def _variance_scaling(
    config: dict[str, Any], initializer: Any, shape: tuple[int, ...], rng: np.random.Generator
) -> Any:
    """Draw as Glorot, He and LeCun do; fans as Keras computes them."""
    receptive = int(np.prod(shape[:-2])) if len(shape) > 2 else 1
    fan_in, fan_out = (shape[-2] * receptive, shape[-1] * receptive) if len(shape) > 1 else (shape[0], shape[0])
    fans = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}
    variance = initializer.scale / max(1.0, fans[initializer.mode])
    if initializer.distribution == "uniform":
        limit = np.sqrt(3.0 * variance)
        return rng.uniform(-limit, limit, shape).astype(np.float32)
    if initializer.distribution == "truncated_normal":
        # 0.8796 is the standard deviation of a normal distribution cut at two.
        return (np.sqrt(variance) / 0.87962566103423978 * _truncated(rng, shape)).astype(np.float32)
    return rng.normal(0.0, np.sqrt(variance), shape).astype(np.float32)


def _truncated(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Draw normal numbers, again where they exceed two standard deviations."""
    values = rng.normal(size=shape)
    while (far := np.abs(values) > 2.0).any():
        values[far] = rng.normal(size=int(far.sum()))
    return values


def _orthogonal(gain: float, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    rows, columns = int(np.prod(shape[:-1])), shape[-1]
    q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
    q = q * np.sign(np.diag(r))
    return (gain * (q if rows >= columns else q.T)).reshape(shape).astype(np.float32)
