import sys

import numpy as np
import pytest

from skrec.exceptions import InvalidDataError, UnknownNameError
from skrec.plugin import names
from skrec.testing import check_metric
from skrec.testing.metric_checks import CHECKS

BUILT_IN = ("coverage", "hit", "map", "mrr", "ndcg", "novelty", "precision", "recall")


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_metrics_pass(name):
    check_metric(name)


def test_every_built_in_metric_is_tested_here():
    assert set(names("metrics")) == set(BUILT_IN)


def first(lists):
    return lists.hits[:, 0].astype(np.float64)


def similarity(lists):
    """Mean cosine of the first two items; tells what it needs."""
    if lists.item_vectors is None:
        raise InvalidDataError("This metric needs item_vectors, and the model has none.")
    vectors = lists.item_vectors
    if lists.k < 2:
        return np.zeros(len(lists.items))
    products = np.einsum("nd,nd->n", vectors[lists.items[:, 0]], vectors[lists.items[:, 1]])
    return np.where(lists.items[:, 1] >= 0, products, 0.0).astype(np.float64)


@pytest.mark.parametrize("metric", [first, similarity])
def test_metrics_of_others_pass(metric):
    check_metric(metric)


def one_number(lists):
    return float(lists.hits.mean())


def integers(lists):
    return lists.hits.sum(axis=1)


def a_list(lists):
    return lists.hits.mean(axis=1).tolist()


def divides_by_hits(lists):
    with np.errstate(all="ignore"):
        return (lists.hits / np.arange(1, lists.k + 1)).sum(axis=1) / lists.hits.sum(axis=1)


def third_item(lists):
    return lists.hits[:, 2].astype(np.float64)


def rereads_padding(lists):
    return lists.item_counts[lists.items].mean(axis=1)


def writes(lists):
    lists.hits[:, 0] = True
    return lists.hits.mean(axis=1)


def by_row(lists):
    return lists.hits.mean(axis=1) * np.arange(len(lists.hits))


def ids_count(lists):
    return lists.items.sum(axis=1).astype(np.float64)


def needs_vectors(lists):
    return np.where(lists.items >= 0, lists.item_vectors[lists.items, 0], 0.0).sum(axis=1)


def draws(lists):
    return lists.hits.mean(axis=1) + np.random.rand(len(lists.hits))  # noqa: NPY002


def draws_its_own(lists):
    return lists.hits.mean(axis=1) + np.random.default_rng().random(len(lists.hits))


def no_users(lists):
    return lists.hits.mean(axis=1) / (1.0 + lists.hits.any(axis=1).max() - 1.0 + 1.0)


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        (one_number, r"check_values_are_one.*one number a user, shape \(20,\). Got shape \(\)"),
        (integers, "check_values_are_one.*must return floats.*Got dtype int64"),
        (a_list, "must return a NumPy array. Got list instead"),
        (divides_by_hits, "check_values_are_one.*must be finite"),
        (third_item, "check_every_cut_off_works: it raised IndexError"),
        (rereads_padding, r"check_numbers_of_items_are_only_names: .*-1 stands for no item"),
        (writes, "check_lists_are_left_as_they_are: A metric must not change lists.hits"),
        (by_row, "check_order_of_users_changes_nothing: The values of the users in another order"),
        (ids_count, "check_numbers_of_items_are_only_names"),
        (needs_vectors, "check_models_without_item_vectors.*it raised TypeError"),
        (draws, "fails check_every_cut_off_works|fails check_the_same_lists"),
        (draws_its_own, "must depend on the first 1 columns and k alone|asked a second time"),
        (no_users, "check_any_number_of_users_is_measured: it raised ValueError"),
        (lambda lists: lists.hits.mean(axis=1), "check_it_can_be_pickled: .*define it at the top of a module"),
        (5, "A metric must be a function of one skrec.plugin.RankedLists, or a name registered by a plugin. Got 5"),
    ],
)
def test_broken_metrics_are_caught_with_a_sentence(metric, message):
    with pytest.raises(AssertionError, match=message):
        check_metric(metric)


def test_side_effects_are_caught():
    (check,) = [check for check in CHECKS if check.__name__ == "check_the_same_lists_give_the_same_values"]
    with pytest.raises(AssertionError, match="A metric must leave NumPy's global random state alone"):
        check(draws)

    def talks(lists):
        sys.stdout.write("measuring")
        return first(lists)

    with pytest.raises(AssertionError, match="A metric must print nothing. It printed 'measuring"):
        check(talks)


def test_a_metric_that_refuses_must_say_that_it_needs_vectors():
    (check,) = [check for check in CHECKS if "item_vectors" in check.__name__]

    def refuses(lists):
        raise InvalidDataError("No.")

    with pytest.raises(
        AssertionError, match="may refuse with an error that says that it needs item vectors. .*says: No."
    ):
        check(refuses)


def test_an_unknown_name_is_told():
    with pytest.raises(UnknownNameError, match="Did you mean 'ndcg'"):
        check_metric("ndgc")
