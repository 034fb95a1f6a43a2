"""``warm_up``: nothing is compiled after it, whoever asks."""

import numpy as np
import pandas as pd
import pytest

from skrec.exceptions import NotFittedError
from skrec.models import EASE, GMF, BERT4Rec, MatrixFactorization, NeuMF, Popularity, SASRec
from skrec.testing import checkerboard

pytest.importorskip("jax")

N = 16


@pytest.fixture(scope="module")
def programs():
    """List the programs that JAX has compiled, or found on disk, since it was asked first."""
    from jax.monitoring import register_event_duration_secs_listener

    found = []

    def note(event, *_, **__):
        if event == "/jax/core/compile/backend_compile_duration":
            found.append(event)

    register_event_duration_secs_listener(note)
    return found


def ask(model):
    """Ask about known users and new ones, one and many, by histories of many lengths."""
    for users in ([0], [3, 1], list(range(N))):
        model.recommend(users, k=3)
    for length in (1, 2, 7, 9, 13, 20, 33, 70):
        model.recommend(history=[event % N for event in range(length)], k=3)
    for n_users in (1, 3, 40):
        users = np.repeat(np.arange(1000, 1000 + n_users), 5)
        model.recommend(history=pd.DataFrame({"user_id": users, "item_id": np.arange(len(users)) % N}), k=3)
    model.recommend([0], history=[1, 2, 3], k=3)


@pytest.mark.parametrize(
    "model",
    [MatrixFactorization(4, epochs=1), NeuMF(4, epochs=1), SASRec(4, 12, epochs=1), BERT4Rec(4, 12, epochs=1)],
    ids=lambda model: type(model).__name__,
)
def test_after_warm_up_nothing_is_compiled(model, programs):
    model.set_params(backend="jax", random_state=0).fit(checkerboard(N))
    n_before = len(programs)
    assert model.warm_up() is model
    n_warm = len(programs)
    ask(model)
    assert len(programs) == n_warm > n_before


def test_answers_are_those_without_warm_up():
    cold, warm = (GMF(4, epochs=1, random_state=0).fit(checkerboard(8)) for _ in range(2))
    warm.warm_up()
    for asked in ({"users": [0, 1]}, {"history": [0, 2, 4]}):
        np.testing.assert_array_equal(cold.recommend(**asked, k=3).items, warm.recommend(**asked, k=3).items)


def test_every_fitted_model_has_it_and_no_other():
    assert isinstance(Popularity().fit(checkerboard(4)).warm_up(), Popularity)
    with pytest.raises(NotFittedError, match="EASE instance is not fitted yet. Call fit first"):
        EASE().warm_up()


def test_a_few_known_users_are_asked_about_without_making_columns(monkeypatch):
    model = EASE().fit(checkerboard(8)).warm_up()
    expected = model.recommend(pd.Series([5, 2]), k=3)

    def refuse(*_, **__):
        raise AssertionError("A column was made.")

    monkeypatch.setattr(pd.Series, "__init__", refuse)
    monkeypatch.setattr(pd.Index, "__new__", refuse)
    for users in ([5, 2], (5, 2), np.array([5, 2])):
        answer = model.recommend(users, k=3, exclude_items=[7])
        np.testing.assert_array_equal(answer.users, expected.users)
        assert answer.items.shape == (2, 3)
