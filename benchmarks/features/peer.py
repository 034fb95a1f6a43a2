"""The peer's Python: deepctr-torch in a virtual environment of its own."""

import subprocess
import sys
from pathlib import Path

import click

PINNED = ["torch==2.13.0", "deepctr-torch==0.3.0", "requests"]


def deepctr_python(home: str | None) -> Path:
    """Find the Python that has deepctr-torch; make its environment where there is none."""
    if not home:
        raise click.ClickException(
            "Say where the peers' virtual environments are, or are to be: --peer-home or SKREC_PEER_HOME."
        )
    folder = Path(home, "deepctr")
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        click.echo(f"Making {folder} with {' '.join(PINNED)}.")
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PINNED], check=True)
    return python
