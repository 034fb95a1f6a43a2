"""One ranking, many metrics: relevant items of the held-out events against what a recommender lists."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from skrec.data import ITEM, RATING, USER, Interactions, Vocabulary, check_labels, labels_are_binary
from skrec.exceptions import UnknownNameError
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


def relevant_items(X: Interactions, y: Any, catalogue: Vocabulary) -> tuple[Ids, Codes, Codes, Codes]:
    """Gather what is relevant to each user of held-out events.

    Parameters
    ----------
    X : Interactions
    y : array-like of shape (n_events,) or None
        Labels; where all are 0 or 1, zeros aren't relevant.
    catalogue : Vocabulary
        Items of fit.

    Returns
    -------
    users : ndarray of shape (n_users,)
        Users with at least one relevant item, in first-seen order.
    rows, items : ndarrays of shape (n_pairs,), int64
        Relevant pairs of which the item is in the catalogue: positions in `users`, and item codes.
    n_relevant : ndarray of shape (n_users,), int64
        Distinct relevant items of each user, those outside the catalogue included: no list can hold them, and that is a
        miss.
    """
    events = X.events
    labels = events[RATING].to_numpy() if y is None and RATING in events else None
    if y is not None:
        labels = check_labels(y, len(X))
    kept = np.asarray(labels) > 0 if labels_are_binary(labels) else slice(None)
    pairs = events.loc[kept, [USER, ITEM]].drop_duplicates()
    if len(pairs) == 0:
        empty = np.empty(0, dtype=np.int64)
        return empty, empty, empty, empty
    users, rows = Vocabulary.build(pairs[USER].reset_index(drop=True), "user")
    items = catalogue.encode(pairs[ITEM].reset_index(drop=True))
    n_relevant = np.bincount(rows, minlength=len(users)).astype(np.int64)
    return users.ids, rows[items >= 0], items[items >= 0], n_relevant


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
    catalogue = Vocabulary(recommender.items_, "item")
    users, rows, relevant, n_relevant = relevant_items(X, y, catalogue)
    counts = np.asarray(getattr(recommender, "item_counts_", np.ones(len(catalogue))))
    vectors = recommender.item_vectors() if hasattr(recommender, "item_vectors") else None
    if len(users) == 0:
        empty = np.empty((0, k))
        return RankedLists(empty.astype(bool), n_relevant, empty.astype(np.int64), k, counts, vectors)
    listed, lengths = _ask(recommender, users, X.users, k, options)
    if (catalogue.encode(listed) < 0).any():
        catalogue = catalogue.extend(listed)
        _, rows, relevant, _ = relevant_items(X, y, catalogue)
        counts, vectors = np.append(counts, np.zeros(len(catalogue) - len(counts))), None
    filled = np.arange(k) < lengths[:, np.newaxis]
    items = np.full((len(users), k), -1, dtype=np.int64)
    items[filled] = catalogue.encode(listed)
    wanted = pd.Index(rows * np.int64(max(1, len(catalogue))) + relevant)
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
    recommender, X, y, **options
        As in `ranked_lists`.
    metrics : sequence of str, or str
        Names with cut-offs.

    Returns
    -------
    dict of str to float
        By the names as given; 0 where no user has a relevant item.
    """
    if isinstance(metrics, str):
        metrics = [metrics]
    functions = {name: (find_metric(parse_metric(name)[0]), parse_metric(name)[1]) for name in metrics}
    return _apply(functions, recommender, X, y, options)


def measure_built_in(recommender: Any, X: Interactions, name: str, y: Any = None) -> float:
    """Compute one built-in metric without asking, or importing, any plugin."""
    short, k = parse_metric(name)
    return _apply({name: (lookup_built_in("metrics", short), k)}, recommender, X, y, {})[name]


def _apply(
    functions: Mapping[str, tuple[Callable[[RankedLists], Any], int]],
    recommender: Any,
    X: Interactions,
    y: Any,
    options: Mapping[str, Any],
) -> dict[str, float]:
    if not functions:
        return {}
    lists = ranked_lists(recommender, X, max(k for _, k in functions.values()), y, **options)
    if len(lists.n_relevant) == 0:
        return dict.fromkeys(functions, 0.0)
    return {name: float(np.mean(function(lists.cut(k)))) for name, (function, k) in functions.items()}
