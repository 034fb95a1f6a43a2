import warnings

import pytest
from sklearn.model_selection import KFold, cross_validate

from skrec import Interactions, Popularity, _warn, make_ranking_scorer
from skrec.exceptions import LabelWarning, SeenItemsWarning

EVENTS = [("ann", "a"), ("bob", "b")]


def test_a_warning_is_of_the_line_that_called_skrec_however_deep_it_was_given():
    model = Popularity().fit(EVENTS)
    with pytest.warns(SeenItemsWarning) as caught:
        model.score(EVENTS)
    assert [warning.filename for warning in caught] == [__file__]


def test_a_search_of_scikit_learn_between_is_passed_by():
    options = {"cv": KFold(2), "scoring": make_ranking_scorer(), "return_train_score": True, "error_score": "raise"}
    with pytest.warns(SeenItemsWarning) as caught:
        cross_validate(Popularity(), Interactions([*EVENTS, ("ann", "b"), ("bob", "a")]), **options)
    assert {warning.filename for warning in caught} == {__file__}


def test_a_warning_from_outside_is_of_its_own_line():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _warn.warn("the message", LabelWarning)
    assert [(str(one.message), one.category, one.filename) for one in caught] == [
        ("the message", LabelWarning, __file__)
    ]
