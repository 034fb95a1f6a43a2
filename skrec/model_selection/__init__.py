"""Splitters, ranking scorers and evaluation: what scikit-learn's searches need to know about recommenders."""

from skrec.model_selection.cold_split import ColdItemSplit, ColdUserSplit
from skrec.model_selection.evaluate import evaluate
from skrec.model_selection.leave_last_out import LeaveLastOut
from skrec.model_selection.scorer import RankingScorer, make_ranking_scorer
from skrec.model_selection.temporal_split import TemporalSplit
from skrec.model_selection.user_k_fold import UserKFold

__all__ = [
    "ColdItemSplit",
    "ColdUserSplit",
    "LeaveLastOut",
    "RankingScorer",
    "TemporalSplit",
    "UserKFold",
    "evaluate",
    "make_ranking_scorer",
]
