"""Losses: objects with parameters, by name or handed in."""

from skrec.losses.bce import BCE
from skrec.losses.bpr import BPR
from skrec.losses.find import find_loss
from skrec.losses.loss import Loss
from skrec.losses.mse import MSE
from skrec.losses.softmax import Softmax

__all__ = ["BCE", "BPR", "MSE", "Loss", "Softmax", "find_loss"]
