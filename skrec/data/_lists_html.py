"""Lists of recommended items as HTML, for notebooks: by user, with scores and where a list comes from."""

from html import escape

Shown = list[tuple[str, str, list[tuple[str, float]]]]
"""Id asked about, source, and labels and scores of the list's beginning."""

# Colours are shades of the page's own text colour, so that light and dark pages both read well.
_STYLE = """
.skrec-lists {font-family: system-ui, sans-serif; font-size: 0.9em; line-height: 1.4; color: inherit; max-width: 60em}
.skrec-lists .head {font-weight: 600; margin: 0.4em 0}
.skrec-lists .list {border-top: 1px solid rgba(128, 128, 128, 0.3); padding: 0.5em 0; display: flex; flex-wrap: wrap; gap: 0.2em 1em}
.skrec-lists .who {flex: 0 0 9em; overflow-wrap: anywhere}
.skrec-lists .who b {display: block}
.skrec-lists .source {font-size: 0.8em; padding: 0.05em 0.6em; border-radius: 1em; background: rgba(128, 128, 128, 0.18)}
.skrec-lists .source.model {background: rgba(46, 134, 222, 0.22)}
.skrec-lists .source.fold-in {background: rgba(16, 172, 132, 0.22)}
.skrec-lists .source.features {background: rgba(155, 89, 182, 0.25)}
.skrec-lists ol {flex: 1 1 20em; list-style: none; margin: 0; padding: 0}
.skrec-lists ol.several li {display: inline-block; margin: 0.1em 0.3em 0.1em 0; padding: 0.05em 0.6em; border-radius: 0.4em;
  background: rgba(128, 128, 128, 0.12)}
.skrec-lists ol.one li {display: flex; gap: 0.8em; padding: 0.1em 0.5em; margin-bottom: 2px; border-radius: 0.3em;
  background-repeat: no-repeat; background-image: linear-gradient(rgba(46, 134, 222, 0.18), rgba(46, 134, 222, 0.18))}
.skrec-lists ol.one li .label {flex: 1; overflow-wrap: anywhere}
.skrec-lists .rank, .skrec-lists .score {opacity: 0.65; font-variant-numeric: tabular-nums}
.skrec-lists .rank {min-width: 1.4em; text-align: right}
.skrec-lists ol.several .score {font-size: 0.85em; margin-left: 0.4em}
.skrec-lists .more {opacity: 0.65}
"""
_CHIPS = 8


def lists_to_html(head: str, n: int, what: str, shown: Shown) -> str:
    """Write one block a user; a single user's list with bars that show the scores.

    Parameters
    ----------
    head : str
    n : int
        How many were asked about; those that aren't shown are counted.
    what : {"users", "items"}
    shown : list of (str, str, list of (str, float))
        Id, source, and labels and scores of each list's beginning.

    Returns
    -------
    str
    """
    blocks = "".join(_block(user, source, entries, alone=n == 1) for user, source, entries in shown)
    more = f'<div class="list more">and {n - len(shown):,} more {what}</div>' if n > len(shown) else ""
    title = f'<div class="head">{escape(head)}</div>'
    return f'<style>{" ".join(_STYLE.split())}</style><div class="skrec-lists">{title}{blocks}{more}</div>'


def _block(user: str, source: str, entries: list[tuple[str, float]], *, alone: bool) -> str:
    badge = f'<span class="source {escape(source)}">{escape(source)}</span>'
    who = f'<div class="who"><b>{escape(user)}</b>{badge}</div>'
    if not entries:
        return f'<div class="list">{who}<span class="more">no items</span></div>'
    if alone:
        shares = _shares(entries)
        items = "".join(_line(place + 1, *entry, shares[place]) for place, entry in enumerate(entries))
        return f'<div class="list">{who}<ol class="one">{items}</ol></div>'
    items = "".join(f"<li>{escape(label)}{_score(score)}</li>" for label, score in entries[:_CHIPS])
    rest = '<li class="more">...</li>' if len(entries) > _CHIPS else ""
    return f'<div class="list">{who}<ol class="several">{items}{rest}</ol></div>'


def _line(rank: int, label: str, score: float, share: float) -> str:
    style = f"background-size: {100 * share:.0f}% 100%"
    return f'<li style="{style}"><span class="rank">{rank}</span><span class="label">{escape(label)}</span>{_score(score)}</li>'


def _score(score: float) -> str:
    # Three digits, the last one written where it is 0, so that scores of one list line up; counts as they are.
    text = f"{score:,.0f}" if 99.95 <= abs(score) < 1e9 else f"{score:#.3g}"
    return f'<span class="score">{text}</span>'


def _shares(entries: list[tuple[str, float]]) -> list[float]:
    """Lengths of the bars in [0, 1], from zero, or from the lowest score where that is below zero."""
    scores = [score for _, score in entries]
    low, high = min([*scores, 0.0]), max(scores)
    return [1.0 if high <= low else (score - low) / (high - low) for score in scores]
