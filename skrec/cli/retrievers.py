"""``skrec retrievers``: how the items with the best vectors can be found, by name."""

from typing import Any

import click

from skrec.cli._listing import Row, describe, first_line, json_option, show


@click.command("retrievers")
@json_option
def command(as_json: bool) -> None:
    """List the top-k searches that are known by name, and whether they are exact."""
    rows = describe("retrievers", _facts, ["summary", "exact"])
    columns = {"name": "retriever", "provider": "provider", "exact": "exact", "summary": "summary"}
    show(rows, columns, as_json=as_json)


def _facts(target: Any) -> Row:
    return {"summary": first_line(target), "exact": bool(target.exact)}
