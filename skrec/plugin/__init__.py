"""How the outside gets in: hooks, interfaces and the registry of names."""

from skrec._params import Interval, NonNegative, Positive, PositiveInt, Share, StrOptions, check_parameters
from skrec._search import rank_candidates
from skrec.plugin._markers import API_VERSION, hookimpl, hookspec
from skrec.plugin.hookspecs import KINDS
from skrec.plugin.interfaces import Backend, Capabilities, Dataset, Encoder, RankedLists, Retriever
from skrec.plugin.manager import OWN, PluginInfo, PluginManager, Provided, plugin_manager, use_manager
from skrec.plugin.registry import lookup, lookup_built_in, names

__all__ = [
    "API_VERSION",
    "KINDS",
    "OWN",
    "Backend",
    "Capabilities",
    "Dataset",
    "Encoder",
    "Interval",
    "NonNegative",
    "PluginInfo",
    "PluginManager",
    "Positive",
    "PositiveInt",
    "Provided",
    "RankedLists",
    "Retriever",
    "Share",
    "StrOptions",
    "check_parameters",
    "hookimpl",
    "hookspec",
    "lookup",
    "lookup_built_in",
    "names",
    "plugin_manager",
    "rank_candidates",
    "use_manager",
]
