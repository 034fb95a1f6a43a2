"""Ranking scorers for GridSearchCV and its kin."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, final

from skrec._params import check_parameter
from skrec.exceptions import InvalidParameterError
from skrec.metrics import find_metric, parse_metric, warn_all_seen
from skrec.model_selection._held_out import held_out

OPTIONS = ("items", "exclude_items", "exclude_seen", "history")
"""Arguments of `recommend` that can be fixed for all test sets."""


@final
class RankingScorer:
    """Measures how well an estimator ranks what its users took in held-out events; made by `make_ranking_scorer`.

    Attributes
    ----------
    metrics : str or tuple of str
        What is measured.
    options : dict of str to object
        Arguments passed on to `recommend`, and ``count_seen=False`` where that was asked for.
    __name__ : str
        The metrics' names, for tools that label axes and columns by it, such as ``LearningCurveDisplay``.
    """

    def __init__(self, metrics: str | tuple[str, ...], options: dict[str, Any]) -> None:
        self.metrics = metrics
        self.options = options

    @property
    def __name__(self) -> str:
        return self.metrics if isinstance(self.metrics, str) else ", ".join(self.metrics)

    def __call__(self, estimator: Any, X: Any, y: Any = None) -> float | dict[str, float]:
        """Rank once, and measure.

        Parameters
        ----------
        estimator : estimator
            A fitted recommender, a Pipeline that ends in one, or a fitted search over either.
        X : Interactions, or anything that ``Interactions(X)`` takes
            Held-out events; those of a Pipeline pass through its transformers first.
        y : array-like of shape (n_events,), optional
            Labels; 0 and less is not relevant, unless fit has seen ratings that low among others than 0 and 1. Booleans always are labels.

        Returns
        -------
        float, or dict of str to float
            A number for one name; a dict by name for a sequence of names.

        Warns
        -----
        SeenItemsWarning
            If every relevant item was left out of the lists as seen in fit.
        LabelWarning
            If zeros or labels of -1 count as relevant, and look as if they were not meant to be.
        """
        names = [self.metrics] if isinstance(self.metrics, str) else list(self.metrics)
        measured = held_out(estimator, X, y).measure(names, self.options)
        if measured.all_seen:
            warn_all_seen()
        values = measured.means()
        return values[self.metrics] if isinstance(self.metrics, str) else values

    def _accept_sample_weight(self) -> bool:
        """Say no: a mean over users has no weights of events. A search that is given weights asks its scorer this."""
        return False

    def __repr__(self) -> str:
        given = self.metrics if isinstance(self.metrics, str) else list(self.metrics)
        options = "".join(f", {name}={value!r}" for name, value in self.options.items())
        return f"make_ranking_scorer({given!r}{options})"


def make_ranking_scorer(
    metrics: str | Sequence[str] = "ndcg@10", *, count_seen: bool = True, **options: Any
) -> RankingScorer:
    """Make a scorer of rankings, for ``scoring=`` of scikit-learn's searches and cross-validation.

    The users with relevant items in the test set are recommended items from the full catalogue, without those seen in
    fit, and each metric is the mean over these users. All metrics are computed from one ranking. Cold users are
    ranked for by their features, their row of the test set's table of users, if there is one. Cold items are candidates
    only where `items` is a frame with their features.

    Scores of training sets (``return_train_score``, ``LearningCurveDisplay``) say nothing as long as seen items are excluded, and
    come with a warning: pass ``exclude_seen=False``.

    Parameters
    ----------
    metrics : str or sequence of str, default="ndcg@10"
        Names with a cut-off, as ``"recall@20"``; without one it is 10. With a sequence the scorer gives a dict: name
        the metric that chooses in the search's ``refit``.
    count_seen : bool, default=True
        Whether a relevant item that is left out as seen in fit counts as a miss. False takes it for not relevant: what users come back
        to is then not asked for.
    **options
        Arguments passed on to `recommend` for every test set: `items`, `exclude_items`, `exclude_seen` and `history`.

    Returns
    -------
    RankingScorer
        Called as ``scorer(estimator, X, y=None)``; can be pickled.

    Raises
    ------
    UnknownNameError
        If no plugin provides a metric, with a near miss where there is one; or if a cut-off isn't an int of at least 1.
    InvalidParameterError
        If there is no metric, or an option that `recommend` doesn't take for all test sets alike.

    See Also
    --------
    evaluate : Compares fitted estimators on one test set.

    Examples
    --------
    >>> from skrec.model_selection import make_ranking_scorer
    >>> from skrec.models import EASE
    >>> from skrec.testing import checkerboard
    >>> scorer = make_ranking_scorer(["hit@1", "mrr@10"])
    >>> scorer(EASE(1.0).fit(checkerboard(6)), [(0, 0), (1, 1)])
    {'hit@1': 1.0, 'mrr@10': 1.0}
    """
    check_metrics(metrics)
    check_options(options, "make_ranking_scorer")
    check_parameter("count_seen", count_seen, ["boolean"], "make_ranking_scorer")
    if not count_seen:
        options["count_seen"] = False
    return RankingScorer(metrics if isinstance(metrics, str) else tuple(metrics), options)


def check_metrics(metrics: str | Sequence[str]) -> list[str]:
    """Check names of metrics before any of them is needed, and list them."""
    several = isinstance(metrics, Iterable) and not isinstance(metrics, str) and getattr(metrics, "ndim", 1) > 0
    names: list[Any] = list(metrics) if several else [metrics]
    if not names:
        raise InvalidParameterError(
            "The 'metrics' parameter must name at least one metric, such as 'ndcg@10'. Got none."
        )
    for name in names:
        find_metric(parse_metric(name)[0])
    return names


def check_options(options: Mapping[str, Any], owner: str) -> None:
    """Check that `recommend` takes the options, and for all users alike."""
    for name in sorted(set(options) - set(OPTIONS)):
        cut_off = " Write the length of the lists into the metric, as in 'ndcg@20'." if name == "k" else ""
        raise InvalidParameterError(
            f"{owner} has no option {name!r}; its options are {', '.join(OPTIONS)} and count_seen.{cut_off}"
        )
    check_parameter("exclude_seen", options.get("exclude_seen", True), ["boolean"], owner)
