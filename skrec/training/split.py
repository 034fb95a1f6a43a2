"""Holding events out, to measure what is learned from all others."""

import numpy as np

from skrec.data import EncodedEvents, time_order

__all__ = ["split_events", "split_latest"]


def split_events(
    events: EncodedEvents, fraction: float, rng: np.random.Generator
) -> tuple[EncodedEvents, EncodedEvents]:
    """Hold events out at random, but never a user's or an item's last one.

    Parameters
    ----------
    events : EncodedEvents
    fraction : float
        Share to hold out, in [0, 1).
    rng : numpy.random.Generator

    Returns
    -------
    train, held_out : EncodedEvents
    """
    if fraction == 0.0:
        return events, events.take(np.zeros(len(events), dtype=bool))
    held_out = rng.random(len(events)) < fraction
    for codes, size in ((events.users, events.n_users), (events.items, events.n_items)):
        left = np.bincount(codes[~held_out], minlength=size)
        held_out &= left[codes] > 0
    return events.take(~held_out), events.take(held_out)


def split_latest(
    events: EncodedEvents, fraction: float, rng: np.random.Generator
) -> tuple[EncodedEvents, EncodedEvents]:
    """Hold out a share of each user's positive events, the latest, but never the first two.

    Parameters
    ----------
    events : EncodedEvents
    fraction : float
        Share to hold out, in [0, 1): on average, since whether half an event is one is drawn.
    rng : numpy.random.Generator

    Returns
    -------
    train, held_out : EncodedEvents
    """
    if fraction == 0.0:
        return events, events.take(np.zeros(len(events), dtype=bool))
    order = time_order(events.users, events.times)
    order = order[events.positive[order]]
    users = events.users[order]
    counts = np.bincount(users, minlength=events.n_users)
    n_out = np.floor(counts * fraction + rng.random(len(counts))).astype(np.int64)
    n_out = np.clip(n_out, 0, np.maximum(counts - 2, 0))
    place = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    held_out = np.zeros(len(events), dtype=bool)
    held_out[order[place >= (counts - n_out)[users]]] = True
    return events.take(~held_out), events.take(held_out)
