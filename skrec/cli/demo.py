"""``skrec demo``: from a dataset to recommendations by title, in about a minute."""

import time
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from skrec.data import Interactions, Recommendations

_BASELINE, _FIRST = "popularity", "gmf"
_PARTS = 5
_SECONDS = 60.0


@click.command("demo")
@click.option("--dataset", default="synthetic", show_default=True, metavar="NAME", help="One of `skrec datasets`.")
@click.option(
    "--model",
    default="matrix-factorization",
    show_default=True,
    metavar="NAME",
    help="One of `skrec models`: trained in addition to GMF and Popularity.",
)
@click.option("--user", metavar="ID", help="Whom to recommend to; by default somebody with a hit.")
@click.option("-k", type=click.IntRange(min=1), default=10, show_default=True, help="Length of the lists.")
def command(dataset: str, model: str, user: str | None, k: int) -> None:
    """Train recommenders, compare them with Popularity, and recommend to one user.

    A fifth of each user's events, chosen at random, is held out and never trained on. Training takes a minute at most:
    a model that isn't done in its share of that is left as far as it got, and its bar says so. The model that comes out
    best then recommends to a user of whom it found at least one of the events held out.
    """
    from rich.console import Console

    from skrec.cli._demo_tables import show_scores, show_user
    from skrec.datasets import load_dataset
    from skrec.model_selection import UserKFold, evaluate
    from skrec.plugin import lookup

    console = Console()
    kinds = {name: lookup("models", name) for name in dict.fromkeys((_BASELINE, _FIRST, model))}
    X = load_dataset(dataset)
    kept, held_out = next(iter(UserKFold(_PARTS, shuffle=True, random_state=0).split(X)))
    train, test = X[kept], X[held_out]
    asked = None if user is None else find_user(train, user)
    console.print(f"{dataset}: {_counts(X)}; a random fifth of each user's events is held out.", highlight=False)
    models, seconds = _train(kinds, train, console)
    metrics = [f"{name}@{k}" for name in ("ndcg", "recall", "coverage")]
    scores = {str(name): dict(row) for name, row in evaluate(models, test, metrics).T.items()}
    show_scores(scores, seconds, _BASELINE, console)
    best = max(scores, key=lambda name: scores[name][metrics[0]])
    if asked is None:
        asked = find_hit(models[best].recommend(test.events["user_id"].unique(), k), test)
    console.print(f"{best} has the highest {metrics[0]}, and is asked for recommendations.\n", highlight=False)
    show_user(models[best].recommend([asked], k), best, train, test, console)


def find_hit(answer: "Recommendations", test: "Interactions") -> Any:
    """Find the first user with a held-out item in the list; the first of all where nobody has one.

    Parameters
    ----------
    answer : Recommendations
    test : Interactions
        The events held out.

    Returns
    -------
    int or str
    """
    events = test.events
    hidden = set(zip(events["user_id"], events["item_id"], strict=True))
    listed = zip(answer.users, answer.items, answer.lengths, strict=True)
    hits = (user for user, items, length in listed if any((user, item) in hidden for item in items[:length]))
    return next(hits, answer.users[0])


def find_user(train: "Interactions", user: str) -> Any:
    """Find the id that was typed, of whatever type ids are.

    Parameters
    ----------
    train : Interactions
    user : str

    Returns
    -------
    int or str

    Raises
    ------
    click.BadParameter
        If no user has this id.
    """
    ids = train.events["user_id"].drop_duplicates()
    found = ids[ids.astype(str) == user]
    if found.empty:
        known = f"{len(ids):,} users of the dataset, such as {ids.iloc[0]}"
        raise click.BadParameter(f"There is no {user!r} among the {known}.", param_hint="--user")
    return found.iloc[0]


def _counts(X: "Interactions") -> str:
    events = X.events
    return f"{len(X):,} events of {events['user_id'].nunique():,} users with {events['item_id'].nunique():,} items"


def _train(kinds: dict[str, Any], train: "Interactions", console: "Console") -> tuple[dict[str, Any], dict[str, float]]:
    """Fit one model after the other, with their documented defaults; gives them, and the seconds each took."""
    from skrec.cli._epoch_bar import fit, progress

    models: dict[str, Any] = {}
    seconds: dict[str, float] = {}
    with progress(console) as bars:
        for name, kind in kinds.items():
            models[name] = kind()
            if "random_state" in models[name].get_params(deep=False):
                models[name].set_params(random_state=0)
            # What one model leaves of its share is for those that follow.
            share = (_SECONDS - sum(seconds.values())) / (len(kinds) - len(seconds))
            start = time.perf_counter()
            fit(models[name], train, name, bars, share)
            seconds[name] = time.perf_counter() - start
    return models, seconds
