"""Neural models that learn on: `partial_fit`, `warm_start`; and what a fit leaves alone."""

import copy
import os
import random

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skrec.backends import find_backend, start
from skrec.exceptions import InvalidDataError
from skrec.models import KerasModel, MatrixFactorization
from skrec.testing import checkerboard

N = 12
BOARD = checkerboard(N)
QUICK = {"epochs": 30, "learning_rate": 0.05, "random_state": 0}
# User 12 and item 12 are new; the others of these events are known.
NEWCOMERS = pd.DataFrame({"user_id": [12, 12, 12, 12, 0, 2, 4, 6, 8], "item_id": [0, 2, 4, 6, 12, 12, 12, 12, 12]})


@pytest.fixture(scope="module", params=["gmf", "neumf", "mf", "keras-model"])
def model(request, house):
    """A model that has learned the board; tests change copies of it."""
    return house(request.param)


@pytest.fixture(scope="module")
def grown(model):
    # With smaller steps than those of fit: what isn't in the new events shall be remembered.
    return copy.deepcopy(model).set_params(epochs=12, learning_rate=0.02).partial_fit(NEWCOMERS)


def best_of(model, users, k=1):
    return model.recommend(users=users, k=k).items[:, 0]


def test_partial_fit_admits_new_users_and_items(grown):
    np.testing.assert_array_equal(np.sort(grown.users_), np.arange(13))
    np.testing.assert_array_equal(np.sort(grown.items_), np.arange(13))
    assert grown.users_[-1] == grown.items_[-1] == 12
    assert best_of(grown, [12])[0] % 2 == 0
    top = grown.recommend(users=[10], k=3, exclude_items=[10]).items[0]
    assert 12 in top.tolist()  # user 10 likes even items, and hasn't seen the new one
    assert grown.recommend(users=[0], k=13).lengths[0] == 13 - 6  # 12 is seen now, as all else before


def test_after_partial_fit_the_old_users_are_still_served(grown):
    parity = best_of(grown, np.arange(N)) % 2 == np.arange(N) % 2
    assert parity.mean() >= 0.75
    assert parity[1::2].mean() >= 0.5  # nothing of theirs was in the new events
    assert len(grown.predict(BOARD)) == 60


def test_rows_of_users_who_are_not_in_the_new_events_are_untouched(model, grown):
    absent, present = [1, 3, 5, 7, 9, 10, 11], [0, 2, 4, 6, 8]
    if isinstance(model, KerasModel):
        before, after = model.network_weights_[0], grown.network_weights_[0]
    else:
        before, after = model.tables_["user"], grown.tables_["user"]
    codes = model.user_vocabulary_.encode(pd.Series(absent))
    np.testing.assert_array_equal(after[codes], before[codes])
    assert (after[model.user_vocabulary_.encode(pd.Series(present))] != before[:5]).any()


def test_without_negatives_rows_of_absent_items_are_untouched_too():
    ratings = BOARD.events.assign(rating=3.0 + BOARD.events["item_id"] % 3)
    model = MatrixFactorization(4, loss="mse", dropout=0.0, **QUICK).fit(ratings)
    grown = copy.deepcopy(model).partial_fit(NEWCOMERS.assign(rating=5.0))
    codes = model.item_vocabulary_.encode(pd.Series([1, 3, 5, 7, 8, 9, 10, 11]))
    np.testing.assert_array_equal(grown.tables_["item"][codes], model.tables_["item"][codes])
    touched = model.item_vocabulary_.encode(pd.Series([0, 2, 4, 6]))
    assert (grown.tables_["item"][touched] != model.tables_["item"][touched]).all()
    assert grown.rating_mean_ == model.rating_mean_  # what was learned before is relative to it
    with pytest.raises(InvalidDataError, match="loss='mse' learns ratings, and there are none."):
        grown.partial_fit(NEWCOMERS)


def test_the_network_learns_on_from_where_it_was(model, grown):
    if not model.network_weights_:
        assert grown.network_weights_ == []
        return
    for before, after in zip(model.network_weights_[-2:], grown.network_weights_[-2:], strict=True):
        assert not np.array_equal(before, after)
        assert np.abs(after - before).max() < 0.4  # twelve steps of Adam at 0.02 don't reach further


def test_partial_fit_of_an_unfitted_model_is_fit(gmf):
    first = clone(gmf).partial_fit(BOARD)
    np.testing.assert_array_equal(first.tables_["user"], gmf.tables_["user"])
    np.testing.assert_array_equal(first.users_, gmf.users_)


@pytest.mark.parametrize("warm", ["partial_fit", "fit"])
def test_a_warm_start_takes_low_ratings_for_no_negatives_whatever_the_batch_holds(gmf, warm):
    rated = clone(gmf).set_params(epochs=2, warm_start=warm == "fit").fit(BOARD, np.arange(len(BOARD)) % 5)
    learned = [getattr(copy.deepcopy(rated), warm)(BOARD[:8], [rating] * 8) for rating in (0.0, 2.0)]
    low, middling = (model.predict(BOARD) for model in learned)
    np.testing.assert_array_equal(low, middling)


def test_a_warm_start_takes_zeros_for_negatives_where_all_labels_were_0_and_1(gmf):
    labelled = clone(gmf).set_params(epochs=2).fit(BOARD, np.arange(len(BOARD)) % 2)
    low, high = (copy.deepcopy(labelled).partial_fit(BOARD[:8], [y] * 8).predict(BOARD[:8]) for y in (0.0, 1.0))
    assert low.mean() < high.mean()


def test_a_failed_partial_fit_changes_nothing(gmf):
    model = copy.deepcopy(gmf)
    expected = model.predict(BOARD)
    with pytest.raises(InvalidDataError, match="Training diverged"):
        model.set_params(learning_rate=1e30, epochs=3).partial_fit(NEWCOMERS)
    np.testing.assert_array_equal(model.users_, gmf.users_)
    np.testing.assert_array_equal(model.predict(BOARD), expected)
    assert 12 not in model.user_vocabulary_.ids.tolist()


@pytest.mark.parametrize("rate", [1e39, 1e30, 1e20], ids=str)
def test_weights_that_diverge_in_the_last_step_are_found_though_no_loss_is_read_after_it(gmf, rate):
    model = copy.deepcopy(gmf).set_params(learning_rate=rate, epochs=1)
    expected = gmf.predict(BOARD)
    for learn in (model.fit, model.partial_fit):
        with pytest.raises(InvalidDataError, match=r"Training diverged: .*Lower learning_rate \(it is 1e\+\d\d\)"):
            learn(BOARD)
    np.testing.assert_array_equal(model.set_params(**gmf.get_params()).predict(BOARD), expected)


def test_a_warm_start_goes_on_where_the_last_fit_ended(model):
    warm = copy.deepcopy(model).set_params(warm_start=True, epochs=1).fit(BOARD)
    assert warm.n_iter_ == 1
    assert warm.history_["loss"][0] < 0.8 * model.history_["loss"][0]
    cold = copy.deepcopy(model).set_params(epochs=1).fit(BOARD)
    assert cold.history_["loss"][0] == pytest.approx(model.history_["loss"][0], rel=1e-5)


def test_fitting_twice_is_fitting_once(gmf):
    twice = clone(gmf).fit(checkerboard(8)).fit(BOARD)
    np.testing.assert_array_equal(twice.tables_["item"], gmf.tables_["item"])
    np.testing.assert_array_equal(twice.network_weights_[0], gmf.network_weights_[0])
    assert twice.history_ == gmf.history_


def test_a_warm_start_finds_each_ids_row_wherever_it_stands_now(gmf):
    warm = copy.deepcopy(gmf).set_params(warm_start=True, epochs=1, learning_rate=1e-9)
    turned = BOARD.events.iloc[::-1].query("user_id != 3 and item_id != 4")
    warm.fit(pd.concat([turned, pd.DataFrame({"user_id": [50], "item_id": [60]})]))
    assert warm.users_[0] == 11
    for side, vocabulary in (("user", "user_vocabulary_"), ("item", "item_vocabulary_")):
        kept = pd.Series([n for n in range(N) if n != (3 if side == "user" else 4)])
        now, before = getattr(warm, vocabulary).encode(kept), getattr(gmf, vocabulary).encode(kept)
        np.testing.assert_allclose(warm.tables_[side][now], gmf.tables_[side][before], atol=1e-6)
    np.testing.assert_allclose(warm.network_weights_[0], gmf.network_weights_[0], atol=1e-6)
    assert 3 not in warm.users_.tolist()


def test_a_warm_start_with_another_width_draws_new_rows(gmf):
    warm = copy.deepcopy(gmf).set_params(warm_start=True, embedding_dim=1, epochs=1).fit(BOARD)
    assert warm.tables_["user"].shape == (N, 1)
    assert [weight.shape for weight in warm.network_weights_] == [(1, 1), (1,)]


def test_a_fit_leaves_everything_global_alone(gmf, capsys):
    keras = start(find_backend())
    environment, policy, floatx = dict(os.environ), keras.config.dtype_policy().name, keras.config.floatx()
    np.random.seed(3)  # noqa: NPY002 - the global generator is what is tested
    expected = np.random.random(4)  # noqa: NPY002
    np.random.seed(3)  # noqa: NPY002
    model = clone(gmf).set_params(validation_fraction=0.2, epochs=2).fit(BOARD)
    model.set_params(precision="mixed_bfloat16").fit(BOARD).recommend(history=[(99, 0)])
    np.testing.assert_array_equal(np.random.random(4), expected)  # noqa: NPY002
    assert dict(os.environ) == environment
    assert keras.config.dtype_policy().name == policy
    assert keras.config.floatx() == floatx
    assert capsys.readouterr() == ("", "")


def test_learning_on_leaves_the_random_numbers_of_python_alone(model):
    random.seed(7)
    expected = random.random()
    random.seed(7)
    copy.deepcopy(model).set_params(epochs=1).partial_fit(NEWCOMERS)
    assert random.random() == expected


def test_the_parameters_are_as_they_were_after_fit(model):
    parameters = model.get_params()
    untouched = clone(model)
    assert {name: value for name, value in parameters.items() if name != "build"} == {
        name: value for name, value in untouched.get_params().items() if name != "build"
    }


def test_a_warm_start_with_a_dropout_that_was_not_there_goes_on_all_the_same(gmf):
    warm = copy.deepcopy(gmf).set_params(warm_start=True, dropout=0.5, epochs=1, learning_rate=1e-9).fit(BOARD)
    np.testing.assert_allclose(warm.tables_["user"], gmf.tables_["user"], atol=1e-6)
    np.testing.assert_allclose(warm.network_weights_[0], gmf.network_weights_[0], atol=1e-6)
