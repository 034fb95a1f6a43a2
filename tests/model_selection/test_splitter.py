"""What all splitters have in common."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score

from skrec import Interactions
from skrec.exceptions import InvalidParameterError
from skrec.model_selection import (
    ColdItemSplit,
    ColdUserSplit,
    LeaveLastOut,
    TemporalSplit,
    UserKFold,
    make_ranking_scorer,
)
from skrec.models import EASE, Popularity

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "user_id": RNG.choice(["ann", "bob", "cat", "dan", "eve", "fay", "gus"], size=120),
        "item_id": RNG.choice(["p", "q", "r", "s", "t", "u", "v", "w", "x"], size=120),
        "rating": RNG.integers(1, 6, size=120).astype(float),
        "timestamp": RNG.permutation(120),
    }
)
ALL = [
    LeaveLastOut(n=2),
    TemporalSplit(n_splits=3),
    UserKFold(n_splits=3),
    UserKFold(n_splits=3, shuffle=True, random_state=0),
    ColdUserSplit(n_splits=3, random_state=0),
    ColdItemSplit(n_splits=3, random_state=0),
]
every = pytest.mark.parametrize("splitter", ALL, ids=repr)


def listed(splitter, X):
    return [(train.tolist(), test.tolist()) for train, test in splitter.split(X)]


@every
def test_splits_are_as_many_as_said_and_hold_ascending_disjoint_positions(splitter):
    splits = list(splitter.split(FRAME))
    assert len(splits) == splitter.get_n_splits() == splitter.get_n_splits(FRAME, None, None)
    for train, test in splits:
        assert len(train) > 0
        assert len(test) > 0
        for positions in (train, test):
            assert positions.dtype == np.int64
            assert (np.diff(positions) > 0).all()
        assert not set(train) & set(test)
        assert max(train.max(), test.max()) < len(FRAME)


@every
def test_any_form_of_events_and_any_index_give_the_same_positions(splitter):
    expected = listed(splitter, Interactions(FRAME))
    shuffled_index = FRAME.set_axis(RNG.permutation(120) // 2)
    for X in (FRAME, shuffled_index, pl.from_pandas(FRAME), list(FRAME.itertuples(index=False, name=None))):
        assert listed(splitter, X) == expected


@every
def test_splitting_twice_gives_the_same(splitter):
    assert listed(splitter, FRAME) == listed(splitter, FRAME)
    assert listed(pickle.loads(pickle.dumps(splitter)), FRAME) == listed(splitter, FRAME)


@every
def test_scikit_learn_takes_it_as_cv(splitter):
    scores = cross_val_score(Popularity(), Interactions(FRAME), cv=splitter, scoring=make_ranking_scorer("recall@3"))
    assert len(scores) == splitter.get_n_splits()
    search = GridSearchCV(EASE(), {"regularization": [1.0, 10.0]}, cv=splitter, error_score="raise")
    assert clone(search).fit(FRAME).best_params_["regularization"] in {1.0, 10.0}


@every
def test_the_repr_shows_the_call(splitter):
    assert repr(eval(repr(splitter))) == repr(splitter)


@pytest.mark.parametrize(
    ("splitter", "message"),
    [
        (LeaveLastOut(n=0), r"The 'n' parameter of LeaveLastOut must be an int in the range \[1, inf\)"),
        (TemporalSplit(n_splits=0), "The 'n_splits' parameter of TemporalSplit"),
        (TemporalSplit(test_size=1.5), "The 'test_size' parameter of TemporalSplit"),
        (UserKFold(n_splits=1), r"The 'n_splits' parameter of UserKFold must be an int in the range \[2, inf\)"),
        (UserKFold(shuffle="yes"), "The 'shuffle' parameter of UserKFold"),
        (ColdUserSplit(n_splits=0), "The 'n_splits' parameter of ColdUserSplit"),
        (ColdItemSplit(test_size=0), "The 'test_size' parameter of ColdItemSplit"),
        (ColdItemSplit(random_state="a"), "The 'random_state' parameter of ColdItemSplit"),
    ],
    ids=repr,
)
def test_bad_parameters_are_named(splitter, message):
    with pytest.raises(InvalidParameterError, match=message):
        splitter.get_n_splits()
    with pytest.raises(InvalidParameterError, match=message):
        next(splitter.split(FRAME))


@every
def test_bad_events_get_the_error_of_interactions(splitter):
    with pytest.raises(ValueError, match="has no column 'item_id'"):
        next(splitter.split(FRAME[["user_id", "rating"]]))
