"""``skrec datasets``: what ``load_dataset`` can load."""

from textwrap import shorten

import click

from skrec.cli._listing import describe, json_option, show

_KEYS = ("summary", "size", "license", "homepage")
_WIDTH = 60


@click.command("datasets")
@json_option
def command(as_json: bool) -> None:
    """List the datasets that can be loaded by name."""
    rows = describe("datasets", lambda target: {key: getattr(target, key) for key in _KEYS}, _KEYS)
    columns = {"name": "dataset", "provider": "provider", "summary": "summary", "size": "size", "license": "licence"}
    if not as_json:  # the terms of some take a paragraph, which load_dataset prints when it matters
        rows = [row | {"license": shorten(row["license"] or "", _WIDTH, placeholder=" ...")} for row in rows]
    show(rows, columns, as_json=as_json)
