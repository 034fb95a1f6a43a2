"""What recommenders are asked, and how answers are ranked; NumPy only."""

from skrec.queries.answers import Wording, answer, answer_similar
from skrec.queries.inputs import (
    drop_weightless,
    labels_for_callbacks,
    read_frames,
    read_interactions,
    read_item_frames,
    unchanged_on_error,
)
from skrec.queries.query import Query, takes_query
from skrec.queries.ranker import FEATURES, POPULAR, SOURCES, CatalogueRanker, Ranked, Ranker, join_lists, rank_scores
from skrec.queries.reader import QueryReader, ids_of
from skrec.queries.vector_ranking import VectorRanking, find_retriever, rank_popular, scatter

__all__ = [
    "FEATURES",
    "POPULAR",
    "SOURCES",
    "CatalogueRanker",
    "Query",
    "QueryReader",
    "Ranked",
    "Ranker",
    "VectorRanking",
    "Wording",
    "answer",
    "answer_similar",
    "drop_weightless",
    "labels_for_callbacks",
    "find_retriever",
    "ids_of",
    "join_lists",
    "rank_popular",
    "rank_scores",
    "read_frames",
    "read_item_frames",
    "read_interactions",
    "scatter",
    "takes_query",
    "unchanged_on_error",
]
