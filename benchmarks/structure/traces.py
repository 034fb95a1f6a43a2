"""What happens in one call, as a reader would follow it: calls, files, and jumps from file to file."""

import os
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.structure.source import ENGINE

Event = tuple[str, str]


def trace(call: Callable[[], Any], root: Path) -> list[Event]:
    """Record the calls of, and returns from, Python functions of skrec in this thread.

    Generators and comprehensions are functions here too, each resumption of a generator a call; those in which the backend, Keras
    or NumPy calls skrec back are met as well. What other threads do, such as drawing batches, isn't seen.

    Parameters
    ----------
    call : callable
        Without arguments.
    root : Path
        Folder of the package.

    Returns
    -------
    list of (str, str)
        ``"call"`` or ``"return"``, and the file below the package.
    """
    prefix, events = f"{root}{os.sep}", list[Event]()

    def profile(frame: FrameType, event: str, _argument: Any) -> None:
        name = frame.f_code.co_filename
        if event in {"call", "return"} and name.startswith(prefix):
            events.append((event, name[len(prefix) :].replace(os.sep, "/")))

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        call()
    finally:
        sys.setprofile(before)
    return events


def measure(events: list[Event], folders: tuple[str, ...] | None = None) -> dict[str, int]:
    """Measure a trace, or its part in some folders.

    Parameters
    ----------
    events : list of (str, str)
    folders : tuple of str, optional
        Rooms whose files count; as if the others weren't there.

    Returns
    -------
    dict
        ``calls``: of functions; ``files``: distinct ones; ``switches``: events, calls and returns alike, in another file than the event
        before; ``depth``: most functions that are open at a time.
    """
    if folders is not None:
        events = [event for event in events if event[1].split("/")[0] in folders]
    depth = deepest = 0
    for kind, _ in events:
        depth += 1 if kind == "call" else -1
        deepest = max(deepest, depth)
    names = [name for _, name in events]
    return {
        "calls": sum(kind == "call" for kind, _ in events),
        "files": len(set(names)),
        "switches": sum(one != other for one, other in pairwise(names)),
        "depth": deepest,
    }


def scenarios() -> dict[str, Callable[[], Callable[[], Any]]]:
    """Give what is traced, by name: each makes a call that is ready to run.

    A call is made and run once before the one that is traced, so that nothing is compiled in that. ``recommend`` is the first one after
    a fit, which makes what later ones find made ("again"). When the rebuild of ``skrec/models`` was drawn, 203 switches, 499 calls and
    22 files were counted for `SASRec.fit` with a validation metric, and 63 switches for `MatrixFactorization.recommend`, in files of
    ``skrec/models`` alone: what this counts there as 195, 423 and 21, and 62.
    """
    from skrec import EASE, MatrixFactorization, SASRec, make_interactions

    events = make_interactions(30, 20, 200, features=(), random_state=0).events
    options: dict[str, Any] = {"epochs": 1, "random_state": 0, "backend": "jax"}

    def fitted() -> Any:
        return MatrixFactorization(4, **options).fit(events)

    def asked() -> Any:
        model = fitted()
        model.recommend(k=3)
        return model

    return {
        "EASE.fit": lambda: lambda: EASE().fit(events),
        "SASRec.fit": lambda: lambda: SASRec(8, 4, **options).fit(events),
        "SASRec.fit, validated": lambda: lambda: SASRec(8, 4, validation_fraction=0.1, **options).fit(events),
        "MatrixFactorization.recommend": lambda: (lambda model: lambda: model.recommend(k=3))(fitted()),
        "MatrixFactorization.recommend, again": lambda: (lambda model: lambda: model.recommend(k=3))(asked()),
    }


def trace_rows(root: Path) -> list[dict[str, Any]]:
    """Trace every scenario; in the folders of estimators alone, and in all of skrec."""
    rows = []
    for name, make in scenarios().items():
        make()()
        events = trace(make(), root)
        for where, folders in (("engine", ENGINE), ("all", None)):
            rows.append({"call": name, "where": where, **measure(events, folders)})
    return rows
