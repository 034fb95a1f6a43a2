"""The conformance suite of metrics."""

import pickle
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np

from skrec.plugin import PluginManager, RankedLists, hookimpl, use_manager
from skrec.testing._expect import REFUSALS, brief, expect, expect_close, expect_equal, expect_finite
from skrec.testing._suite import made, run_suite, without_side_effects

Metric = Callable[[RankedLists], Any]

_N_USERS, _N_ITEMS, _K = 20, 30, 12


def check_metric(metric: Any) -> None:
    """Check that a metric keeps what ``skrec.plugin`` says of metrics.

    Parameters
    ----------
    metric : callable or str
        A function of one `skrec.plugin.RankedLists`, or the name that a plugin gives it.

    Raises
    ------
    AssertionError
        With the first promise that isn't kept.
    UnknownNameError
        If no plugin provides the name.

    See Also
    --------
    check_recommender : The suite of models.

    Examples
    --------
    >>> import numpy as np
    >>> from skrec.testing import check_metric
    >>> def first(lists):
    ...     return lists.hits[:, 0].astype(np.float64)
    >>> check_metric("ndcg")
    >>> try:
    ...     check_metric(lambda lists: float(lists.hits.mean()))
    ... except AssertionError as error:
    ...     print(error)
    <lambda> fails check_values_are_one_finite_float_per_user: A metric must return one number a user, shape (20,). Got shape () instead.
    """
    function = made("metrics", metric)
    expect(
        callable(function),
        f"A metric must be a function of one skrec.plugin.RankedLists, or a name registered by a plugin. Got {metric!r} instead.",
    )
    run_suite(CHECKS, function, getattr(function, "__name__", repr(function)))


def _lists(n_users: int = _N_USERS, *, k: int = _K, vectors: bool = True) -> RankedLists:
    """Make lists of all sorts: full and short ones, an empty one, without hits and with nothing but hits."""
    rng = np.random.default_rng(0)
    items = np.array([rng.permutation(_N_ITEMS)[:k] for _ in range(n_users)], dtype=np.int64).reshape(n_users, k)
    hits = rng.random((n_users, k)) < 0.3
    lengths = rng.integers(1, k + 1, size=n_users)
    lengths[: n_users // 2] = k
    if n_users > 3:
        lengths[-1] = 0
        hits[0], hits[1] = False, True
    past = np.arange(k) >= lengths[:, np.newaxis]
    items[past], hits[past] = -1, False
    n_relevant = np.maximum(hits.sum(axis=1) + rng.integers(0, 4, size=n_users), 1).astype(np.int64)
    counts = rng.integers(1, 50, size=_N_ITEMS).astype(np.float64)
    counts[3] = 0.0  # an item of the catalogue without any positive event
    item_vectors = rng.standard_normal((_N_ITEMS, 4)).astype(np.float32) if vectors else None
    return RankedLists(hits, n_relevant, items, k, counts, item_vectors)


def _take(lists: RankedLists, rows: Any) -> RankedLists:
    """Take some users."""
    return RankedLists(
        lists.hits[rows], lists.n_relevant[rows], lists.items[rows], lists.k, lists.item_counts, lists.item_vectors
    )


def _values(metric: Metric, lists: RankedLists, what: str) -> Any:
    """Compute, and check the form of what comes back."""
    values = metric(lists)
    expect(
        isinstance(values, np.ndarray) or np.isscalar(values),
        f"A metric must return a NumPy array. Got {type(values).__name__} instead for {what}.",
    )
    array = np.asarray(values)
    shape = (len(lists.hits),)
    expect(
        array.shape == shape, f"A metric must return one number a user, shape {shape}. Got shape {array.shape} instead."
    )
    expect(
        array.dtype.kind == "f",
        f"A metric must return floats, so that their mean is one. Got dtype {array.dtype} instead.",
    )
    expect_finite(array, f"The values for {what}")
    return array


def check_values_are_one_finite_float_per_user(metric: Metric) -> None:
    """The mean over the users is what is reported, and NaN would spoil it."""
    _values(metric, _lists(), "lists of all lengths")


def check_every_cut_off_works(metric: Metric) -> None:
    """``name@1`` is asked for as well as ``name@12``, and lists are views then."""
    lists = _lists()
    for k in range(1, _K + 1):
        values = _values(metric, lists.cut(k), f"lists cut to k={k}")
        short = _lists_of_columns(lists, k)
        expect_close(
            values, metric(short), f"The values at k={k}, which must depend on the first {k} columns and k alone, and"
        )


def _lists_of_columns(lists: RankedLists, k: int) -> RankedLists:
    """The first k columns as arrays of their own."""
    return RankedLists(
        lists.hits[:, :k].copy(), lists.n_relevant, lists.items[:, :k].copy(), k, lists.item_counts, lists.item_vectors
    )


def check_lists_without_a_hit_are_measured(metric: Metric) -> None:
    """A user without any hit must not divide by zero."""
    lists = _lists()
    nothing = RankedLists(
        np.zeros_like(lists.hits), lists.n_relevant, lists.items, lists.k, lists.item_counts, lists.item_vectors
    )
    _values(metric, nothing, "lists without a hit")


def check_empty_lists_are_measured(metric: Metric) -> None:
    """A user who has seen everything gets an empty list."""
    lists = _lists()
    empty = np.full_like(lists.items, -1)
    values = RankedLists(
        np.zeros_like(lists.hits), lists.n_relevant, empty, lists.k, lists.item_counts, lists.item_vectors
    )
    _values(metric, values, "empty lists")


def check_any_number_of_users_is_measured(metric: Metric) -> None:
    """One user, and none."""
    for n_users in (1, 0):
        _values(metric, _lists(n_users), f"{n_users} users")


def check_the_same_lists_give_the_same_values(metric: Metric) -> None:
    """A metric draws nothing at random, prints nothing, and keeps nothing from call to call."""
    first = metric(_lists())
    with without_side_effects("A metric"):
        metric(_lists(5))
        second = metric(_lists())
    expect_equal(second, first, "The values of the same lists, asked a second time,")


def check_lists_are_left_as_they_are(metric: Metric) -> None:
    """The next metric is computed from the same arrays."""
    lists, before = _lists(), _lists()
    metric(lists)
    for field in fields(RankedLists):
        expect_equal(
            getattr(lists, field.name),
            getattr(before, field.name),
            f"A metric must not change lists.{field.name}, which",
        )


def check_order_of_users_changes_nothing(metric: Metric) -> None:
    """Each user keeps its value, wherever it stands."""
    lists = _lists()
    order = np.random.default_rng(1).permutation(_N_USERS)
    expect_close(
        metric(_take(lists, order)), np.asarray(metric(lists))[order], "The values of the users in another order"
    )


def check_numbers_of_items_are_only_names(metric: Metric) -> None:
    """Renumbering the catalogue changes no value; -1, which ends a short list, is no number of an item."""
    lists = _lists()
    order = np.arange(_N_ITEMS)[::-1]  # new number of each item; the last one, which -1 would point to, is another then
    renamed = np.where(lists.items >= 0, order[lists.items], -1)
    vectors = None if lists.item_vectors is None else lists.item_vectors[order]
    other = RankedLists(lists.hits, lists.n_relevant, renamed, lists.k, lists.item_counts[order], vectors)
    expect_close(
        metric(other),
        metric(lists),
        "The values after items were renumbered (-1 stands for no item, and item_counts[-1] is the last item's), which",
    )


def check_models_without_item_vectors_are_measured_or_refused(metric: Metric) -> None:
    """Not every model has item vectors: a metric that needs them says so."""
    lists = _lists(vectors=False)
    try:
        values = metric(lists)
    except REFUSALS as error:
        expect(
            "item_vectors" in str(error) or "vectors" in str(error),
            "Where item_vectors is None, a metric may refuse with an error that says that it needs item vectors. "
            f"Its error says: {error}",
        )
    else:
        expect_finite(values, "The values where item_vectors is None")


def check_it_can_be_pickled(metric: Metric) -> None:
    """A search with several processes sends metrics around; lambdas and inner functions can't be sent."""
    try:
        other = pickle.loads(pickle.dumps(metric))
    except Exception as error:
        raise AssertionError(
            f"A metric must be possible to pickle, so define it at the top of a module. It raised: {error}"
        ) from error
    expect_equal(other(_lists()), metric(_lists()), "The values of the metric after pickling, which")


def check_it_measures_a_recommender_by_name(metric: Metric) -> None:
    """Registered as a plugin does it, the metric is one of those that are computed from one ranking."""
    from skrec.metrics import measure
    from skrec.models import Popularity
    from skrec.testing.toy import checkerboard

    class Plugin:
        @hookimpl
        def skrec_metrics(self) -> dict[str, Any]:
            return {"checked": metric}

    manager = PluginManager(discover=False)
    manager.register(Plugin(), "checked")
    previous = use_manager(manager)
    try:
        board = checkerboard(6)
        found = measure(Popularity().fit(board), board, ["checked@2", "ndcg@5"], exclude_seen=False)
    except REFUSALS as error:
        if "vectors" not in str(error):  # Popularity has no item vectors
            raise
    else:
        value = found["checked@2"]
        expect(
            np.isfinite(value), f"The mean that a scorer reports must be a finite number. Got {brief(value)} instead."
        )
    finally:
        use_manager(previous)


CHECKS = (
    check_values_are_one_finite_float_per_user,
    check_every_cut_off_works,
    check_lists_without_a_hit_are_measured,
    check_empty_lists_are_measured,
    check_any_number_of_users_is_measured,
    check_the_same_lists_give_the_same_values,
    check_lists_are_left_as_they_are,
    check_order_of_users_changes_nothing,
    check_numbers_of_items_are_only_names,
    check_models_without_item_vectors_are_measured_or_refused,
    check_it_can_be_pickled,
    check_it_measures_a_recommender_by_name,
)
