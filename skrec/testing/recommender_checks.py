"""The conformance suite of recommenders, whole or as one test a check."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

from sklearn import config_context
from sklearn.base import BaseEstimator

from skrec.exceptions import InvalidParameterError
from skrec.testing._expect import expect
from skrec.testing._recommender_bench import Bench
from skrec.testing._recommender_estimator import ESTIMATOR_CHECKS
from skrec.testing._recommender_history import HISTORY_CHECKS
from skrec.testing._recommender_learning import LEARNING_CHECKS
from skrec.testing._recommender_lists import LIST_CHECKS
from skrec.testing._recommender_pipelines import PIPELINE_CHECKS
from skrec.testing._recommender_scores import SCORE_CHECKS
from skrec.testing._suite import Check, made, run_check

CHECKS: tuple[Check, ...] = (
    *ESTIMATOR_CHECKS,
    *LEARNING_CHECKS,
    *SCORE_CHECKS,
    *LIST_CHECKS,
    *HISTORY_CHECKS,
    *PIPELINE_CHECKS,
)


@dataclass(frozen=True)
class RecommenderCheck:
    """One check of a recommender: call it with the estimator.

    Attributes
    ----------
    function : callable
        What it checks.
    bench : Bench
        Holds fitted copies of the estimator, so that checks that only ask share them.
    """

    function: Check
    bench: Bench

    @property
    def __name__(self) -> str:
        """Name of the function."""
        return self.function.__name__

    def __call__(self, estimator: Any) -> None:
        """Raise an AssertionError unless the estimator keeps what is promised."""
        bench = self.bench if estimator is self.bench.estimator else Bench(estimator)
        run_check(self.function, bench, _label(estimator))

    def __repr__(self) -> str:
        return self.__name__


@overload
def check_recommender(estimator: Any, *, expected_failed_checks: Mapping[str, str] | None = None) -> None: ...
@overload
def check_recommender(
    estimator: Any, *, generate_only: bool, expected_failed_checks: Mapping[str, str] | None = None
) -> list[tuple[Any, RecommenderCheck]]: ...
def check_recommender(
    estimator: Any, *, generate_only: bool = False, expected_failed_checks: Mapping[str, str] | None = None
) -> list[tuple[Any, RecommenderCheck]] | None:
    """Check that a model keeps what skrec promises of every model.

    That is how it learns, predicts, recommends, filters, folds histories in, is copied, searched and put into pipelines, on a small set
    of events. It does not measure how good the recommendations are. scikit-learn's own
    :func:`~sklearn.utils.estimator_checks.check_estimator` is a further suite.

    Parameters
    ----------
    estimator : estimator, class or str
        An instance, a class that can be made without arguments, or the name that a plugin gives it. Pass an instance with quick
        settings: it is fitted about fifty times. Only copies of it are.
    generate_only : bool, default=False
        Run nothing, and give the checks.
    expected_failed_checks : mapping of str to str, optional
        Names of checks that are known to fail, with the reason; they are left out.

    Returns
    -------
    list of (estimator, check), or None
        With ``generate_only=True``; each check is called with the estimator.

    Raises
    ------
    AssertionError
        With the first promise that isn't kept.
    InvalidParameterError
        If there is no check of a name in `expected_failed_checks`.
    UnknownNameError
        If no plugin provides the name.

    See Also
    --------
    parametrize_with_recommender_checks : One test of pytest a check.

    Examples
    --------
    >>> from skrec.models import ItemKNN
    >>> from skrec.testing import check_recommender
    >>> check_recommender("popularity")
    >>> checks = check_recommender(ItemKNN(3), generate_only=True)
    >>> checks[0]
    (ItemKNN(n_neighbors=3), check_constructor_only_stores_parameters)
    """
    subject = made("models", estimator)
    expect(
        isinstance(subject, BaseEstimator) and hasattr(subject, "recommend"),
        f"A recommender must be a scikit-learn estimator with a method 'recommend', as subclasses of skrec.models.BaseRecommender are. "
        f"Got {subject!r} instead.",
    )
    expected = _known_checks(expected_failed_checks or {})
    bench = Bench(subject)
    checks = [RecommenderCheck(function, bench) for function in CHECKS if function.__name__ not in expected]
    if generate_only:
        return [(subject, check) for check in checks]
    for check in checks:
        check(subject)
    return None


def parametrize_with_recommender_checks(
    estimators: Sequence[Any],
    *,
    expected_failed_checks: Callable[[Any], Mapping[str, str]] | None = None,
    xfail_strict: bool | None = None,
) -> Any:
    """Make one test of pytest for each estimator and check; a decorator of a function of ``estimator`` and ``check``.

    Parameters
    ----------
    estimators : sequence of estimators, classes or names
        As in `check_recommender`.
    expected_failed_checks : callable, optional
        Is called with each estimator, and gives the names of checks that are known to fail, with the reason: their tests are marked
        ``xfail``.
    xfail_strict : bool, optional
        Whether a check that is expected to fail, and doesn't, fails the test. By default as pytest is configured.

    Returns
    -------
    decorator

    Raises
    ------
    InvalidParameterError
        If there is no check of a name in what `expected_failed_checks` gives.

    See Also
    --------
    check_recommender : The same in one call.

    Examples
    --------
    >>> from skrec.models import EASE, Popularity
    >>> from skrec.testing import parametrize_with_recommender_checks
    >>> @parametrize_with_recommender_checks([Popularity(), EASE(1.0)])
    ... def test_recommender(estimator, check):
    ...     check(estimator)
    """
    import pytest  # imported here, since skrec doesn't need it

    parameters = []
    for estimator in estimators:
        pairs = check_recommender(estimator, generate_only=True)
        expected = _known_checks(expected_failed_checks(pairs[0][0]) if expected_failed_checks else {})
        for subject, check in pairs:
            reason = expected.get(check.__name__)
            options: dict[str, Any] = {} if xfail_strict is None else {"strict": xfail_strict}
            marks = [] if reason is None else [pytest.mark.xfail(reason=reason, **options)]
            parameters.append(pytest.param(subject, check, marks=marks, id=f"{_label(subject)}-{check.__name__}"))
    return pytest.mark.parametrize(("estimator", "check"), parameters)


def _known_checks(expected: Mapping[str, str]) -> Mapping[str, str]:
    """Refuse names of checks that there aren't: they would hide nothing, unnoticed."""
    known = {function.__name__ for function in CHECKS}
    unknown = sorted(set(expected) - known)
    if unknown:
        raise InvalidParameterError(
            f"The 'expected_failed_checks' parameter names checks that there aren't: {', '.join(unknown)}. "
            f"Known are: {', '.join(sorted(known))}."
        )
    return expected


def _label(estimator: Any) -> str:
    """Show an estimator in one line, the same in every process: objects without a representation have an address in theirs."""
    with config_context(print_changed_only=True):
        return re.sub(r" at 0x[0-9a-f]+|\s", "", str(estimator))
