import pytest

from skrec.datasets._folders import resolve_home, search_folders
from skrec.exceptions import InvalidParameterError


def test_home_is_the_argument_then_the_variable_then_the_cache(tmp_path, monkeypatch, cache):
    assert resolve_home(None) == cache
    monkeypatch.setenv("SKREC_DATA_HOME", str(tmp_path / "variable"))
    assert resolve_home(None) == tmp_path / "variable"
    assert resolve_home(str(tmp_path / "argument")) == tmp_path / "argument"


def test_an_empty_variable_counts_as_unset(monkeypatch, cache):
    monkeypatch.setenv("SKREC_DATA_HOME", " ")
    assert resolve_home(None) == cache


def test_home_expands_the_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolve_home("~/data") == tmp_path / "data"


def test_cache_folder_is_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.undo()  # the real function, not the one of the fixture
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    from skrec.datasets._folders import cache_folder

    assert cache_folder().name == "skrec"


@pytest.mark.parametrize("wrong", [3, ["data"]])
def test_home_that_is_no_path_is_refused(wrong):
    with pytest.raises(InvalidParameterError, match=r"'data_home' parameter must be a path or None. Got"):
        resolve_home(wrong)


def test_home_that_is_a_file_is_refused(tmp_path):
    path = tmp_path / "ml-100k.zip"
    path.touch()
    with pytest.raises(InvalidParameterError, match=r"must be a folder, and .*ml-100k.zip is a file"):
        resolve_home(path)


def test_a_writable_home_is_searched_alone_even_if_it_must_be_made(tmp_path):
    assert search_folders(tmp_path) == [tmp_path]
    assert search_folders(tmp_path / "a" / "b") == [tmp_path / "a" / "b"]


def test_a_home_without_write_bits_is_left_alone_and_the_cache_searched_besides(tmp_path, cache):
    home = tmp_path / "shared"
    home.mkdir()
    home.chmod(0o555)
    assert search_folders(home) == [home, cache]
    assert search_folders(home / "deeper") == [home / "deeper", cache]
    home.chmod(0o755)
