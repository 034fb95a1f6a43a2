"""Peers: other libraries, each in its own virtual environment, so that their versions meet neither skrec's nor each other's."""

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.environments import peer_python
from benchmarks.speed.processes import run_python

PINNED = {"implicit": "implicit==0.7.3", "skrecsys": "skrecsys==0.9.0"}
"""What is installed for each peer."""

VARIABLES = {"implicit": {"OPENBLAS_NUM_THREADS": "1"}}
"""What a peer's own documentation asks for: implicit warns that BLAS threads slow its own threads down."""

SCRIPTS = Path(__file__).parent / "peers"


def run_peer(peer: str, home: str | None, task: str, data: Path, **options: Any) -> tuple[dict[str, Any], Any]:
    """Let a peer do a task of its script in ``peers/``.

    Parameters
    ----------
    peer : {"implicit", "skrecsys"}
    home : str or None
        Folder of the virtual environments.
    task : str
        Name of one of the script's tasks.
    data : Path
        An ``.npz`` with ``users``, ``items`` and ``rank_users``, all codes.
    **options
        Handed to the task.

    Returns
    -------
    facts : dict
        What was measured, and the peer's ``version``.
    lists : ndarray of shape (n_users, k)
        Items for ``rank_users``.
    """
    python = peer_python(peer, home, [PINNED[peer]])
    with tempfile.TemporaryDirectory() as folder:
        request, answer = Path(folder, "request.json"), Path(folder, "answer.npz")
        call = {"task": task, "data": str(data), "answer": str(answer), "options": options}
        request.write_text(json.dumps(call), encoding="utf-8")
        run_python([str(python), str(SCRIPTS / f"with_{peer}.py"), str(request)], VARIABLES.get(peer))
        with np.load(answer) as arrays:
            return json.loads(str(arrays["facts"])), arrays["lists"]
