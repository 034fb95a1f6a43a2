"""Interactions made up on the spot, with a taste planted that models can find."""

from collections.abc import Collection, Sequence
from numbers import Integral
from pathlib import Path
from typing import ClassVar, final

import numpy as np
import pandas as pd

from skrec._params import Interval, check_parameter, check_parameters
from skrec._random import generator
from skrec.data import Interactions
from skrec.datasets import _features, _media
from skrec.datasets._taste import World, draw_counts, draw_items, draw_ratings, draw_times, make_world
from skrec.exceptions import InvalidParameterError
from skrec.plugin import Dataset
from skrec.typing import RandomState

FEATURES = ("number", "category", "tags", "text", "image", "audio")


def make_interactions(
    n_users: int = 200,
    n_items: int = 100,
    n_events: int = 4000,
    *,
    features: Sequence[str] = FEATURES,
    random_state: RandomState = None,
) -> Interactions:
    """Make up interactions with films, with planted taste.

    There are eight genres. Each item has one or two of them, each user a taste for them that depends on age and
    occupation, and for one of three shades within each genre, which text, image and audio reveal and tables don't.
    Users draw distinct items by taste times popularity, which has a long tail, and rate them the higher the better they
    match; as time goes by each user's taste drifts a little towards one genre. So a collaborative model beats
    popularity, every feature alone predicts what users like, and content predicts it best.

    Parameters
    ----------
    n_users : int, default=200
        Users, with ids from 1 on.
    n_items : int, default=100
        Items, with ids from 1 on. Some may have no event.
    n_events : int, default=4000
        Events, all of different (user, item) pairs. Each user has at least five, or as many as there are to share out.
    features : sequence of str, default=("number", "category", "tags", "text", "image", "audio")
        Kinds of features that the tables have:

        * number: ``year`` of items, ``age`` of users;
        * category: ``studio`` of items, ``occupation`` of users;
        * tags: ``genres`` of items, as ``"Horror|Comedy"``;
        * text: ``plot`` of items, besides the ``title`` that they always have;
        * image: ``poster`` of items, uint8 arrays of shape (36, 24, 3);
        * audio: ``clip`` of items, float32 arrays of 0.4 to 0.6 seconds at 8,000 samples a second (`CLIP_RATE`).
    random_state : int, RandomState, Generator or None, default=None
        The same int gives the same interactions. A kind of feature doesn't change the events or the other kinds.

    Returns
    -------
    Interactions
        Events with ``user_id, item_id, rating, timestamp`` in the order of time: ratings from 1 to 5 in half steps,
        timestamps in Unix seconds, all different for one user.

    Raises
    ------
    InvalidParameterError
        If a number is below 1, if there aren't as many pairs as events, if a feature's name is unknown, or if
        `random_state` is none of the above.

    Examples
    --------
    >>> from skrec.datasets import make_interactions
    >>> X = make_interactions(50, 40, 500, features=("number", "tags"), random_state=0)
    >>> X.shape, X.items.columns.to_list(), X.users.columns.to_list()
    ((500, 4), ['item_id', 'title', 'year', 'genres'], ['user_id', 'age'])
    """
    _check(n_users, n_items, n_events, features, random_state)
    n_users, n_items, n_events = int(n_users), int(n_items), int(n_events)
    # One stream a part, so that asking for fewer features leaves the rest as it is.
    seeds = generator(random_state).integers(2**63, size=10)
    streams = [np.random.default_rng(seed) for seed in seeds]
    world = make_world(n_users, n_items, streams[0])
    users = pd.DataFrame({"user_id": np.arange(1, n_users + 1)})
    if "number" in features:
        users["age"] = world.ages
    if "category" in features:
        users["occupation"] = _features.occupations(world)
    return Interactions(_make_events(world, n_events, streams[1:4]), users, _make_items(world, features, streams[4:]))


def _check(n_users: int, n_items: int, n_events: int, features: Sequence[str], random_state: RandomState) -> None:
    at_least_one = [Interval(Integral, 1, None, closed="left")]
    counts = {"n_users": n_users, "n_items": n_items, "n_events": n_events}
    check_parameters(dict.fromkeys(counts, at_least_one), counts, "make_interactions")
    seeds = [Interval(Integral, 0, None, closed="left"), np.random.RandomState, np.random.Generator, None]
    check_parameter("random_state", random_state, seeds, "make_interactions")
    n_users, n_items = int(n_users), int(n_items)  # whose product NumPy's integers needn't hold
    if n_events > n_users * n_items:
        raise InvalidParameterError(
            f"The 'n_events' parameter of make_interactions must be at most n_users * n_items = {n_users * n_items:,}, "
            f"since no pair occurs twice. Got {n_events:,} instead."
        )
    named = isinstance(features, Collection) and not isinstance(features, str) and getattr(features, "ndim", 1) == 1
    if not named or not all(isinstance(name, str) and name in FEATURES for name in features):
        raise InvalidParameterError(
            f"The 'features' parameter of make_interactions must be a tuple of names among {', '.join(FEATURES)}. "
            f"Got {features!r} instead."
        )


def _make_events(world: World, n_events: int, streams: "list[np.random.Generator]") -> pd.DataFrame:
    """Draw events, sorted by time."""
    pairs, times, ratings = streams
    counts = draw_counts(len(world.ages), len(world.genres), n_events, pairs)
    users, items = draw_items(world, counts, pairs)
    frame = pd.DataFrame(
        {
            "user_id": users + 1,
            "item_id": items + 1,
            "rating": draw_ratings(world, users, items, ratings),
            "timestamp": draw_times(world, users, items, times),
        }
    )
    return frame.sort_values("timestamp", kind="stable", ignore_index=True)


def _make_items(world: World, features: Sequence[str], streams: "list[np.random.Generator]") -> pd.DataFrame:
    """Make the table of items."""
    title, year, studio, plot, poster, clip = streams
    table = pd.DataFrame({"item_id": np.arange(1, len(world.genres) + 1), "title": _features.titles(world, title)})
    if "number" in features:
        table["year"] = _features.years(world, year)
    if "category" in features:
        table["studio"] = _features.studios(world, studio)
    if "tags" in features:
        table["genres"] = _features.genre_tags(world)
    if "text" in features:
        table["plot"] = _features.plots(world, plot)
    if "image" in features:
        table["poster"] = _features.objects(_media.posters(world.genres, world.shades, poster))
    if "audio" in features:
        table["clip"] = _features.objects(_media.clips(world.genres, world.shades, clip))
    return table


@final
class Synthetic(Dataset):
    """The dataset ``synthetic``: `make_interactions` with a fixed seed, for demos and documentation.

    Attributes
    ----------
    summary, homepage, license, size, sha256
        As in :class:`skrec.plugin.Dataset`.
    """

    summary: ClassVar[str] = "Made-up films with planted taste; nothing is downloaded"
    homepage: ClassVar[str] = ""
    license: ClassVar[str] = "CC0-1.0"
    size: ClassVar[str] = "30,000 events of 600 users with 300 items; 0 bytes to download"

    def load(  # type: ignore[override]  # named options, so that a wrong one is refused
        self,
        data_home: Path,
        *,
        n_users: int = 600,
        n_items: int = 300,
        n_events: int = 30_000,
        features: Sequence[str] = ("number", "category", "tags", "text"),
        random_state: RandomState = 0,
    ) -> Interactions:
        """Make the interactions.

        Parameters
        ----------
        data_home : pathlib.Path
            Not used.
        n_users, n_items, n_events, features, random_state
            As in `make_interactions`.

        Returns
        -------
        Interactions
        """
        return make_interactions(n_users, n_items, n_events, features=features, random_state=random_state)
