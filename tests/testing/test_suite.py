import random
import sys

import numpy as np
import pytest

from skrec.exceptions import BackendMismatchError, UnknownNameError
from skrec.models import Popularity
from skrec.plugin import Retriever
from skrec.retrievers import ExactRetriever
from skrec.testing._suite import expect_kind, made, run_check, run_suite, without_side_effects


class Needy:
    def __init__(self, size):
        self.size = size


def test_names_classes_and_instances_become_what_is_checked():
    assert isinstance(made("models", "popularity"), Popularity)
    assert isinstance(made("models", Popularity), Popularity)
    model = Popularity()
    assert made("models", model) is model
    assert made("metrics", len) is len
    assert callable(made("metrics", "ndcg"))


def test_an_unknown_name_is_an_error_of_its_own():
    with pytest.raises(UnknownNameError, match="Did you mean 'popularity'"):
        made("models", "popularty")


def test_a_class_that_needs_arguments_is_told():
    with pytest.raises(
        AssertionError, match="Needy must be possible to make without arguments, which raised TypeError: .*size"
    ):
        made("models", Needy)


def test_what_is_of_another_kind_is_told():
    expect_kind(ExactRetriever(), Retriever, "A retriever")
    with pytest.raises(
        AssertionError, match=r"A retriever must be an object of skrec.plugin.Retriever, .* Got 5 instead."
    ):
        expect_kind(5, Retriever, "A retriever")


def check_it_is_small(subject):
    if subject > 3:
        raise AssertionError("It is large.")


def check_it_is_a_number(subject):
    return subject + 1


def test_a_failed_check_names_the_subject_and_itself():
    run_suite([check_it_is_small, check_it_is_a_number], 2, "Two")
    with pytest.raises(AssertionError, match="^Five fails check_it_is_small: It is large.$"):
        run_suite([check_it_is_a_number, check_it_is_small], 5, "Five")


def test_any_other_error_becomes_one_of_the_check():
    with pytest.raises(
        AssertionError, match="^Text fails check_it_is_a_number: it raised TypeError where nothing"
    ) as caught:
        run_check(check_it_is_a_number, "text", "Text")
    assert isinstance(caught.value.__cause__, TypeError)


def test_an_error_that_is_no_fault_of_the_plugin_stays_what_it_is():
    def check(subject):
        raise BackendMismatchError("This process runs another one.")

    with pytest.raises(BackendMismatchError, match="another one"):
        run_check(check, None, "Backend")


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: sys.stdout.write("hello"), "It must print nothing. It printed 'hello"),
        (lambda: np.random.rand(), "It must leave NumPy's global random state alone"),  # noqa: NPY002
        (random.random, "It must leave Python's global random state alone"),
    ],
)
def test_side_effects_are_noticed(act, message):
    with without_side_effects("It"):
        np.random.default_rng(0).random()
    with pytest.raises(AssertionError, match=message), without_side_effects("It"):
        act()


@pytest.mark.parametrize("seed", [np.random.seed, random.seed])
def test_setting_a_state_to_what_it_was_is_noticed_too_and_put_back(seed):
    seed(7)
    before = np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
    with pytest.raises(AssertionError, match="global random state alone"), without_side_effects("It"):
        seed(7)
    assert (np.random.get_state()[1].tolist(), random.getstate()) == before  # noqa: NPY002
