"""The built-in metrics, by name."""

from skrec.plugin import hookimpl


@hookimpl
def skrec_metrics() -> dict[str, str]:
    return {}
