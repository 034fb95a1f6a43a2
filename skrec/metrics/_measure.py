"""One ranking, many metrics: relevant items of the held-out events against what a recommender lists."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from skrec.data import USER, Interactions, Vocabulary
from skrec.exceptions import UnknownNameError
from skrec.metrics._relevance import Relevant, rates_zero, seen_pairs, warn_all_seen
from skrec.plugin import RankedLists, lookup, lookup_built_in
from skrec.typing import Codes, Ids

DEFAULT_K = 10


def parse_metric(name: str) -> tuple[str, int]:
    """Split ``"ndcg@10"`` into its name and its cut-off; without one it is 10.

    Raises
    ------
    UnknownNameError
        If what follows the @ is no integer of at least 1.
    """
    if not isinstance(name, str):
        raise UnknownNameError(f"A metric is known by a name such as 'ndcg@10'. Got {name!r} instead.")
    short, at, cut_off = name.partition("@")
    if not at:
        return short, DEFAULT_K
    if not (cut_off.isascii() and cut_off.isdigit()) or int(cut_off) < 1:
        raise UnknownNameError(f"The cut-off of metric {name!r} must be an int in the range [1, inf), as in 'ndcg@10'.")
    return short, int(cut_off)


def find_metric(name: str) -> Callable[[RankedLists], Any]:
    """Find the function of a metric by its name without cut-off."""
    function: Callable[[RankedLists], Any] = lookup("metrics", name)
    return function


@dataclass(frozen=True)
class Measured:
    """Metrics of one recommender, user by user.

    Attributes
    ----------
    users : ndarray of shape (n_users,)
        Users with at least one relevant item, in first-seen order.
    n_relevant : ndarray of shape (n_users,), int64
        Relevant items of each.
    values : dict of str to ndarray of shape (n_users,)
        By the names as given.
    all_seen : bool
        Whether there were relevant items, and all of them were left out as seen.
    """

    users: Ids
    n_relevant: Codes
    values: dict[str, Any]
    all_seen: bool

    def means(self) -> dict[str, float]:
        """Average over the users; 0 where there are none."""
        return {name: float(np.mean(of_users)) if len(self.users) else 0.0 for name, of_users in self.values.items()}


def ranked_lists(recommender: Any, X: Interactions, k: int, y: Any = None, **options: Any) -> RankedLists:
    """Rank for the users of held-out events, and mark the hits.

    Cold users are ranked for with their rows of the table of users in `X`, where they have one: a model that reads users' features
    ranks by these. Candidates are never taken from `X`: a cold item is a candidate only where the option `items` is a frame with its
    features. Its position is then behind those of fit, in which it has no events.

    Parameters
    ----------
    recommender : estimator
        Fitted; has `recommend` and `items_`; `users_`, if cold users are to be ranked for by their features; and
        `item_counts_` for metrics that look at popularity.
    X : Interactions
        Held-out events, with the tables of users' features.
    k : int
        Length of the lists.
    y : array-like of shape (n_events,), optional
        Labels.
    **options
        Passed on to `recommend`.

    Returns
    -------
    RankedLists
        Of the users with at least one relevant item. Without item vectors, if a cold item is listed: it has none there.
    """
    relevant = Relevant.of(X, y, rates_zero(recommender))
    return _rank(recommender, relevant, X.users, k, options)


def _rank(
    recommender: Any, relevant: Relevant, table: pd.DataFrame | None, k: int, options: Mapping[str, Any]
) -> RankedLists:
    """Rank for the users of relevant items; `table` has features of them."""
    catalogue = Vocabulary(recommender.items_, "item")
    users, n_relevant = relevant.users.ids, relevant.n_relevant
    counts = np.asarray(getattr(recommender, "item_counts_", np.ones(len(catalogue))))
    vectors = recommender.item_vectors() if hasattr(recommender, "item_vectors") else None
    if len(users) == 0:
        empty = np.empty((0, k))
        return RankedLists(empty.astype(bool), n_relevant, empty.astype(np.int64), k, counts, vectors)
    listed, lengths = _ask(recommender, users, table, k, options)
    if (catalogue.encode(listed) < 0).any():
        catalogue = catalogue.extend(listed)
        counts, vectors = np.append(counts, np.zeros(len(catalogue) - len(counts))), None
    filled = np.arange(k) < lengths[:, np.newaxis]
    items = np.full((len(users), k), -1, dtype=np.int64)
    items[filled] = catalogue.encode(listed)
    rows, codes = relevant.in_catalogue(catalogue)
    wanted = pd.Index(rows * np.int64(max(1, len(catalogue))) + codes)
    keys = np.arange(len(users), dtype=np.int64)[:, np.newaxis] * max(1, len(catalogue)) + items
    hits = (wanted.get_indexer(keys.ravel()) >= 0).reshape(keys.shape) & (items >= 0)
    return RankedLists(hits, n_relevant, items, k, counts, vectors)


def _ask(
    recommender: Any, users: Ids, table: pd.DataFrame | None, k: int, options: Mapping[str, Any]
) -> tuple["pd.Series[Any]", Codes]:
    """Ask for lists; gives all listed items one after the other, and the lengths of the lists."""
    described = np.zeros(len(users), dtype=bool)
    if table is not None and hasattr(recommender, "users_"):
        new = ~pd.Index(users).isin(recommender.users_)
        described = new & pd.Index(users).isin(table[USER].to_numpy())
    if table is None or not described.any():
        answer = recommender.recommend(users, k, **options)
        return pd.Series(answer.listed), answer.lengths
    rows = table.set_index(USER, drop=False).loc[users[described]].reset_index(drop=True)
    # A user without a row is asked about by id: missing cells of a row would count as features, not as a cold user.
    parts = [(np.flatnonzero(described), rows), (np.flatnonzero(~described), users[~described])]
    lists, lengths = [], np.zeros(len(users), dtype=np.int64)
    for places, asked in parts:
        if len(places):
            answer = recommender.recommend(asked, k, **options)
            lengths[places] = answer.lengths
            lists.append(pd.Series(answer.listed, index=np.repeat(places, answer.lengths)))
    filled = [one for one in lists if len(one)] or lists[:1]
    return pd.concat(filled).sort_index(kind="stable"), lengths


def measure(
    recommender: Any, X: Interactions, metrics: Sequence[str] | str, y: Any = None, **options: Any
) -> dict[str, float]:
    """Compute several metrics from one ranking; each is the mean over the users with at least one relevant item.

    Parameters
    ----------
    recommender, X, metrics, y, **options
        As in `measure_users`.

    Returns
    -------
    dict of str to float
        By the names as given; 0 where no user has a relevant item.

    Warns
    -----
    SeenItemsWarning
        If every relevant item was left out as seen.
    """
    return _means(measure_users(recommender, X, metrics, y, **options))


def measure_users(
    recommender: Any,
    X: Interactions,
    metrics: Sequence[str] | str,
    y: Any = None,
    *,
    count_seen: bool = True,
    **options: Any,
) -> Measured:
    """Compute several metrics of each user from one ranking.

    Parameters
    ----------
    recommender, X, y, **options
        As in `ranked_lists`.
    metrics : sequence of str, or str
        Names with cut-offs.
    count_seen : bool, default=True
        Whether relevant items that are left out of the lists as seen count as misses; else they aren't relevant.

    Returns
    -------
    Measured
    """
    names = [metrics] if isinstance(metrics, str) else metrics
    functions = {name: (find_metric(parse_metric(name)[0]), parse_metric(name)[1]) for name in names}
    return _apply(functions, recommender, X, y, count_seen, options)


def measure_built_in(recommender: Any, X: Interactions, name: str, y: Any = None, **options: Any) -> float:
    """Compute one built-in metric without asking, or importing, any plugin; else as `measure`."""
    short, k = parse_metric(name)
    return _means(_apply({name: (lookup_built_in("metrics", short), k)}, recommender, X, y, True, options))[name]


def _means(measured: Measured) -> dict[str, float]:
    if measured.all_seen:
        warn_all_seen()
    return measured.means()


def _apply(
    functions: Mapping[str, tuple[Callable[[RankedLists], Any], int]],
    recommender: Any,
    X: Interactions,
    y: Any,
    count_seen: bool,
    options: Mapping[str, Any],
) -> Measured:
    relevant, all_seen = Relevant.of(X, y, rates_zero(recommender)), False
    if options.get("exclude_seen", True):
        seen = seen_pairs(recommender, relevant, options.get("history"))
        all_seen = len(seen) > 0 and bool(seen.all())
        relevant = relevant if count_seen or not seen.any() else relevant.without(seen)
    values = dict.fromkeys(functions, np.empty(0))
    if functions and len(relevant):
        lists = _rank(recommender, relevant, X.users, max(k for _, k in functions.values()), options)
        values = {name: np.asarray(function(lists.cut(k))) for name, (function, k) in functions.items()}
    return Measured(relevant.users.ids, relevant.n_relevant, values, all_seen)
