"""Columns of items and users that reveal taste: titles, years, studios, tags and plots; ages and occupations."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from skrec.datasets._taste import N_GENRES, Index, World
from skrec.datasets._words import (
    ADJECTIVES,
    ENDINGS,
    GENRES,
    NOUNS,
    OCCUPATIONS,
    PEOPLE,
    PLAIN_ADJECTIVES,
    STUDIOS,
    VERBS,
)

_YEARS = (1955, 2015)


def titles(world: World, rng: np.random.Generator) -> "pd.Series[str]":
    """Make up distinct titles; four in five contain a noun of the main genre."""
    genres = np.where(rng.random(len(world.genres)) < 0.8, world.genres, rng.integers(N_GENRES, size=len(world.genres)))
    picks = rng.integers(2**31, size=(len(genres), 3))
    met: Counter[str] = Counter()
    result = []
    for genre, (first, second, form) in zip(genres, picks, strict=True):
        adjectives = PLAIN_ADJECTIVES if form % 2 else ADJECTIVES[genre]
        title = f"The {adjectives[first % len(adjectives)]} {NOUNS[genre][second % len(NOUNS[genre])]}".title()
        met[title] += 1
        result.append(title if met[title] == 1 else f"{title} {met[title]}")
    return pd.Series(result, dtype="str")


def years(world: World, rng: np.random.Generator) -> "pd.Series[int]":
    """Draw years: each genre had its time, the first one in the fifties and the last one lately."""
    prime = np.linspace(*_YEARS, N_GENRES)[world.genres]
    drawn = np.round(prime + rng.normal(scale=4.0, size=len(prime)))
    return pd.Series(drawn.astype(np.int64), dtype="int64")


def studios(world: World, rng: np.random.Generator) -> "pd.Series[str]":
    """Draw studios: three films in four come from the studio of their genre."""
    own = rng.random(len(world.genres)) < 0.75
    chosen = np.where(own, world.genres, rng.integers(len(STUDIOS), size=len(own)))
    return pd.Series(np.array(STUDIOS)[chosen], dtype="str")


def genre_tags(world: World) -> "pd.Series[str]":
    """Write genres as MovieLens does: one or two, with a bar between."""
    first = np.array(GENRES)[world.genres]
    tags = [
        name if second < 0 else f"{name}|{GENRES[second]}"
        for name, second in zip(first, world.second_genres, strict=True)
    ]
    return pd.Series(tags, dtype="str")


def plots(world: World, rng: np.random.Generator) -> "pd.Series[str]":
    """Make up plots of two sentences in the words of the genres, and one in those of the shade."""
    picks = rng.integers(2**31, size=(len(world.genres), 9))
    seconds = np.where(world.second_genres < 0, world.genres, world.second_genres)
    result = []
    for first, second, shade, pick in zip(world.genres, seconds, world.shades, picks, strict=True):
        person = PEOPLE[pick[8] % len(PEOPLE)].capitalize()
        ending = ENDINGS[shade][pick[7] % len(ENDINGS[shade])]
        result.append(f"{person} {_clause(first, pick[:3])}. Then somebody {_clause(second, pick[3:6])}. {ending}")
    return pd.Series(result, dtype="str")


def _clause(genre: int, pick: Index) -> str:
    """Say what somebody does, in words of one genre."""
    verb, adjective, noun = (
        words[genre][p % len(words[genre])] for words, p in zip((VERBS, ADJECTIVES, NOUNS), pick, strict=True)
    )
    return f"{verb} the {adjective} {noun}"


def occupations(world: World) -> "pd.Series[str]":
    """Name the users' occupations."""
    return pd.Series(np.array(OCCUPATIONS)[world.occupations], dtype="str")


def objects(arrays: "Sequence[Any]") -> "pd.Series[Any]":
    """Put arrays into a column of objects; pandas would make a table of arrays that are all of one shape."""
    column = np.empty(len(arrays), dtype=object)
    column[:] = [None] * len(arrays)
    for position, array in enumerate(arrays):
        column[position] = array
    return pd.Series(column)
