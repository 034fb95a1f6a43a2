"""The Amazon Reviews datasets for skrec; a plugin, found by its entry point."""

from skrec import hookimpl

__version__ = "0.1.0"


@hookimpl
def skrec_datasets() -> dict[str, str]:
    """Name the three editions; none is imported before it is asked for."""
    return {
        "amazon/2014": "skrec_amazon.reviews:Amazon2014",
        "amazon/2018": "skrec_amazon.reviews:Amazon2018",
        "amazon/2023": "skrec_amazon.reviews:Amazon2023",
    }
