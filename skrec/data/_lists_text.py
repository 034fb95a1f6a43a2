"""Lists of recommended items as text."""

import pandas as pd

from skrec.data._lists_html import Shown

_LINE = 8


def lists_to_text(head: str, what: str, shown: Shown) -> str:
    """Write one line a user: id, source, and the first items.

    Parameters
    ----------
    head : str
    what : {"users", "items"}
        What was asked about.
    shown : list of (str, str, list of (str, float))
        Id, source, and labels and scores of each list's beginning.

    Returns
    -------
    str
    """
    rows = [(user, source, _line(entries)) for user, source, entries in shown]
    if not rows:
        return head
    return f"{head}\n{pd.DataFrame(rows, columns=[what[:-1], 'source', 'items']).to_string(index=False)}"


def _line(entries: list[tuple[str, float]]) -> str:
    return ", ".join(label for label, _ in entries[:_LINE]) + (", ..." if len(entries) > _LINE else "")
