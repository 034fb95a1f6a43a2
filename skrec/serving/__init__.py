"""Serving: what a fit learned, and the answers that it gives. Nothing here knows an estimator."""

from skrec.serving.features import ModelFeatures
from skrec.serving.fold_in import draw_pool
from skrec.serving.history_users import HistoryUsers
from skrec.serving.learned import Learned
from skrec.serving.neighbour_users import NeighbourUsers
from skrec.serving.progress import reading_shown
from skrec.serving.reader import Reading
from skrec.serving.scorer import Scorer, Setup
from skrec.serving.server import Server
from skrec.serving.table_users import TableUsers
from skrec.serving.users import Users

__all__ = [
    "HistoryUsers",
    "Learned",
    "ModelFeatures",
    "NeighbourUsers",
    "Reading",
    "Scorer",
    "Server",
    "Setup",
    "TableUsers",
    "Users",
    "draw_pool",
    "reading_shown",
]
