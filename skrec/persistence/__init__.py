"""One safe file for a fitted estimator or pipeline: numbers and names, never code."""

from skrec.persistence.load import load
from skrec.persistence.save import save

__all__ = ["load", "save"]
