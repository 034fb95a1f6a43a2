"""Recommenders."""

from skrec.models._base import BaseRecommender
from skrec.models._features import ModelFeatures
from skrec.models._keras import KerasRecommender
from skrec.models._saved_network import SavedNetwork
from skrec.models._spec import NetworkSpec
from skrec.models.dcn_v2 import DCNv2
from skrec.models.deep_fm import DeepFM
from skrec.models.ease import EASE
from skrec.models.gmf import GMF
from skrec.models.item_knn import ItemKNN
from skrec.models.keras_model import KerasModel
from skrec.models.matrix_factorization import MatrixFactorization
from skrec.models.neumf import NeuMF
from skrec.models.popularity import Popularity
from skrec.models.two_tower import TwoTower
from skrec.models.wide_deep import WideDeep

__all__ = [
    "EASE",
    "GMF",
    "BaseRecommender",
    "DCNv2",
    "DeepFM",
    "ItemKNN",
    "KerasModel",
    "KerasRecommender",
    "MatrixFactorization",
    "ModelFeatures",
    "NetworkSpec",
    "NeuMF",
    "Popularity",
    "SavedNetwork",
    "TwoTower",
    "WideDeep",
]
