"""Keras layers and losses, made of ``keras.ops`` alone; importing this package imports Keras."""

from skrec.networks.dropout import Dropout
from skrec.networks.factors import FactorNetwork
from skrec.networks.gmf import GMFNetwork
from skrec.networks.ids import IdNetwork
from skrec.networks.initial_weights import initial_weights
from skrec.networks.losses import LOSSES
from skrec.networks.neumf import NeuMFNetwork

__all__ = ["LOSSES", "Dropout", "FactorNetwork", "GMFNetwork", "IdNetwork", "NeuMFNetwork", "initial_weights"]
