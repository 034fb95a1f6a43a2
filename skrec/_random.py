"""``random_state`` becomes one NumPy generator; nothing else in skrec draws a seed."""

import numpy as np

from skrec.typing import RandomState


def generator(random_state: RandomState) -> np.random.Generator:
    """Make the NumPy generator that all randomness of one call comes from.

    Parameters
    ----------
    random_state : int, RandomState, Generator or None
        An int gives the same stream in every call; ``None`` a fresh one. A ``RandomState`` or ``Generator`` is drawn
        from, so that a second call gives other numbers.

    Returns
    -------
    numpy.random.Generator
    """
    if isinstance(random_state, np.random.Generator):
        return random_state
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31 - 1, size=4))
    return np.random.default_rng(random_state)


def keras_seed(rng: np.random.Generator) -> int:
    """Draw the seed of one Keras layer from ``rng``."""
    return int(rng.integers(2**31 - 1))
