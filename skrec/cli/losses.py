"""``skrec losses``: what networks can be trained to lower, by name."""

from typing import Any

import click

from skrec.cli._listing import Row, describe, first_line, json_option, show


@click.command("losses")
@json_option
def command(as_json: bool) -> None:
    """List the losses that are known by name, what they learn, and their negatives."""
    rows = describe("losses", _facts, ["summary", "target", "negatives"])
    columns = {
        "name": "loss",
        "provider": "provider",
        "target": "learns",
        "negatives": "negatives",
        "summary": "summary",
    }
    show(rows, columns, as_json=as_json)


def _facts(target: Any) -> Row:
    return {"summary": first_line(target), "target": str(target.target), "negatives": str(target.negatives)}
