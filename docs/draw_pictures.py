"""Draw the pictures of the pages anew: ``python docs/draw_pictures.py``."""

import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_drawings"))

import front  # noqa: E402
import guide  # noqa: E402

DRAWINGS = [
    *(front.home, front.home_tall, front.which_model, front.quality),
    *(guide.data, guide.splits, guide.pipeline, guide.encoders, guide.cold_start),
    *(guide.sequences, guide.serving, guide.saving, guide.backends),
]


def pictures() -> dict[Path, str]:
    """Give each file's text."""
    return {DOCS / "_static" / "pictures" / f"{draw.__name__.replace('_', '-')}.svg": draw().svg() for draw in DRAWINGS}


if __name__ == "__main__":
    for file, text in pictures().items():
        file.write_text(text, encoding="utf-8")
