"""The one plugin manager: loads plugins late, isolates broken ones, and remembers who provides what."""

import importlib
import os
import re
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import EntryPoint, entry_points
from importlib.metadata import version as distribution_version
from typing import Any

import pluggy

from skrec.exceptions import PluginError, PluginWarning
from skrec.plugin import hookspecs
from skrec.plugin._markers import API_VERSION, PROJECT

OWN = "skrec-keras"
"""The distribution that the built-in plugins come with."""

BUILT_IN = {
    "metrics": "skrec.metrics.hooks",
    "retrievers": "skrec.retrievers.hooks",
    "encoders": "skrec.encoders.hooks",
    "datasets": "skrec.datasets.hooks",
    "backends": "skrec.backends.hooks",
    "models": "skrec.models.hooks",
    "losses": "skrec.losses.hooks",
}
"""Built-in plugins, loaded by dotted string as any other plugin is."""

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)?")


@dataclass
class PluginInfo:
    """What is known of one plugin.

    Attributes
    ----------
    name : str
        Name of its entry point.
    distribution, version : str
        Who ships it.
    status : {"active", "blocked", "error", "duplicate"}
        What is wrong with it, the worst first: an error, else a name that another plugin provides too.
    faults : list of str
        Why it is not, or not wholly, usable.
    provides : dict of str to list of str
        Names by kind.
    """

    name: str
    distribution: str
    version: str
    status: str = "active"
    faults: list[str] = field(default_factory=list)
    provides: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Provided:
    """One name, who provides it, and its target: a class, a function or a dotted string."""

    kind: str
    name: str
    distribution: str
    target: Any


class PluginManager:
    """Finds plugins by entry point and collects the names they provide.

    Built-in plugins are loaded on the first question; entry points of other distributions only when a name, or a
    listing, is asked for that they might provide.
    """

    def __init__(self, *, discover: bool = True) -> None:
        self._pluggy = pluggy.PluginManager(PROJECT)
        self._pluggy.add_hookspecs(hookspecs)
        self._discover = discover
        self._lock = threading.RLock()  # the first lookup may come from several of joblib's threads at once
        self._infos: dict[str, PluginInfo] = {}
        self._provided: dict[str, list[Provided]] = {}
        self._met: set[tuple[str, str]] = set()
        self._built_in_loaded = self._entry_points_loaded = False

    def register(self, plugin: Any, name: str, *, distribution: str | None = None, version: str = "") -> None:
        """Register a plugin object, as an entry point would.

        Parameters
        ----------
        plugin : module or object
            Has hook implementations marked with ``skrec.hookimpl``.
        name : str
            What to call it in listings.
        distribution : str, optional
            Who provides it; the plugin's name by default.
        version : str, default=""

        Raises
        ------
        PluginError
            If a plugin of this name is registered already. If the plugin is broken and ``SKREC_STRICT_PLUGINS=1``;
            otherwise it is left out with a `PluginWarning`.
        """
        with self._lock:
            self._load_built_in()
            if name in self._infos:
                raise PluginError(
                    f"A plugin called {name!r} is registered already. Unregister it first, or choose another name."
                )
            self._load(name, PluginInfo(name, distribution or name, version), lambda: plugin)

    def unregister(self, name: str) -> None:
        """Forget a plugin and the names it provides.

        Raises
        ------
        PluginError
            If there is no plugin of this name.
        """
        with self._lock:
            if name not in self._infos:
                raise PluginError(f"No plugin called {name!r} is registered. Registered are: {', '.join(self._infos)}.")
            self._forget(name)

    def provided(self, kind: str, distribution: str | None = None) -> list[Provided]:
        """List who provides which names of a kind.

        Parameters
        ----------
        kind : str
            One of ``skrec.plugin.KINDS``.
        distribution : str, optional
            Ask this one only; no other is imported.
        """
        with self._lock:
            self._load_built_in()
            if distribution is None:
                self._load_entry_points(None)
            elif distribution != OWN:
                self._load_entry_points(distribution)
            everything = self._entries()
        return [
            entry
            for entry in everything
            if entry.kind == kind
            and (distribution is None or _canonical(entry.distribution) == _canonical(distribution))
        ]

    def infos(self) -> list[PluginInfo]:
        """List all plugins, built-in ones first; loads them."""
        with self._lock:
            self._load_built_in()
            self._load_entry_points(None)
            owners: dict[tuple[str, str], list[str]] = {}
            for entry in self._entries():
                owners.setdefault((entry.kind, entry.name), []).append(entry.distribution)
            return [_with_duplicates(info, owners) for info in self._infos.values()]

    def add_commands(self, cli: Any) -> None:
        """Let every plugin add its sub-commands to the command line."""
        self.infos()
        for impl in self._pluggy.hook.skrec_commands.get_hookimpls():
            try:
                impl.function(*[{"cli": cli}[argument] for argument in impl.argnames])
            except Exception as error:  # see _load
                info = self._infos[impl.plugin_name]
                self._fail(info, error, "hook 'skrec_commands'")
                _warn(info, info.faults[-1:])

    def _load_built_in(self) -> None:
        if self._built_in_loaded:
            return
        self._built_in_loaded = True
        version = _own_version()
        for name, module in BUILT_IN.items():
            info = self._infos[name] = PluginInfo(name, OWN, version)
            self._admit(importlib.import_module(module), name, info)

    def _load_entry_points(self, distribution: str | None) -> None:
        """Load what isn't loaded yet, of all distributions or of one."""
        if not self._discover or self._entry_points_loaded:
            return
        blocked = {_canonical(name) for name in _listed("SKREC_DISABLE_PLUGINS")}
        for point, owner, version in _entry_points():
            other = distribution is not None and _canonical(owner) != _canonical(distribution)
            if other or (owner, point.name) in self._met:
                continue
            # Two distributions may call their plugins the same, or as a built-in is called: neither hides the other.
            key = point.name if point.name not in self._infos else f"{owner}:{point.name}"
            info = PluginInfo(point.name, owner, version)
            self._met.add((owner, point.name))  # before loading: a plugin may look names up while it is imported
            if {_canonical(point.name), _canonical(owner)} & blocked:
                info.status = "blocked"
                self._infos[key] = info
                continue
            try:
                self._load(key, info, point.load)
            except BaseException:
                self._met.discard((owner, point.name))
                raise
        self._entry_points_loaded = distribution is None

    def _load(self, key: str, info: PluginInfo, load: Callable[[], Any]) -> None:
        """Load one plugin; a broken one is left out with a warning."""
        self._infos[key] = info
        try:
            try:
                self._admit(load(), key, info)
            except (Exception, SystemExit) as error:  # whatever a plugin raises: isolating it is what this class is for
                if isinstance(error, PluginError) and _is_strict():
                    raise
                self._unhook(key)
                self._fail(info, error)
            _warn(info, info.faults)
        except BaseException:  # strict mode, a warning made an error, an interrupt: the next question meets it anew
            self._forget(key)
            raise

    def _forget(self, key: str) -> None:
        self._unhook(key)
        self._infos.pop(key, None)

    def _unhook(self, key: str) -> None:
        self._provided.pop(key, None)
        if self._pluggy.has_plugin(key):
            self._pluggy.unregister(name=key)

    def _entries(self) -> list[Provided]:
        return [entry for entries in self._provided.values() for entry in entries]

    def _admit(self, plugin: Any, key: str, info: PluginInfo) -> None:
        """Register one plugin with pluggy and collect its names."""
        needs = getattr(plugin, "SKREC_API_VERSION", API_VERSION)
        if needs > API_VERSION:
            info.status = "error"
            self._note(
                info,
                f"it needs version {needs} of the plugin API, and this skrec has {API_VERSION}. Upgrade skrec-keras.",
            )
            return
        self._pluggy.register(plugin, name=key)
        known = {f"skrec_{kind}" for kind in hookspecs.KINDS} | {"skrec_commands"}
        for caller in self._pluggy.get_hookcallers(plugin) or []:
            ours = [impl for impl in caller.get_hookimpls() if impl.plugin is plugin]
            if caller.name not in known and not all(impl.optionalhook for impl in ours):
                self._note(info, f"hook {caller.name!r} is unknown to this skrec, and isn't called")
        self._provided[key] = []
        for kind in hookspecs.KINDS:
            for impl in getattr(self._pluggy.hook, f"skrec_{kind}").get_hookimpls():
                if impl.plugin is plugin:
                    self._collect(kind, impl, key, info)

    def _collect(self, kind: str, impl: Any, key: str, info: PluginInfo) -> None:
        """Call one hook of one plugin, so that a raising one spoils no other."""
        try:
            targets = impl.function()
            if not isinstance(targets, Mapping):
                raise TypeError(
                    f"it must return a mapping from names to classes, and returned {type(targets).__name__}"
                )
        except (Exception, SystemExit) as error:  # see _load
            self._fail(info, error, f"hook 'skrec_{kind}'")
            return
        for name, target in targets.items():
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                self._note(
                    info, f"{kind} name {name!r} must be of lower-case letters, digits, dashes and at most one slash"
                )
                continue
            self._provided[key].append(Provided(kind, name, info.distribution, target))
            info.provides.setdefault(kind, []).append(name)

    def _fail(self, info: PluginInfo, error: BaseException, where: str = "") -> None:
        """Take note of a broken plugin, or raise in strict mode."""
        info.status = "error"
        text = " ".join(str(error).split())  # one line, for warnings and tables
        self._note(info, f"{where + ': ' if where else ''}{type(error).__name__}: {text}", error)

    def _note(self, info: PluginInfo, fault: str, cause: BaseException | None = None) -> None:
        info.faults.append(fault)
        if _is_strict():
            raise PluginError(_complaint(info, [fault])) from cause


def _entry_points() -> Iterator[tuple[EntryPoint, str, str]]:
    """Give each installed entry point once, with its distribution and version, in order of name."""
    met = set()
    for point in sorted(entry_points(group=PROJECT), key=lambda point: point.name):
        owner, version = (point.dist.name, point.dist.version) if point.dist else (point.name, "")
        if (point.name, point.value) not in met:
            met.add((point.name, point.value))
            yield point, owner, version


def _with_duplicates(info: PluginInfo, owners: Mapping[tuple[str, str], list[str]]) -> PluginInfo:
    """Copy what is known of a plugin, and add which of its names others provide too.

    It isn't kept with the plugin: it is true only as long as the others are there.
    """
    faults = [
        f"duplicate: {kind} name {name!r} is provided by {_provided_by(owners[kind, name], name)}"
        for kind, names in info.provides.items()
        for name in names
        if len(owners.get((kind, name), [])) > 1
    ]
    status = "duplicate" if faults and info.status == "active" else info.status
    return replace(info, status=status, faults=[*info.faults, *faults])


def _provided_by(owners: list[str], name: str) -> str:
    """Say who provides a duplicate name, and how to pick one of them."""
    distinct = sorted(set(owners))
    if len(distinct) == 1:
        return f"{distinct[0]} twice; its author must rename one"
    return f"{' and '.join(distinct)}; select one, as in {distinct[0]}:{name}"


def _own_version() -> str:
    try:
        return distribution_version(OWN)
    except importlib.metadata.PackageNotFoundError:  # run from a source tree that isn't installed
        return ""


def _complaint(info: PluginInfo, faults: list[str]) -> str:
    return f"Plugin {info.name!r} of {info.distribution} is broken, and left out as far as it is: {'; '.join(faults)}"


def _warn(info: PluginInfo, faults: list[str]) -> None:
    """Warn once of all that is wrong with a plugin."""
    if faults:
        warnings.warn(_complaint(info, faults), PluginWarning, stacklevel=2)


def _is_strict() -> bool:
    return os.environ.get("SKREC_STRICT_PLUGINS") == "1"


def _listed(variable: str) -> set[str]:
    return {name.strip() for name in os.environ.get(variable, "").split(",") if name.strip()}


def _canonical(distribution: str) -> str:
    """Spell a distribution's name as packaging tools compare it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


_manager: PluginManager | None = None
_manager_lock = threading.Lock()


def plugin_manager() -> PluginManager:
    """Give the process' plugin manager; made on first use."""
    global _manager
    with _manager_lock:
        if _manager is None:
            _manager = PluginManager()
        return _manager


def use_manager(manager: PluginManager | None) -> PluginManager | None:
    """Put another manager in place, for tests; gives back the one before."""
    global _manager
    previous, _manager = _manager, manager
    return previous
