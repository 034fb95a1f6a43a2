"""``skrec plugins``: who provides what, and what is broken."""

import warnings

import click

from skrec.cli._listing import Row, json_option, show

_BLOCKED = "the environment variable SKREC_DISABLE_PLUGINS names it, and it isn't imported"


@click.command("plugins")
@json_option
def command(as_json: bool) -> None:
    """List plugins: who ships them, what they provide, what is broken."""
    from skrec.exceptions import PluginWarning
    from skrec.plugin import PluginInfo, plugin_manager

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)  # the listing says it
        infos = plugin_manager().infos()

    def row(info: PluginInfo) -> Row:
        provides = [f"{kind}: {', '.join(names)}" for kind, names in info.provides.items()]
        return {
            "name": info.name,
            "distribution": info.distribution,
            "version": info.version,
            "status": info.status,
            "provides": info.provides if as_json else "\n".join(provides),
            "faults": info.faults + ([_BLOCKED] if info.status == "blocked" else []),
        }

    columns = {"name": "plugin", "distribution": "distribution", "version": "version", "status": "status"}
    show([row(info) for info in infos], {**columns, "provides": "provides"}, as_json=as_json)
