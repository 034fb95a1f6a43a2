import os
import subprocess
import sys

import numpy as np
import pytest

from skrec.backends import find_backend, start
from skrec.backends.jax import JaxBackend
from skrec.exceptions import InvalidParameterError


@pytest.fixture(scope="module")
def jax():
    if find_backend().keras_name != "jax":
        pytest.skip("this process runs another backend")
    start(find_backend())
    return pytest.importorskip("jax")


@pytest.fixture
def backend(jax):
    return JaxBackend()


def test_it_says_what_it_is_and_what_it_can(backend, jax):
    assert backend.keras_name == backend.module == "jax"
    assert backend.install == 'pip install "skrec-keras[jax]"'
    assert backend.is_available()
    assert backend.version() == jax.__version__
    assert backend.capabilities.train
    assert backend.capabilities.jit
    assert backend.capabilities.distribution
    assert backend.capabilities.tpu


def test_devices_are_those_of_jax_best_first_and_the_cpu_is_always_there(backend, jax, monkeypatch):
    there = {"gpu": [object(), object()], "cpu": [object()]}

    def devices(platform):
        if platform not in there:
            raise RuntimeError(f"Unknown backend {platform}")
        return there[platform]

    monkeypatch.setattr(jax, "devices", devices)
    assert backend.devices() == ["gpu:0", "gpu:1", "cpu"]
    assert backend.default_device() == "gpu:0"
    there["tpu"] = [object()]
    assert backend.devices() == ["tpu:0", "gpu:0", "gpu:1", "cpu"]
    there.clear()
    there["cpu"] = [object(), object()]
    assert backend.devices() == ["cpu:0", "cpu:1", "cpu"]


def test_ids_behind_the_last_row_are_no_rows(backend):
    import jax.numpy as jnp

    values = np.arange(18, dtype=np.float32).reshape(9, 2)
    table, ids = backend.make_table(values, 0), jnp.array([2, 5, 9, 9])
    written = backend.scatter_rows(table, ids, backend.gather_rows(table, ids) + 100)
    expected = values.copy()
    expected[[2, 5]] += 100
    np.testing.assert_array_equal(backend.read_table(written, 2), expected)


def test_a_step_is_compiled_for_shapes_that_do_not_depend_on_data(backend):
    assert backend.fixed_shapes


def test_a_compilation_cache_that_somebody_set_is_left_alone(backend, jax, monkeypatch, tmp_path):
    monkeypatch.delenv("SKREC_JAX_CACHE", raising=False)
    before = jax.config.jax_compilation_cache_dir
    try:
        jax.config.update("jax_compilation_cache_dir", str(tmp_path))
        backend.configure()
        assert jax.config.jax_compilation_cache_dir == str(tmp_path)
    finally:
        jax.config.update("jax_compilation_cache_dir", before)


@pytest.fixture
def no_folder(jax):
    """As if nobody had told JAX where to keep programs."""
    before = jax.config.jax_compilation_cache_dir
    jax.config.update("jax_compilation_cache_dir", None)
    yield
    jax.config.update("jax_compilation_cache_dir", before)


def test_a_size_of_0_keeps_no_programs_on_disk(backend, jax, monkeypatch, no_folder):
    monkeypatch.setenv("SKREC_JAX_CACHE", "0")
    backend.configure()
    assert jax.config.jax_compilation_cache_dir is None


@pytest.mark.parametrize("size", ["large", "-1", "1GB", "nan", "inf"])
def test_what_is_no_size_is_refused(backend, jax, monkeypatch, no_folder, size):
    monkeypatch.setenv("SKREC_JAX_CACHE", size)
    with pytest.raises(
        InvalidParameterError, match=f"SKREC_JAX_CACHE must be a size in MB, or 0 .* Got '{size}' instead."
    ):
        backend.configure()
    assert jax.config.jax_compilation_cache_dir is None


PROCESS = """
import sys, warnings
from pathlib import Path
import jax, numpy, pooch
pooch.os_cache = lambda name: Path(sys.argv[1])
from skrec.backends.jax import JaxBackend
warnings.simplefilter("error")
backend, events = JaxBackend(), []
backend.configure()
jax.monitoring.register_event_listener(lambda event, **rest: events.append(event))
for n in range(1, 13):
    assert backend.compile_forward(lambda values: (values * 2.0).sum())(numpy.ones(n, dtype="float32")) == 2 * n
print(events.count("/jax/compilation_cache/cache_hits"))
"""


def in_processes(folder, n, size=""):
    """Compile twelve programs in each of `n` new processes at once; gives how many of these each found on disk."""
    command = [sys.executable, "-c", PROCESS, str(folder)]
    environment = {**os.environ, "SKREC_JAX_CACHE": size, "JAX_PLATFORMS": "cpu"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    running = [subprocess.Popen(command, env=environment, **pipes) for _ in range(n)]
    answers = [process.communicate(timeout=600) for process in running]
    assert [process.returncode for process in running] == [0] * n, answers
    return [int(out) for out, _ in answers]


def test_processes_share_programs_on_disk_and_get_over_damaged_ones(jax, tmp_path):
    in_processes(tmp_path, 2)
    files = sorted((tmp_path / "jax").iterdir())
    assert len(files) == 12
    assert {path.suffix for path in files} == {".program"}
    whole = [path.read_bytes() for path in files]
    files[0].write_bytes(b"")
    files[1].write_bytes(whole[1][:100])
    files[2].write_bytes(whole[2][:-8] + b"12345678")
    # With room for half of them: those that fit are found, and nothing warns.
    limit = sum(len(content) for content in whole) // 2
    assert in_processes(tmp_path, 1, size=str(limit / 1e6))[0] <= 9
    left = list((tmp_path / "jax").iterdir())
    assert set(left) < set(files)
    assert sum(path.stat().st_size for path in left) <= limit


@pytest.mark.parametrize(
    ("devices", "asked", "in_full"),
    [
        (["gpu:0", "cpu"], None, True),
        (["tpu:0", "cpu"], None, True),
        (["gpu:0", "cpu"], "0", False),
        (["cpu"], None, False),
    ],
)
def test_an_accelerator_is_asked_for_full_products(backend, jax, monkeypatch, devices, asked, in_full):
    monkeypatch.setattr(type(backend), "devices", lambda self: devices)
    monkeypatch.delenv("SKREC_JAX_EXACT", raising=False)
    if asked is not None:
        monkeypatch.setenv("SKREC_JAX_EXACT", asked)
    square = backend._jit(lambda values: values @ values)
    assert ("HIGHEST" in square.lower(np.eye(3, dtype=np.float32)).as_text()) == in_full
    np.testing.assert_array_equal(square(np.eye(3, dtype=np.float32)), np.eye(3))
