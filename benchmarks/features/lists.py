"""Recall and NDCG of lists, against the items that users really had."""

from typing import Any

import numpy as np

from skrec import Recommendations


def recall_and_ndcg(answer: Recommendations, relevant: dict[Any, set[Any]], k: int) -> tuple[float, float]:
    """Means over the users: the share of their items that is in the list, and NDCG with log2 and binary gains."""
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    recalls, gains = [], []
    for user, items, length in zip(answer.users, answer.items, answer.lengths, strict=True):
        own = relevant[user]
        hits = np.array([item in own for item in items[:length]], dtype=bool)
        recalls.append(hits.sum() / len(own))
        gains.append(discounts[:length][hits].sum() / discounts[: min(len(own), k)].sum())
    return float(np.mean(recalls)), float(np.mean(gains))
