"""What pytest finds of skrec by itself, in every project: one fixture. Nothing else of skrec is imported until it is used."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def fresh_plugin_manager() -> Iterator[Any]:
    """Put a :class:`skrec.plugin.PluginManager` in place that knows the built-in plugins only, for the time of one test.

    What a test registers with it is known by name to all of skrec, and gone afterwards; what is installed is not looked at.
    """
    from skrec.plugin import PluginManager, use_manager

    manager = PluginManager(discover=False)
    previous = use_manager(manager)
    try:
        yield manager
    finally:
        use_manager(previous)
