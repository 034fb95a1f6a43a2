"""What the demo prints: a table of metrics, and one user's history and recommendations by title."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from skrec.data import Interactions, Recommendations

_HISTORY_LINES = 8


def show_scores(
    scores: Mapping[str, Mapping[str, float]], seconds: Mapping[str, float], baseline: str, console: "Console"
) -> None:
    """Print the metrics of each model.

    Parameters
    ----------
    scores : mapping of str to mapping of str to float
        By model and metric, with ``n_users``, as of `evaluate`. Models are compared by the first metric.
    seconds : mapping of str to float
        What fitting each took.
    baseline : str
        Name of the model that the others are compared with.
    console : rich.console.Console
    """
    from rich.table import Column, Table

    metrics = [name for name in scores[baseline] if name != "n_users"]
    first = metrics[0]
    table = Table(Column("model", no_wrap=True), *metrics, "fit")
    for name, row in scores.items():
        # Of a baseline without a single hit there is no multiple.
        times = f" (x{row[first] / scores[baseline][first]:.2f})" if scores[baseline][first] > 0 else ""
        others = [f"{row[metric]:.4f}" for metric in metrics[1:]]
        table.add_row(name, f"{row[first]:.4f}{times}", *others, f"{seconds[name]:.1f} s")
    console.print(table)
    n_users = int(scores[baseline]["n_users"])
    console.print(
        f"Means over {n_users:,} users, for whom all items are ranked but those they were trained with. "
        f"In brackets: {first} in multiples of {baseline}'s.\n",
        highlight=False,
    )


def show_user(
    answer: "Recommendations", model: str, train: "Interactions", test: "Interactions", console: "Console"
) -> None:
    """Print what one user was trained with, what is recommended, and what of that was held out.

    Parameters
    ----------
    answer : Recommendations
        For the one user.
    model : str
        Name of the model that gave it.
    train, test : Interactions
    console : rich.console.Console
    """
    from rich.table import Table
    from rich.text import Text

    user, title = answer.users[0], titles(train)
    past, hidden = _events_of(train, user), set(_events_of(test, user)["item_id"])
    shown = past.tail(_HISTORY_LINES)
    history = Table("title", "rating", title=f"User {user}: the last {len(shown)} of {len(past):,} events trained with")
    for row in shown.to_dict("records"):
        history.add_row(Text(title(row["item_id"])), f"{row['rating']:g}" if "rating" in row else "-")
    console.print(history)
    listing = Table("rank", "title", "score", "held out", title=f"{model} recommends to user {user}")
    rows = answer.to_frame().to_dict("records")
    for row in rows:
        met = "yes" if row["item_id"] in hidden else ""
        listing.add_row(str(row["rank"]), Text(title(row["item_id"])), f"{row['score']:.3f}", met)
    console.print(listing)
    hits = sum(row["item_id"] in hidden for row in rows)
    console.print(f"{hits} of the {len(rows)} are among the {len(hidden)} items of user {user} that were held out.")


def titles(X: "Interactions") -> Callable[[Any], str]:
    """Make a function from an item's id to its title; the id itself where there is none.

    Parameters
    ----------
    X : Interactions

    Returns
    -------
    callable
    """
    table = X.items
    if table is None or "title" not in table:
        return str
    known = dict(zip(table["item_id"], table["title"], strict=True))
    return lambda item: str(known.get(item, item))


def _events_of(X: "Interactions", user: Any) -> "pd.DataFrame":
    """Give a user's events, oldest first."""
    events = X.events
    own = cast("pd.DataFrame", events[events["user_id"] == user])
    return own.sort_values("timestamp", kind="stable") if "timestamp" in own else own
