"""Whatever is passed wrongly, to whichever entry point, is refused in a sentence, or answered as it was meant; nothing else happens."""

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "ask_bad_inputs.py"
N_PROCESSES = 2


def go_through(first, last, seconds):
    """Ask a process about inputs; where one ends it, say so, and go on behind that with another process."""
    ended = {}
    while first < last:
        command = [sys.executable, str(SCRIPT), str(first), str(last)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds, env={**os.environ, "SKREC_BACKEND": "torch"}
        )
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        assert lines, done.stderr[-2000:]
        ended |= {line["number"]: (line["name"], line["ended"]) for line in lines if "ended" in line}
        if not done.returncode:
            break
        number = lines[-1]["number"]
        ended[number] = lines[-1]["ask"], f"ended the process ({done.returncode}): {done.stderr[-1000:]}"
        first = number + 1
    return ended


def expect_sentences_or_answers(n_inputs, seconds):
    edges = [n_inputs * place // N_PROCESSES for place in range(N_PROCESSES + 1)]
    with ThreadPoolExecutor(N_PROCESSES) as threads:
        parts = threads.map(lambda first, last: go_through(first, last, seconds), edges[:-1], edges[1:])
        ended = {number: outcome for part in parts for number, outcome in part.items()}
    assert len(ended) == n_inputs
    fine = ("refused", "answered", "answered, either way")
    wrong = [f"{number} {name}: {how}" for number, (name, how) in sorted(ended.items()) if how not in fine]
    if wrong:
        pytest.fail("\n".join(["", *wrong]), pytrace=False)
    counts = Counter(how for _, how in ended.values())
    # Neither is everything refused, nor is most of it fine.
    assert min(counts["refused"], counts["answered"]) > n_inputs / 10, counts


needs_torch = pytest.mark.skipif("not __import__('importlib.util').util.find_spec('torch')", reason="needs torch")


@needs_torch
def test_bad_inputs_are_refused_in_a_sentence_or_answered_as_they_are_meant():
    expect_sentences_or_answers(1000, seconds=120)


@needs_torch
@pytest.mark.slow
def test_twenty_thousand_bad_inputs_are_refused_in_a_sentence_or_answered_as_they_are_meant():
    expect_sentences_or_answers(20_000, seconds=3000)
