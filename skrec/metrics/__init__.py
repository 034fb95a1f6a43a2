"""Ranking metrics: pure functions of ranked lists."""

from skrec.metrics._measure import find_metric, measure, measure_built_in, parse_metric, ranked_lists, relevant_items
from skrec.metrics.average_precision import average_precision
from skrec.metrics.coverage import coverage
from skrec.metrics.hit import hit
from skrec.metrics.mrr import mrr
from skrec.metrics.ndcg import ndcg
from skrec.metrics.novelty import novelty
from skrec.metrics.precision import precision
from skrec.metrics.recall import recall

__all__ = [
    "average_precision",
    "coverage",
    "find_metric",
    "hit",
    "measure",
    "measure_built_in",
    "mrr",
    "ndcg",
    "novelty",
    "parse_metric",
    "precision",
    "ranked_lists",
    "recall",
    "relevant_items",
]
