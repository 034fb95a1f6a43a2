"""Tools for testing models and plugins: toy data, and a conformance suite for each kind of plugin.

Nothing is imported before it is asked for: pytest imports this package to find skrec's own plugin, in every project.
"""

import importlib
from typing import TYPE_CHECKING, Any

_LAZY = {
    "checkerboard": "skrec.testing.toy",
    "check_backend": "skrec.testing.backend_checks",
    "check_dataset": "skrec.testing.dataset_checks",
    "check_encoder": "skrec.testing.encoder_checks",
    "check_loss": "skrec.testing.loss_checks",
    "check_metric": "skrec.testing.metric_checks",
    "check_recommender": "skrec.testing.recommender_checks",
    "check_retriever": "skrec.testing.retriever_checks",
    "parametrize_with_recommender_checks": "skrec.testing.recommender_checks",
}

__all__ = [
    "check_backend",
    "check_dataset",
    "check_encoder",
    "check_loss",
    "check_metric",
    "check_recommender",
    "check_retriever",
    "checkerboard",
    "parametrize_with_recommender_checks",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'skrec.testing' has no attribute {name!r}")
    value = getattr(importlib.import_module(_LAZY[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


if TYPE_CHECKING:
    from skrec.testing.backend_checks import check_backend
    from skrec.testing.dataset_checks import check_dataset
    from skrec.testing.encoder_checks import check_encoder
    from skrec.testing.loss_checks import check_loss
    from skrec.testing.metric_checks import check_metric
    from skrec.testing.recommender_checks import check_recommender, parametrize_with_recommender_checks
    from skrec.testing.retriever_checks import check_retriever
    from skrec.testing.toy import checkerboard
