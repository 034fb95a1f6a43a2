import errno
import io
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from skrec.models import Popularity
from skrec.persistence import _draft, load, save
from skrec.persistence._draft import replacing

posix = pytest.mark.skipif(os.name == "nt", reason="drafts are told by their locks")


class FullDisk(io.BufferedRandom):
    """A file on a disk without room: whatever it holds back can't be written, when it is closed either."""

    def write(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    def flush(self):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_the_old_file_and_no_draft(ease, saved, monkeypatch):
    before, opened = saved.read_bytes(), Path.open

    def on_a_full_disk(path, mode="r", *arguments, **options):
        return FullDisk(io.FileIO(path, "x+")) if mode == "x+b" else opened(path, mode, *arguments, **options)

    monkeypatch.setattr(Path, "open", on_a_full_disk)
    with pytest.raises(OSError, match="No space left"):
        save(ease, saved)
    assert os.listdir(saved.parent) == [saved.name]
    assert saved.read_bytes() == before


@posix
def test_what_a_killed_save_left_is_taken_away_by_the_next_one(saved):
    code = f"""
        import os, runpy, signal
        from pathlib import Path
        with runpy.run_path({_draft.__file__!r})["replacing"](Path({str(saved)!r})) as file:
            file.write(b"half")
            file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
    """
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert len(os.listdir(saved.parent)) == 2  # one draft, however many were killed
    save(Popularity(), saved)
    assert os.listdir(saved.parent) == [saved.name]
    assert type(load(saved)) is Popularity


@posix
def test_the_draft_of_a_save_that_goes_on_is_left_alone(saved, ease):
    with replacing(saved) as file:
        save(ease, saved)
        file.write(b"later")
    assert saved.read_bytes() == b"later"
    assert os.listdir(saved.parent) == [saved.name]


@posix
def test_drafts_of_other_files_are_left_alone(saved, ease):
    other = saved.with_name(".b.skrec.0123456789ab.tmp")
    other.write_bytes(b"")
    save(ease, saved)
    assert other.exists()


@pytest.mark.parametrize("name", ["m" * 255, "ß" * 127])
def test_a_name_as_long_as_there_may_be_is_saved(name, tmp_path):
    save(Popularity(), tmp_path / name)
    assert os.listdir(tmp_path) == [name]
    assert type(load(tmp_path / name)) is Popularity
