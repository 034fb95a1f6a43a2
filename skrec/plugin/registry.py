"""From a name to what a plugin provides under it."""

import difflib
import importlib
from typing import Any

from skrec.exceptions import DuplicateNameError, PluginError, UnknownNameError
from skrec.plugin.manager import OWN, Provided, plugin_manager

_SINGULAR = {
    "encoders": "encoder",
    "datasets": "dataset",
    "backends": "backend",
    "models": "model",
    "metrics": "metric",
    "retrievers": "retriever",
}


def lookup(kind: str, name: str) -> Any:
    """Find what is provided under a name.

    Parameters
    ----------
    kind : str
        One of ``skrec.plugin.KINDS``.
    name : str
        A name, or ``distribution:name`` to ask one distribution only.

    Returns
    -------
    class or function
        The target; a lazy one is imported now.

    Raises
    ------
    UnknownNameError
        If nobody provides the name; near misses are suggested.
    DuplicateNameError
        If several distributions do, naming them.
    PluginError
        If the target can't be imported.
    """
    if not isinstance(name, str):
        raise UnknownNameError(f"A {_SINGULAR[kind]} is known by a name, a string. Got {name!r} instead.")
    distribution, _, short = name.rpartition(":")
    entries = plugin_manager().provided(kind, distribution or None)
    found = [entry for entry in entries if entry.name == short]
    if not found:
        raise UnknownNameError(_unknown(kind, name, [entry.name for entry in entries]))
    if len(found) > 1:
        owners = [entry.distribution for entry in found]
        raise DuplicateNameError(
            f"{_SINGULAR[kind].capitalize()} {short!r} is defined by both {' and '.join(owners)}. "
            f"Uninstall one, or select {owners[0]}:{short}."
        )
    return _resolve(found[0])


def lookup_built_in(kind: str, name: str) -> Any:
    """Find a built-in without asking, or importing, any other plugin: for skrec's own defaults."""
    return lookup(kind, f"{OWN}:{name}")


def names(kind: str) -> list[str]:
    """List all names of a kind, sorted; loads the plugins."""
    return sorted({entry.name for entry in plugin_manager().provided(kind)})


def _unknown(kind: str, name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    guess = f"Did you mean {close[0]!r}? " if close else ""
    listing = ", ".join(sorted(set(known))) or "none"
    return f"Unknown {_SINGULAR[kind]} {name!r}. {guess}Known are: {listing}."


def _resolve(entry: Provided) -> Any:
    """Import a lazy target."""
    if not isinstance(entry.target, str):
        return entry.target
    module, _, attribute = entry.target.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise PluginError(
            f"{_SINGULAR[entry.kind].capitalize()} {entry.name!r} of {entry.distribution} can't be imported "
            f"from {entry.target!r}: {error}"
        ) from error
