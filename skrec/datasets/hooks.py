"""The built-in datasets, by name."""

from skrec.plugin import hookimpl


@hookimpl
def skrec_datasets() -> dict[str, str]:
    return {"synthetic": "skrec.datasets.synthetic:Synthetic"}
