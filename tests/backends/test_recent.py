import gc
import os
import subprocess
import sys
import weakref

import numpy as np
import pytest

from skrec.backends import find_backend, start
from skrec.backends._recent import Recent


@pytest.fixture
def recent():
    return Recent(2, 3)


def functions(recent, names):
    """Functions that note here what they forget."""
    forgotten = []
    return forgotten, {name: recent.keep(lambda name=name: forgotten.append(name)) for name in names}


def test_the_function_called_least_recently_forgets(recent):
    forgotten, kept = functions(recent, "abc")
    for name in "abac":
        kept[name].use()
    assert forgotten == ["b"]
    assert len(recent) == 2


def test_one_that_comes_back_lets_one_more_be_kept_up_to_a_limit(recent):
    forgotten, kept = functions(recent, "abcde")
    for name in "abca":
        kept[name].use()
    assert forgotten == ["a"]
    assert recent.n_kept == 3
    for name in "debc" * 2:
        kept[name].use()
    assert recent.n_kept == len(recent) == 3


def test_one_that_nobody_needs_any_more_is_not_held(recent):
    forgotten, kept = functions(recent, "ab")
    kept["a"].use()
    seen = weakref.ref(kept["a"])
    del kept["a"]
    assert seen() is None
    assert len(recent) == 0
    assert forgotten == []


def test_all_can_be_asked_to_forget(recent):
    forgotten, kept = functions(recent, "ab")
    for name in "ab":
        kept[name].use()
    recent.forget_all()
    assert forgotten == ["a", "b"]
    assert len(recent) == 0


@pytest.fixture
def backend(monkeypatch):
    backend = find_backend()
    if backend.keras_name == "torch":
        pytest.skip("PyTorch runs step by step, and compiles nothing")
    start(backend)
    module = __import__(type(backend).__module__, fromlist=["STEPS"])
    monkeypatch.setattr(module, "STEPS", Recent(2, 3))
    monkeypatch.setattr(module, "FORWARDS", Recent(2, 3))
    return backend


def count(function):
    """Give the function, and how often it has been traced."""
    traced = []

    def counting(*arguments):
        traced.append(arguments)
        return function(*arguments)

    return counting, traced


def test_a_function_that_has_forgotten_works_as_before(backend):
    double, traced = count(lambda values: values * 2.0)
    run = backend.compile_forward(double)
    others = [backend.compile_forward(lambda values, add=add: values + add) for add in (1.0, 2.0)]
    values = np.ones(3, dtype=np.float32)
    run(values), run(values)
    once = len(traced)
    for other in others:
        other(values)
    np.testing.assert_array_equal(run(values), 2 * values)
    assert len(traced) == 2 * once


def test_steps_that_have_forgotten_work_as_before(backend):
    from keras import ops

    def step(state, batch):
        total = state["total"] + ops.sum(batch["add"])
        return {**state, "total": total}, ops.stack([total, total])

    stepping, traced = count(step)
    runs = [backend.compile_steps(function) for function in (stepping, lambda *given: step(*given), step)]
    batches = {"add": np.array([[1.0, 2.0], [3.0, 4.0]], dtype=np.float32)}
    figures, calls = [], []
    for run in (*runs, runs[0]):
        _, losses = run({"total": ops.convert_to_tensor(0.0)}, batches, 2)
        figures.append(np.asarray(losses)[:2, 0].tolist())
        calls.append(len(traced))
    assert figures == [[3.0, 10.0]] * 4
    assert calls == [calls[0]] * 3 + [2 * calls[0]]


def test_what_has_been_forgotten_is_not_in_memory(backend):
    if backend.keras_name != "jax":
        pytest.skip("only JAX says what is in memory")
    import jax

    run = backend.compile_forward(lambda values: values * 3.0)
    run(np.ones(3, dtype=np.float32))
    before = len(jax.devices()[0].client.live_executables())
    type(backend).compile_forward.__globals__["FORWARDS"].forget_all()
    gc.collect()
    assert len(jax.devices()[0].client.live_executables()) == before - 1


SEARCH = """
import gc, os, sys
import skrec
from skrec.models import MatrixFactorization

def resident():
    gc.collect()
    with open("/proc/self/statm") as statistics:
        return int(statistics.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

X = skrec.make_interactions(100, 60, 1000, features=(), random_state=0)
for width in range(7, 108):
    MatrixFactorization(width, epochs=1, random_state=0).fit(X).recommend([0, 1, 2, 3], 5)
    before = resident() if width == 7 else before
print(resident() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the memory of a process from /proc")
@pytest.mark.parametrize("name", ["jax", "tensorflow", "torch"])
def test_a_search_over_100_widths_grows_by_at_most_300_mb(name):
    pytest.importorskip(name)
    environment = {**os.environ, "SKREC_BACKEND": name, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", SEARCH]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert float(done.stdout) <= 300.0
