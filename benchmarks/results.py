"""Where benchmark runs are recorded."""

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """Describe the machine and the versions that a figure depends on."""
    packages = ("numpy", "scipy", "scikit-learn", "keras")
    return {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def record(benchmark: str, rows: list[dict[str, Any]], **facts: Any) -> Path:
    """Append one run to ``benchmarks/results/<benchmark>.jsonl``."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{benchmark}.jsonl"
    entry = {"date": datetime.now(UTC).date().isoformat(), "machine": machine(), **facts, "rows": rows}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
    return path
