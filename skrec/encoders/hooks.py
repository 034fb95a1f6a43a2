"""The built-in encoders, by name."""

from skrec.plugin import hookimpl


@hookimpl
def skrec_encoders() -> dict[str, str]:
    return {}
