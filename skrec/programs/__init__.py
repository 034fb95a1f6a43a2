"""Compiled programs of a network: training steps, scoring and fold-in. They know no estimator."""

from skrec.programs.keras_optimizer import KerasOptimizer, find_rule
from skrec.programs.network import EncodesRows, HasVectors, ReadsHistories
from skrec.programs.program import Program, find_program, make_program
from skrec.programs.sizes import MAX_STEPS, MIN_SIZE, bucket
from skrec.programs.state import Weights, initial_state, read_state

__all__ = [
    "MAX_STEPS",
    "MIN_SIZE",
    "EncodesRows",
    "HasVectors",
    "KerasOptimizer",
    "Program",
    "ReadsHistories",
    "Weights",
    "bucket",
    "find_program",
    "find_rule",
    "initial_state",
    "make_program",
    "read_state",
]
