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
    "losses": "loss",
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
        If no plugin provides the name; near misses are suggested.
    DuplicateNameError
        If several distributions do, naming them.
    PluginError
        If the target can't be imported.
    """
    _check_kind(kind)
    if not isinstance(name, str):
        raise UnknownNameError(f"A {_SINGULAR[kind]} is known by a name, a string. Got {name!r} instead.")
    distribution, _, short = name.rpartition(":")
    entries = plugin_manager().provided(kind, distribution or None)
    found = [entry for entry in entries if entry.name == short]
    if not found:
        raise UnknownNameError(_unknown(kind, name, [entry.name for entry in entries]))
    if len(found) > 1:
        raise DuplicateNameError(_duplicate(kind, short, sorted({entry.distribution for entry in found})))
    return _resolve(found[0])


def lookup_built_in(kind: str, name: str) -> Any:
    """Find a built-in without asking, or importing, any other plugin: for skrec's own defaults."""
    return lookup(kind, f"{OWN}:{name}")


def names(kind: str) -> list[str]:
    """List all names of a kind, sorted; loads the plugins."""
    _check_kind(kind)
    return sorted({entry.name for entry in plugin_manager().provided(kind)})


def _unknown(kind: str, name: str, known: list[str]) -> str:
    distribution, _, short = name.rpartition(":")
    close = difflib.get_close_matches(short.lower(), known, n=1, cutoff=0.5)
    guess = f"Did you mean {close[0]!r}? " if close else ""
    listing = ", ".join(sorted(set(known))) or "none"
    known_of = f"Known of {distribution}" if distribution else "Known"
    return f"Unknown {_SINGULAR[kind]} {name!r}. {guess}{known_of} are: {listing}."


def _duplicate(kind: str, name: str, owners: list[str]) -> str:
    if len(owners) == 1:
        return f"{_SINGULAR[kind].capitalize()} {name!r} is defined twice by {owners[0]}. Its author must rename one."
    return (
        f"{_SINGULAR[kind].capitalize()} {name!r} is defined by both {' and '.join(owners)}. "
        f"Uninstall one, or select {owners[0]}:{name}."
    )


def _check_kind(kind: str) -> None:
    if kind not in _SINGULAR:
        raise UnknownNameError(f"Unknown kind of plugin {kind!r}. Known are: {', '.join(_SINGULAR)}.")


def _resolve(entry: Provided) -> Any:
    """Import a lazy target."""
    what = f"{_SINGULAR[entry.kind].capitalize()} {entry.name!r} of {entry.distribution}"
    target = entry.target
    if isinstance(target, str):
        module, _, attribute = target.partition(":")
        try:
            target = getattr(importlib.import_module(module), attribute)
        except (Exception, SystemExit) as error:  # importing runs the plugin's code, which may raise anything
            raise PluginError(f"{what} can't be imported from {entry.target!r}: {error}") from error
    if not callable(target):
        raise PluginError(
            f"{what} must be a class or a function, or a string 'package.module:Class'. Got {target!r} instead."
        )
    return target
