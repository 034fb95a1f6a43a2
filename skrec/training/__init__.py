"""Training: from a lesson and a plan to what is learned. Nothing here knows an estimator."""

from skrec.training.batching import Batching, PairBatching, SequenceBatching
from skrec.training.callbacks import CallbackSupportMixin, EpochTasks, History, with_callbacks
from skrec.training.lesson import Lesson
from skrec.training.loop import learn
from skrec.training.plan import Plan, patience_of
from skrec.training.prepare import prepare
from skrec.training.warm_start import keep_if_alike

__all__ = [
    "Batching",
    "CallbackSupportMixin",
    "EpochTasks",
    "History",
    "Lesson",
    "PairBatching",
    "Plan",
    "SequenceBatching",
    "keep_if_alike",
    "learn",
    "patience_of",
    "prepare",
    "with_callbacks",
]
