"""Where benchmark runs are recorded."""

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """Describe the machine and the versions that a figure depends on."""
    packages = ("numpy", "scipy", "scikit-learn", "keras")
    optional = ("jax", "tensorflow", "tensorflow-cpu", "torch", "faiss-cpu")
    return {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "model": _processor_model(),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
        **{name: found for name in optional if (found := _version(name))},
    }


def _processor_model() -> str:
    """Name of the processor, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def record(benchmark: str, rows: list[dict[str, Any]], **facts: Any) -> Path:
    """Append one run to ``benchmarks/results/<benchmark>.jsonl``."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{benchmark}.jsonl"
    entry = {"date": datetime.now(UTC).date().isoformat(), "machine": machine(), **facts, "rows": rows}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
    return path
