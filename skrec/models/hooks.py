"""The built-in models, by name."""

from skrec.plugin import hookimpl


@hookimpl
def skrec_models() -> dict[str, str]:
    return {}
