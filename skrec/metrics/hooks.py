"""The built-in metrics, by name."""

from skrec.plugin import hookimpl


@hookimpl
def skrec_metrics() -> dict[str, str]:
    return {
        "ndcg": "skrec.metrics.ndcg:ndcg",
        "recall": "skrec.metrics.recall:recall",
        "precision": "skrec.metrics.precision:precision",
        "hit": "skrec.metrics.hit:hit",
        "mrr": "skrec.metrics.mrr:mrr",
        "map": "skrec.metrics.average_precision:average_precision",
        "coverage": "skrec.metrics.coverage:coverage",
        "novelty": "skrec.metrics.novelty:novelty",
    }
