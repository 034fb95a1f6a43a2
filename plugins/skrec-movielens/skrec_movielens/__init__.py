"""The MovieLens datasets for skrec; a plugin, found by its entry point."""

from skrec import hookimpl

__version__ = "0.1.0"


@hookimpl
def skrec_datasets() -> dict[str, str]:
    """Name the seven datasets; none is imported before it is asked for."""
    return {
        "movielens/100k": "skrec_movielens.ml100k:MovieLens100K",
        "movielens/1m": "skrec_movielens.ml1m:MovieLens1M",
        "movielens/10m": "skrec_movielens.ml10m:MovieLens10M",
        "movielens/20m": "skrec_movielens.ml_csv:MovieLens20M",
        "movielens/25m": "skrec_movielens.ml_csv:MovieLens25M",
        "movielens/32m": "skrec_movielens.ml_csv:MovieLens32M",
        "movielens/latest-small": "skrec_movielens.ml_csv:MovieLensLatestSmall",
    }
