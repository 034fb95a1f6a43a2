"""How Interactions are shown: counts in a line, and pictures of their times and of popularity in notebooks."""

import html
from typing import Any

import numpy as np
import pandas as pd

from skrec.data._names import ITEM, TIMESTAMP, USER

_WIDTH, _HEIGHT, _FOOT = 300, 84, 16
_BARS = 40
_POINTS = 60
_FEWEST = 10  # items, of which a curve shows something
_STYLE = (
    ".skrec-X{font-family:system-ui,sans-serif;font-size:13px;line-height:1.4;color:inherit;max-width:680px}"
    ".skrec-X table{border-collapse:collapse;margin:0;font-size:13px}"
    ".skrec-X th{font-weight:600;text-align:left;vertical-align:top;padding:1px 14px 1px 0;white-space:nowrap;opacity:.7;background:none}"
    ".skrec-X td{text-align:left;padding:1px 0;background:none;overflow-wrap:anywhere}"
    ".skrec-X .title{font-weight:600;margin-bottom:4px}"
    ".skrec-X .charts{display:flex;flex-wrap:wrap;gap:20px;margin-top:10px}"
    ".skrec-X figure{margin:0}.skrec-X figcaption{font-size:12px;opacity:.7;margin-bottom:2px}"
    ".skrec-X text{font-size:10px;fill:currentColor;opacity:.65}"
    ".skrec-X svg{display:block;max-width:100%;height:auto}"
)
_COLOUR = "#4c8fd6"  # light enough on black, dark enough on white
_LINE = f'<path d="M0 {_HEIGHT}H{_WIDTH}" stroke="currentColor" stroke-opacity=".3"/>'


def facts_of(events: pd.DataFrame, users: pd.DataFrame | None, items: pd.DataFrame | None) -> dict[str, str]:
    """Gather what both representations show."""
    n_users, n_items = events[USER].nunique(), events[ITEM].nunique()
    facts = {
        "events": f"{len(events):,}",
        "users": f"{n_users:,}",
        "items": f"{n_items:,}",
        "density": _density(events, n_users, n_items),
    }
    if TIMESTAMP in events and len(events):
        times = events[TIMESTAMP]
        if times.dtype.kind in "iufM" and not times.isna().any():
            first, last = (
                _moment(times.iloc[place]) for place in (times.to_numpy().argmin(), times.to_numpy().argmax())
            )
            facts["time"] = f"{first} to {last}"
    facts["columns"] = ", ".join(events.columns)
    for what, table in (("user table", users), ("item table", items)):
        if table is not None:
            facts[what] = f"{len(table):,} rows: {', '.join(map(str, table.columns))}"
    return facts


def _density(events: pd.DataFrame, n_users: int, n_items: int) -> str:
    """Say which share of all pairs of users and items has an event; repeated events are the same pair."""
    cells = max(1, n_users * n_items)
    if len(events) * 2 > cells:  # only then can repeated events matter to the eye, and counting pairs takes time
        return f"{len(events[[USER, ITEM]].drop_duplicates()) / cells:.2%}"
    return f"{len(events) / cells:.2%}"


def to_html(events: pd.DataFrame, facts: dict[str, str]) -> str:
    """Show the facts, events over time as bars, and events by item, most popular first, as a curve."""
    rows = "".join(f"<tr><th>{html.escape(k)}</th><td>{html.escape(v)}</td></tr>" for k, v in facts.items())
    charts = [chart for chart in (_over_time(events), _popularity(events)) if chart]
    shown = f'<div class="charts">{"".join(charts)}</div>' if charts else ""
    return (
        f'<div class="skrec-X"><style>{_STYLE}</style><div class="title">Interactions</div>'
        f"<table><tbody>{rows}</tbody></table>{shown}</div>"
    )


def _over_time(events: pd.DataFrame) -> str:
    """Draw a bar for each stretch of time; nothing where there are no times, or only one."""
    if TIMESTAMP not in events or len(events) < 2:
        return ""
    column = events[TIMESTAMP]
    times = column.astype("int64") if column.dtype.kind == "M" else column
    if column.isna().any() or times.dtype.kind not in "iuf":
        return ""
    values = times.to_numpy(dtype=np.float64)
    if not values.min() < values.max():
        return ""
    counts, _ = np.histogram(values, bins=_BARS)
    step = _WIDTH / _BARS
    tallest = counts.max()
    bars = "".join(
        f'<rect x="{place * step + 0.5:.1f}" y="{_HEIGHT - _HEIGHT * n / tallest:.1f}" width="{step - 1:.1f}" '
        f'height="{_HEIGHT * n / tallest:.1f}" rx="1"><title>{n:,} events</title></rect>'
        for place, n in enumerate(counts.tolist())
        if n
    )
    ends = (_moment(column.iloc[int(values.argmin())]), _moment(column.iloc[int(values.argmax())]))
    return _figure("Events over time", f'<g fill="{_COLOUR}">{bars}</g>{_LINE}', ends, f"at most {tallest:,}")


def _popularity(events: pd.DataFrame) -> str:
    """Draw the share of all events that the most popular items have, over the share of items."""
    counts = np.sort(np.bincount(pd.factorize(events[ITEM])[0]))[::-1] if len(events) else np.empty(0)
    if len(counts) < _FEWEST:
        return ""
    shares = np.append(0.0, np.cumsum(counts) / counts.sum())
    places = np.unique(np.linspace(0, len(counts), _POINTS).astype(np.int64))
    points = [(_WIDTH * place / len(counts), _HEIGHT * (1 - shares[place])) for place in places]
    line = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    top = max(1, len(counts) // 10)
    drawn = (
        f'<path d="M{line}L{_WIDTH} {_HEIGHT}L0 {_HEIGHT}Z" fill="{_COLOUR}" fill-opacity=".25"/>'
        f'<path d="M{line}" fill="none" stroke="{_COLOUR}" stroke-width="2"/>{_LINE}'
    )
    title = f"Top {top:,} of {len(counts):,} items: {shares[top]:.0%} of events"
    return _figure(title, drawn, ("most popular", "all items"), "share of events")


def _figure(title: str, drawn: str, ends: tuple[str, str], note: str) -> str:
    first, last = (html.escape(end) for end in ends)
    label = html.escape(f"{title}: from {ends[0]} to {ends[1]}, {note}", quote=True)
    return (
        f'<figure><figcaption>{html.escape(title)}</figcaption><svg width="{_WIDTH}" height="{_HEIGHT + _FOOT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT + _FOOT}" role="img" aria-label="{label}">{drawn}'
        f'<text x="0" y="{_HEIGHT + 12}">{first}</text><text x="{_WIDTH}" y="{_HEIGHT + 12}" text-anchor="end">{last}</text>'
        "</svg></figure>"
    )


def _moment(value: Any) -> str:
    """Show a timestamp; whole numbers of the size of Unix seconds or milliseconds are shown as dates."""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    for unit, scale in (("s", 1.0), ("ms", 1e3)):
        if 1e8 * scale <= value <= 4e9 * scale:
            return f"{pd.Timestamp(int(value), unit=unit):%Y-%m-%d}"
    return f"{value:g}"
