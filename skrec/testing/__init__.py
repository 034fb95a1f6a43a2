"""Tools for testing models and plugins."""

from skrec.testing.toy import checkerboard

__all__ = ["checkerboard"]
