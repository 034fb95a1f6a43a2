import os
from threading import Thread

import pytest

from skrec.backends import _program_files
from skrec.backends._program_files import ProgramFiles

SIZE = 100


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "programs"


def program(letter):
    return letter.encode() * (SIZE - _program_files._DIGEST)


def store(files, letters):
    """Store programs one after the other, and let each be a second older than the next."""
    for letter in letters:
        files.put(letter, program(letter))
    for age, letter in enumerate(reversed(letters)):
        os.utime(files._file(letter), (1e9 - age, 1e9 - age))


def size(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_a_program_is_read_as_it_was_stored(folder):
    ProgramFiles(folder, 1000).put("a", program("a"))
    assert ProgramFiles(folder, 1000).get("a") == program("a")
    assert ProgramFiles(folder, 1000).get("b") is None
    assert [path.name for path in folder.iterdir()] == ["a.program"]


def test_the_programs_used_least_recently_go_first(folder):
    files = ProgramFiles(folder, 10 * SIZE)
    store(files, "abcdefghij")
    assert size(folder) == 10 * SIZE
    assert files.get("a") == program("a")
    files.put("k", program("k"))
    assert {path.stem for path in folder.iterdir()} == set("adefghijk")
    assert size(folder) <= 10 * SIZE


def test_what_other_processes_stored_counts_too(folder, monkeypatch):
    monkeypatch.setattr(_program_files, "_LOOK_AFTER", 2)
    mine, other = ProgramFiles(folder, 10 * SIZE), ProgramFiles(folder, 100 * SIZE)
    store(other, "abcdefghijklmno")
    mine.put("p", program("p"))
    assert size(folder) == 9 * SIZE
    store(other, "abcdefghijklmno")
    mine.put("q", program("q")), mine.put("r", program("r"))
    assert size(folder) == 9 * SIZE


def test_a_program_larger_than_the_folder_is_not_stored(folder):
    ProgramFiles(folder, SIZE - 1).put("a", program("a"))
    assert not folder.exists()


@pytest.mark.parametrize("content", [b"", b"short", b"x" * SIZE], ids=["empty", "cut off", "garbled"])
def test_a_damaged_program_is_removed_and_can_be_stored_again(folder, content):
    files = ProgramFiles(folder, 1000)
    files.put("a", program("a"))
    files._file("a").write_bytes(content)
    assert files.get("a") is None
    assert not list(folder.iterdir())
    files.put("a", program("a"))
    assert files.get("a") == program("a")


def test_what_the_file_system_refuses_is_left_undone(tmp_path):
    (tmp_path / "file").write_text("no folder")
    files = ProgramFiles(tmp_path / "file" / "programs", 1000)
    files.put("a", program("a"))
    assert files.get("a") is None


def test_several_may_store_read_and_remove_at_once(folder, monkeypatch):
    monkeypatch.setattr(_program_files, "_LOOK_AFTER", 3)
    seen, failures = [], []

    def work(start):
        files = ProgramFiles(folder, 6 * SIZE)
        try:
            for step in range(60):
                letter = "abcdefghij"[(start + step) % 10]
                files.put(letter, program(letter))
                seen.append(files.get(letter) in {None, program(letter)})
        except Exception as error:
            failures.append(error)

    threads = [Thread(target=work, args=(3 * number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(seen) == 180
    assert all(seen)
