"""The conformance suite of retrievers."""

import copy
import pickle
import warnings
from functools import partial, update_wrapper
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skrec.plugin import Retriever
from skrec.testing._expect import (
    REFUSALS,
    brief,
    expect,
    expect_close,
    expect_equal,
    expect_raises,
)
from skrec.testing._retriever_bench import (
    brute_force,
    checked_query,
    clustered_vectors,
    expect_complete,
    mask,
    query,
    random_vectors,
    whole_vectors,
)
from skrec.testing._suite import expect_kind, made, run_check, run_suite, without_side_effects

_K = 10


def check_retriever(retriever: Any, *, min_recall: float = 0.8) -> None:
    """Check that a retriever keeps what `skrec.plugin.Retriever` promises.

    An exact one must give brute force's lists, ties included; one that isn't must find most of the best of items in clusters.

    Parameters
    ----------
    retriever : Retriever, class or str
        An instance, a class that can be made without arguments, or the name that a plugin gives it.
    min_recall : float, default=0.8
        For a retriever that isn't exact: what share of the best 10 of 600 items it must find, in [0, 1].

    Raises
    ------
    AssertionError
        With the first promise that isn't kept.
    UnknownNameError
        If no plugin provides the name.

    Examples
    --------
    >>> from skrec.testing import check_retriever
    >>> check_retriever("exact")
    """
    subject = made("retrievers", retriever)
    expect_kind(subject, Retriever, "A retriever")
    label = repr(subject)
    run_suite(CHECKS, subject, label)
    if subject.exact:
        run_suite(CHECKS_OF_EXACT_ONES, subject, label)
    else:
        most = partial(check_it_finds_most_of_the_best, min_recall)
        run_check(update_wrapper(most, check_it_finds_most_of_the_best), subject, label)


def check_constructor_only_stores_parameters(retriever: Any) -> None:
    """A retriever is a scikit-learn estimator: `clone` and ``set_params`` work, and `fit` changes no parameter."""
    fresh = clone(retriever)
    parameters = fresh.get_params(deep=False)
    expect_equal(
        sorted(vars(fresh)), sorted(parameters), "The attributes of a new retriever, its parameters and no others,"
    )
    fresh.set_params(**parameters)
    result = fresh.fit(random_vectors(30, 0))
    expect(result is fresh, f"fit must return the retriever itself. Got {brief(result)} instead.")
    after = fresh.get_params(deep=False)
    changed = [name for name, value in parameters.items() if after[name] is not value]
    expect(not changed, f"fit must not change the parameters. It changed {changed}.")
    expect(isinstance(retriever.exact, bool), f"'exact' must be True or False. Got {retriever.exact!r} instead.")


def check_query_before_fit_is_refused(retriever: Any) -> None:
    """An index that isn't there finds nothing."""
    expect_raises((NotFittedError,), lambda: clone(retriever).query(random_vectors(2, 0), 3), "query before fit")


def check_scores_are_the_inner_products_and_fall(retriever: Any) -> None:
    """Whatever was found is scored rightly, best first, equal scores in order of position."""
    for make in (random_vectors, whole_vectors):
        items, users = make(200, 0), make(15, 1)
        positions, scores = query(retriever, items, users, _K)
        expect_complete(positions, len(items), _K)
        products = np.einsum("ud,ukd->uk", users.astype(np.float64), items[positions].astype(np.float64))
        expect_close(scores, products, "The scores, which are the inner products of the vectors,")
        gaps = np.diff(scores, axis=1)
        expect(
            (gaps <= 0).all(),
            f"Lists must be best first. Got scores {brief(scores[(gaps > 0).any(axis=1)][:1].tolist())}.",
        )
        wrong = ((gaps == 0) & (np.diff(positions, axis=1) < 0)).any(axis=1)
        expect(
            not wrong.any(),
            "Items with equal scores must be in order of position. Got positions "
            f"{brief(positions[wrong][:1].tolist())} with scores {brief(scores[wrong][:1].tolist())}.",
        )


def check_excluded_items_are_left_out(retriever: Any) -> None:
    """Every stored entry of `exclude` is left out, a stored zero too; what is left fills the lists."""
    items, users = random_vectors(120, 0), random_vectors(6, 1)
    best = brute_force(users, items, 40)[0]
    rows = [best[0], [], best[2][:1], np.arange(115), np.arange(120), best[5][:3]]
    exclude = mask(rows, len(items))
    exclude.data[-3:] = False
    n_left = len(items) - np.array([len(row) for row in rows])
    positions, _ = query(retriever, items, users, _K, exclude)
    for row, left_out in zip(positions, rows, strict=True):
        wrong = np.intersect1d(row, left_out)
        expect(
            not len(wrong),
            f"Stored entries of exclude must be left out, zeros among them. Items {wrong.tolist()} were found.",
        )
    expect_complete(positions, n_left, _K)


def check_nothing_excluded_is_like_no_exclude(retriever: Any) -> None:
    """An `exclude` without entries changes nothing."""
    items, users = random_vectors(80, 0), random_vectors(5, 1)
    fitted = clone(retriever).fit(items)
    with_none = checked_query(fitted, items, users, _K)
    with_empty = checked_query(fitted, items, users, _K, mask([[]] * 5, 80))
    expect_equal(with_empty[0], with_none[0], "The positions with an empty exclude")
    expect_close(with_empty[1], with_none[1], "The scores with an empty exclude")


def check_more_than_there_are_gives_all_of_them(retriever: Any) -> None:
    """Lists are padded with -1 and NaN, whatever the retriever leaves out otherwise."""
    items, users = random_vectors(7, 0), random_vectors(4, 1)
    positions, _ = query(retriever, items, users, 12)
    expect_complete(positions, 7, 12)
    expect_equal(positions, brute_force(users, items, 12)[0], "The positions for k=12 of 7 items")


def check_catalogues_of_no_and_of_one_item_work(retriever: Any) -> None:
    """The first fits of a growing shop."""
    positions, _ = query(retriever, np.empty((0, 3), dtype=np.float32), random_vectors(2, 1, 3), 4)
    expect_equal(positions, [[-1] * 4] * 2, "The positions where there are no items")
    positions, scores = query(retriever, random_vectors(1, 0, 3), random_vectors(2, 1, 3), 2)
    expect_equal(positions, [[0, -1]] * 2, "The positions where there is one item")
    expect_close(
        scores[:, 0], random_vectors(2, 1, 3) @ random_vectors(1, 0, 3)[0], "The scores where there is one item"
    )


def check_no_users_give_no_lists(retriever: Any) -> None:
    """No user is asked about."""
    query(retriever, random_vectors(20, 0), np.empty((0, 6), dtype=np.float32), 3)


def check_equal_vectors_are_in_order_of_position(retriever: Any) -> None:
    """Of an exact retriever: duplicates and zeros tie, and ties go by position."""
    items = np.repeat(random_vectors(1, 0), 25, axis=0)
    positions, _ = query(retriever, items, random_vectors(3, 1), 5)
    expect_equal(positions, [[0, 1, 2, 3, 4]] * 3, "The positions where all item vectors are equal")
    positions, _ = query(retriever, random_vectors(25, 0), np.zeros((2, 6), dtype=np.float32), 5)
    expect_equal(positions, [[0, 1, 2, 3, 4]] * 2, "The positions of a user whose vector is zero")


def check_users_do_not_depend_on_each_other(retriever: Any) -> None:
    """A list is the same alone, in a batch, and in another order."""
    items, users = random_vectors(150, 0), random_vectors(12, 1)
    fitted = clone(retriever).fit(items)
    exclude = mask([np.arange(3 * row) for row in range(12)], len(items))
    positions, scores = checked_query(fitted, items, users, _K, exclude)
    order = np.random.default_rng(2).permutation(12)
    turned, turned_scores = checked_query(fitted, items, users[order], _K, exclude[order])
    expect_equal(turned, positions[order], "The positions of the users in another order")
    expect_close(turned_scores, scores[order], "The scores of the users in another order")
    for row in (0, 5):
        alone, _ = checked_query(fitted, items, users[[row]], _K, exclude[[row]])
        expect_equal(alone[0], positions[row], "The positions of a user who is asked about alone")


def check_a_shorter_list_is_the_beginning_of_a_longer_one(retriever: Any) -> None:
    """Of an exact retriever: asking for more items changes nothing about the first."""
    items, users = random_vectors(90, 0), random_vectors(8, 1)
    fitted = clone(retriever).fit(items)
    short, long = checked_query(fitted, items, users, 4), checked_query(fitted, items, users, 20)
    expect_equal(short[0], long[0][:, :4], "The positions for k=4, the first of those for k=20,")


def check_fit_again_forgets_the_first_items(retriever: Any) -> None:
    """A retriever is fitted anew with every model."""
    items, users = random_vectors(60, 0), random_vectors(5, 1)
    fitted = clone(retriever).fit(random_vectors(200, 3, 9)).fit(items)
    positions, scores = checked_query(fitted, items, users, _K)
    expect_complete(positions, len(items), _K)
    products = np.einsum("ud,ukd->uk", users.astype(np.float64), items[positions].astype(np.float64))
    expect_close(scores, products, "The scores after fitting a second time, inner products of the new vectors,")


def check_copies_find_the_same(retriever: Any) -> None:
    """A fitted model is pickled with its index; clone gives an unfitted one."""
    items, users = random_vectors(100, 0), random_vectors(6, 1)
    fitted = clone(retriever).fit(items)
    positions, scores = checked_query(fitted, items, users, _K)
    for how, other in (("pickling", pickle.loads(pickle.dumps(fitted))), ("copy.deepcopy", copy.deepcopy(fitted))):
        found, found_scores = checked_query(other, items, users, _K)
        expect_equal(found, positions, f"The positions after {how}")
        expect_equal(found_scores, scores, f"The scores after {how}")
    expect_raises((NotFittedError,), lambda: clone(fitted).query(users, 3), "query of a clone, which is not fitted,")


def check_arguments_and_the_world_are_left_alone(retriever: Any) -> None:
    """No argument is changed, nothing printed, no global random state drawn from."""
    items, users, exclude = random_vectors(40, 0), random_vectors(4, 1), mask([[0, 1], [], [5], [3]], 40)
    with without_side_effects("A retriever"):
        clone(retriever).fit(items).query(users, 5, exclude)
    expect_equal(items, random_vectors(40, 0), "The item vectors, which fit must not change,")
    expect_equal(users, random_vectors(4, 1), "The user vectors, which query must not change,")
    expect_equal(exclude.toarray(), mask([[0, 1], [], [5], [3]], 40).toarray(), "exclude, which query must not change,")


def check_vectors_of_another_width_are_refused(retriever: Any) -> None:
    """A wrong width is an error, not a broadcast."""
    fitted = clone(retriever).fit(random_vectors(20, 0))
    for width in (1, 5, 7):
        expect_raises(
            REFUSALS,
            partial(fitted.query, random_vectors(3, 1, width), 4),
            f"query with vectors {width} wide, where items are 6 wide,",
        )


def check_vectors_that_are_not_finite_spoil_no_other_list(retriever: Any) -> None:
    """NaN and infinity are refused with a sentence, or leave the lists of all other users as they are."""
    items, users = random_vectors(50, 0), random_vectors(4, 1)
    fitted = clone(retriever).fit(items)
    expected, _ = checked_query(fitted, items, users, 5)
    for value in (np.nan, np.inf):
        broken = users.copy()
        broken[1, 2] = value
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # of NumPy, which is asked to compute with them
                positions = np.asarray(fitted.query(broken, 5)[0])
        except REFUSALS as error:
            expect(
                str(error).strip(), f"The error for a user vector with {value} must say what is wrong. It says nothing."
            )
            continue
        kept = [0, 2, 3]
        expect_equal(positions[kept], expected[kept], f"The positions of users beside one whose vector holds {value}")


def check_a_factor_model_takes_it(retriever: Any) -> None:
    """Models take it as ``retriever=``, and filter and rank as they do without."""
    from skrec.models import MatrixFactorization
    from skrec.testing.toy import checkerboard

    board = checkerboard(8)
    model = MatrixFactorization(4, epochs=1, random_state=0)
    expected = clone(model).fit(board).recommend(k=6)
    found = clone(model).set_params(retriever=clone(retriever)).fit(board).recommend(k=6)
    expect_equal(found.lengths, expected.lengths, "The lengths of a model's lists")
    if retriever.exact:
        expect_equal(found.items, expected.items, "The items that a model recommends")


def check_it_finds_what_brute_force_finds(retriever: Any) -> None:
    """Of an exact retriever: the very lists, whatever is excluded, where vectors of whole numbers leave no room for rounding."""
    for make, n_items in ((whole_vectors, 150), (whole_vectors, 3), (random_vectors, 150)):
        items, users = make(n_items, 0), make(25, 1)
        rng = np.random.default_rng(3)
        rows = [np.flatnonzero(rng.random(n_items) < share) for share in np.linspace(0.0, 0.95, 25)]
        for exclude in (None, mask(rows, n_items)):
            positions, scores = query(retriever, items, users, _K, exclude)
            expected, expected_scores = brute_force(users, items, _K, exclude)
            expect_close(scores, expected_scores, "The scores of an exact retriever, those of brute force,")
            differing = np.flatnonzero((positions != expected).any(axis=1))
            row = differing[0] if len(differing) else 0
            expect(
                not len(differing),
                "An exact retriever must find what brute force finds, equal scores in order of position: expected "
                f"{expected[row].tolist()} with scores {expected_scores[row].tolist()}. Got {positions[row].tolist()} instead.",
            )


def check_it_finds_most_of_the_best(min_recall: float, retriever: Any) -> None:
    """Of a retriever that isn't exact: enough of the best items, with and without some of them excluded."""
    items, users = clustered_vectors(600, 0), clustered_vectors(40, 1)
    for n_excluded in (0, 20):
        exclude = mask(list(brute_force(users, items, max(1, n_excluded))[0][:, :n_excluded]), len(items))
        found, _ = query(retriever, items, users, _K, exclude)
        expected, _ = brute_force(users, items, _K, exclude)
        recall = np.mean([len(np.intersect1d(*rows)) / _K for rows in zip(found, expected, strict=True)])
        expect(
            recall >= min_recall,
            f"A retriever that isn't exact must find at least {min_recall:.0%} of the best {_K} of {len(items)} items in clusters"
            f"{f', {n_excluded} better ones excluded' if n_excluded else ''}. It found {recall:.0%}. Raise its effort by default.",
        )


CHECKS = (
    check_constructor_only_stores_parameters,
    check_query_before_fit_is_refused,
    check_arguments_and_the_world_are_left_alone,
    check_scores_are_the_inner_products_and_fall,
    check_excluded_items_are_left_out,
    check_nothing_excluded_is_like_no_exclude,
    check_more_than_there_are_gives_all_of_them,
    check_catalogues_of_no_and_of_one_item_work,
    check_no_users_give_no_lists,
    check_users_do_not_depend_on_each_other,
    check_fit_again_forgets_the_first_items,
    check_copies_find_the_same,
    check_vectors_of_another_width_are_refused,
    check_vectors_that_are_not_finite_spoil_no_other_list,
    check_a_factor_model_takes_it,
)

CHECKS_OF_EXACT_ONES = (
    check_equal_vectors_are_in_order_of_position,
    check_a_shorter_list_is_the_beginning_of_a_longer_one,
    check_it_finds_what_brute_force_finds,
)
