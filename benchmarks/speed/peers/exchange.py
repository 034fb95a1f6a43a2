"""How a peer's script is told what to do, and answers. It runs where skrec isn't installed: only NumPy is there for sure."""

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np


def serve(distribution: str, import_s: float, tasks: dict[str, Callable[..., tuple[dict[str, Any], Any]]]) -> None:
    """Do the task that the file named on the command line asks for.

    Parameters
    ----------
    distribution : str
        Whose version is reported.
    import_s : float
        Seconds that its import took.
    tasks : dict of callables
        Each takes ``users``, ``items``, ``rank_users`` and the options, and gives facts and lists.
    """
    call = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with np.load(call["data"]) as arrays:
        data = {name: arrays[name] for name in ("users", "items", "rank_users")}
    facts, lists = tasks[call["task"]](**data, **call["options"])
    facts |= {"version": version(distribution), "import_s": import_s}
    np.savez(call["answer"], facts=json.dumps(facts), lists=lists)


def one_by_one(ask: Callable[[Any], Any], questions: Any) -> list[float]:
    """Ask once to warm up, then time each question, in seconds."""
    ask(questions[0])
    times = []
    for question in questions:
        begin = time.perf_counter()
        ask(question)
        times.append(time.perf_counter() - begin)
    return times


def repeat(function: Callable[[], Any], runs: int) -> tuple[list[float], Any]:
    """Call once to warm up, then time several calls, in seconds; gives the last answer too."""
    answer, times = function(), []
    for _ in range(runs):
        begin = time.perf_counter()
        answer = function()
        times.append(time.perf_counter() - begin)
    return times, answer
