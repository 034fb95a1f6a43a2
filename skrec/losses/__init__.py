"""Losses: objects with parameters, by name or handed in."""

from skrec.losses.bce import BCE
from skrec.losses.bpr import BPR
from skrec.losses.find import find_loss
from skrec.losses.keras_loss import KerasLoss
from skrec.losses.loss import Loss
from skrec.losses.mse import MSE
from skrec.losses.softmax import Softmax

__all__ = ["BCE", "BPR", "MSE", "KerasLoss", "Loss", "Softmax", "find_loss"]
