from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from skrec.optimizers import SGD, Adam
from skrec.training import Plan, patience_of


def make_plan(optimizer=None, learning_rate=0.5, validation_fraction=0.0, patience=0):
    parts = [None, None, optimizer or Adam(), None, None, {}, None, None]
    return Plan(*parts, learning_rate, 3, validation_fraction, patience, (), 0)


@pytest.mark.parametrize(
    ("early_stopping", "patience"),
    [(False, 0), (True, 5), (np.True_, 5), (np.False_, 0), (1, 1), (np.int64(3), 3)],
)
def test_true_means_five_epochs(early_stopping, patience):
    assert patience_of(early_stopping) == patience


def test_the_rate_is_the_optimizers_own_if_it_has_one():
    assert make_plan(Adam()).rate == 0.5
    assert make_plan(SGD(learning_rate=0.25)).rate == 0.25


def test_early_stopping_alone_holds_a_tenth_out():
    assert make_plan().held_out == 0.0
    assert make_plan(patience=2).held_out == 0.1
    assert make_plan(patience=2, validation_fraction=0.3).held_out == 0.3
    assert make_plan(validation_fraction=0.3).held_out == 0.3


def test_a_plan_does_not_change():
    with pytest.raises(FrozenInstanceError):
        make_plan().epochs = 4
