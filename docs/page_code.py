"""Code of the pages: what it prints, and what the pages show of it.

A block ``python`` that prints is followed by a block ``output``. A directive ``shown`` gives an expression, whose display
of a notebook (HTML) stands in ``docs/_shown``, where the build finds it without running anything. ``tests/test_docs.py``
compares both with what the code gives; ``python docs/page_code.py docs/quickstart.md ...`` writes both anew.
"""

import contextlib
import io
import os
import re
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

DOCS = Path(__file__).parent
SHOWN = DOCS / "_shown"

FENCE = re.compile(r"^(?P<fence>`{3,})(?P<language>[^\n`]*)\n(?P<text>.*?)^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL)
DECIMAL = re.compile(r"-?\d+\.(\d+)(e[-+]?\d+)?")


class Fence(NamedTuple):
    """A fenced block: its language, the number of its first line, its text, and where that begins."""

    language: str
    line: int
    text: str
    start: int


class Result(NamedTuple):
    """What code gave, and what the page shows of it: None where it shows nothing."""

    fence: Fence
    given: str
    shown: str | None


def fences(page: Path) -> list[Fence]:
    """List the fenced blocks of a page."""
    source = page.read_text(encoding="utf-8")
    return [
        Fence(
            match["language"].strip(), source[: match.start("text")].count("\n") + 1, match["text"], match.start("text")
        )
        for match in FENCE.finditer(source)
    ]


def run_block(text: str, page: Path, line: int, namespace: dict[str, Any]) -> str:
    """Run one block so that a traceback points into the page; gives what it printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile("\n" * (line - 1) + text, str(page), "exec"), namespace)
    return printed.getvalue()


def display(expression: str, namespace: dict[str, Any]) -> str:
    """Give what a notebook shows of an expression."""
    return str(eval(expression, namespace)._repr_html_())


def shown_file(page: Path, expression: str) -> Path:
    """Name the file that keeps what a page shows of an expression."""
    words = re.findall(r"[A-Za-z0-9]+", expression)
    return SHOWN / f"{page.stem}-{'-'.join(words).lower()}.html"


def expression_of(fence: Fence) -> str | None:
    """Give the expression of a directive ``shown``."""
    return fence.language.removeprefix("{shown}").strip() if fence.language.startswith("{shown}") else None


def run(page: Path) -> Iterator[Result]:
    """Run the blocks of a page, one after the other, and give all that prints or is shown."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    blocks = fences(page)
    for fence, following in zip(blocks, [*blocks[1:], Fence("", 0, "", 0)], strict=True):
        expression = expression_of(fence)
        if expression:
            file = shown_file(page, expression)
            yield Result(fence, display(expression, namespace), file.read_text("utf-8") if file.exists() else None)
        elif fence.language == "python":
            printed = run_block(fence.text, page, fence.line, namespace)
            shown = following.text if following.language == "output" else None
            if printed.strip() or shown is not None:
                yield Result(fence, printed, shown)


def lines(text: str) -> list[str]:
    """Give the lines of a text, without what can't be seen at its edges."""
    return [line.rstrip() for line in textwrap.dedent(text.strip("\n")).rstrip().splitlines()]


def agree(given: str, shown: str) -> bool:
    """Tell whether two texts are the same, but for the last digit of decimal numbers, which processors round differently."""
    one, other = "\n".join(lines(given)), "\n".join(lines(shown))
    numbers = [[match[0] for match in DECIMAL.finditer(text)] for text in (one, other)]
    if DECIMAL.sub("#", one) != DECIMAL.sub("#", other):
        return False
    return all(_are_near(first, second) for first, second in zip(*numbers, strict=True))


def _are_near(given: str, shown: str) -> bool:
    _, places, exponent = re.split(r"\.(\d+)", shown)
    unit = 10.0 ** (int(exponent[1:] or "0") - len(places))
    return abs(float(given) - float(shown)) < 1.5 * unit


def record(page: Path) -> None:
    """Write what a page's code gives into the page, and into the files of what it shows."""
    source, moved = page.read_text(encoding="utf-8"), 0
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        results = list(run(page))
    for fence, given, shown in results:
        expression = expression_of(fence)
        if shown is not None and agree(given, shown):
            continue
        if expression:
            shown_file(page, expression).write_text(given.rstrip() + "\n", encoding="utf-8")
            continue
        end = source.index("```\n", fence.start + moved + len(fence.text)) + len("```\n")
        following = FENCE.match(source, end + 1)
        old_end = following.end() + 1 if shown is not None and following else end
        text = "\n".join(lines(given))
        new = source[:end] + (f"\n```output\n{text}\n```\n" if text else "") + source[old_end:]
        moved += len(new) - len(source)
        source = new
    page.write_text(source, encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("COLUMNS", "120")
    for name in sys.argv[1:]:
        record(Path(name).resolve())
