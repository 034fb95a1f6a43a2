"""``skrec models``: recommenders that are known by name."""

import click

from skrec.cli._listing import json_option, list_by_summary


@click.command("models")
@json_option
def command(as_json: bool) -> None:
    """List the recommenders that are known by name."""
    list_by_summary("models", "model", as_json=as_json)
