"""``skrec encoders``: what turns a column of features into vectors, by name."""

import click

from skrec.cli._listing import json_option, list_by_summary


@click.command("encoders")
@json_option
def command(as_json: bool) -> None:
    """List the encoders of features that are known by name."""
    list_by_summary("encoders", "encoder", as_json=as_json)
