import gzip
import hashlib
import tarfile
import zipfile

import pytest

from skrec.datasets import RawFiles, find_raw_files
from skrec.exceptions import DatasetCorruptError, DatasetNotFoundError, InvalidParameterError

CONTENT = {"films.csv": b"1,Alien\n2,Brazil\n", "ratings.csv": b"1,1,5\n" * 1000}
REQUIRED = list(CONTENT)


def write_folder(home, packed=()):
    folder = home / "ml-tiny"
    folder.mkdir(parents=True)
    for name, content in CONTENT.items():
        if name in packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / name).write_bytes(content)
    return folder


def write_zip(home, names=REQUIRED):
    home.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(home / "ml-tiny.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(f"ml-tiny/{name}", CONTENT[name])
    return home / "ml-tiny.zip"


def read(files, name):
    with files.open(name) as stream:
        return stream.read()


def find(home, **options):
    return find_raw_files(home, "ml-tiny", required=REQUIRED, **options)


def test_unpacked_folder_is_read(tmp_path):
    write_folder(tmp_path)
    files = find(tmp_path)
    assert read(files, "films.csv") == CONTENT["films.csv"]
    assert "links.csv" not in files


def test_gzipped_files_are_read_as_if_they_were_not(tmp_path):
    write_folder(tmp_path, packed=["ratings.csv"])
    files = find(tmp_path)
    assert "ratings.csv" in files
    assert read(files, "ratings.csv") == CONTENT["ratings.csv"]


def test_zip_is_read_where_it_lies_and_nothing_is_written(tmp_path):
    write_zip(tmp_path / "home")
    (tmp_path / "home").chmod(0o555)
    assert read(find(tmp_path / "home"), "ratings.csv") == CONTENT["ratings.csv"]
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["ml-tiny.zip"]


def test_an_incomplete_folder_falls_back_to_the_zip(tmp_path):
    (write_folder(tmp_path) / "ratings.csv").unlink()
    write_zip(tmp_path)
    assert find(tmp_path).source == tmp_path / "ml-tiny.zip"


def test_an_incomplete_folder_says_what_is_missing_and_downloads_nothing(tmp_path, server):
    (write_folder(tmp_path) / "ratings.csv").unlink()
    with pytest.raises(
        DatasetNotFoundError, match=r"ml-tiny is incomplete: it has no ratings.csv \(nor ratings.csv.gz\)"
    ):
        find(tmp_path, url=server.url("ml-tiny.zip"), known_hash="0" * 64)
    assert server.requests == []


def test_an_incomplete_zip_says_what_is_missing(tmp_path):
    write_zip(tmp_path, ["films.csv"])
    with pytest.raises(DatasetNotFoundError, match=r"ml-tiny.zip is incomplete: it has no ratings.csv"):
        find(tmp_path)


def test_a_damaged_zip_beside_a_complete_folder_does_no_harm(tmp_path):
    write_folder(tmp_path)
    (tmp_path / "ml-tiny.zip").write_bytes(b"PK")
    assert find(tmp_path).source == tmp_path / "ml-tiny"


def test_what_is_nowhere_is_downloaded_once(tmp_path, server):
    archive = write_zip(server.root)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    for _ in range(2):
        files = find(tmp_path / "home", url=server.url("ml-tiny.zip"), known_hash=digest)
        assert read(files, "films.csv") == CONTENT["films.csv"]
    assert server.requests == ["/ml-tiny.zip"]
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["ml-tiny.zip"]


def test_tar_is_downloaded_and_unpacked_once(tmp_path, server):
    write_folder(tmp_path / "source")
    with tarfile.open(server.root / "ml-tiny.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "source" / "ml-tiny", "ml-tiny")
    digest = hashlib.sha256((server.root / "ml-tiny.tar.gz").read_bytes()).hexdigest()
    for _ in range(2):
        files = find(tmp_path / "home", url=server.url("ml-tiny.tar.gz"), known_hash=digest)
        assert files.source == tmp_path / "home" / "ml-tiny"
    assert server.requests == ["/ml-tiny.tar.gz"]


def test_tar_in_a_read_only_home_is_unpacked_into_the_cache(tmp_path, cache):
    write_folder(tmp_path / "source")
    home = tmp_path / "home"
    home.mkdir()
    with tarfile.open(home / "ml-tiny.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "source" / "ml-tiny", "ml-tiny")
    home.chmod(0o555)
    files = find(home, url="https://example.org/ml-tiny.tar.gz", known_hash="0" * 64)
    assert files.source == cache / "ml-tiny"


def test_a_download_that_lacks_a_file_says_so(tmp_path, server):
    digest = hashlib.sha256(write_zip(server.root, ["films.csv"]).read_bytes()).hexdigest()
    with pytest.raises(DatasetNotFoundError, match=r"it has no ratings.csv"):
        find(tmp_path / "home", url=server.url("ml-tiny.zip"), known_hash=digest)


def test_a_url_needs_a_hash(tmp_path):
    write_folder(tmp_path)
    with pytest.raises(InvalidParameterError, match="'known_hash' parameter must be hexadecimal digits"):
        find(tmp_path, url="https://example.org/ml-tiny.zip")


def test_offline_error_says_what_to_put_where(tmp_path):
    with pytest.raises(DatasetNotFoundError) as caught:
        find(tmp_path, url="http://127.0.0.1:1/ml-tiny.zip", known_hash="0" * 64)
    assert str(caught.value) == (
        f"ml-tiny.zip is not in {tmp_path}, and can't be downloaded (ConnectionError). Get it from "
        f"http://127.0.0.1:1/ml-tiny.zip and put ml-tiny.zip, or the folder ml-tiny unpacked from it, into {tmp_path}, "
        "or into another folder that data_home or the environment variable SKREC_DATA_HOME names."
    )


def test_offline_error_of_a_read_only_home_names_the_cache_too(tmp_path, cache):
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o555)
    with pytest.raises(DatasetNotFoundError, match=f"is neither in {home} nor in {cache}, and its publisher offers no"):
        find(home)


def test_a_file_that_was_not_required_is_missed_when_it_is_opened(tmp_path):
    write_folder(tmp_path)
    with pytest.raises(DatasetNotFoundError, match=r"it has no links.csv"), find(tmp_path).open("links.csv"):
        pass


def test_damaged_member_is_noticed_while_reading(tmp_path):
    path = write_zip(tmp_path)
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"ratings.csv") + 20] ^= 0xFF
    path.write_bytes(raw)
    with pytest.raises(DatasetCorruptError, match=r"ml-tiny.zip/ratings.csv is damaged or cut off"):
        read(find(tmp_path), "ratings.csv")


@pytest.mark.parametrize("damage", [lambda raw: raw[: len(raw) // 2], lambda raw: b"1,1,5\n" * 10])
def test_damaged_gzip_is_noticed_while_reading(tmp_path, damage):
    path = write_folder(tmp_path, packed=["ratings.csv"]) / "ratings.csv.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DatasetCorruptError, match=r"ratings.csv.gz is damaged or cut off"):
        read(find(tmp_path), "ratings.csv")


def test_no_zip_at_all_is_noticed_at_once(tmp_path):
    (tmp_path / "ml-tiny.zip").write_text("<html>")
    with pytest.raises(DatasetCorruptError, match=r"ml-tiny.zip is damaged or cut off: File is not a zip file"):
        find(tmp_path)


def test_repr_names_the_source(tmp_path):
    write_folder(tmp_path)
    assert repr(RawFiles(tmp_path / "ml-tiny", "ml-tiny")) == f"RawFiles('{tmp_path}/ml-tiny')"
