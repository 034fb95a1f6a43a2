"""What all listings share: rows, as a table for people or as JSON for machines."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

Row = dict[str, Any]

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")


def show(rows: Sequence[Row], columns: Mapping[str, str], *, as_json: bool) -> None:
    """Print rows.

    Parameters
    ----------
    rows : sequence of dict
        All with the same keys, of values that JSON knows; among them ``name``, and ``faults``: sentences to print below
        the table.
    columns : mapping of str to str
        Keys that the table shows, and their headings.
    as_json : bool
        Print everything as a JSON array instead.
    """
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for key, heading in columns.items():
        table.add_column(heading, no_wrap=key == "name")
    for row in rows:
        # Text, since rich would take "[gpu]" in a plain string for markup.
        table.add_row(*(Text(_cell(row[key])) for key in columns))
    Console().print(table)
    for row in rows:
        for fault in row["faults"]:
            click.echo(f"{row['name']}: {fault}")


def _cell(value: Any) -> str:
    if value is None or value == "" or value == []:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def describe(kind: str, facts: Callable[[Any], Row], keys: Sequence[str]) -> list[Row]:
    """Describe everything that plugins provide of a kind, built-in things first.

    Parameters
    ----------
    kind : str
        One of ``skrec.plugin.KINDS``.
    facts : callable
        Gives what is particular to the kind, for a target.
    keys : sequence of str
        Keys of what `facts` gives; None stands there for a target that can't be imported.

    Returns
    -------
    list of dict
        ``name``, ``provider``, `keys`, and ``faults``: why the thing can't be used.
    """
    from skrec.exceptions import SkrecError
    from skrec.plugin import lookup, plugin_manager

    rows = []
    for entry in plugin_manager().provided(kind):
        row: Row = {"name": entry.name, "provider": entry.distribution, **dict.fromkeys(keys), "faults": []}
        try:
            row |= facts(lookup(kind, f"{entry.distribution}:{entry.name}"))
        except SkrecError as error:
            row["faults"].append(str(error))
        rows.append(row)
    return rows


def first_line(target: Any) -> str:
    """Give the first line of a class' own documentation."""
    text = (target.__doc__ or "").strip()
    return text.splitlines()[0].strip() if text else ""
