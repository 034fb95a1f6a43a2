"""Load damaged files and ask what they hold; run as a process of its own, since a file may end it.

``python ask_damaged_files.py FIRST LAST EVERYTHING`` writes a line of JSON before each file and one after it: how it ended, and how many
bytes loading took at most.
"""

import json
import os
import sys
import tempfile
import warnings
from pathlib import Path

HERE = Path(__file__).parent
FILES = HERE.parent / "golden" / "files"
sys.path[:0] = [str(HERE), str(HERE.parent / "golden")]
WITHOUT_KERAS = ("jax-ease", "jax-item-knn", "jax-popularity")
LARGEST = 20
"""How many times a file's bytes may be taken."""
SLACK = 24 * 2**20
"""And what modules that are imported on the way, and the allocator, may take besides."""


def bases(everything):
    """Undamaged files by name: of earlier commits, and of what these don't hold."""
    from damaged_bases import made_bases

    found = {path.stem: path.read_bytes() for path in sorted(FILES.glob("jax-*.skrec"))}
    if not everything:
        found = {name: found[name] for name in WITHOUT_KERAS}
    return found | made_bases()


def peak():
    """Most bytes that this process has held since `forget_peak`."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return 1024 * int(next(line.split()[1] for line in status if line.startswith("VmHWM")))


def held():
    """Bytes that this process holds now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def forget_peak():
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def answer(path):
    """Load a file and ask; says how it ended."""
    from damaged_bases import ask

    from skrec import load
    from skrec.exceptions import SavedFileError

    forget_peak()
    before, size = held(), path.stat().st_size
    try:
        model = load(path)
    except SavedFileError as error:
        ended = "refused" if len(str(error).split()) > 4 else f"a message that says nothing: {error}"
        model = None
    except Exception as error:
        return f"load raised {type(error).__name__}: {str(error)[:300]}"
    taken = peak() - before
    if taken > LARGEST * size + SLACK:
        return f"loading {size:,} bytes took {taken:,}"
    if model is None:
        return ended
    try:
        return ask(model)
    except SavedFileError:
        return "refused when asked"


def tell(**line):
    """Write a line at once: a file may end this process."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main(first, last, everything):
    """Go through the numbers, one line before each and one after it."""
    from damaged_files import damaged

    files = bases(everything)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.skrec"
        for number in range(first, last):
            name, data = damaged(number, files)
            path.write_bytes(data)
            tell(number=number, name=name)
            tell(number=number, ended=answer(path))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "everything")
