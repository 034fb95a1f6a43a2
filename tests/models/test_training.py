import threading

import numpy as np
import pytest
from sklearn.base import clone
from skrec.models._batches import BatchSource
from skrec.models._training import _patience
from skrec.models._validation import Validation

from skrec.exceptions import InvalidDataError
from skrec.models import GMF, MatrixFactorization
from skrec.optimizers import SGD
from skrec.testing import checkerboard

BOARD = checkerboard(12)
QUICK = {"learning_rate": 0.05, "random_state": 0}


@pytest.fixture
def measured(monkeypatch):
    """Let the validation metric be what the test says, epoch by epoch."""

    def use(values, name="val_ndcg@10"):
        given = iter(values)
        monkeypatch.setattr(Validation, "measure", lambda self, weights: {name: next(given)})

    return use


def same_tables(first, second):
    return all(np.array_equal(first.tables_[side], second.tables_[side]) for side in ("user", "item"))


def test_the_loss_falls_and_accuracy_rises():
    history = GMF(4, epochs=30, l2=0.0, **QUICK).fit(BOARD).history_
    assert np.mean(history["loss"][-5:]) < 0.5 * np.mean(history["loss"][:5])
    assert np.mean(history["accuracy"][-5:]) > 0.85 > np.mean(history["accuracy"][:2])


def test_an_epochs_loss_is_the_mean_over_its_batches():
    # Under SGD with hardly a step, both batches are scored with the first weights.
    model = MatrixFactorization(4, dropout=0.0, epochs=1, batch_size=30, optimizer=SGD(1e-12), random_state=0)
    model.fit(BOARD)
    scores = (
        model.recommend(k=12, exclude_seen=False).to_frame().pivot(index="user_id", columns="item_id", values="score")
    )
    wide = scores.to_numpy().astype(np.float64)
    log_total = np.log(np.exp(wide).sum(axis=1))
    losses = [log_total[user] - wide[user, item] for user, item in BOARD.events.to_numpy()]
    assert model.history_["loss"][0] == pytest.approx(np.mean(losses), rel=1e-5)


def test_the_validation_metric_is_recorded_each_epoch_and_rises():
    history = GMF(4, epochs=25, validation_fraction=0.2, **QUICK).fit(BOARD).history_
    assert list(history) == ["loss", "accuracy", "val_ndcg@10"]
    assert len(history["val_ndcg@10"]) == 25
    assert max(history["val_ndcg@10"]) > history["val_ndcg@10"][0] + 0.1
    assert all(0.0 <= value <= 1.0 for value in history["val_ndcg@10"])


def test_the_last_validation_metric_is_that_of_the_fitted_model(monkeypatch):
    held_out = []
    original = Validation.__init__

    def remember(self, model, train, rest):
        held_out.append((train, rest))
        original(self, model, train, rest)

    monkeypatch.setattr(Validation, "__init__", remember)
    model = GMF(4, epochs=3, validation_fraction=0.3, **QUICK).fit(BOARD)
    [(train, rest)] = held_out
    seen, hits = {tuple(pair) for pair in zip(train.users, train.items, strict=True)}, []
    codes = np.arange(12)
    scores = model.predict([(model.users_[u], model.items_[i]) for u in codes for i in codes]).reshape(12, 12)
    for user in np.unique(rest.users):
        order = [item for item in np.argsort(-scores[user], kind="stable") if (user, item) not in seen][:10]
        relevant = set(rest.items[rest.users == user].tolist())
        gain = sum(1.0 / np.log2(rank + 2) for rank, item in enumerate(order) if item in relevant)
        hits.append(gain / sum(1.0 / np.log2(rank + 2) for rank in range(min(10, len(relevant)))))
    assert model.history_["val_ndcg@10"][-1] == pytest.approx(np.mean(hits), rel=1e-6)


def test_early_stopping_stops_after_its_patience_and_keeps_the_best_weights(measured):
    measured([0.1, 0.5, 0.4, 0.45, 0.3, 0.9])
    stopped = GMF(4, epochs=20, validation_fraction=0.2, early_stopping=3, **QUICK).fit(BOARD)
    assert stopped.n_iter_ == 5
    assert stopped.history_["val_ndcg@10"] == [0.1, 0.5, 0.4, 0.45, 0.3]
    measured([0.0, 0.0])
    two_epochs = GMF(4, epochs=2, validation_fraction=0.2, **QUICK).fit(BOARD)
    assert same_tables(stopped, two_epochs)
    np.testing.assert_array_equal(stopped.network_weights_[0], two_epochs.network_weights_[0])
    assert stopped.recommend(k=3).scores.tolist() == two_epochs.recommend(k=3).scores.tolist()


def test_early_stopping_keeps_the_best_weights_where_all_epochs_are_run_too(measured):
    measured([0.3, 0.2, 0.2])
    kept = GMF(4, epochs=3, validation_fraction=0.2, early_stopping=5, **QUICK).fit(BOARD)
    assert kept.n_iter_ == 3
    measured([0.3])
    assert same_tables(kept, GMF(4, epochs=1, validation_fraction=0.2, **QUICK).fit(BOARD))


def test_without_early_stopping_the_last_weights_are_kept(measured):
    measured([0.9, 0.1])
    last = GMF(4, epochs=2, validation_fraction=0.2, **QUICK).fit(BOARD)
    measured([0.1, 0.9])
    assert same_tables(last, GMF(4, epochs=2, validation_fraction=0.2, early_stopping=True, **QUICK).fit(BOARD))


def test_the_rating_error_is_better_the_less_it_is(measured):
    ratings = BOARD.events.assign(rating=np.arange(60) % 5)
    measured([2.0, 1.0, 1.5, 1.2, 0.1], name="val_rmse")
    model = MatrixFactorization(4, loss="mse", dropout=0.0, epochs=9, early_stopping=2, **QUICK).fit(ratings)
    assert model.history_["val_rmse"] == [2.0, 1.0, 1.5, 1.2]


def test_early_stopping_alone_holds_a_tenth_out():
    history = GMF(4, epochs=2, early_stopping=True, **QUICK).fit(BOARD).history_
    assert len(history["val_ndcg@10"]) == 2


def test_where_nothing_can_be_held_out_all_epochs_are_run():
    model = GMF(4, epochs=3, early_stopping=1, **QUICK).fit([("a", "x"), ("b", "y")])
    assert model.n_iter_ == 3
    assert list(model.history_) == ["loss", "accuracy"]


@pytest.mark.parametrize(
    ("early_stopping", "patience"),
    [(False, 0), (True, 5), (np.True_, 5), (np.False_, 0), (1, 1), (np.int64(3), 3)],
)
def test_true_means_five_epochs(early_stopping, patience):
    assert _patience(early_stopping) == patience


@pytest.mark.parametrize(
    "model", [GMF(4, **QUICK), MatrixFactorization(4, dropout=0.0, temperature=None, **QUICK)], ids=["gmf", "mf"]
)
def test_a_training_that_diverges_is_an_error_and_the_model_stays_unfitted(model):
    model = clone(model).set_params(learning_rate=1e30, epochs=4)
    with pytest.raises(
        InvalidDataError,
        match=r"Training diverged: the loss of epoch \d is (nan|inf). Lower learning_rate \(it is 1e\+30\), or check the "
        r"ratings and weights for extreme values.",
    ):
        model.fit(BOARD)
    assert not model.__sklearn_is_fitted__()
    assert set(vars(model)) == set(model.get_params())


def batch_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("skrec-batches")]


def test_no_thread_is_left_however_training_ends(measured):
    GMF(4, epochs=3, **QUICK).fit(BOARD)
    assert batch_threads() == []
    with pytest.raises(InvalidDataError, match="Training diverged"):
        GMF(4, epochs=9, **{**QUICK, "learning_rate": 1e30}).fit(BOARD)
    assert batch_threads() == []
    measured([0.5, 0.1])
    assert GMF(4, epochs=99, early_stopping=1, **QUICK).fit(BOARD).n_iter_ == 2
    assert batch_threads() == []


def test_batches_are_drawn_by_another_thread(monkeypatch):
    drawing, draw = set(), BatchSource._chunk

    def spy(self, positions):
        drawing.add(threading.current_thread().name)
        return draw(self, positions)

    monkeypatch.setattr(BatchSource, "_chunk", spy)
    GMF(4, epochs=3, **QUICK).fit(BOARD)
    assert [name.startswith("skrec-batches") for name in drawing] == [True]


def test_what_is_drawn_does_not_depend_on_how_many_epochs_follow():
    # The batches of the next epoch are drawn while this one runs: nothing else may be drawn from the same generator.
    rng = np.random.default_rng(0)
    after = [
        GMF(4, epochs=epochs, learning_rate=0.05, random_state=rng).fit(BOARD) and rng.random() for epochs in (1, 1)
    ]
    other = np.random.default_rng(0)
    GMF(4, epochs=7, learning_rate=0.05, random_state=other).fit(BOARD)
    assert other.random() == after[0] != after[1]


def test_verbose_prints_a_line_for_each_epoch(capsys):
    GMF(4, epochs=2, validation_fraction=0.2, verbose=1, **QUICK).fit(BOARD)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" - ")[0] for line in lines] == ["Epoch 1/2", "Epoch 2/2"]
    assert all("loss: 0." in line and "accuracy: 0." in line and "val_ndcg@10: 0." in line for line in lines)


def test_otherwise_nothing_is_printed(capfd):
    GMF(4, epochs=2, validation_fraction=0.2, **QUICK).fit(BOARD).recommend()
    assert capfd.readouterr() == ("", "")


def test_held_out_events_are_still_seen_and_counted():
    model = GMF(4, epochs=1, validation_fraction=0.5, **QUICK).fit(BOARD)
    np.testing.assert_array_equal(model.item_counts_, 5.0)
    events = set(map(tuple, BOARD.events.to_numpy()))
    found = model.recommend(k=12).to_frame()
    assert not events & set(zip(found["user_id"], found["item_id"], strict=True))


def test_large_weights_of_all_events_change_nothing():
    plain = GMF(4, epochs=3, **QUICK).fit(BOARD)
    heavy = GMF(4, epochs=3, **QUICK).fit(BOARD, sample_weight=np.full(60, 8.0))
    np.testing.assert_allclose(heavy.tables_["user"], plain.tables_["user"], atol=1e-5)


def test_a_penalty_keeps_embeddings_short():
    lengths = [np.linalg.norm(GMF(4, epochs=30, l2=l2, **QUICK).fit(BOARD).tables_["user"]) for l2 in (0.0, 0.3)]
    assert lengths[1] < 0.6 * lengths[0]


def test_dropout_is_drawn_from_the_seed_and_anew_in_each_step():
    models = [GMF(4, epochs=4, dropout=0.5, learning_rate=0.05, random_state=seed).fit(BOARD) for seed in (0, 0, 1)]
    assert same_tables(models[0], models[1])
    assert not same_tables(models[0], models[2])
    states = [GMF(4, epochs=epochs, dropout=0.5, **QUICK).fit(BOARD)._network_state[0] for epochs in (1, 2)]
    assert not np.array_equal(states[0], states[1])
