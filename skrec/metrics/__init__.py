"""Ranking metrics: pure functions of ranked lists."""

from skrec.metrics._measure import (
    Measured,
    find_metric,
    measure,
    measure_built_in,
    measure_users,
    parse_metric,
    ranked_lists,
)
from skrec.metrics._relevance import relevant_items, warn_all_seen
from skrec.metrics.average_precision import average_precision
from skrec.metrics.coverage import coverage
from skrec.metrics.hit import hit
from skrec.metrics.mrr import mrr
from skrec.metrics.ndcg import ndcg
from skrec.metrics.novelty import novelty
from skrec.metrics.precision import precision
from skrec.metrics.recall import recall

__all__ = [
    "Measured",
    "average_precision",
    "coverage",
    "find_metric",
    "hit",
    "measure",
    "measure_built_in",
    "measure_users",
    "mrr",
    "ndcg",
    "novelty",
    "parse_metric",
    "precision",
    "ranked_lists",
    "recall",
    "relevant_items",
    "warn_all_seen",
]
