"""Functions run in a process of their own: one process runs one backend, and peak memory belongs to a process."""

import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parents[2]
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3"}


def in_new_process(function: Callable[..., Any], environment: Mapping[str, str] | None = None, **arguments: Any) -> Any:
    """Call a module-level function in a new process.

    Parameters
    ----------
    function : callable
        Its arguments and what it returns go through JSON.
    environment : mapping, optional
        Variables set in the process.
    **arguments
        Handed to the function.

    Returns
    -------
    object

    Raises
    ------
    click.ClickException
        If the process fails; with the end of what it wrote.
    """
    call = {"module": function.__module__, "function": function.__qualname__, "arguments": arguments}
    with tempfile.TemporaryDirectory() as folder:
        request = Path(folder, "request.json")
        request.write_text(json.dumps(call), encoding="utf-8")
        run_python([sys.executable, "-m", "benchmarks.speed.processes", str(request)], environment)
        return json.loads(Path(folder, "answer.json").read_text(encoding="utf-8"))


def run_python(command: list[str], environment: Mapping[str, str] | None = None) -> str:
    """Run a command from the root of the repository, and give what it printed.

    Raises
    ------
    click.ClickException
        If it fails.
    """
    variables = {**os.environ, **QUIET, **(environment or {})}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        written = (done.stdout + done.stderr)[-3000:]
        raise click.ClickException(f"{' '.join(command)} failed with exit code {done.returncode}:\n{written}")
    return done.stdout


def compilation_cache(folder: str) -> dict[str, str]:
    """Give the environment in which JAX keeps every compiled program in a folder; an empty one makes a cold start."""
    return {
        "JAX_COMPILATION_CACHE_DIR": folder,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }


def _answer(request: Path) -> None:
    """Do what a request asks; runs in the new process."""
    call = json.loads(request.read_text(encoding="utf-8"))
    function = getattr(importlib.import_module(call["module"]), call["function"])
    answer = json.dumps(function(**call["arguments"]), default=_plain)
    request.with_name("answer.json").write_text(answer, encoding="utf-8")


def _plain(value: Any) -> Any:
    """Turn a NumPy number into a Python one."""
    return value.item()


if __name__ == "__main__":
    _answer(Path(sys.argv[1]))
