"""Recommenders."""

from skrec.models._base import BaseRecommender
from skrec.models._keras import KerasRecommender
from skrec.models._saved_network import SavedNetwork
from skrec.models._spec import NetworkSpec
from skrec.models.ease import EASE
from skrec.models.gmf import GMF
from skrec.models.item_knn import ItemKNN
from skrec.models.keras_model import KerasModel
from skrec.models.matrix_factorization import MatrixFactorization
from skrec.models.neumf import NeuMF
from skrec.models.popularity import Popularity

__all__ = [
    "EASE",
    "GMF",
    "BaseRecommender",
    "ItemKNN",
    "KerasModel",
    "KerasRecommender",
    "MatrixFactorization",
    "NetworkSpec",
    "NeuMF",
    "Popularity",
    "SavedNetwork",
]
