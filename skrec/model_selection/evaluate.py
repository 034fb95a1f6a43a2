"""evaluate: a table of metrics of fitted estimators on one test set."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from skrec._unwrap import unwrap
from skrec.exceptions import InvalidParameterError
from skrec.model_selection._held_out import held_out
from skrec.model_selection.scorer import check_metrics, check_options

DEFAULT_METRICS = ("ndcg@10", "recall@10", "hit@10", "mrr@10", "coverage@10")


def evaluate(
    estimator: Any, X_test: Any, metrics: str | Sequence[str] = DEFAULT_METRICS, *, y: Any = None, **options: Any
) -> pd.DataFrame:
    """Measure fitted estimators on held-out events.

    The users with relevant items in `X_test` are recommended items from the full catalogue, without those seen in fit,
    and each metric is the mean over these users. Each estimator ranks once, for all metrics. Cold users are
    evaluated too: by the features that the table of users in `X_test` has of them, where a model reads such. Cold items
    count as misses, unless the option `items` is a frame with their features.

    Parameters
    ----------
    estimator : estimator, sequence of estimators, or mapping of str to estimator
        Fitted: recommenders, Pipelines that end in one, or searches over either. A sequence's rows are named after the
        classes of the recommenders, numbered where one occurs twice; a mapping's by its keys.
    X_test : Interactions, or anything that ``Interactions(X_test)`` takes
        Held-out events; those of a Pipeline pass through its transformers first.
    metrics : str or sequence of str, default=("ndcg@10", "recall@10", "hit@10", "mrr@10", "coverage@10")
        Names with a cut-off; without one it is 10.
    y : array-like of shape (n_events,), optional
        Labels; where all are 0 or 1, zeros are not relevant.
    **options
        Arguments passed on to `recommend`: `items`, `exclude_items`, `exclude_seen` and `history`.

    Returns
    -------
    pandas.DataFrame
        One row per estimator, in the order given, the index called ``model``. One column per metric, under the name
        given, and last ``n_users``, the number of users with relevant items, which the means are over. Without any,
        metrics are 0.

    Raises
    ------
    UnknownNameError
        If no plugin provides a metric, with a near miss where there is one.
    InvalidParameterError
        If an estimator can't recommend, or an option isn't one of those above.
    InvalidDataError
        If `X_test` or `y` can't be used.
    NotFittedError
        If an estimator isn't fitted.

    See Also
    --------
    make_ranking_scorer : The same metrics inside a search or cross-validation.

    Examples
    --------
    >>> from skrec.model_selection import evaluate
    >>> from skrec.models import EASE, Popularity
    >>> from skrec.testing import checkerboard
    >>> train, test = checkerboard(6), [(0, 0), (1, 1), (2, 2)]
    >>> table = evaluate([EASE(1.0).fit(train), Popularity().fit(train)], test, ["hit@1", "mrr@10"])
    >>> table.round(2).reset_index()
            model  hit@1  mrr@10  n_users
    0        EASE   1.00    1.00        3
    1  Popularity   0.33    0.53        3
    """
    names = check_metrics(metrics)
    check_options(options, "evaluate")
    named = _by_name(estimator)
    # All events are prepared before anything is ranked, so that an estimator that can't be used is known at once.
    prepared = {name: held_out(one, X_test, y) for name, one in named.items()}
    rows = {name: {**one.measure(names, options), "n_users": one.n_users()} for name, one in prepared.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=[*dict.fromkeys(names), "n_users"]).rename_axis("model")


def _by_name(estimator: Any) -> dict[str, Any]:
    """Give each estimator the name of its row."""
    if isinstance(estimator, Mapping):
        named = {str(name): one for name, one in estimator.items()}
    else:
        several = list(estimator) if isinstance(estimator, (list, tuple)) else [estimator]
        classes = [type(unwrap(one).recommender).__name__ for one in several]
        total, met = Counter(classes), Counter[str]()
        named = {}
        for name, one in zip(classes, several, strict=True):
            met[name] += 1
            named[name if total[name] == 1 else f"{name}-{met[name]}"] = one
    if not named:
        raise InvalidParameterError("evaluate needs at least one fitted estimator. Got none.")
    return named
