"""Datasets by name, a generator of interactions, and what dataset plugins find their raw files with."""

from skrec.datasets._archive import unpack
from skrec.datasets._fetch import fetch
from skrec.datasets._load import load_dataset
from skrec.datasets._media import CLIP_RATE
from skrec.datasets._raw_files import RawFiles, find_raw_files
from skrec.datasets.synthetic import Synthetic, make_interactions

__all__ = [
    "CLIP_RATE",
    "RawFiles",
    "Synthetic",
    "fetch",
    "find_raw_files",
    "load_dataset",
    "make_interactions",
    "unpack",
]
