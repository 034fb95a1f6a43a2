"""A sampling profiler that counts what happens inside long calls of C code too."""

import signal
import sys
import threading
import time
from collections import Counter
from types import FrameType
from typing import Any, Self

INTERVAL_S = 0.001


class Sampler:
    """Shares of wall time by part of one package; a context manager for the main thread.

    A timer's signal notes where the threads stand. Python handles it only when the main thread's call of C code has returned, however
    long that took: so each note counts as the time since the last one, and the long call is the caller's.

    Parameters
    ----------
    package : str
        Path part that tells the package's files, such as ``"/skrec/"``.
    groups : dict of str to str
        Name of the group of each part of ``"path:function"``; a note belongs to the innermost frame that has one.

    Attributes
    ----------
    functions : Counter
        Seconds of the main thread by ``"file:function"`` of the package's innermost frame.
    grouped : Counter
        Seconds of the main thread by group; "rest" is what has none.
    beside : Counter
        Seconds that other threads stood in code of the package, by group. They may have waited for Python's lock meanwhile.
    total : float
        Seconds altogether.
    """

    def __init__(self, package: str, groups: dict[str, str]) -> None:
        self.package, self.groups = package, groups
        self.functions: Counter[str] = Counter()
        self.grouped: Counter[str] = Counter()
        self.beside: Counter[str] = Counter()
        self.total = 0.0
        self._last = 0.0
        self._before: Any = None

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGALRM, self._note)
        self._last = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, INTERVAL_S, INTERVAL_S)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, self._before)

    def _note(self, _: int, frame: FrameType | None) -> None:
        now = time.perf_counter()
        took, self._last = now - self._last, now
        self.total += took
        function, group = self._place(frame)
        self.functions[function or "(outside)"] += took
        self.grouped[group] += took
        for thread, other in sys._current_frames().items():
            if thread != threading.get_ident():
                function, group = self._place(other)
                # A thread that waits for work stands in no code of the package.
                self.beside[group] += took if function else 0.0

    def _place(self, frame: FrameType | None) -> tuple[str, str]:
        """Find the package's innermost function on a stack, and the innermost group."""
        function, group = "", ""
        while frame is not None and not (function and group):
            path, name = frame.f_code.co_filename, frame.f_code.co_qualname
            if not function and self.package in path:
                function = f"{path.rpartition(self.package)[2]}:{name}"
            place = f"{path}:{name}"
            group = group or next((group for part, group in self.groups.items() if part in place), "")
            frame = frame.f_back
        return function, group or "rest"
