"""Training: what learn makes of a lesson and a plan."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from skrec.exceptions import InvalidDataError
from skrec.losses import MSE, Softmax
from skrec.models import GMF
from skrec.testing import checkerboard
from skrec.training import PairBatching
from skrec.training.batches import BatchSource


@pytest.fixture(scope="module")
def trained(train):
    """What thirty epochs have learned of the board."""
    return train(epochs=30)


def test_the_loss_falls_and_accuracy_rises(trained):
    history = trained.history
    assert list(history) == ["loss", "accuracy"]
    assert np.mean(history["loss"][-5:]) < 0.5 * np.mean(history["loss"][:5])
    assert np.mean(history["accuracy"][-5:]) > 0.85 > np.mean(history["accuracy"][:2])


def scores_of(run):
    """Scores of all pairs by what was learned, shape (n_users, n_items)."""
    kernel, bias = (array.astype(np.float64) for array in run.network)
    return (run.tables["user"] * kernel[:, 0]) @ run.tables["item"].T + bias


def test_what_is_learned_ranks_what_was_left_out_of_the_board_first(trained):
    scores = scores_of(trained)
    seen = np.add.outer(np.arange(12), np.arange(12)) % 2 == 0
    np.fill_diagonal(seen, False)
    best = np.where(seen, -np.inf, scores).argmax(axis=1)
    assert (best == np.arange(12)).mean() > 0.7


def test_what_is_learned_is_a_value_with_a_row_for_each_id(train, known, board):
    before = known(board)
    run = train(known=before)
    learned = run.learned
    assert {side: table.shape for side, table in learned.weights.tables.items()} == {"user": (12, 4), "item": (12, 4)}
    assert (learned.users, learned.items, learned.histories) == (before.users, before.items, before.histories)
    np.testing.assert_array_equal(learned.pool, np.arange(12))  # what fold-in takes its negatives from: all items
    assert (before.weights.tables, before.weights.network, len(before.pool)) == ({}, [], 0)


def test_an_epochs_loss_is_the_mean_over_its_batches(train, board):
    # With hardly a step, both batches are scored with the first weights; all items are negatives.
    run = train(loss=Softmax(), n_negatives=12, batch_size=30, epochs=1, learning_rate=1e-12)
    scores = scores_of(run)
    losses = np.log(np.exp(scores).sum(axis=1))[board.users] - scores[board.users, board.items]
    assert run.history["loss"] == [pytest.approx(losses.mean(), rel=1e-5)]
    assert run.history["accuracy"] == [
        pytest.approx((scores[board.users, board.items] >= scores.max(axis=1)[board.users]).mean())
    ]


def test_equal_seeds_learn_the_same_and_others_something_else(train, same):
    assert same(train(), train())
    assert not same(train(), train(rng=1))


def test_the_validation_metric_is_recorded_each_epoch_and_rises(train):
    history = train(epochs=25, validation_fraction=0.2).history
    assert list(history) == ["loss", "accuracy", "val_ndcg@10"]
    assert len(history["val_ndcg@10"]) == 25
    assert max(history["val_ndcg@10"]) > history["val_ndcg@10"][0] + 0.1
    assert all(0.0 <= value <= 1.0 for value in history["val_ndcg@10"])


def test_the_last_validation_metric_is_that_of_what_was_learned(train, monkeypatch):
    held_out, split = [], PairBatching.split

    def remember(self, *arguments):
        held_out.append(split(self, *arguments))
        return held_out[-1]

    monkeypatch.setattr(PairBatching, "split", remember)
    run = train(epochs=3, validation_fraction=0.3)
    [(events, rest)] = held_out
    seen, gains = {tuple(pair) for pair in zip(events.users, events.items, strict=True)}, []
    for user, scores in enumerate(scores_of(run)):
        order = [item for item in np.argsort(-scores, kind="stable") if (user, item) not in seen][:10]
        relevant = set(rest.items[rest.users == user].tolist())
        gain = sum(1.0 / np.log2(rank + 2) for rank, item in enumerate(order) if item in relevant)
        if relevant:
            gains.append(gain / sum(1.0 / np.log2(rank + 2) for rank in range(min(10, len(relevant)))))
    assert run.history["val_ndcg@10"][-1] == pytest.approx(np.mean(gains), rel=1e-6)


def test_early_stopping_stops_after_its_patience_and_keeps_the_best_weights(train, measured, same):
    measured([0.1, 0.5, 0.4, 0.45, 0.3, 0.9])
    stopped = train(epochs=20, validation_fraction=0.2, patience=3)
    assert stopped.history["val_ndcg@10"] == [0.1, 0.5, 0.4, 0.45, 0.3]
    assert stopped.n_epochs == 5
    measured([0.0, 0.0])
    assert same(stopped, train(epochs=2, validation_fraction=0.2))


def test_early_stopping_keeps_the_best_weights_where_all_epochs_are_run_too(train, measured, same):
    measured([0.3, 0.2, 0.2])
    kept = train(epochs=3, validation_fraction=0.2, patience=5)
    assert kept.n_epochs == 3
    measured([0.3])
    assert same(kept, train(epochs=1, validation_fraction=0.2))


def test_an_epoch_as_good_as_the_best_is_no_better(train, measured, same):
    measured([0.5, 0.5, 0.5, 0.9])
    stopped = train(epochs=9, validation_fraction=0.2, patience=2)
    assert stopped.n_epochs == 3
    measured([0.5])
    assert same(stopped, train(epochs=1, validation_fraction=0.2))


def test_without_early_stopping_the_last_weights_are_kept(train, measured, same):
    measured([0.9, 0.1])
    last = train(epochs=2, validation_fraction=0.2)
    measured([0.1, 0.9])
    assert same(last, train(epochs=2, validation_fraction=0.2, patience=5))


def test_the_rating_error_is_better_the_less_it_is(train, measured, board):
    ratings = replace(board, ratings=(np.arange(60) % 5).astype(np.float32) - 2.0)
    measured([2.0, 1.0, 1.5, 1.2, 0.1], name="val_rmse")
    run = train(ratings, loss=MSE(), epochs=9, patience=2)
    assert run.history["val_rmse"] == [2.0, 1.0, 1.5, 1.2]


def test_where_nothing_can_be_held_out_all_epochs_are_run(train, encoded):
    run = train(encoded([0, 1], [0, 1], n_users=12, n_items=12), epochs=3, patience=1)
    assert run.n_epochs == 3
    assert list(run.history) == ["loss", "accuracy"]


DIVERGED = (
    r"Training diverged: the loss of epoch \d is (nan|inf). Lower learning_rate \(it is 1e\+30\), or check the "
    r"ratings and weights for extreme values."
)


def test_a_training_that_diverges_is_an_error(train):
    with pytest.raises(InvalidDataError, match=DIVERGED):
        train(epochs=4, learning_rate=1e30)


def test_a_model_whose_training_diverges_stays_unfitted():
    model = GMF(4, epochs=4, learning_rate=1e30, random_state=0)
    with pytest.raises(InvalidDataError, match=DIVERGED):
        model.fit(checkerboard(12))
    assert not model.__sklearn_is_fitted__()
    assert set(vars(model)) == set(model.get_params())


def test_a_warm_start_goes_on_from_what_was_learned_before(train, trained, known, board, same):
    still = train(before=trained.learned, learning_rate=1e-12, epochs=1)
    for side in ("user", "item"):
        np.testing.assert_allclose(still.tables[side], trained.tables[side], atol=1e-6)
    np.testing.assert_allclose(still.network[0], trained.network[0], atol=1e-6)
    # By id, wherever that stands now; who is new gets a new row.
    moved = known(board, users=[*range(11, 0, -1), 99])
    other = train(before=trained.learned, known=moved, learning_rate=1e-12, epochs=1)
    np.testing.assert_allclose(other.tables["user"][:11], trained.tables["user"][:0:-1], atol=1e-6)
    assert np.abs(other.tables["user"][11] - trained.tables["user"][0]).max() > 0.01
    assert not same(train(before=trained.learned), train())


def batch_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("skrec-batches")]


def test_no_thread_is_left_however_training_ends(train, measured):
    train(epochs=3)
    assert batch_threads() == []
    with pytest.raises(InvalidDataError, match="Training diverged") as caught:
        train(epochs=9, learning_rate=1e30)
    assert batch_threads() == [], caught  # not even while the error's traceback holds all that was there
    measured([0.5, 0.1])
    assert train(epochs=99, patience=1).n_epochs == 2
    assert batch_threads() == []


def test_batches_are_drawn_by_another_thread(train, monkeypatch):
    drawing, draw = set(), BatchSource._chunk

    def spy(self, positions):
        drawing.add(threading.current_thread().name)
        return draw(self, positions)

    monkeypatch.setattr(BatchSource, "_chunk", spy)
    train(epochs=3)
    assert [name.startswith("skrec-batches") for name in drawing] == [True]


def test_what_is_drawn_does_not_depend_on_how_many_epochs_follow(train):
    # The batches of the next epoch are drawn while this one runs: nothing else may be drawn from the same generator.
    rng, other = np.random.default_rng(0), np.random.default_rng(0)
    after = [train(epochs=epochs, rng=rng) and rng.random() for epochs in (1, 1)]
    train(epochs=7, rng=other)
    assert other.random() == after[0] != after[1]


def test_verbose_prints_a_line_for_each_epoch(train, capsys):
    train(validation_fraction=0.2, verbose=1)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" - ")[0] for line in lines] == ["Epoch 1/2", "Epoch 2/2"]
    assert all("loss: 0." in line and "accuracy: 0." in line and "val_ndcg@10: 0." in line for line in lines)


def test_otherwise_nothing_is_printed(capfd):
    GMF(4, epochs=2, validation_fraction=0.2, random_state=0).fit(checkerboard(12)).recommend()
    assert capfd.readouterr() == ("", "")


def test_held_out_events_are_still_seen_and_counted():
    model = GMF(4, epochs=1, validation_fraction=0.5, random_state=0).fit(checkerboard(12))
    np.testing.assert_array_equal(model.item_counts_, 5.0)
    events = set(map(tuple, checkerboard(12).events.to_numpy()))
    found = model.recommend(k=12).to_frame()
    assert not events & set(zip(found["user_id"], found["item_id"], strict=True))


def test_large_weights_of_all_events_change_nothing(train, board):
    heavy = train(replace(board, weights=np.full(60, 8.0, dtype=np.float32)), epochs=3)
    np.testing.assert_allclose(heavy.tables["user"], train(epochs=3).tables["user"], atol=1e-5)


def test_a_penalty_keeps_embeddings_short(train, trained):
    short = train(epochs=30, l2=0.3)
    assert np.linalg.norm(short.tables["user"]) < 0.6 * np.linalg.norm(trained.tables["user"])


def test_dropout_is_drawn_from_the_seed_and_anew_in_each_step(train, same):
    runs = [train(epochs=epochs, dropout=0.5, rng=seed) for epochs, seed in ((2, 0), (2, 0), (2, 1), (1, 0))]
    assert same(runs[0], runs[1])
    assert not same(runs[0], runs[2])
    states = [run.learned.weights.fixed[0] for run in runs]
    assert np.array_equal(states[0], states[1])
    assert not np.array_equal(states[0], states[3])
