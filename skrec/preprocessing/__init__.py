"""Transformers from Interactions to Interactions, for the front of a Pipeline."""

from skrec.preprocessing.binarize import Binarize
from skrec.preprocessing.deduplicate import Deduplicate
from skrec.preprocessing.feature_encoder import FeatureEncoder
from skrec.preprocessing.k_core import KCore
from skrec.preprocessing.recency_weight import RecencyWeight

__all__ = ["Binarize", "Deduplicate", "FeatureEncoder", "KCore", "RecencyWeight"]
