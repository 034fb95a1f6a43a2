"""The ``skrec`` command: one file a sub-command, each imported when it is called."""

from skrec.cli._app import main, make_cli

__all__ = ["main", "make_cli"]
