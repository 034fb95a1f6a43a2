"""Toy data whose best recommendation is known."""

import pandas as pd

from skrec.data import Interactions


def checkerboard(n: int) -> Interactions:
    """Make a checkerboard with its diagonal left out, so that the best item for user u is item u.

    Users and items are 0 .. n-1, and user u has an event with each item of u's parity but u itself.

    Parameters
    ----------
    n : int
        Number of users and of items; even numbers give a symmetric board.

    Returns
    -------
    Interactions
    """
    pairs = [(user, item) for user in range(n) for item in range(n) if user % 2 == item % 2 and user != item]
    return Interactions(pd.DataFrame(pairs, columns=["user_id", "item_id"]))
