"""Keras' callbacks and scikit-learn's, around the epochs of a training run."""

import copy
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import Pipeline

from skrec import make_ranking_scorer
from skrec.exceptions import InvalidDataError
from skrec.models import GMF, KerasModel
from skrec.programs import Weights
from skrec.testing import checkerboard
from skrec.training import EpochTasks
from skrec.training.callbacks import KerasCallbacks

BOARD = checkerboard(12)
QUICK = {"embedding_dim": 4, "learning_rate": 0.05, "random_state": 0}
NOTES = []
"""What callbacks saw: they are copied for each fit, and a list of their own would be too."""


@pytest.fixture(autouse=True)
def _no_notes():
    NOTES.clear()


def note(keras, **actions):
    """Make a Keras callback that notes every event, and does what it is told at the end of each epoch."""

    class Note(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            NOTES.append(("train_begin", dict(self.params)))

        def on_epoch_begin(self, epoch, logs=None):
            NOTES.append(("epoch_begin", epoch))

        def on_train_batch_begin(self, batch, logs=None):
            NOTES.append(("batch_begin", batch))

        def on_train_batch_end(self, batch, logs=None):
            NOTES.append(("batch_end", batch, sorted(logs)))

        def on_epoch_end(self, epoch, logs=None):
            NOTES.append(("epoch_end", epoch, dict(logs)))
            if "epoch_end" in actions:
                actions["epoch_end"](self.model, epoch)

        def on_train_end(self, logs=None):
            NOTES.append(("train_end", sorted(logs)))

    return Note()


def test_keras_callbacks_see_each_epoch_and_each_chunk_of_batches(keras, train):
    history = train(callbacks=[note(keras)], validation_fraction=0.2).history
    keys = ["accuracy", "loss"]
    assert [
        ("train_begin", {"verbose": 0, "epochs": 2, "steps": 1}),
        ("epoch_begin", 0),
        ("batch_begin", 0),
        ("batch_end", 0, keys),
        ("epoch_end", 0, {name: values[0] for name, values in history.items()}),
        ("epoch_begin", 1),
        ("batch_begin", 0),
        ("batch_end", 0, keys),
        ("epoch_end", 1, {name: values[1] for name, values in history.items()}),
        ("train_end", [*keys, "val_ndcg@10"]),
    ] == NOTES


def test_batch_events_count_the_steps_of_a_chunk(keras, train):
    train(epochs=1, callbacks=[note(keras)], batch_size=16)
    assert NOTES[0][1]["steps"] == 4
    assert [event for event in NOTES if event[0].startswith("batch")] == [
        ("batch_begin", 0),
        ("batch_end", 3, ["accuracy", "loss"]),
    ]


def test_callbacks_change_nothing_unless_they_mean_to(keras, train, same):
    plain, watched = train(epochs=3), train(epochs=3, callbacks=[note(keras)])
    assert same(watched, plain)
    assert watched.history == plain.history


def test_a_models_callbacks_are_copied_for_each_fit(keras):
    stopping = keras.callbacks.EarlyStopping(monitor="loss", patience=1, min_delta=10.0)
    model = GMF(epochs=9, callbacks=[stopping], **QUICK)
    assert model.fit(BOARD).n_iter_ == model.fit(BOARD).n_iter_ == 2
    assert stopping.stopped_epoch == 0
    assert stopping.model is None
    assert model.callbacks == [stopping]


def test_a_callback_may_stop_training(keras, train):
    def stop(model, epoch):
        model.stop_training = epoch == 2

    assert train(epochs=9, callbacks=[note(keras, epoch_end=stop)]).n_epochs == 3
    assert NOTES[-1][0] == "train_end"


def test_early_stopping_of_keras_monitors_the_validation_metric_and_restores_the_best_weights(
    keras, train, measured, same
):
    measured([0.5, 0.4, 0.3, 0.9])
    stopping = keras.callbacks.EarlyStopping("val_ndcg@10", mode="max", patience=2, restore_best_weights=True)
    run = train(epochs=9, callbacks=[stopping], validation_fraction=0.2)
    assert run.n_epochs == 3
    measured([0.5])
    assert same(run, train(epochs=1, validation_fraction=0.2))


def test_a_schedule_changes_the_learning_rate(keras, train):
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.05 if epoch == 0 else 1e-12)
    frozen = train(epochs=5, callbacks=[schedule], learning_rate=0.3)
    np.testing.assert_allclose(frozen.tables["user"], train(epochs=1).tables["user"], atol=1e-6)
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=1e-9, patience=0, min_delta=10.0)
    slowed = train(epochs=5, callbacks=[plateau])
    np.testing.assert_allclose(slowed.tables["user"], train(epochs=2).tables["user"], atol=1e-6)


def test_a_checkpoint_saves_weights_that_its_model_loads(keras, train, trainer, tmp_path):
    checkpoint = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.weights.h5", save_weights_only=True)
    run = train(callbacks=[checkpoint])
    assert sorted(file.name for file in tmp_path.iterdir()) == ["1.weights.h5", "2.weights.h5"]
    nothing = Weights(
        {side: np.zeros((64, 4), dtype=np.float32) for side in ("item", "user")},
        [np.zeros((4, 1), dtype=np.float32), np.zeros(1, dtype=np.float32)],
        [],
    )
    mirror = KerasCallbacks([], trainer.network(), nothing, 0.1, 1, 1)
    np.testing.assert_array_equal(mirror.read().network[0], 0.0)
    mirror.model.load_weights(tmp_path / "2.weights.h5")
    found = mirror.read()
    np.testing.assert_array_equal(found.tables["user"][:12], run.tables["user"])
    np.testing.assert_array_equal(found.network[0], run.network[0])


def test_weights_that_a_callback_writes_are_kept(keras, train):
    def clear(model, epoch):
        model.tables["item"].assign(keras.ops.zeros_like(model.tables["item"].value))
        model.network.unit.bias.assign(keras.ops.full((1,), 7.0))

    run = train(epochs=1, callbacks=[note(keras, epoch_end=clear)])
    assert not run.tables["item"].any()
    assert run.tables["user"].any()
    assert run.network[1].tolist() == [7.0]


def test_what_the_optimizer_remembers_stays_where_a_callback_writes_weights(keras, train, same):
    def touch(model, epoch):
        table = keras.ops.convert_to_numpy(model.tables["user"].value).copy()
        table[-1] += 1.0  # a row that fills the table up: nobody's
        model.tables["user"].assign(table)

    assert same(train(epochs=4, callbacks=[note(keras, epoch_end=touch)]), train(epochs=4))


def multiply(spec):
    import keras

    inputs = spec.inputs()
    user = keras.layers.Embedding(spec.n_users, 4)(inputs["user_id"])
    item = keras.layers.Embedding(spec.n_items, 4)(inputs["item_id"])
    return keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Dropout(0.1, seed=spec.seed)(user * item)))


def test_callbacks_work_on_a_network_that_takes_ids_too(keras):
    model = KerasModel(multiply, epochs=2, random_state=0)
    plain = clone(model).fit(BOARD)
    watched = model.set_params(callbacks=(note(keras),)).fit(BOARD)
    for expected, found in zip(plain.network_weights_, watched.network_weights_, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert sum(event[0] == "epoch_end" for event in NOTES) == 2


class Context:
    """Stands for scikit-learn's: notes what it is told, and asks for the fitted attributes where it is said so."""

    def __init__(self, name="fit", stop=False, asks=False):
        self.name, self.stop, self.asks = name, stop, asks

    def subcontext(self, task_name):
        return Context(task_name, self.stop, self.asks)

    def call_on_fit_task_begin(self, *, estimator, X, y):
        NOTES.append(("begin", self.name, X, y))

    def call_on_fit_task_end(self, *, estimator, X, y, reconstruction_attributes=None):
        NOTES.append(
            ("end", self.name, X, y, reconstruction_attributes() if self.asks and self.name == "epoch" else None)
        )
        return self.stop


def tasks_of(context):
    started = []

    def start(max_subtasks):
        started.append(max_subtasks)
        return context

    def fitted(learned, history):
        return {"learned": learned, "loss": list(history["loss"])}

    estimator = SimpleNamespace(_init_callback_context=start)
    return EpochTasks(estimator, 2, {"X": "events", "y": "labels"}, fitted), started


def test_tasks_of_scikit_learn_tell_its_callbacks_of_each_epoch_with_what_the_user_passed(train):
    tasks, started = tasks_of(Context())
    train(tasks=tasks)
    assert started == [2]
    passed = ("events", "labels")
    epoch = [("begin", "epoch", *passed), ("end", "epoch", *passed, None)]
    assert [("begin", "fit", *passed), *epoch, *epoch, ("end", "fit", *passed, None)] == NOTES


def test_what_is_learned_so_far_is_handed_to_the_callbacks_that_ask_for_it(train):
    run = train(tasks=tasks_of(Context(asks=True))[0])
    first, second = (event[4] for event in NOTES if event[:2] == ("end", "epoch"))
    assert (first["loss"], second["loss"]) == (run.history["loss"][:1], run.history["loss"])
    np.testing.assert_array_equal(first["learned"].weights.tables["user"], train(epochs=1).tables["user"])
    np.testing.assert_array_equal(second["learned"].weights.tables["user"], run.tables["user"])


def test_a_task_may_ask_to_stop(train):
    assert train(epochs=9, tasks=tasks_of(Context(stop=True))[0]).n_epochs == 1


def test_without_a_context_nobody_is_told(train):
    tasks, _ = tasks_of(None)
    tasks.begin()
    assert tasks.end(partial(pytest.fail, "nothing asks for what is learned"), {}) is False
    tasks.finish()
    assert NOTES == []


class Recorder:
    """A scikit-learn callback that notes its tasks, and asks to stop after some epochs."""

    def __init__(self, stop_after=None):
        self.stop_after = stop_after

    def setup(self, estimator, context):
        NOTES.append("setup")

    def teardown(self, estimator, context):
        NOTES.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        NOTES.append(("begin", context.task_name, context.task_id, context.max_subtasks))

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, fitted_estimator=None):
        scores = None if fitted_estimator is None else fitted_estimator.predict(BOARD)
        NOTES.append(("end", context.task_name, context.task_id, X is BOARD, None if y is None else len(y), scores))
        return context.task_name == "epoch" and context.task_id + 1 == self.stop_after


def events():
    """What was noted, without scores."""
    return [entry if isinstance(entry, str) else entry[:3] for entry in NOTES]


def test_a_callback_of_scikit_learn_gets_one_task_for_each_epoch():
    model = GMF(epochs=2, **QUICK).set_callbacks(Recorder()).fit(BOARD)
    assert events() == [
        "setup",
        ("begin", "fit", 0),
        ("begin", "epoch", 0),
        ("end", "epoch", 0),
        ("begin", "epoch", 1),
        ("end", "epoch", 1),
        ("end", "fit", 0),
        "teardown",
    ]
    assert NOTES[1][3] == 2  # how many epochs there may be
    first, second = (entry for entry in NOTES if entry[:2] == ("end", "epoch"))
    assert first[3:5] == second[3:5] == (True, 60)
    np.testing.assert_array_equal(second[5], model.predict(BOARD))
    np.testing.assert_array_equal(first[5], GMF(epochs=1, **QUICK).fit(BOARD).predict(BOARD))


def test_a_callback_of_scikit_learn_may_stop_training():
    model = GMF(epochs=9, **QUICK).set_callbacks(Recorder(stop_after=3)).fit(BOARD)
    assert model.n_iter_ == 3
    assert events()[-2:] == [("end", "fit", 0), "teardown"]
    plain = GMF(epochs=3, **QUICK).fit(BOARD)
    np.testing.assert_array_equal(model.tables_["user"], plain.tables_["user"])


def test_callbacks_of_scikit_learn_are_taken_down_where_training_fails_and_leave_nothing_behind():
    model = GMF(epochs=9, **{**QUICK, "learning_rate": 1e30}).set_callbacks(Recorder())
    with pytest.raises(InvalidDataError, match="Training diverged"):
        model.fit(BOARD)
    assert events()[-1] == "teardown"
    assert set(vars(model)) - set(model.get_params()) == {"_skl_callbacks"}
    fitted = model.set_params(learning_rate=0.05, epochs=1).fit(BOARD)
    assert not [name for name in vars(fitted) if "callback" in name and name not in ("callbacks", "_skl_callbacks")]


def test_partial_fit_has_tasks_too():
    model = GMF(epochs=1, **QUICK).fit(BOARD).set_callbacks(Recorder())
    model.partial_fit(BOARD)
    assert events()[:3] == ["setup", ("begin", "fit", 0), ("begin", "epoch", 0)]


def test_both_kinds_of_callbacks_may_be_used_at_once(keras):
    model = GMF(epochs=2, callbacks=[note(keras)], **QUICK).set_callbacks(Recorder()).fit(BOARD)
    names = [entry if isinstance(entry, str) else entry[0] for entry in NOTES]
    assert names.index("setup") < names.index("train_begin") < names.index("train_end") < names.index("teardown")
    assert model.n_iter_ == 2


def test_a_fitted_model_with_callbacks_can_be_copied_and_cloned():
    model = GMF(epochs=1, **QUICK).set_callbacks(Recorder()).fit(BOARD)
    np.testing.assert_array_equal(copy.deepcopy(model).predict(BOARD), model.predict(BOARD))
    NOTES.clear()
    clone(model).fit(BOARD)
    assert events()[0] == "setup"


def test_a_scoring_monitor_records_the_score_of_each_epoch():
    monitor = ScoringMonitor(scoring=make_ranking_scorer(["ndcg@5", "recall@3"], exclude_seen=False))
    GMF(epochs=3, **QUICK).set_callbacks(monitor).fit(BOARD)
    log = monitor.get_logs().data_as_pandas
    assert log["task_name"].tolist() == ["epoch"] * 3
    assert log["task_id"].tolist() == [0, 1, 2]
    assert log["ndcg@5"].between(0.0, 1.0).all()
    assert log["ndcg@5"].nunique() > 1
    assert log["recall@3"].iloc[-1] > 0


def test_a_scoring_monitor_follows_each_candidate_of_a_search():
    monitor = ScoringMonitor(scoring=make_ranking_scorer(["ndcg@5", "mrr@5"], exclude_seen=False))
    model = GMF(**QUICK).set_callbacks(monitor)
    search = GridSearchCV(model, {"epochs": [1, 2]}, cv=KFold(2, shuffle=True, random_state=0), error_score="raise")
    search.fit(BOARD)
    logs = monitor.get_logs(select="all")
    frames = [log.data_as_pandas for log in (logs if isinstance(logs, list) else [logs])]
    assert sum(len(frame) for frame in frames) == 2 * (1 + 2) + search.best_params_["epochs"]


def test_a_progress_bar_shows_the_epochs_of_a_model_in_a_pipeline(capsys):
    pipeline = Pipeline([("nothing", "passthrough"), ("model", GMF(epochs=3, **QUICK))])
    pipeline.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(BOARD)
    shown = capsys.readouterr().out
    assert "Pipeline" in shown
    assert "GMF" in shown
    assert "100%" in shown
    GMF(epochs=2, **QUICK).set_callbacks(ProgressBar()).fit(BOARD)
    assert "GMF" in capsys.readouterr().out
