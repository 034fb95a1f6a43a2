"""Every hook of skrec. A hook's docstring is its contract.

Each hook but the last returns a mapping from a name to a class (for metrics: a function), or to a lazy string
``"package.module:Class"`` that is imported when the name is first used. Names are of lower-case letters, digits and
dashes, with at most one slash for families (``movielens/100k``).
"""

from collections.abc import Mapping
from typing import Any

from skrec.plugin._markers import hookspec

Targets = Mapping[str, Any]


@hookspec
def skrec_encoders() -> Targets:  # type: ignore[empty-body]
    """Feature encoders: name to a subclass of :class:`skrec.plugin.Encoder`."""


@hookspec
def skrec_datasets() -> Targets:  # type: ignore[empty-body]
    """Datasets: name to a subclass of :class:`skrec.plugin.Dataset`; the class is called without arguments."""


@hookspec
def skrec_backends() -> Targets:  # type: ignore[empty-body]
    """Backends: name to a subclass of :class:`skrec.plugin.Backend`; the class is called without arguments."""


@hookspec
def skrec_models() -> Targets:  # type: ignore[empty-body]
    """Models: name to an estimator class that can be made without arguments."""


@hookspec
def skrec_metrics() -> Targets:  # type: ignore[empty-body]
    """Metrics: name to a function of one :class:`skrec.plugin.RankedLists` that returns an array of shape (n_users,).

    Its mean over the users is what is reported.
    """


@hookspec
def skrec_retrievers() -> Targets:  # type: ignore[empty-body]
    """Top-k searches: name to a subclass of :class:`skrec.plugin.Retriever`."""


@hookspec
def skrec_losses() -> Targets:  # type: ignore[empty-body]
    """Losses: name to a subclass of :class:`skrec.losses.Loss` that can be made without arguments."""


@hookspec
def skrec_commands(cli: Any) -> None:
    """Add sub-commands to the command line: ``cli`` is its :class:`click.Group`."""


KINDS = ("encoders", "datasets", "backends", "models", "metrics", "retrievers", "losses")
"""The kinds of things that plugins name, in the order of the hooks above."""
