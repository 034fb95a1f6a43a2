import io
import types

import pytest
from rich.console import Console

from skrec.cli._epoch_bar import EpochCounter, fit, progress
from skrec.models import EASE, GMF
from skrec.testing import checkerboard


def bars_of(*fits, seconds=60.0):
    """Run fits under a bar; gives what the bar showed at the end."""
    screen = Console(file=io.StringIO(), width=100)
    with progress(screen) as bars:
        for name, estimator in fits:
            fit(estimator, checkerboard(6), name, bars, seconds)
        tasks = {task.description: (task.completed, task.total, task.fields["epochs"]) for task in bars.tasks}
    return tasks, screen.file.getvalue()


def test_a_counter_counts_epochs_and_no_other_task():
    counted = []
    counter = EpochCounter(lambda: bool(counted.append(1)) or len(counted) == 2)
    tasks = [types.SimpleNamespace(task_name=name) for name in ("epoch", "fit", "epoch")]
    assert [counter.on_fit_task_end(None, task) for task in tasks] == [False, False, True]
    assert len(counted) == 2


def test_every_epoch_of_a_neural_model_is_counted():
    tasks, shown = bars_of(("gmf", GMF(epochs=3, embedding_dim=2, random_state=0)))
    assert tasks == {"gmf": (3, 3, "epoch 3 of 3")}
    assert "gmf" in shown


def test_a_model_is_left_as_far_as_it_got_when_time_is_up():
    model = GMF(epochs=50, embedding_dim=2, random_state=0)
    tasks, _ = bars_of(("gmf", model), seconds=0.0)
    assert tasks == {"gmf": (1, 50, "epoch 1 of 50: time is up")}
    assert model.n_iter_ == 1
    assert model.recommend([0], k=1).lengths[0] == 1


def test_a_model_without_epochs_is_one_step():
    tasks, _ = bars_of(("ease", EASE(1.0)))
    assert tasks == {"ease": (1, 1, "")}


def test_a_model_is_left_without_the_callback_even_if_fit_fails():
    model = GMF(epochs=1, embedding_dim=-1)
    with pytest.raises(ValueError, match="embedding_dim"):
        bars_of(("gmf", model))
    assert not hasattr(model, "_skl_callbacks")
