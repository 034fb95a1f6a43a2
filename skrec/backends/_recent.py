"""Which compiled functions are in use: all others give back the memory of what they have compiled."""

import ctypes
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from weakref import ref

__all__ = ["FORWARDS", "STEPS", "Kept", "Recent"]


class Recent:
    """The functions that were called last, of one kind.

    A search over structures calls a function for a while, and then never again; a process that serves several models calls all of theirs
    in turn. So few functions are kept at first, and one more, up to a limit, each time that one which had to forget is called again.

    Parameters
    ----------
    n_kept : int
        How many functions keep what they have compiled, at first.
    n_most : int
        How many at most.
    """

    def __init__(self, n_kept: int, n_most: int) -> None:
        self.n_kept, self.n_most = n_kept, n_most
        self._order: OrderedDict[int, ref[Kept]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._order)

    def keep(self, forget: Callable[[], object]) -> "Kept":
        """Make what stands for a compiled function, and lives as long as that does.

        Parameters
        ----------
        forget : callable
            Drops what the function has compiled. When the function is called again it must compile that anew.

        Returns
        -------
        Kept
            To be told of every call by :meth:`Kept.use`.
        """
        return Kept(self, forget)

    def forget_all(self) -> None:
        """Let every function forget what it has compiled."""
        with self._lock:
            known, self._order = list(self._order.values()), OrderedDict()
        for reference in known:
            _forget(reference)

    def _note(self, kept: "Kept") -> None:
        try:
            self._order.move_to_end(id(kept))  # all that a call costs which finds its program
        except KeyError:
            self._add(kept)

    def _add(self, kept: "Kept") -> None:
        with self._lock:
            if kept.forgotten:
                kept.forgotten, self.n_kept = False, min(self.n_kept + 1, self.n_most)
            key = id(kept)
            self._order[key] = ref(kept, lambda _: self._order.pop(key, None))
            left = [self._order.popitem(last=False)[1] for _ in range(len(self._order) - self.n_kept)]
        for reference in left:
            _forget(reference)
        if left:
            _give_back()


class Kept:
    """A compiled function, as `Recent` sees it: see there."""

    __slots__ = ("__weakref__", "forget", "forgotten", "recent")

    def __init__(self, recent: Recent, forget: Callable[[], object]) -> None:
        self.recent, self.forget, self.forgotten = recent, forget, False

    def use(self) -> None:
        """Note that the function is being called."""
        self.recent._note(self)


def _forget(reference: "ref[Kept]") -> None:
    kept = reference()
    if kept is not None:
        kept.forgotten = True
        kept.forget()


def _give_back() -> None:
    """Give freed memory back to the system; glibc keeps what compilers free in pieces, several hundred MB, unless it is told to."""
    with suppress(AttributeError, OSError, TypeError):  # other C libraries do it by themselves, or can't
        ctypes.CDLL(None).malloc_trim(0)


# On JAX a loop of training steps takes 10 to 30 MB, a function of inference 1 to 5 MB for each shape.
STEPS = Recent(3, 16)
FORWARDS = Recent(12, 64)
