import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from skrec.cli import backends, make_cli
from skrec.plugin import Capabilities, hookimpl, lookup


def rows():
    result = CliRunner().invoke(make_cli(), ["backends", "--json"])
    assert result.exit_code == 0, result.output
    return {row["name"]: row for row in json.loads(result.stdout)}


def installed():
    return [
        name for name in ("jax", "tensorflow", "torch") if lookup("backends", f"skrec-keras:{name}")().is_available()
    ]


def test_an_installed_backend_has_a_version_and_devices(monkeypatch):
    monkeypatch.setattr(backends, "ask_devices", lambda name: [name, "cpu"])
    for name, row in rows().items():
        assert row["installed"] == (name in installed())
        assert row["devices"] == (["skrec-keras:" + name, "cpu"] if row["installed"] else None)
        assert bool(row["version"]) == row["installed"]


def test_a_backend_that_does_not_start_is_listed_with_the_reason(monkeypatch):
    def fail(name):
        raise RuntimeError("no driver")

    monkeypatch.setattr(backends, "ask_devices", fail)
    assert {tuple(row["faults"]) for row in rows().values() if row["installed"]} == {("no driver",)}


def test_a_backend_that_is_not_installed_is_not_started(monkeypatch, manager):
    class Absent:
        install = "pip install absent"
        capabilities = Capabilities(train=False)

        def is_available(self):
            return False

    class Toy:
        @hookimpl
        def skrec_backends(self):
            return {"absent": Absent}

    asked = []
    monkeypatch.setattr(backends, "ask_devices", lambda name: asked.append(name) or ["cpu"])
    manager.register(Toy(), "toy")
    row = rows()["absent"]
    assert (row["installed"], row["version"], row["devices"], row["faults"]) == (False, None, None, [])
    assert (row["capabilities"], row["install"]) == (["jit"], "pip install absent")
    assert "toy:absent" not in asked


def test_what_a_backend_can_do_is_listed_whether_it_is_installed_or_not(monkeypatch):
    monkeypatch.setattr(backends, "ask_devices", lambda name: ["cpu"])
    for name, row in rows().items():
        able = lookup("backends", f"skrec-keras:{name}").capabilities
        assert row["capabilities"] == [word for word in ("train", "jit", "distribution", "tpu") if getattr(able, word)]
    table = CliRunner().invoke(make_cli(), ["backends"]).stdout
    assert "train" in table


def test_a_target_that_is_no_backend_is_listed_with_its_fault(monkeypatch, manager):
    class Toy:
        @hookimpl
        def skrec_backends(self):
            return {"odd": dict}

    monkeypatch.setattr(backends, "ask_devices", lambda name: ["cpu"])
    manager.register(Toy(), "toy")
    found = rows()
    assert found["odd"]["faults"] == ["AttributeError: 'dict' object has no attribute 'is_available'"]
    assert found["jax"]["faults"] == []


@pytest.mark.skipif(not installed(), reason="no backend is installed")
def test_devices_are_asked_for_in_another_process():
    loaded = set(sys.modules)
    assert backends.ask_devices(f"skrec-keras:{installed()[0]}")[-1] == "cpu"
    assert {"jax", "tensorflow", "torch", "keras"} & (set(sys.modules) - loaded) == set()


def test_a_process_that_fails_gives_its_last_line():
    with pytest.raises(RuntimeError, match="Unknown backend 'skrec-keras:nothing'"):
        backends.ask_devices("skrec-keras:nothing")


def test_a_process_that_dies_silently_gives_its_exit_code(monkeypatch):
    answer = subprocess.CompletedProcess([], -11, stdout="", stderr="")
    monkeypatch.setattr(backends.subprocess, "run", lambda *args, **options: answer)
    with pytest.raises(RuntimeError, match="exit code -11"):
        backends.ask_devices("skrec-keras:jax")


def test_a_process_that_hangs_is_given_up(monkeypatch):
    def hang(*args, timeout, **options):
        raise subprocess.TimeoutExpired(args, timeout)

    monkeypatch.setattr(backends.subprocess, "run", hang)
    with pytest.raises(RuntimeError, match="didn't start within"):
        backends.ask_devices("skrec-keras:jax")
