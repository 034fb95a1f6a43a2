"""Files that anybody may send: damaged on purpose, with hashes as they should be, each is refused or answers; none does more."""

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "ask_damaged_files.py"
FINE = {"answered", "refused", "refused when asked", "not fitted", "a name that isn't known here"}
N_PROCESSES = 2


def go_through(first, last, everything, seconds):
    """Ask a process about files; where one ends it, say so, and go on behind that with another process."""
    ended = {}
    while first < last:
        command = [sys.executable, str(SCRIPT), str(first), str(last), "everything" if everything else "few"]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        )
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        assert lines, done.stderr[-2000:]
        names = {line["number"]: line["name"] for line in lines if "name" in line}
        ended |= {line["number"]: (names[line["number"]], line["ended"]) for line in lines if "ended" in line}
        if done.returncode:
            crashed = lines[-1]["number"]
            ended[crashed] = names[crashed], f"ended the process ({done.returncode}): {done.stderr[-1000:]}"
            first = crashed + 1
        else:
            first = last
    return ended


def expect_no_harm(n_files, everything, seconds):
    edges = [n_files * place // N_PROCESSES for place in range(N_PROCESSES + 1)]
    with ThreadPoolExecutor(N_PROCESSES) as threads:
        parts = threads.map(lambda first, last: go_through(first, last, everything, seconds), edges[:-1], edges[1:])
        ended = {number: outcome for part in parts for number, outcome in part.items()}
    assert len(ended) == n_files
    wrong = [f"{number} {name}: {how}" for number, (name, how) in sorted(ended.items()) if how not in FINE]
    if wrong:
        pytest.fail("\n".join(["", *wrong]), pytrace=False)
    counts = Counter(how for _, how in ended.values())
    # Neither is everything refused, nor do most damages go unnoticed.
    assert min(counts["refused"], counts["answered"]) > n_files / 10, counts


linux = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="peaks of memory are read as Linux tells them"
)


@linux
def test_damaged_files_are_refused_or_answer():
    expect_no_harm(300, everything=False, seconds=120)


@linux
@pytest.mark.slow
def test_two_thousand_damaged_files_of_every_kind_are_refused_or_answer():
    expect_no_harm(2000, everything=True, seconds=3000)
