import copy
import json
import os
import pickle
import subprocess
import sys
from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import sparse
from sklearn.base import clone

from skrec.backends import find_backend, start
from skrec.exceptions import (
    BackendMismatchError,
    DeviceNotFoundError,
    InvalidDataError,
    NotFittedError,
    UnknownNameError,
)
from skrec.retrievers import ExactRetriever, exact

NUMBERS = st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0, 1.0 + 2.0**-20, 1.0 + 2.0**-23])


@pytest.fixture(scope="module")
def name():
    """Name of the backend that this process runs."""
    backend = find_backend()
    start(backend)
    return backend.keras_name


def normal(n, dim, seed):
    return np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)


def assert_equal(found, expected):
    for part, other in zip(found, expected, strict=True):
        assert part.dtype == other.dtype
        np.testing.assert_array_equal(part, other)


def hard_cases():
    """Vectors by name: items of one kind for users of another, and what is left out."""
    users, rng = normal(40, 6, 0), np.random.default_rng(1)
    ties = rng.integers(-1, 2, size=(300, 6)).astype(np.float32)
    close = (normal(1, 6, 2) * (1.0 + rng.integers(0, 4, size=(300, 1)) * 2.0**-23)).astype(np.float32)
    exclude = sparse.random_array((40, 300), density=0.3, rng=rng, format="csr")
    nearly_all = sparse.csr_array(rng.random((40, 300)) < 0.98)
    long = np.concatenate([normal(299, 6, 3), 1e4 * normal(1, 6, 4)])
    return {
        "normal": (users, normal(300, 6, 5), None),
        "ties": (np.round(users), ties, None),
        "ties, some left out": (np.round(users), ties, exclude),
        "ties in the last bits": (users, close, exclude),
        "zeros": (np.zeros_like(users), ties, exclude),
        "all equal": (users, np.ones((300, 6), dtype=np.float32), None),
        "one item much longer than the others": (users, long, exclude),
        "few items left": (users, normal(300, 6, 6), nearly_all),
        "few items": (users, normal(3, 6, 7), None),
    }


CASES = hard_cases()


@pytest.mark.parametrize("case", CASES)
def test_the_backend_gives_the_very_same_lists(name, case):
    users, items, exclude = CASES[case]
    for k in (1, 5, 40, 310):
        expected = ExactRetriever().fit(items).query(users, k, exclude)
        assert_equal(ExactRetriever(backend=name, device="cpu").fit(items).query(users, k, exclude), expected)


def test_so_it_does_in_blocks_of_which_each_leaves_out_another_number_of_items(name, monkeypatch):
    monkeypatch.setattr(exact, "_USERS", 15)
    users, items, rng = normal(100, 6, 0), normal(400, 6, 1), np.random.default_rng(2)
    exclude = sparse.csr_array(rng.random((100, 400)) < np.linspace(0.0, 0.9, 100)[:, np.newaxis])
    expected = ExactRetriever().fit(items).query(users, 5, exclude)
    assert_equal(ExactRetriever(backend=name, device="cpu").fit(items).query(users, 5, exclude), expected)


def test_a_query_without_a_backend_is_the_search_of_the_processor(monkeypatch):
    seen = []
    monkeypatch.setattr(exact, "search", lambda *arguments: seen.append(arguments) or "the lists")
    users, items = normal(2, 3, 0), normal(4, 3, 1)
    assert ExactRetriever().fit(items).query(users, 2, exclude="some") == "the lists"
    [(asked, searched, k, exclude, longest)] = seen
    np.testing.assert_array_equal(asked, users)
    np.testing.assert_array_equal(searched, items)
    assert (k, exclude) == (2, "some")
    assert longest == pytest.approx(np.linalg.norm(items, axis=1).max())


class Coarse:
    """A backend whose products keep few bits of each number, and whose equal products come in any order."""

    asked, compiled = (), 0

    def __init__(self, bits=10, device="gpu:0"):
        self.bits, self.device = bits, device

    def device_scope(self, device):
        self.asked += (device,)
        return nullcontext()

    def default_device(self):
        return self.device

    def devices(self):
        return [self.device, "cpu"]

    def compile_top_k(self, item_vectors, n):
        self.compiled += 1

        def find(user_vectors, exclude):
            products = short(user_vectors, self.bits) @ short(item_vectors, self.bits).T
            if exclude is not None:
                products[exclude.toarray().astype(bool)] = -np.inf
            order = np.argsort(-products, axis=1, kind="stable")[:, :n]
            swapped = np.lexsort((-order, -np.take_along_axis(products, order, axis=1)), axis=1)
            order = np.take_along_axis(order, swapped, axis=1)
            return order, np.take_along_axis(products, order, axis=1)

        return find


def short(vectors, bits):
    """Numbers of which so many bits of the mantissa are kept."""
    fraction, exponent = np.frexp(vectors)
    return np.ldexp(np.round(fraction * 2.0 ** (bits + 1)) / 2.0 ** (bits + 1), exponent).astype(np.float32)


@pytest.fixture
def coarse(monkeypatch):
    backend = Coarse()
    monkeypatch.setattr(exact, "find_backend", lambda name: backend)
    monkeypatch.setattr(exact, "start", lambda backend: None)
    return backend


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("margin", [0, 2, 16])
def test_lists_are_exact_on_a_device_that_is_not(coarse, monkeypatch, case, margin):
    monkeypatch.setattr(exact, "_MARGIN", margin)
    users, items, exclude = CASES[case]
    for k in (1, 5, 40):
        expected = ExactRetriever().fit(items).query(users, k, exclude)
        assert_equal(ExactRetriever(backend="coarse").fit(items).query(users, k, exclude), expected)


@pytest.mark.parametrize("case", CASES)
def test_so_they_are_on_a_tpu_which_keeps_fewer_bits(monkeypatch, case):
    monkeypatch.setattr(exact, "find_backend", lambda name: Coarse(bits=7, device="tpu:0"))
    monkeypatch.setattr(exact, "start", lambda backend: None)
    users, items, exclude = CASES[case]
    for k in (1, 5, 40):
        expected = ExactRetriever().fit(items).query(users, k, exclude)
        assert_equal(ExactRetriever(backend="coarse").fit(items).query(users, k, exclude), expected)


def test_a_search_is_compiled_once_for_each_length_and_anew_after_a_fit(coarse):
    users, items = normal(3, 4, 0), normal(50, 4, 1)
    retriever = ExactRetriever(backend="coarse").fit(items)
    for k in (5, 5, 6, 5):
        retriever.query(users, k)
    assert coarse.compiled == 2
    retriever.fit(items[::-1])
    assert_equal(retriever.query(users, 5), ExactRetriever().fit(items[::-1]).query(users, 5))
    assert coarse.compiled == 3


def test_what_was_compiled_stays_out_of_pickles(coarse):
    users, items = normal(3, 4, 0), normal(50, 4, 1)
    retriever = ExactRetriever(backend="coarse").fit(items)
    answer = retriever.query(users, 5)  # leaves a function that can't be pickled
    assert_equal(pickle.loads(pickle.dumps(retriever)).query(users, 5), answer)
    assert coarse.compiled == 2


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_so_they_are_for_any_vectors_in_blocks_of_any_size(data):
    n_users, n_items, dim = (data.draw(st.integers(1, high)) for high in (6, 25, 3))
    users = data.draw(arrays.arrays(np.float32, (n_users, dim), elements=NUMBERS))
    items = data.draw(arrays.arrays(np.float32, (n_items, dim), elements=NUMBERS))
    exclude = sparse.csr_array(data.draw(arrays.arrays(bool, (n_users, n_items))))
    k = data.draw(st.integers(1, 27))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "find_backend", lambda name: Coarse())
        patch.setattr(exact, "start", lambda backend: None)
        patch.setattr(exact, "_MARGIN", data.draw(st.integers(0, 3)))
        patch.setattr(exact, "_USERS", data.draw(st.integers(1, 7)))
        found = ExactRetriever(backend="coarse").fit(items).query(users, k, exclude)
    assert_equal(found, ExactRetriever().fit(items).query(users, k, exclude))


def test_most_users_of_separate_vectors_need_no_second_search(coarse, monkeypatch):
    searched = []
    original = exact.search
    monkeypatch.setattr(exact, "search", lambda users, *rest: searched.append(len(users)) or original(users, *rest))
    ExactRetriever(backend="coarse").fit(normal(2000, 32, 0)).query(normal(500, 32, 1), 5)
    assert sum(searched) < 50


@pytest.mark.parametrize(("device", "found"), [(None, "gpu:0"), ("cpu", "cpu"), ("gpu", "gpu:0")])
def test_the_device_is_the_one_asked_for_or_the_best(coarse, device, found):
    ExactRetriever(backend="coarse", device=device).fit(normal(4, 2, 0)).query(normal(2, 2, 1), 1)
    assert coarse.asked == (found,)


def test_it_is_an_object_that_scikit_learn_clones_and_that_is_pickled():
    retriever = ExactRetriever(device="cpu")
    assert retriever.get_params() == {"backend": None, "device": "cpu"}
    assert retriever.exact
    fitted, users = clone(retriever).fit(normal(9, 2, 0)), normal(3, 2, 1)
    for again in (pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)):
        assert_equal(again.query(users, 4), fitted.query(users, 4))
    with pytest.raises(NotFittedError, match="This ExactRetriever instance is not fitted yet. Call fit first."):
        clone(fitted).query(users, 4)


def test_vectors_of_another_precision_are_taken():
    items, users = np.array([[1, 0], [0, 2]]), np.array([[1.0, 1.0]])
    positions, scores = ExactRetriever().fit(items).query(users, 2)
    assert positions.tolist() == [[1, 0]]
    assert scores.tolist() == [[2.0, 1.0]]
    assert scores.dtype == np.float32


@pytest.mark.parametrize("users", [np.ones((2, 3), dtype=np.float32), np.ones(2, dtype=np.float32)])
def test_vectors_of_another_width_are_refused(users):
    with pytest.raises(
        InvalidDataError, match=r"The item vectors are 2 wide. Pass user vectors of that width, not of shape \("
    ):
        ExactRetriever().fit(normal(4, 2, 0)).query(users, 1)


def test_a_backend_or_device_that_is_not_there_is_an_error(name):
    users, items = normal(2, 2, 0), normal(4, 2, 1)
    with pytest.raises(UnknownNameError, match="Unknown backend 'jaxx'. Did you mean 'jax'"):
        ExactRetriever(backend="jaxx").fit(items).query(users, 1)
    with pytest.raises(DeviceNotFoundError, match="Device 'tpu:7' isn't there."):
        ExactRetriever(backend=name, device="tpu:7").fit(items).query(users, 1)
    other = next(other for other in ("jax", "torch") if other != name)
    with pytest.raises(BackendMismatchError, match=f"already runs Keras on '{name}', and can't run '{other}' too"):
        ExactRetriever(backend=other).fit(items).query(users, 1)


def test_keras_is_started_on_the_backend_asked_for():
    code = """
import json, sys
import numpy as np
from skrec.retrievers import ExactRetriever
items = np.eye(5, dtype=np.float32)
assert "keras" not in sys.modules
positions, _ = ExactRetriever(backend="jax", device="cpu").fit(items).query(items, 1)
import keras
print(json.dumps([positions[:, 0].tolist(), keras.config.backend()]))
"""
    kept = {key: value for key, value in os.environ.items() if key not in {"KERAS_BACKEND", "SKREC_BACKEND"}}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**kept, "KERAS_BACKEND": "torch"},
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[0, 1, 2, 3, 4], "jax"]
