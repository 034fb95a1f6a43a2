"""What is built of a file takes no more than 20 times its bytes, whatever the file says; and what was saved never reaches a limit."""

import io
import json
import struct
import tracemalloc
import zipfile
from contextlib import suppress
from functools import partial

import numpy as np
import pandas as pd
import pytest

from skrec.exceptions import SavedFileError
from skrec.models import Popularity
from skrec.persistence import load, save

MEGABYTE = 2**20


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Manifest and members of a file without arrays."""
    path = tmp_path_factory.mktemp("plain") / "m"
    save(Popularity(), path)
    return path.read_bytes()


def again_and_again(store):
    store("arrays/0.npy", np.zeros(MEGABYTE, dtype=np.uint8))
    return [{"$bytes": "arrays/0.npy"} for _ in range(2000)]


def overflowing(store):
    store("arrays/0.npy", np.full(MEGABYTE, 97, dtype=np.uint8))
    store("arrays/1.npy", np.full(4000, MEGABYTE, dtype=np.int64))
    return {"$strings": ["arrays/0.npy", "arrays/1.npy"], "shape": [4000]}


def around(store):
    store("arrays/0.npy", np.full(MEGABYTE, 97, dtype=np.uint8))
    lengths = np.array([2**62, 2**62, 2**62, 2**62, MEGABYTE], dtype=np.int64)
    store("arrays/1.npy", lengths)
    return {"$strings": ["arrays/0.npy", "arrays/1.npy"], "shape": [5]}


def told_twice(store):
    store("arrays/0.npy", np.full(MEGABYTE, 97, dtype=np.uint8))
    for place in range(1, 60):
        store(f"arrays/{place}.npy", np.array([MEGABYTE], dtype=np.int64))
    return [{"$strings": ["arrays/0.npy", f"arrays/{place}.npy"], "shape": [1]} for place in range(1, 60)]


def columns(store):
    store("arrays/0.npy", np.arange(MEGABYTE // 8))
    column = {"values": {"$array": "arrays/0.npy"}, "dtype": "int64"}
    return {"$frame": [[f"c{place}", column] for place in range(2000)], "index": {"$slice": [0, MEGABYTE // 8, 1]}}


def rows(store):
    return {"$frame": [], "index": {"$slice": [0, 10**15, 1]}}


def frames(store):
    frame = columns(store)
    return [{**frame, "$frame": frame["$frame"][:2]} for _ in range(500)]


def lists(store):
    return [[] for _ in range(100_000)]


def dicts(store):
    return [{"": 0} for _ in range(100_000)]


def numbers(store):
    return [1.5] * 300_000


BOMBS = [again_and_again, overflowing, around, told_twice, columns, rows, frames, lists, dicts, numbers]


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.__name__)
def test_no_file_unfolds_into_many_times_its_size(bomb, plain, damaged_files, tmp_path, monkeypatch):
    manifest, members = damaged_files.read(plain)
    store = partial(damaged_files.store_array, manifest, members)
    manifest["object"]["state"]["extra"] = bomb(store)
    dense = json.dumps
    monkeypatch.setattr(json, "dumps", lambda value, **options: dense(value, separators=(",", ":"), **options))
    path = tmp_path / "bomb"
    path.write_bytes(damaged_files.write(manifest, members))
    del manifest, members, store
    tracemalloc.start()
    try:
        with suppress(SavedFileError):
            load(path)
    finally:
        taken = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert taken <= 20 * path.stat().st_size + 2 * MEGABYTE


def test_members_that_overlap_are_refused(plain, damaged_files, tmp_path):
    """Each entry of the table of contents may point to the same bytes."""
    manifest, members = damaged_files.read(plain)
    damaged_files.store_array(manifest, members, "arrays/0.npy", np.zeros(MEGABYTE, dtype=np.uint8))
    told = manifest["members"]["arrays/0.npy"]
    data = damaged_files.write(manifest, members)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        offset = archive.getinfo("arrays/0.npy").header_offset
    for place in range(1, 50):
        members[f"arrays/{place}.npy"] = b""
        manifest["members"][f"arrays/{place}.npy"] = told
    data = bytearray(damaged_files.write(manifest, members))
    # The entries of the others are given the place and the lengths of the first, which a reader may believe.
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        start, first = archive.start_dir, archive.getinfo("arrays/0.npy")
    cursor = start
    while data[cursor : cursor + 4] == b"PK\x01\x02":
        n_name, n_extra, n_comment = struct.unpack_from("<3H", data, cursor + 28)
        name = bytes(data[cursor + 46 : cursor + 46 + n_name])
        if name.startswith(b"arrays/") and name != b"arrays/0.npy":
            struct.pack_into("<3I", data, cursor + 16, first.CRC, first.compress_size, first.file_size)
            struct.pack_into("<I", data, cursor + 42, offset)
        cursor += 46 + n_name + n_extra + n_comment
    path = tmp_path / "overlapping"
    path.write_bytes(bytes(data))
    with pytest.raises(SavedFileError, match="overlap"):
        load(path)


def tags(n):
    """A column of lists, most of them empty: the densest that a legitimate file holds."""
    return np.array([[] if place % 7 else ["a"] for place in range(n)] + [None], dtype=object)


@pytest.mark.parametrize(
    "value",
    [
        [[] for _ in range(200_000)],
        [{} for _ in range(200_000)],
        [{"a": 1} for _ in range(100_000)],
        [{"a": {"b": {}}} for _ in range(50_000)],
        ["[{,"] * 200_000,
        tags(100_000),
        pd.DataFrame({"tags": tags(100_000)}),
        pd.DataFrame({f"c{place}": np.zeros(50_000, dtype=np.int8) for place in range(40)}),
        np.zeros(MEGABYTE),
        np.array(["", "a", None, "bc"] * 50_000, dtype=object),
        np.array([], dtype=object),
        b"",
    ],
    ids=lambda value: f"{type(value).__name__}-{len(value)}",
)
def test_what_was_saved_never_reaches_a_limit(value, tmp_path):
    model = Popularity()
    model.extra_ = value
    save(model, tmp_path / "m")
    again = load(tmp_path / "m").extra_
    assert type(again) is type(value)
    assert len(again) == len(value)
