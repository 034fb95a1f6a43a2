import json
import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from skrec.backends import _choice, find_backend, find_device, running, set_backend, start
from skrec.backends.jax import JaxBackend
from skrec.backends.tensorflow import TensorFlowBackend
from skrec.backends.torch import TorchBackend
from skrec.exceptions import (
    BackendMismatchError,
    BackendNotAvailableError,
    DeviceNotFoundError,
    UnknownNameError,
)
from skrec.models import GMF
from skrec.plugin import Backend, hookimpl
from skrec.testing import checkerboard

BUILT_IN = {"jax": JaxBackend, "tensorflow": TensorFlowBackend, "torch": TorchBackend}


@pytest.fixture
def choose(monkeypatch):
    """Make a process in which Keras runs, and everything was chosen, as told; all backends are installed."""
    monkeypatch.setattr(_choice, "_chosen", None)
    for variable in ("SKREC_BACKEND", "KERAS_BACKEND"):
        monkeypatch.setenv(variable, "")  # so that what a test leaves there is taken away, too
        monkeypatch.delenv(variable)
    monkeypatch.setattr(_choice, "running", lambda: None)
    for backend in BUILT_IN.values():
        monkeypatch.setattr(backend, "is_available", lambda self: True)

    def choose(*, chosen=None, skrec=None, runs=None, keras=None, installed=("jax", "tensorflow", "torch")):
        monkeypatch.setattr(_choice, "_chosen", chosen)
        monkeypatch.setattr(_choice, "running", lambda: runs)
        for variable, value in (("SKREC_BACKEND", skrec), ("KERAS_BACKEND", keras)):
            if value is not None:
                monkeypatch.setenv(variable, value)
        for name, backend in BUILT_IN.items():
            monkeypatch.setattr(backend, "is_available", lambda self, name=name: name in installed)

    return choose


def test_an_argument_wins_over_everything(choose):
    choose(chosen="tensorflow", skrec="tensorflow", keras="tensorflow")
    assert find_backend("torch").keras_name == "torch"


def test_set_backend_wins_over_the_environment(choose):
    choose(skrec="tensorflow", keras="tensorflow")
    set_backend("torch")
    assert find_backend().keras_name == "torch"


def test_skrecs_own_variable_wins_over_keras_variable(choose):
    choose(skrec="torch", keras="tensorflow")
    assert find_backend().keras_name == "torch"


def test_what_keras_runs_wins_over_keras_variable(choose):
    choose(runs="torch", keras="tensorflow")
    assert find_backend().keras_name == "torch"


def test_keras_variable_wins_over_what_is_installed(choose):
    choose(keras="tensorflow")
    assert find_backend().keras_name == "tensorflow"


@pytest.mark.parametrize(
    ("installed", "expected"),
    [(("jax", "tensorflow", "torch"), "jax"), (("torch", "tensorflow"), "tensorflow"), (("torch",), "torch")],
)
def test_the_first_installed_is_the_default(choose, installed, expected):
    choose(installed=installed)
    assert find_backend().keras_name == expected


def test_where_nothing_is_installed_the_error_lists_what_to_install(choose):
    choose(installed=())
    with pytest.raises(
        BackendNotAvailableError,
        match=r'No Keras backend is installed.*pip install "skrec-keras\[jax\]", "skrec-keras\[tensorflow\]", "skrec-keras\[torch\]"\.',
    ):
        find_backend()


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_backend_that_is_not_installed_says_what_to_run(choose, name):
    choose(installed=())
    for ask in (find_backend, set_backend):
        with pytest.raises(
            BackendNotAvailableError,
            match=rf"Backend '{name}' needs {name}, which isn't installed. "
            rf'Run: pip install "skrec-keras\[{name}\]"\.',
        ):
            ask(name)


def test_set_backend_leaves_the_choice_as_it_was_where_it_raises(choose):
    choose(chosen="torch")
    with pytest.raises(UnknownNameError):
        set_backend("nothing-like-it")
    assert find_backend().keras_name == "torch"


def test_set_backend_tells_keras_too_as_long_as_that_is_not_imported(choose):
    choose(keras="tensorflow")
    set_backend("torch")
    assert os.environ["KERAS_BACKEND"] == "torch"
    choose(chosen="jax", runs="jax", keras="tensorflow")
    set_backend("jax")
    assert os.environ["KERAS_BACKEND"] == "tensorflow"  # too late: what Keras runs is decided


def test_set_backend_leaves_the_environment_as_it_was_where_it_raises(choose):
    choose(installed=("jax",), keras="jax")
    for name in ("torch", "nothing-like-it"):
        with pytest.raises((BackendNotAvailableError, UnknownNameError)):
            set_backend(name)
    assert os.environ["KERAS_BACKEND"] == "jax"


def test_an_unknown_backend_suggests_a_near_miss(choose):
    for ask in (find_backend, set_backend):
        with pytest.raises(
            UnknownNameError,
            match="Unknown backend 'tensorflwo'. Did you mean 'tensorflow'\\? Known are: jax, tensorflow, torch.",
        ):
            ask("tensorflwo")


@pytest.mark.parametrize("variable", ["skrec", "keras"])
def test_an_unknown_backend_in_the_environment_is_an_error_too(choose, variable):
    choose(**{variable: "theano"})
    with pytest.raises(UnknownNameError, match="Unknown backend 'theano'. "):
        find_backend()


@pytest.mark.parametrize("ask", [find_backend, set_backend])
def test_a_second_backend_in_one_process_is_refused_with_the_remedy(choose, ask):
    choose(runs="jax")
    with pytest.raises(
        BackendMismatchError,
        match=r"already runs Keras on 'jax', and can't run 'torch' too. Start a new process, and choose there before "
        r"anything imports Keras: skrec.set_backend\('torch'\), or SKREC_BACKEND=torch in the environment.",
    ):
        ask("torch")


def test_a_second_backend_from_the_environment_is_refused_too(choose):
    choose(runs="jax", skrec="torch")
    with pytest.raises(BackendMismatchError, match="already runs Keras on 'jax'"):
        find_backend()


def test_a_plugins_backend_is_found_by_its_name(choose, manager):
    choose()

    class Plugin:
        @staticmethod
        @hookimpl
        def skrec_backends():
            return {"torch-nightly": TorchBackend}

    manager.register(Plugin, name="nightly", distribution="skrec-keras-nightly")
    assert isinstance(find_backend("torch-nightly"), TorchBackend)


def test_a_plugin_that_defines_a_built_in_name_again_changes_nothing_unless_it_is_named(choose, manager):
    choose()

    class Plugin:
        @staticmethod
        @hookimpl
        def skrec_backends():
            return {"jax": TorchBackend}

    manager.register(Plugin, name="second", distribution="skrec-keras-second")
    assert isinstance(find_backend(), JaxBackend)
    choose(runs="jax")
    assert isinstance(find_backend(), JaxBackend)


def test_starting_twice_gives_the_same_keras():
    keras = start(find_backend())
    assert start(find_backend()) is keras
    assert running() == keras.config.backend() == find_backend().keras_name


def test_starting_another_backend_than_the_running_one_is_refused():
    start(find_backend())
    other = next(backend for name, backend in BUILT_IN.items() if name != running())
    with pytest.raises(BackendMismatchError, match=f"already runs Keras on '{running()}', and can't run"):
        start(other())


class TwoGpus(Backend):
    """Has two GPUs and the CPU; everything else is the abstract class'."""

    keras_name, module, install = "jax", "jax", "pip install jax"

    def devices(self):
        return ["gpu:0", "gpu:1", "cpu"]


TwoGpus.__abstractmethods__ = frozenset()


@pytest.mark.parametrize(("asked", "found"), [("auto", "gpu:0"), ("gpu", "gpu:0"), ("gpu:1", "gpu:1"), ("cpu", "cpu")])
def test_devices_are_found_by_name_and_by_kind(asked, found):
    assert find_device(TwoGpus(), asked) == found


@pytest.mark.parametrize("asked", ["gpu:2", "tpu", "cuda", ""])
def test_a_device_that_is_not_there_is_an_error_that_lists_those_that_are(asked):
    with pytest.raises(
        DeviceNotFoundError,
        match=f"Device '{asked}' isn't there. Backend 'jax' has: gpu:0, gpu:1, cpu. Pass one of these, or 'auto'.",
    ):
        find_device(TwoGpus(), asked)


@pytest.mark.parametrize("before", [None, "tensorflow"])
def test_the_environment_is_put_back_even_where_keras_cannot_be_imported(monkeypatch, before):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    if before is not None:
        monkeypatch.setenv("KERAS_BACKEND", before)
    monkeypatch.setattr(_choice, "running", lambda: None)

    def fail(name):
        assert (name, os.environ["KERAS_BACKEND"]) == ("keras", "jax")
        raise ImportError("broken")

    monkeypatch.setattr(_choice.importlib, "import_module", fail)
    with pytest.raises(ImportError, match="broken"):
        start(SimpleNamespace(configure=lambda: None, keras_name="jax"))
    assert os.environ.get("KERAS_BACKEND") == before


def run_python(code, **environment):
    """Run code in a fresh process; gives what it printed as JSON."""
    kept = {name: value for name, value in os.environ.items() if name not in {"KERAS_BACKEND", "SKREC_BACKEND"}}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={**kept, **environment}
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


OTHERS = {
    "KMP_DUPLICATE_LIB_OK",
    "KMP_INIT_AT_FORK",
    "LD_LIBRARY_PATH",
    "TF_CPP_MIN_LOG_LEVEL",
    "TF_FORCE_GPU_ALLOW_GROWTH",
    "TPU_SKIP_MDS_QUERY",
}
"""Variables that other packages set while they are imported."""

IMPORT = """
import json, os, subprocess, sys
import skrec
CHOOSE
import keras
child = [sys.executable, "-c", "import keras; print(keras.config.backend())"]
print(json.dumps({
    "runs": keras.config.backend(), "tensorflow": "tensorflow" in sys.modules,
    "child": subprocess.run(child, capture_output=True, text=True).stdout.strip(),
}))
"""


@pytest.mark.parametrize(
    ("choose_it", "environment"),
    [("skrec.set_backend('jax')", {}), ("pass", {"SKREC_BACKEND": "jax"})],
    ids=["set_backend", "SKREC_BACKEND"],
)
def test_import_keras_starts_what_was_chosen_here_and_in_child_processes(tmp_path, choose_it, environment):
    (tmp_path / "keras.json").write_text(json.dumps({"backend": "tensorflow", "floatx": "float32"}))
    told = run_python(IMPORT.replace("CHOOSE", choose_it), KERAS_HOME=str(tmp_path), **environment)
    assert told == {"runs": "jax", "tensorflow": False, "child": "jax"}


TELL = """
import json, os
import skrec
print(json.dumps(os.environ.get("KERAS_BACKEND")))
"""


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"SKREC_BACKEND": "torch"}, "torch"),
        ({"SKREC_BACKEND": "torch", "KERAS_BACKEND": "jax"}, "jax"),
        ({"SKREC_BACKEND": "a-plugins"}, None),
        ({"KERAS_BACKEND": "jax"}, "jax"),
    ],
)
def test_importing_skrec_tells_keras_what_skrecs_own_variable_says_and_nothing_else(environment, expected):
    assert run_python(TELL, **environment) == expected


START = """
import json, os, sys
before = dict(os.environ)
from skrec.backends import find_backend, running, set_backend, start
from skrec.exceptions import BackendMismatchError
assert running() is None
if "CHOSEN" in os.environ:
    set_backend("torch")
    set_backend("jax")
imported = [name for name in ("keras", "jax", "torch", "tensorflow") if name in sys.modules]
keras = start(find_backend(os.environ.get("NAMED")))
try:
    set_backend("torch")
    refused = False
except BackendMismatchError:
    refused = True
import jax
print(json.dumps({
    "imported": imported, "running": keras.config.backend(), "refused": refused, "found": find_backend(os.environ.get("NAMED")).keras_name,
    "environment": sorted(set(os.environ.items()) ^ set(before.items())), "cache": jax.config.jax_compilation_cache_dir,
    "seconds": jax.config.jax_persistent_cache_min_compile_time_secs,
}))
"""


@pytest.mark.parametrize(("how", "changed"), [("CHOSEN", {"KERAS_BACKEND"}), ("NAMED", set())])
def test_keras_starts_on_the_chosen_backend_whatever_its_own_file_says_and_the_environment_stays(
    tmp_path, how, changed
):
    (tmp_path / "keras.json").write_text(json.dumps({"backend": "tensorflow", "floatx": "float32"}))
    home = {"KERAS_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    told = run_python(START, **home, KERAS_BACKEND="tensorflow", **{how: "jax"})
    assert told["imported"] == []  # choosing imports nothing
    assert told["running"] == told["found"] == "jax"
    assert told["refused"]
    # scikit-learn, Keras and JAX set variables of their own; skrec sets what Keras reads, where it was told so for the process.
    assert {name for name, _ in told["environment"]} - OTHERS == changed
    assert told["cache"] == str(tmp_path / "skrec" / "jax")
    assert told["seconds"] == 0


TWO_DEVICES = """
import json
from skrec.backends import find_backend, start
from skrec.exceptions import DeviceNotFoundError
from skrec.models import GMF
from skrec.testing import checkerboard
start(find_backend())
import jax
backend, placed = find_backend(), set()
read = type(backend).read_table
def spy(self, table, width):
    placed.update(f"{device.platform}:{device.id}" for device in table.devices())
    return read(self, table, width)
type(backend).read_table = spy
board = checkerboard(6)
model = GMF(4, epochs=2, random_state=0, device="cpu:1").fit(board)
devices = sorted(placed)
try:
    GMF(4, device="gpu").fit(board)
except DeviceNotFoundError as error:
    refused = str(error)
print(json.dumps({
    "devices": backend.devices(), "auto": backend.default_device(), "device": model.device_, "placed": devices,
    "predicted": model.predict(board).tolist(), "refused": refused, "cache": jax.config.jax_compilation_cache_dir,
}))
"""


def test_two_devices_are_listed_and_a_model_trains_where_it_was_told():
    told = run_python(
        TWO_DEVICES,
        SKREC_BACKEND="jax",
        SKREC_JAX_CACHE="0",
        JAX_PLATFORMS="cpu",
        XLA_FLAGS="--xla_force_host_platform_device_count=2",
    )
    assert told["devices"] == ["cpu:0", "cpu:1", "cpu"]
    assert told["auto"] == "cpu:0"
    assert told["device"] == "cpu:1"
    assert told["placed"] == ["cpu:1"]
    board = checkerboard(6)
    here = GMF(4, epochs=2, random_state=0).fit(board).predict(board)
    np.testing.assert_allclose(told["predicted"], here, atol=1e-5)
    assert "Device 'gpu' isn't there. Backend 'jax' has: cpu:0, cpu:1, cpu." in told["refused"]
    assert told["cache"] is None  # SKREC_JAX_CACHE=0
