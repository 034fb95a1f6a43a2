"""Keras layers and losses, made of ``keras.ops`` alone; importing this package imports Keras."""

from skrec.networks.crossing import DCNv2Network, DeepFMNetwork, WideDeepNetwork
from skrec.networks.dropout import Dropout
from skrec.networks.factors import FactorNetwork
from skrec.networks.gmf import GMFNetwork
from skrec.networks.ids import IdNetwork
from skrec.networks.initial_weights import initial_weights
from skrec.networks.losses import LOSSES
from skrec.networks.neumf import NeuMFNetwork
from skrec.networks.smooth_relu import smooth_relu
from skrec.networks.two_tower import TwoTowerNetwork

__all__ = [
    "LOSSES",
    "DCNv2Network",
    "DeepFMNetwork",
    "Dropout",
    "FactorNetwork",
    "GMFNetwork",
    "IdNetwork",
    "NeuMFNetwork",
    "TwoTowerNetwork",
    "WideDeepNetwork",
    "initial_weights",
    "smooth_relu",
]
