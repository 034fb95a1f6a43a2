"""Recommenders."""

from typing import TYPE_CHECKING

from skrec._lazy import lazy_names

__all__ = [
    "BERT4Rec",
    "Caser",
    "EASE",
    "GMF",
    "GRU4Rec",
    "HSTU",
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
    "SASRec",
    "SavedNetwork",
    "TwoTower",
    "WideDeep",
    "FieldModel",
    "SequenceModel",
]

if TYPE_CHECKING:
    from skrec.models._base import BaseRecommender
    from skrec.models._field_model import FieldModel
    from skrec.models._keras import KerasRecommender
    from skrec.models._network_spec import NetworkSpec
    from skrec.models._saved_network import SavedNetwork
    from skrec.models._sequence_model import SequenceModel
    from skrec.models.bert4rec import BERT4Rec
    from skrec.models.caser import Caser
    from skrec.models.dcn_v2 import DCNv2
    from skrec.models.deep_fm import DeepFM
    from skrec.models.ease import EASE
    from skrec.models.gmf import GMF
    from skrec.models.gru4rec import GRU4Rec
    from skrec.models.hstu import HSTU
    from skrec.models.item_knn import ItemKNN
    from skrec.models.keras_model import KerasModel
    from skrec.models.matrix_factorization import MatrixFactorization
    from skrec.models.neumf import NeuMF
    from skrec.models.popularity import Popularity
    from skrec.models.sasrec import SASRec
    from skrec.models.two_tower import TwoTower
    from skrec.models.wide_deep import WideDeep
    from skrec.serving import ModelFeatures
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "BaseRecommender": "skrec.models._base",
            "FieldModel": "skrec.models._field_model",
            "KerasRecommender": "skrec.models._keras",
            "NetworkSpec": "skrec.models._network_spec",
            "SavedNetwork": "skrec.models._saved_network",
            "SequenceModel": "skrec.models._sequence_model",
            "BERT4Rec": "skrec.models.bert4rec",
            "Caser": "skrec.models.caser",
            "DCNv2": "skrec.models.dcn_v2",
            "DeepFM": "skrec.models.deep_fm",
            "EASE": "skrec.models.ease",
            "GMF": "skrec.models.gmf",
            "GRU4Rec": "skrec.models.gru4rec",
            "HSTU": "skrec.models.hstu",
            "ItemKNN": "skrec.models.item_knn",
            "KerasModel": "skrec.models.keras_model",
            "MatrixFactorization": "skrec.models.matrix_factorization",
            "NeuMF": "skrec.models.neumf",
            "Popularity": "skrec.models.popularity",
            "SASRec": "skrec.models.sasrec",
            "TwoTower": "skrec.models.two_tower",
            "WideDeep": "skrec.models.wide_deep",
            "ModelFeatures": "skrec.serving",
        },
    )
