"""Fitted models that questions are asked of, and the answers that a few lines of NumPy give."""

import random

import numpy as np
import pandas as pd

from skrec.models import EASE, ItemKNN, Popularity

USERS, ITEMS = list(range(1, 13)), list(range(101, 116))
L2 = 3.0


class Contradiction(Exception):
    """What was answered isn't what the input means."""


def expect(condition, told):
    if not condition:
        raise Contradiction(told)


class World:
    """Models of the same events, by ids that are numbers, or texts.

    Attributes
    ----------
    users, items : list
        Ids of fit, in first-seen order.
    liked : dict
        Items of each user.
    scores : dict
        What EASE, in closed form, and Popularity give to each history.
    """

    def __init__(self, texts=False):
        draw = random.Random(3)
        name = (lambda prefix, number: f"{prefix}{number}") if texts else (lambda _, number: number)
        rows = [(user, item) for user in USERS for item in draw.sample(ITEMS, draw.randrange(3, 8))]
        self.events = pd.DataFrame(
            {
                "user_id": [name("u", user) for user, _ in rows],
                "item_id": [name("i", item) for _, item in rows],
                "timestamp": [draw.randrange(1000) for _ in rows],
            }
        )
        self.users, self.items = list(self.events["user_id"].unique()), list(self.events["item_id"].unique())
        self.users, self.items = [one for one in self.users], [one for one in self.items]
        if not texts:
            self.users, self.items = list(map(int, self.users)), list(map(int, self.items))
        self.cold_users = [name("u", 90), name("u", 91)]
        self.cold_items = [name("i", 900), name("i", 901)]
        self.liked = {user: [] for user in self.users}
        for user, item in zip(self.events["user_id"].tolist(), self.events["item_id"].tolist(), strict=True):
            self.liked[user].append(item)
        self.place = {item: place for place, item in enumerate(self.items)}
        rows = np.array([self.row(self.liked[user]) for user in self.users])
        inverse = np.linalg.inv(rows.T @ rows + L2 * np.eye(len(self.items)))
        self.weights = inverse / -np.diag(inverse)
        np.fill_diagonal(self.weights, 0)
        self.popular = rows.sum(axis=0) / len(self.users)
        self.models = {
            "EASE": EASE(L2).fit(self.events),
            "Popularity": Popularity().fit(self.events),
            "ItemKNN": ItemKNN().fit(self.events),
        }

    def row(self, items, weights=None):
        """A history as a row of the matrix; log2(1 + summed weight), as EASE counts what repeats."""
        made = np.zeros(len(self.items))
        for item, weight in zip(items, [1.0] * len(items) if weights is None else weights, strict=True):
            if item in self.place:
                made[self.place[item]] += weight
        return np.log2(1 + made)

    def score(self, model, history, weights=None):
        """Scores of all items for one history."""
        if model == "Popularity":
            return self.popular * len(self.users)
        row = self.row(history, weights)
        return row @ self.weights if model == "EASE" and row.any() else self.popular
