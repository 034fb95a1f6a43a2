"""What all listings share: rows, as a table for people or as JSON for machines."""

import inspect
import json
import re
from collections import Counter
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
        table.add_column(heading, no_wrap=key == "name", overflow="fold")
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
        Keys of what `facts` gives; None stands there for a target that can't be imported, or isn't what its name says.

    Returns
    -------
    list of dict
        ``name``, ``provider``, `keys`, and ``faults``: why the thing can't be used, or not by its name alone.
    """
    from skrec.plugin import lookup, plugin_manager

    entries = plugin_manager().provided(kind)
    counts = Counter(entry.name for entry in entries)
    rows = []
    for entry in entries:
        row: Row = {"name": entry.name, "provider": entry.distribution, **dict.fromkeys(keys), "faults": []}
        asked = [f"{entry.distribution}:{entry.name}", entry.name] if counts[entry.name] > 1 else [entry.name]
        for number, name in enumerate(asked):
            try:
                target = lookup(kind, name)
                row |= facts(target) if number == 0 else {}
            except (Exception, SystemExit) as error:  # a listing is where one looks when a plugin misbehaves
                row["faults"].append(_fault(error))
        row["faults"] = list(dict.fromkeys(row["faults"]))
        rows.append(row)
    return rows


def _fault(error: BaseException) -> str:
    """Say what was raised, on one line; errors of skrec need no class name to be understood."""
    from skrec.exceptions import SkrecError

    text = " ".join(str(error).split())
    return text if isinstance(error, SkrecError) else f"{type(error).__name__}: {text}"


def list_by_summary(kind: str, heading: str, *, as_json: bool) -> None:
    """List a kind of which there is nothing to say but what each thing is, in one line.

    Parameters
    ----------
    kind : str
        One of ``skrec.plugin.KINDS``.
    heading : str
        Of the column of names.
    as_json : bool
        As for `show`.
    """
    rows = describe(kind, lambda target: {"summary": first_line(target)}, ["summary"])
    show(rows, {"name": heading, "provider": "provider", "summary": "summary"}, as_json=as_json)


def first_line(target: Any) -> str:
    """Give the first paragraph of a class' or function's own documentation as one line, without the marks of reST."""
    text = inspect.cleandoc(target.__doc__ or "").partition("\n\n")[0]
    text = re.sub(r"\s*\[\d+\]_|:[\w:]+:(?=`)|`", "", text)
    return " ".join(text.split())
