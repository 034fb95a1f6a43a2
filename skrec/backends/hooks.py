"""The built-in backends, by name."""

from skrec.plugin import hookimpl


@hookimpl
def skrec_backends() -> dict[str, str]:
    return {}
