"""Training runs without an estimator: a small board, and one compiled program for all that have its structure."""

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from skrec.backends import find_backend, start
from skrec.data import EncodedEvents, Histories, Vocabulary
from skrec.losses import BCE
from skrec.optimizers import Adam
from skrec.programs import Weights, make_program
from skrec.serving import Learned, Scorer, Server, Setup, TableUsers
from skrec.testing import checkerboard
from skrec.training import EpochTasks, Lesson, PairBatching, Plan, keep_if_alike, learn

WIDTHS = {"user": 4, "item": 4}


@pytest.fixture(scope="session", autouse=True)
def keras():
    return start(find_backend())


@pytest.fixture(scope="session")
def encoded():
    """Make events of codes."""

    def make(users, items, ratings=None, positive=None, weights=None, n_users=None, n_items=None):
        n = len(users)
        users, items = np.array(users, dtype=np.int64), np.array(items, dtype=np.int64)
        return EncodedEvents(
            users,
            items,
            None if ratings is None else np.array(ratings, dtype=np.float32),
            np.ones(n, np.float32) if weights is None else np.array(weights, np.float32),
            np.ones(n, dtype=bool) if positive is None else np.array(positive),
            np.zeros(n, dtype=np.int64),
            n_users or int(users.max()) + 1,
            n_items or int(items.max()) + 1,
        )

    return make


@pytest.fixture(scope="session")
def board(encoded):
    """A checkerboard of 12 users and items as codes; user u has an event with each item of its parity but u."""
    pairs = checkerboard(12).events.to_numpy()
    return encoded(*pairs.T)


class Silent:
    """An estimator without callbacks of scikit-learn."""

    def _init_callback_context(self, max_subtasks):
        return None


def known_of(events, users=None, items=None):
    """What is known of events before anything is learned."""
    users = Vocabulary(pd.Index(range(events.n_users) if users is None else users), "user")
    items = Vocabulary(pd.Index(range(events.n_items) if items is None else items), "item")
    counts = np.bincount(events.items, minlength=events.n_items).astype(float)
    return Learned(users, items, Histories.group(events), counts, Weights({}, [], []))


class Trainer:
    """Trains GMF's network of width 4; programs are kept."""

    def __init__(self, board):
        self.board, self.backend, self._programs = board, find_backend(), {}

    def network(self, dropout=0.0):
        from skrec.networks import GMFNetwork

        made = GMFNetwork(dropout)
        made.build({"user": (None, 4), "item": (None, None, 4)})
        return made

    def program(self, loss, l2=0.0, dropout=0.0):
        key = (loss.key(), l2, dropout)
        if key not in self._programs:
            network = self.network(dropout)
            self._programs[key] = make_program(self.backend, network, WIDTHS, loss, Adam(), l2)
        return self._programs[key]

    def plan(self, loss=None, l2=0.0, dropout=0.0, n_negatives=4, batch_size=64, **changes):
        loss = loss or BCE()
        made = Plan(
            self.program(loss, l2, dropout),
            self.backend,
            Adam(),
            PairBatching(loss, n_negatives, "uniform", batch_size, ("user", "item")),
            partial(self.network, dropout),
            WIDTHS,
            lambda side, n, width, rng: 0.1 * rng.standard_normal((n, width), dtype=np.float32),
            lambda fresh, before, now: keep_if_alike(fresh, before.weights.network),
            learning_rate=0.05,
            epochs=2,
            validation_fraction=0.0,
            patience=0,
            callbacks=(),
            verbose=0,
        )
        return replace(made, **changes)

    def serve(self, plan, learned):
        """Make what answers queries with what was learned."""
        batching = plan.batching
        setup = Setup(plan.program, self.backend, self.backend.keras_name, "cpu", batching.loss, batching.n_negatives)
        return Server(TableUsers(Scorer(learned, setup)))

    def train(self, events=None, rng=0, before=None, known=None, tasks=None, **changes):
        """Learn; gives what was learned, and the history."""
        events = self.board if events is None else events
        plan = self.plan(**changes)
        tasks = tasks or EpochTasks(Silent(), plan.epochs, {}, None)
        learned, history = learn(
            plan,
            Lesson(events, events, None, before=before),
            known or known_of(events),
            plan.network(),
            np.random.default_rng(rng) if isinstance(rng, int) else rng,
            partial(self.serve, plan),
            tasks,
        )
        return SimpleNamespace(
            plan=plan,
            learned=learned,
            history=history,
            tables=learned.weights.tables,
            network=learned.weights.network,
            n_epochs=len(history["loss"]),
        )


@pytest.fixture(scope="session")
def trainer(board, keras):
    return Trainer(board)


@pytest.fixture(scope="session")
def train(trainer):
    """Train, without an estimator: see `Trainer.train`."""
    return trainer.train


@pytest.fixture(scope="session")
def known(trainer):
    """What is known of events before anything is learned."""
    return known_of


@pytest.fixture
def measured(monkeypatch):
    """Let the validation metric be what the test says, epoch by epoch."""
    from skrec.training.validation import Validation

    def use(values, name="val_ndcg@10"):
        given = iter(values)
        monkeypatch.setattr(Validation, "measure", lambda self, learned: {name: next(given)})
        monkeypatch.setattr(Validation, "popular", lambda self: None)  # made-up figures have no equal

    return use


@pytest.fixture(scope="session")
def same():
    """Say whether two runs have learned the same, to the last bit."""

    def compare(first, second):
        return all(np.array_equal(first.tables[side], second.tables[side]) for side in ("user", "item")) and all(
            np.array_equal(one, other) for one, other in zip(first.network, second.network, strict=True)
        )

    return compare
