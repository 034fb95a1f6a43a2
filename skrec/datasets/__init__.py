"""Datasets by name, a generator of interactions, and what dataset plugins find their raw files with."""

from typing import TYPE_CHECKING

from skrec._lazy import lazy_names

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

if TYPE_CHECKING:
    from skrec.datasets._archive import unpack
    from skrec.datasets._fetch import fetch
    from skrec.datasets._load import load_dataset
    from skrec.datasets._media import CLIP_RATE
    from skrec.datasets._raw_files import RawFiles, find_raw_files
    from skrec.datasets.synthetic import Synthetic, make_interactions
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "unpack": "skrec.datasets._archive",
            "fetch": "skrec.datasets._fetch",
            "load_dataset": "skrec.datasets._load",
            "CLIP_RATE": "skrec.datasets._media",
            "RawFiles": "skrec.datasets._raw_files",
            "find_raw_files": "skrec.datasets._raw_files",
            "Synthetic": "skrec.datasets.synthetic",
            "make_interactions": "skrec.datasets.synthetic",
        },
    )
