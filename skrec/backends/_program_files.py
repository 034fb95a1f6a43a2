"""Compiled programs on disk: a folder of bounded size, which several processes share."""

import os
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock

__all__ = ["ProgramFiles"]

_DIGEST = 16
_LOOK_AFTER = 64


class ProgramFiles:
    """Keeps compiled programs in a folder; those used least recently go first when it grows too large.

    JAX's own cache on disk, where it is bounded, reads the time of every entry whenever it stores one, warns of a damaged entry at every
    use and never replaces it. Here an entry appears whole or not at all, carries a digest, and is removed where that doesn't fit. What the
    file system refuses is left undone: a program that isn't stored, or can't be read, is compiled.

    Parameters
    ----------
    folder : Path
        Made when the first program is stored.
    limit : int
        Bytes that all files of the folder may take together.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.limit = limit
        self._path = folder  # the name that JAX reads
        self._total = 0
        self._n_stored = 0
        self._lock = Lock()

    def get(self, key: str) -> bytes | None:
        """Read a program; None where there is none, or only a damaged one."""
        path = self._file(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        digest, value = content[:_DIGEST], content[_DIGEST:]
        whole = digest == _digest(value)
        with suppress(OSError):
            if whole:
                os.utime(path)  # the time of last use; file systems rarely keep it themselves
            else:
                path.unlink()
        return value if whole else None

    def put(self, key: str, value: bytes) -> None:
        """Store a program, unless it is larger than the folder may be."""
        size = _DIGEST + len(value)
        if size > self.limit:
            return
        with suppress(OSError):
            self._path.mkdir(parents=True, exist_ok=True)
            # Renamed when it is whole: others never see a part of it.
            with NamedTemporaryFile(dir=self._path, suffix=".part", delete=False) as file:
                file.write(_digest(value) + value)
            Path(file.name).replace(self._file(key))
        with self._lock:
            self._total += size
            # Other processes store too: look at the folder first, and then from time to time.
            if self._n_stored % _LOOK_AFTER == 0 or self._total > self.limit:
                self._total = self._prune()
            self._n_stored += 1

    def _prune(self) -> int:
        """Remove what was used least recently until some room is left; gives the size of the rest."""
        found = []
        for path in self._path.rglob("*"):
            with suppress(OSError):  # another process may have removed it
                status = path.stat()
                if not path.is_dir():
                    found.append((status.st_mtime_ns, status.st_size, path))
        total = sum(size for _, size, _ in found)
        if total > self.limit:
            for _, size, path in sorted(found):
                if total <= 0.9 * self.limit:  # so that not every further program asks for this
                    break
                with suppress(OSError):
                    path.unlink(missing_ok=True)
                    total -= size
        return total

    def _file(self, key: str) -> Path:
        return self._path / f"{key}.program"


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=_DIGEST).digest()
