"""``skrec models``: recommenders that are known by name."""

import click

from skrec.cli._listing import describe, first_line, json_option, show


@click.command("models")
@json_option
def command(as_json: bool) -> None:
    """List the recommenders that are known by name."""
    rows = describe("models", lambda target: {"summary": first_line(target)}, ["summary"])
    show(rows, {"name": "model", "provider": "provider", "summary": "summary"}, as_json=as_json)
