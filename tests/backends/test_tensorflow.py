"""What needs no running TensorFlow; its operations are tested in a process of their own, by tests/backend_suite."""

import sys
from importlib.metadata import PackageNotFoundError
from types import SimpleNamespace

import pytest

import skrec.backends.tensorflow
from skrec.backends.tensorflow import TensorFlowBackend


@pytest.fixture
def fake(monkeypatch):
    """A TensorFlow with two GPUs that notes what is asked of it."""
    grown = []

    def set_memory_growth(gpu, enable):
        if gpu == "gpu-b":
            raise RuntimeError("Physical devices cannot be modified after being initialized")
        grown.append((gpu, enable))

    config = SimpleNamespace(
        list_physical_devices=lambda kind: {"GPU": ["gpu-a", "gpu-b", "gpu-c"]}.get(kind, []),
        list_logical_devices=lambda kind: {"GPU": ["gpu-a", "gpu-b"], "TPU": ["tpu-a"]}.get(kind, []),
        experimental=SimpleNamespace(set_memory_growth=set_memory_growth),
    )
    module = SimpleNamespace(config=config, device=lambda name: f"scope of {name}", grown=grown)
    monkeypatch.setitem(sys.modules, "tensorflow", module)
    return module


def test_it_says_what_it_is_and_what_it_can():
    backend = TensorFlowBackend()
    assert backend.keras_name == backend.module == "tensorflow"
    assert backend.install == 'pip install "skrec-keras[tensorflow]"'
    assert backend.capabilities.train
    assert backend.capabilities.jit
    assert not backend.capabilities.distribution
    assert not backend.fixed_shapes
    assert backend.capabilities.tpu


@pytest.mark.parametrize("distribution", ["tensorflow", "tensorflow-cpu", "tf-nightly"])
def test_the_version_is_that_of_whichever_distribution_is_installed(monkeypatch, distribution):
    def version(name):
        if name != distribution:
            raise PackageNotFoundError(name)
        return "9.9"

    monkeypatch.setattr(skrec.backends.tensorflow, "version", version)
    assert TensorFlowBackend().version() == "9.9"


def test_it_is_not_available_where_there_is_no_such_module(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert not TensorFlowBackend().is_available()


def test_gpu_memory_grows_on_every_gpu_that_still_lets_itself_be_told(fake):
    TensorFlowBackend().configure()
    assert fake.grown == [("gpu-a", True), ("gpu-c", True)]


def test_devices_are_listed_best_first(fake):
    assert TensorFlowBackend().devices() == ["tpu:0", "gpu:0", "gpu:1", "cpu"]


@pytest.mark.parametrize(("device", "name"), [("cpu", "/CPU:0"), ("gpu:1", "/GPU:1"), ("tpu:0", "/TPU:0")])
def test_a_device_scope_is_tensorflows(fake, device, name):
    assert TensorFlowBackend().device_scope(device) == f"scope of {name}"
