"""Search for the items whose vectors suit a user's best."""

from skrec.retrievers.exact import ExactRetriever

__all__ = ["ExactRetriever"]
