"""Keras layers, made of ``keras.ops`` alone; importing this package imports Keras."""

from skrec.networks.bert4rec import BERT4RecNetwork
from skrec.networks.caser import CaserNetwork
from skrec.networks.crossing import DCNv2Network, DeepFMNetwork, WideDeepNetwork
from skrec.networks.dropout import Dropout
from skrec.networks.factors import FactorNetwork
from skrec.networks.gmf import GMFNetwork
from skrec.networks.gru4rec import GRU4RecNetwork
from skrec.networks.hstu import HSTUNetwork
from skrec.networks.ids import IdNetwork
from skrec.networks.initial_weights import initial_weights, initializers_noted, is_random_state, weights_at_most
from skrec.networks.neumf import NeuMFNetwork
from skrec.networks.sasrec import SASRecNetwork
from skrec.networks.sequence import SequenceNetwork
from skrec.networks.smooth_relu import smooth_relu
from skrec.networks.two_tower import TwoTowerNetwork

__all__ = [
    "BERT4RecNetwork",
    "CaserNetwork",
    "DCNv2Network",
    "DeepFMNetwork",
    "Dropout",
    "FactorNetwork",
    "GMFNetwork",
    "GRU4RecNetwork",
    "HSTUNetwork",
    "IdNetwork",
    "NeuMFNetwork",
    "SASRecNetwork",
    "SequenceNetwork",
    "TwoTowerNetwork",
    "WideDeepNetwork",
    "initial_weights",
    "initializers_noted",
    "is_random_state",
    "smooth_relu",
    "weights_at_most",
]
