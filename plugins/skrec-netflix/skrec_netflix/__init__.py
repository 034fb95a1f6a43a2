"""The Netflix Prize dataset for skrec; a plugin, found by its entry point."""

from skrec import hookimpl

__version__ = "0.1.0"


@hookimpl
def skrec_datasets() -> dict[str, str]:
    """Name the dataset; it isn't imported before it is asked for."""
    return {"netflix/prize": "skrec_netflix.prize:NetflixPrize"}
