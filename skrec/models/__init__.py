"""Recommenders."""

from skrec.models._base import BaseRecommender
from skrec.models.ease import EASE
from skrec.models.item_knn import ItemKNN
from skrec.models.popularity import Popularity

__all__ = ["EASE", "BaseRecommender", "ItemKNN", "Popularity"]
