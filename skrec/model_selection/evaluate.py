"""evaluate: a table of metrics of fitted estimators on one test set."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from skrec._params import check_parameter
from skrec._unwrap import unwrap
from skrec.data import USER
from skrec.exceptions import InvalidParameterError
from skrec.metrics import Measured, warn_all_seen
from skrec.model_selection._held_out import held_out
from skrec.model_selection.scorer import check_metrics, check_options

DEFAULT_METRICS = ("ndcg@10", "recall@10", "hit@10", "mrr@10", "coverage@10")


def evaluate(
    estimator: Any,
    X_test: Any,
    metrics: str | Sequence[str] = DEFAULT_METRICS,
    *,
    y: Any = None,
    per_user: bool = False,
    count_seen: bool = True,
    **options: Any,
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
        Labels, which win over the column ``rating``: 0 and less is not relevant, unless an estimator's fit has seen ratings that low among
        others than 0 and 1. Booleans always are labels. What is relevant to a user never depends on who else is in `X_test`.
    per_user : bool, default=False
        Give one row for each estimator and user.
    count_seen : bool, default=True
        Whether a relevant item that is left out as seen in fit counts as a miss. False takes it for not relevant: what users come back
        to is then not asked for.
    **options
        Arguments passed on to `recommend`: `items`, `exclude_items`, `exclude_seen` and `history`.

    Returns
    -------
    pandas.DataFrame
        One row per estimator, in the order given, the index called ``model``. One column per metric, under the name
        given, and last ``n_users``, the number of users with relevant items, which the means are over. Without any,
        metrics are 0.

        With `per_user`, one row per estimator and user with relevant items, in the order of `X_test`. Columns ``model``, ``user_id``, one
        per metric, whose mean over the rows of a model is its value in the table above, and last ``n_relevant``, the number of the
        user's relevant items. Of metrics of all lists together, such as ``coverage``, every user has the same.

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

    Warns
    -----
    SeenItemsWarning
        If every relevant item was left out of the lists as seen in fit, as in those of the training set: pass ``exclude_seen=False``.
    LabelWarning
        If zeros or labels of -1 count as relevant, and look as if they were not meant to be.

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
    >>> evaluate(EASE(1.0).fit(train), test, ["hit@1", "mrr@10"], per_user=True)
      model  user_id  hit@1  mrr@10  n_relevant
    0  EASE        0    1.0     1.0           1
    1  EASE        1    1.0     1.0           1
    2  EASE        2    1.0     1.0           1
    """
    names = check_metrics(metrics)
    check_options(options, "evaluate")
    check_parameter("per_user", per_user, ["boolean"], "evaluate")
    check_parameter("count_seen", count_seen, ["boolean"], "evaluate")
    named = _by_name(estimator)
    # All events are prepared before anything is ranked, so that an estimator that can't be used is known at once.
    prepared = {name: held_out(one, X_test, y) for name, one in named.items()}
    measured = {name: one.measure(names, {**options, "count_seen": count_seen}) for name, one in prepared.items()}
    if unsaid := [name for name, one in measured.items() if one.all_seen]:
        warn_all_seen(f" of {', '.join(unsaid)}")
    if per_user:
        return pd.concat([_user_rows(name, one) for name, one in measured.items()], ignore_index=True)
    rows = {name: {**one.means(), "n_users": len(one.users)} for name, one in measured.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=[*dict.fromkeys(names), "n_users"]).rename_axis("model")


def _user_rows(name: str, measured: Measured) -> pd.DataFrame:
    """Lay out what was measured of one estimator, a row for each user."""
    n_users = len(measured.users)
    values = {metric: np.broadcast_to(of_users, n_users) for metric, of_users in measured.values.items()}
    return pd.DataFrame({"model": [name] * n_users, USER: measured.users, **values, "n_relevant": measured.n_relevant})


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
