"""What needs no running PyTorch; its operations are tested in a process of their own, by tests/backend_suite."""

import sys
from types import SimpleNamespace

import pytest

from skrec.backends.torch import TorchBackend


def fake(monkeypatch, *, gpus, mps):
    cuda = SimpleNamespace(is_available=lambda: gpus > 0, device_count=lambda: gpus)
    backends = SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps))
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda, backends=backends))


def test_it_says_what_it_is_and_what_it_can():
    backend = TorchBackend()
    assert backend.keras_name == backend.module == "torch"
    assert backend.install == 'pip install "skrec-keras[torch]"'
    assert backend.capabilities.train
    assert not backend.capabilities.jit
    assert not backend.capabilities.distribution
    assert not backend.fixed_shapes
    assert not backend.capabilities.tpu


def test_it_is_not_available_where_there_is_no_such_module(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert not TorchBackend().is_available()


@pytest.mark.parametrize(
    ("gpus", "mps", "names"),
    [(0, False, ["cpu"]), (2, False, ["gpu:0", "gpu:1", "cpu"]), (0, True, ["mps:0", "cpu"])],
)
def test_devices_are_listed_best_first(monkeypatch, gpus, mps, names):
    fake(monkeypatch, gpus=gpus, mps=mps)
    assert TorchBackend().devices() == names


@pytest.mark.parametrize(
    ("device", "name"), [("cpu", "cpu"), ("gpu:1", "cuda:1"), ("gpu", "cuda:0"), ("mps:0", "mps:0")]
)
def test_a_device_scope_is_keras_under_pytorchs_name(monkeypatch, device, name):
    monkeypatch.setitem(sys.modules, "keras", SimpleNamespace(device=lambda name: f"scope of {name}"))
    assert TorchBackend().device_scope(device) == f"scope of {name}"
