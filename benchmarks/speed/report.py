"""Tables on the screen, and one recorded row a run."""

from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks.results import record

Column = tuple[str, str, str]
"""Key in a row, heading, and format: that of `format`, or "" for text."""


def show(title: str, columns: list[Column], rows: list[dict[str, Any]], note: str = "") -> None:
    """Print a table; what a row doesn't have, or has as None, stays empty.

    Parameters
    ----------
    title : str
    columns : list of (key, heading, format)
    rows : list of dict
    note : str, default=""
        Printed below.
    """
    table = Table(title=title, title_justify="left", caption=note or None, caption_justify="left")
    for _, heading, form in columns:
        table.add_column(heading, justify="right" if form else "left")
    for row in rows:
        table.add_row(*(_text(row.get(key), form) for key, _, form in columns))
    Console(width=120).print(table)


def finish(benchmark: str, rows: list[dict[str, Any]], **facts: Any) -> None:
    """Record a run as ``speed-<benchmark>``, with the options it was called with, unless ``--no-record`` was given."""
    context = click.get_current_context()
    if not context.find_root().params.get("record", True):
        click.echo("Not recorded.")
        return
    # Where the peers are installed says something about a machine, and nothing about a figure.
    options = {name: value for name, value in context.params.items() if name != "peer_home"}
    path = record(f"speed-{benchmark}", rows, options=options, **facts)
    click.echo(f"Recorded in {path}.")


def ratio(value: float | None, base: float | None) -> float | None:
    """Divide, where both are there."""
    return None if value is None or not base else value / base


def _text(value: Any, form: str) -> str:
    if value is None:
        return ""
    return format(value, form) if form and not isinstance(value, str) else str(value)
