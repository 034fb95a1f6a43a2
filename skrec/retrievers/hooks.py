"""The built-in retrievers, by name."""

from skrec.plugin import hookimpl


@hookimpl
def skrec_retrievers() -> dict[str, str]:
    return {"exact": "skrec.retrievers.exact:ExactRetriever"}
