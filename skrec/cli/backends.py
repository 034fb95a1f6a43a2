"""``skrec backends``: where Keras can compute on this machine."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import click

from skrec.cli._listing import Row, describe, json_option, show

_SECONDS = 120
_MARK = "skrec-devices:"
_ASK = f"""
import json, sys
from skrec.plugin import lookup
backend = lookup("backends", sys.argv[1])()
backend.configure()
print({_MARK!r} + json.dumps(backend.devices()))
"""


@click.command("backends")
@json_option
def command(as_json: bool) -> None:
    """List the Keras backends: installed or not, version, devices, and what they can do."""
    rows = describe("backends", _facts, ["installed", "version", "devices", "capabilities", "install"])
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(_add_devices, rows))
    columns = {"name": "backend", "provider": "provider", "installed": "installed", "version": "version"}
    show(rows, {**columns, "devices": "devices", "capabilities": "can"}, as_json=as_json)


def _facts(target: Any) -> Row:
    backend = target()
    installed = backend.is_available()
    return {
        "installed": installed,
        "version": backend.version() if installed else None,
        "capabilities": [name for name, able in asdict(backend.capabilities).items() if able],
        "install": backend.install,
    }


def _add_devices(row: Row) -> None:
    """Write into a row which devices a backend sees, or why it doesn't start."""
    if not row["installed"]:
        return
    try:
        row["devices"] = ask_devices(f"{row['provider']}:{row['name']}")
    except RuntimeError as error:
        row["faults"].append(str(error))


def ask_devices(name: str) -> list[str]:
    """Ask a backend for its devices in a process of its own.

    Listing devices starts the framework, which takes GPU memory, and a broken one may take the process down with it.

    Parameters
    ----------
    name : str
        Of the backend, as ``skrec.plugin.lookup`` takes it.

    Returns
    -------
    list of str
        Best first.

    Raises
    ------
    RuntimeError
        If the framework doesn't start: with the last line it printed.
    """
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ}
    try:
        answer = subprocess.run(
            [sys.executable, "-c", _ASK, name], capture_output=True, text=True, timeout=_SECONDS, env=quiet, check=False
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"it didn't start within {_SECONDS} seconds") from None
    for line in answer.stdout.splitlines():
        if line.startswith(_MARK):
            devices: list[str] = json.loads(line.removeprefix(_MARK))
            return devices
    lines = answer.stderr.strip().splitlines()
    raise RuntimeError(lines[-1] if lines else f"its process ended with exit code {answer.returncode}")
