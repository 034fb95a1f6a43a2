"""Posters and sound clips that reveal the genre of an item, and its shade."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from skrec.datasets._taste import N_GENRES, Index

POSTER_SHAPE = (36, 24, 3)
"""Height, width, channels (red, green, blue)."""

CLIP_RATE = 8000
"""Samples a second of the clips that `make_interactions` generates."""

_CLIP_SECONDS = (0.4, 0.6)

Pixels = npt.NDArray[np.uint8]
Samples = npt.NDArray[np.float32]
Grid = npt.NDArray[np.float64]

_COLOURS = np.array(
    [
        (205, 140, 60),
        (225, 110, 150),
        (60, 20, 30),
        (240, 215, 60),
        (70, 75, 90),
        (50, 150, 70),
        (200, 200, 190),
        (40, 70, 190),
    ],
    dtype=np.float64,
)
"""Background of each genre's posters."""

_SHAPES: tuple[Callable[[Grid, Grid], npt.NDArray[np.bool_]], ...] = (
    lambda y, x: y > 0.25,
    lambda y, x: y**2 + x**2 < 0.4,
    lambda y, x: np.abs(y) + np.abs(x) < 0.7,
    lambda y, x: np.sin(9 * y) > 0,
    lambda y, x: np.sin(9 * x) > 0,
    lambda y, x: y > 2 * np.abs(x) - 0.6,
    lambda y, x: np.maximum(np.abs(y), np.abs(x)) < 0.55,
    lambda y, x: np.abs(np.hypot(y, x) - 0.6) < 0.15,
)
"""Figure of each genre's posters: horizon, disc, diamond, bars, stripes, mountain, frame, ring; y and x in [-1, 1]."""


_RIMS = (None, 235.0, 20.0)
"""Brightness of the rim around the posters of each shade; the first has none."""

_RIM = 2
"""Width of a rim in pixels."""

_NOISES = (0.01, 0.03, 0.1)
"""Standard deviation of the noise in the clips of each shade."""


def posters(genres: Index, shades: Index, rng: np.random.Generator) -> list[Pixels]:
    """Draw a poster for each item: a figure on a coloured ground, moved, tinted and speckled; the shade shows in its rim.

    Returns
    -------
    list of ndarray of shape (36, 24, 3), uint8
    """
    height, width, _ = POSTER_SHAPE
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    edge = np.ones((height, width), dtype=bool)
    edge[_RIM:-_RIM, _RIM:-_RIM] = False
    result = []
    for genre, shade in zip(genres, shades, strict=True):
        down, right = rng.uniform(-0.2, 0.2, size=2)
        ground = _COLOURS[genre] + rng.normal(scale=18.0, size=3)
        inside = _SHAPES[genre](y - down, x - right)
        picture = np.where(inside[..., np.newaxis], 255.0 - ground, ground)
        if (rim := _RIMS[shade]) is not None:
            picture[edge] = rim
        picture += rng.normal(scale=12.0, size=POSTER_SHAPE)
        result.append(np.clip(np.round(picture), 0, 255).astype(np.uint8))
    return result


def clips(genres: Index, shades: Index, rng: np.random.Generator) -> list[Samples]:
    """Play a clip for each item: a tone with two overtones, whose pitch and beat go with the genre, in noise by shade.

    Returns
    -------
    list of ndarray of shape (n_samples,), float32
        Mono, from -1 to 1, 8,000 samples a second; 0.4 to 0.6 seconds long.
    """
    pitches = np.geomspace(180.0, 1200.0, N_GENRES)
    beats = np.linspace(3.0, 17.0, N_GENRES)[::-1]
    result = []
    for genre, shade in zip(genres, shades, strict=True):
        seconds = np.arange(int(CLIP_RATE * rng.uniform(*_CLIP_SECONDS))) / CLIP_RATE
        pitch = pitches[genre] * 2.0 ** rng.normal(scale=0.08)
        tone = sum(np.sin(2 * np.pi * pitch * n * seconds + rng.uniform(0, 2 * np.pi)) / n for n in (1, 2, 3))
        beat = 0.5 + 0.5 * np.sin(2 * np.pi * beats[genre] * seconds + rng.uniform(0, 2 * np.pi))
        sound = 0.35 * tone * beat + rng.normal(scale=_NOISES[shade], size=len(seconds))
        result.append(np.clip(sound, -1.0, 1.0).astype(np.float32))
    return result
