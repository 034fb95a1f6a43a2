"""Peers' virtual environments, each made once."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click


def peer_python(peer: str, home: str | None, packages: Sequence[str], unresolved: Sequence[str] = ()) -> Path:
    """Find a peer's Python; make its environment where there is none.

    Parameters
    ----------
    peer : str
        Name of the environment's folder.
    home : str or None
        Folder of the environments.
    packages : sequence of str
        What pip installs.
    unresolved : sequence of str
        What it installs after that, without what these ask for.

    Returns
    -------
    Path
    """
    if not home:
        raise click.ClickException(
            "Say where the peers' virtual environments are, or are to be: --peer-home or SKREC_PEER_HOME."
        )
    folder = Path(home, peer)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        click.echo(f"Making {folder} with {' '.join([*packages, *unresolved])}.")
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, *packages], check=True)
        if unresolved:
            subprocess.run([*pip, "--no-deps", *unresolved], check=True)
    return python
