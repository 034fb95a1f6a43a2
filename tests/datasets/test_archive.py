import io
import stat
import tarfile
import zipfile

import pytest

from skrec.datasets import unpack
from skrec.datasets._archive import checked_zip
from skrec.exceptions import DatasetCorruptError


def write_zip(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def write_tar(path, members, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


FILES = {"films/a.csv": b"1,2\n", "films/deep/b.csv": b"3,4\n"}


@pytest.fixture(params=["zip", "tar.gz", "tar"])
def archive(request, tmp_path):
    path = tmp_path / f"films.{request.param}"
    if request.param == "zip":
        return write_zip(path, FILES)
    return write_tar(path, FILES, "w:gz" if request.param == "tar.gz" else "w")


def test_unpack_makes_the_folder_of_the_archive_the_target(archive, tmp_path):
    target = unpack(archive, tmp_path / "out" / "films")
    assert (target / "a.csv").read_bytes() == b"1,2\n"
    assert (target / "deep" / "b.csv").read_bytes() == b"3,4\n"
    assert [path.name for path in target.parent.iterdir()] == ["films"]


def test_unpack_into_another_name_keeps_all_levels(archive, tmp_path):
    assert (unpack(archive, tmp_path / "out") / "films" / "a.csv").is_file()


def test_unpack_refuses_a_target_that_exists(archive, tmp_path):
    with pytest.raises(FileExistsError, match="exists already"):
        unpack(archive, tmp_path)


EVIL = ["../evil.csv", "films/../../evil.csv", "/evil.csv", "C:\\evil.csv", "..\\evil.csv", "\\evil.csv"]


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.parametrize("write", [write_zip, write_tar])
def test_unpack_refuses_paths_that_lead_outside(write, name, tmp_path):
    path = write(tmp_path / "evil", {"films/a.csv": b"1", name: b"2"})
    with pytest.raises(DatasetCorruptError, match="leads outside of the folder to unpack into"):
        unpack(path, tmp_path / "out" / "films")
    assert list((tmp_path / "out").iterdir()) == []
    assert not (tmp_path / "evil.csv").exists()


def test_reading_a_zip_in_place_refuses_the_same_paths(tmp_path):
    with pytest.raises(DatasetCorruptError, match="leads outside"):
        checked_zip(write_zip(tmp_path / "evil.zip", {"../evil.csv": b"2"}))


def test_unpack_refuses_symbolic_links_in_zips(tmp_path):
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("films/passwd")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(DatasetCorruptError, match="holds a link or device, 'films/passwd'"):
        unpack(path, tmp_path / "films")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_unpack_refuses_links_and_devices_in_tars(kind, tmp_path):
    path = tmp_path / "evil.tar"
    with tarfile.open(path, "w") as archive:
        link = tarfile.TarInfo("films/passwd")
        link.type, link.linkname = kind, "films/passwd"
        archive.addfile(link)
    with pytest.raises(DatasetCorruptError, match="holds a link or device, 'films/passwd'"):
        unpack(path, tmp_path / "films")
    assert not (tmp_path / "films").exists()


@pytest.mark.parametrize("write", [write_zip, write_tar])
def test_unpack_refuses_bombs(write, tmp_path):
    path = write(tmp_path / "bomb", {"films/zeros": bytes(70 * 2**20)})
    with pytest.raises(
        DatasetCorruptError, match=r"would unpack to at least 73,400,320: .* or than 200 times its size"
    ):
        unpack(path, tmp_path / "films")
    assert not (tmp_path / "films").exists()


def test_unpack_keeps_to_the_bound_of_the_caller(archive, tmp_path):
    with pytest.raises(DatasetCorruptError, match="more than 5, or than"):
        unpack(archive, tmp_path / "films", max_bytes=5)


def test_a_zip_member_never_gives_more_than_its_table_of_contents_says(tmp_path):
    # This is what makes it safe to check nothing but the table.
    path = write_zip(tmp_path / "liar.zip", {"a": bytes(1000)})
    raw = path.read_bytes().replace((1000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(raw)
    with checked_zip(path) as archive, pytest.raises(zipfile.BadZipFile, match="CRC"):
        assert len(archive.read("a")) <= 10


def test_unpack_refuses_encrypted_zips(tmp_path):
    path = write_zip(tmp_path / "locked.zip", {"a": b"1"})
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    with pytest.raises(DatasetCorruptError, match="is encrypted or packed by an unknown method"):
        unpack(path, tmp_path / "out")


@pytest.mark.parametrize("write", [write_zip, write_tar])
def test_a_path_that_occurs_twice_is_refused(write, tmp_path):
    path = write(tmp_path / "twice", {"films/a": b"1", "films/a/b": b"2"})
    with pytest.raises(DatasetCorruptError, match="holds the same path twice"):
        unpack(path, tmp_path / "films")


def test_unpack_of_a_cut_off_archive_is_one_clear_error(archive, tmp_path):
    archive.write_bytes(archive.read_bytes()[:-40] if archive.suffix != ".tar" else archive.read_bytes()[:700])
    with pytest.raises(DatasetCorruptError, match=r"is damaged or cut off: .* Delete it, and get it again"):
        unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_unpack_of_something_else_is_one_clear_error(tmp_path):
    (tmp_path / "page.zip").write_text("<html>not found</html>")
    with pytest.raises(DatasetCorruptError, match="is damaged or cut off"):
        unpack(tmp_path / "page.zip", tmp_path / "out")


@pytest.mark.parametrize("write", [write_zip, write_tar])
@pytest.mark.parametrize("name", ["n" * 300, "deep/" * 2000 + "a.csv"], ids=["one name", "the whole path"])
def test_names_that_no_file_system_takes_are_refused(write, name, tmp_path):
    archive = write(tmp_path / f"a.{'zip' if write is write_zip else 'tar.gz'}", {name: b"1"})
    with pytest.raises(DatasetCorruptError, match="longer than the 255 bytes|too long for this system"):
        unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()
