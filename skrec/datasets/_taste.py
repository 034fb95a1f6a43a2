"""Planted taste: who likes which genre, which items belong to it, and who therefore has events with what."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from skrec.datasets._words import GENRES

N_GENRES = len(GENRES)
N_MOODS = 3
"""Shades of each genre: events show them, and so do plots, posters and clips, but no table."""

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

_AGES = (16, 75)
_RACE_CELLS = 2**22
_STRAY = 0.004


@dataclass(frozen=True)
class World:
    """Users and items with the taste that links them.

    Attributes
    ----------
    ages : ndarray of shape (n_users,), int64
        Years.
    occupations : ndarray of shape (n_users,), int64
        Positions in ``OCCUPATIONS``.
    taste : ndarray of shape (n_users, N_GENRES * N_MOODS)
        Probability of each mood of each genre; rows sum to 1.
    genres : ndarray of shape (n_items,), int64
        Main genre of each item.
    second_genres : ndarray of shape (n_items,), int64
        Second genre, or -1.
    shades : ndarray of shape (n_items,), int64
        Mood within the genres, below `N_MOODS`.
    moods : ndarray of shape (N_GENRES * N_MOODS, n_items)
        Share of each item in a mood, times its popularity; rows sum to 1, but for moods without any item, which are all
        0.
    """

    ages: Index
    occupations: Index
    taste: Array
    genres: Index
    second_genres: Index
    shades: Index
    moods: Array

    def match(self, users: Index, items: Index) -> Array:
        """Say how well pairs match: 0 for no taste in common, 1 for the user's favourite mood; shape (n_pairs,)."""
        share = self.moods / np.maximum(self.moods.sum(axis=0), 1e-300)
        best = self.taste.max(axis=1)
        common = np.zeros(len(users))
        for taste, belonging in zip(self.taste.T, share, strict=True):  # mood by mood: pairs times moods may not fit
            common += taste[users] * belonging[items]
        return np.asarray(common / best[users], dtype=np.float64)


def make_world(n_users: int, n_items: int, rng: np.random.Generator) -> World:
    """Draw users and items.

    A user's taste for genres comes from the age (the old like the first genres, the young the last), from the
    occupation (each has a favourite) and from a draw of the user's own; within a genre the user prefers one mood,
    whatever the user's features.
    """
    ages = rng.integers(_AGES[0], _AGES[1] + 1, size=n_users)
    occupations = rng.integers(N_GENRES, size=n_users)
    youth = (_AGES[1] - ages) / (_AGES[1] - _AGES[0])
    positions = np.arange(N_GENRES) / (N_GENRES - 1)
    logits = -10.0 * (youth[:, np.newaxis] - positions) ** 2
    logits += 2.5 * (occupations[:, np.newaxis] == np.arange(N_GENRES))
    logits += 0.8 * rng.gumbel(size=(n_users, N_GENRES))
    by_mood = np.repeat(logits, N_MOODS, axis=1) + 1.2 * rng.gumbel(size=(n_users, N_GENRES * N_MOODS))
    taste = np.exp(by_mood - by_mood.max(axis=1, keepdims=True))
    genres, seconds, shades, moods = _make_items(n_items, rng)
    taste[:, moods.sum(axis=1) == 0] = 0.0  # a small catalogue may lack a mood
    taste += 1e-12 * (moods.sum(axis=1) > 0)
    return World(ages, occupations, taste / taste.sum(axis=1, keepdims=True), genres, seconds, shades, moods)


def _make_items(n_items: int, rng: np.random.Generator) -> tuple[Index, Index, Index, Array]:
    """Draw genres, second genres, shades and shares in moods of items; all genres are equally frequent."""
    genres = rng.permutation(np.arange(n_items) % N_GENRES)
    seconds = (genres + rng.integers(1, N_GENRES, size=n_items)) % N_GENRES
    seconds = np.where(rng.random(n_items) < 0.35, seconds, -1)
    # Zipf's law, flattened at its head, over a random order of the items: a long tail.
    popularity = 1.0 / (rng.permutation(n_items) + 1.0 + 0.05 * n_items) ** 0.9
    moods = np.zeros((N_GENRES * N_MOODS, n_items))
    rows = np.arange(n_items)
    shades = rng.integers(N_MOODS, size=n_items)
    moods[genres * N_MOODS + shades, rows] = popularity
    both = seconds >= 0
    moods[seconds[both] * N_MOODS + shades[both], rows[both]] = 0.4 * popularity[both]
    moods[:, :] += _STRAY * popularity * (moods.sum(axis=1, keepdims=True) > 0)  # everybody strays now and then
    sums = moods.sum(axis=1, keepdims=True)
    return genres, seconds, shades, moods / np.where(sums == 0, 1.0, sums)


def draw_counts(n_users: int, n_items: int, n_events: int, rng: np.random.Generator) -> Index:
    """Share out exactly `n_events` among users: at most `n_items` each, log-normal above a floor of five or fewer.

    Returns
    -------
    ndarray of shape (n_users,), int64
    """
    floor = min(5, n_events // n_users, n_items)
    # Where there is room, no user has seen more than half the catalogue: there must be something left to recommend.
    most = n_items // 2 if floor <= n_items // 2 and 5 * n_events <= 2 * n_users * n_items else n_items
    counts = np.full(n_users, floor, dtype=np.int64)
    activity = rng.lognormal(sigma=0.5, size=n_users)
    while (left := n_events - int(counts.sum())) > 0:
        open_ = np.flatnonzero(counts < most)
        share = activity[open_] / activity[open_].sum() * left
        whole = np.minimum(np.floor(share).astype(np.int64), most - counts[open_])
        counts[open_] += whole
        if not whole.any():  # fewer events than open users are left: one more for each of the most active
            counts[open_[np.argsort(-share, kind="stable")[:left]]] += 1
    return counts


def draw_items(world: World, counts: Index, rng: np.random.Generator) -> tuple[Index, Index]:
    """Draw distinct items for each user, by taste times popularity.

    Drawing goes on until each user has enough different items. First as many draws at once as are needed, those that
    repeat thrown away; what the users who want nearly all of a mood still lack after that is drawn exactly, by a race.

    Returns
    -------
    users, items : ndarray of shape (n_events,), int64
        Pairs in no particular order; all are distinct.
    """
    n_items = world.moods.shape[1]
    pairs = np.empty(0, dtype=np.int64)
    for _ in range(3):
        have = np.bincount(pairs // n_items, minlength=len(counts))
        lacking = np.repeat(np.arange(len(counts)), counts - have)
        fresh = lacking * n_items + _draw_once(world, lacking, rng)
        pairs = np.sort(np.concatenate([pairs, fresh]))
        pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    have = np.bincount(pairs // n_items, minlength=len(counts))
    short = np.flatnonzero(have < counts)
    rest = [
        _race(world, block, pairs, counts[block] - have[block], rng)
        for block in np.array_split(short, 1 + len(short) * n_items // _RACE_CELLS)
        if len(block)
    ]
    pairs = np.concatenate([pairs, *rest])
    return pairs // n_items, pairs % n_items


def _draw_once(world: World, users: Index, rng: np.random.Generator) -> Index:
    """Draw one item for each entry of `users`: a mood by the user's taste, an item by the mood's popularity."""
    n_moods, n_items = world.moods.shape
    ladder = np.cumsum(world.taste, axis=1)
    ladder[:, -1] = 1.0
    # Row r of the ladder is lifted by r, so that one search in the flat ladder finds the step within the row.
    steps = (ladder + np.arange(len(ladder))[:, np.newaxis]).ravel()
    moods = np.searchsorted(steps, users + rng.random(len(users)), side="right") - users * n_moods
    rungs = np.cumsum(world.moods, axis=1)
    filled = rungs[:, -1] > 0
    rungs[filled] /= rungs[filled, -1:]
    flat = (rungs + np.arange(n_moods)[:, np.newaxis]).ravel()
    moods = np.clip(moods, 0, n_moods - 1)
    items: Index = np.searchsorted(flat, moods + rng.random(len(users)), side="right") - moods * n_items
    return np.clip(items, 0, n_items - 1)


def _race(world: World, users: Index, pairs: Index, lacking: Index, rng: np.random.Generator) -> Index:
    """Draw what a block of users still lacks without replacement: the least exponential times over weight win."""
    n_items = world.moods.shape[1]
    weights = world.taste[users] @ world.moods
    times = rng.standard_exponential(weights.shape) / np.maximum(weights, 1e-300)
    pairs = pairs[slice(*np.searchsorted(pairs, [users[0] * n_items, (users[-1] + 1) * n_items]))]
    rows = np.searchsorted(users, pairs // n_items)
    taken = users[rows] == pairs // n_items
    times[rows[taken], pairs[taken] % n_items] = np.inf
    most = int(lacking.max())
    front = np.argpartition(times, most - 1, axis=1)[:, :most]
    order = np.take_along_axis(front, np.argsort(np.take_along_axis(times, front, axis=1), axis=1), axis=1)
    winners: Index = order[np.arange(most) < lacking[:, np.newaxis]]
    drawn: Index = np.repeat(users, lacking) * n_items + winners
    return drawn


def draw_times(world: World, users: Index, items: Index, rng: np.random.Generator) -> Index:
    """Draw when events happen: distinct seconds of each user, in whose order taste drifts a little towards one genre.

    Returns
    -------
    ndarray of shape (n_events,), int64
        Unix seconds.
    """
    late = rng.integers(N_GENRES, size=len(world.ages))
    keys = rng.random(len(users)) + 0.3 * (world.genres[items] == late[users])
    order = np.lexsort((keys, users))
    gaps = 1 + rng.exponential(scale=6 * 3600.0, size=len(users)).astype(np.int64)
    starts = np.flatnonzero(np.diff(users[order], prepend=-1))
    clock = np.cumsum(gaps)
    lengths = np.diff(np.append(starts, len(users)))
    clock -= np.repeat(clock[starts], lengths)
    joined = 1_577_836_800 + rng.integers(2 * 365 * 86_400, size=len(world.ages))  # some time in 2020 or 2021
    times = np.empty(len(users), dtype=np.int64)
    times[order] = clock + joined[users[order]]
    return times


def draw_ratings(world: World, users: Index, items: Index, rng: np.random.Generator) -> Array:
    """Draw ratings from 1 to 5 in half steps: the better the match the higher, with biases and noise."""
    generosity = rng.normal(scale=0.35, size=len(world.ages))
    quality = rng.normal(scale=0.35, size=len(world.genres))
    raw = 2.6 + 1.9 * np.sqrt(world.match(users, items)) + generosity[users] + quality[items]
    raw += rng.normal(scale=0.5, size=len(users))
    return np.clip(np.round(2.0 * raw) / 2.0, 1.0, 5.0)
