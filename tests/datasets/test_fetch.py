import hashlib
import logging

import pytest

from skrec.datasets import fetch
from skrec.exceptions import DatasetCorruptError, DatasetNotFoundError, InvalidParameterError

CONTENT = b"a film a line\n" * 10_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def films(server):
    (server.root / "films.csv").write_bytes(CONTENT)
    return server


def test_download_is_put_into_data_home_and_made_once(films, tmp_path):
    home = tmp_path / "home"
    for _ in range(2):
        path = fetch(films.url("films.csv"), SHA256, data_home=home)
        assert path == home / "films.csv"
        assert path.read_bytes() == CONTENT
    assert films.requests == ["/films.csv"]


def test_md5_is_taken_where_a_publisher_gives_no_better(films, tmp_path):
    digest = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    assert fetch(films.url("films.csv"), f"md5:{digest}", data_home=tmp_path / "home").is_file()


def test_a_file_that_is_there_is_taken_as_it_is(films, tmp_path):
    (tmp_path / "films.csv").write_bytes(b"my own")
    assert fetch(films.url("films.csv"), SHA256, data_home=tmp_path).read_bytes() == b"my own"
    assert films.requests == []


def test_download_goes_to_the_cache_where_data_home_is_read_only(films, tmp_path, cache):
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o555)
    assert fetch(films.url("films.csv"), SHA256, data_home=home) == cache / "films.csv"
    assert list(home.iterdir()) == []


def test_wrong_hash_is_an_error_and_leaves_nothing(films, tmp_path):
    with pytest.raises(
        DatasetCorruptError, match=r"isn't what was expected, and was deleted: SHA256 hash .* expected 0000"
    ):
        fetch(films.url("films.csv"), "0" * 64, data_home=tmp_path / "home")
    assert list((tmp_path / "home").iterdir()) == []


def test_download_cut_off_by_the_server_leaves_nothing(films, tmp_path):
    with pytest.raises(DatasetNotFoundError, match=r"films.csv is not in .*home, and can't be downloaded \(\w*Error\)"):
        fetch(films.url("cut/films.csv"), SHA256, data_home=tmp_path / "home")
    assert list((tmp_path / "home").iterdir()) == []


def test_interrupted_download_leaves_nothing(films, tmp_path, monkeypatch):
    import requests

    def interrupted(self, size):
        yield CONTENT[:100]
        raise KeyboardInterrupt

    monkeypatch.setattr(requests.Response, "iter_content", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch(films.url("films.csv"), SHA256, data_home=tmp_path / "home")
    assert list((tmp_path / "home").iterdir()) == []


def test_offline_error_says_what_to_put_where(server, tmp_path):
    url = server.url("films.csv")
    with pytest.raises(DatasetNotFoundError) as caught:
        fetch(url, SHA256, data_home=tmp_path / "home")
    assert str(caught.value) == (
        f"films.csv is not in {tmp_path}/home, and can't be downloaded (HTTP status 404). Get it from {url} and put "
        f"films.csv into {tmp_path}/home, or into another folder that data_home or the environment variable "
        "SKREC_DATA_HOME names."
    )


def test_no_server_at_all_is_the_same_error(tmp_path):
    with pytest.raises(DatasetNotFoundError, match=r"can't be downloaded \(ConnectionError\)"):
        fetch("http://127.0.0.1:1/films.csv", SHA256, data_home=tmp_path)
    assert isinstance(DatasetNotFoundError(""), FileNotFoundError)


def test_nothing_is_printed_and_poochs_logger_is_left_as_it_was(films, tmp_path, capsys):
    import pooch

    fetch(films.url("films.csv"), SHA256, data_home=tmp_path / "home")
    assert capsys.readouterr() == ("", "")
    assert pooch.get_logger().isEnabledFor(logging.INFO)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.org/films.csv", "https://example.org/", "films.csv"]
)
def test_url_must_be_https_and_end_in_a_name(url, tmp_path):
    with pytest.raises(InvalidParameterError, match="needs an https URL that ends in a file name"):
        fetch(url, SHA256, data_home=tmp_path)


@pytest.mark.parametrize("known_hash", ["", "xyz", "crc:1234", "md5:", None])
def test_hash_must_be_one(known_hash, tmp_path):
    with pytest.raises(InvalidParameterError, match="'known_hash' parameter must be hexadecimal digits"):
        fetch("https://example.org/films.csv", known_hash, data_home=tmp_path)
