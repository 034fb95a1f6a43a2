"""Top-k search for skrec with Faiss; a plugin, found by its entry point."""

from skrec import hookimpl

__version__ = "0.1.0"


@hookimpl
def skrec_retrievers() -> dict[str, str]:
    """Name the retriever; neither it nor Faiss is imported before it is asked for."""
    return {"faiss": "skrec_faiss.retriever:FaissRetriever"}
