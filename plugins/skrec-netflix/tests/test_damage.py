"""Every damaged file is one clear sentence, with the file and the line."""

import io
import tarfile

import pytest

from skrec.exceptions import DatasetCorruptError

BAD_LINES = [
    "1488844,3",
    "1488844,3,2005-09",
    "1488844,6,2005-09-06",
    "1488844,0,2005-09-06",
    "1488844,3.5,2005-09-06",
    "1488844,3,2005-13-06",
    "1488844,3,2005-02-29",
    "1488844,3,2005-09-00",
    "1488844,3,2005/09/06",
    "1488844;3;2005-09-06",
    "1488844,3,2005-09-06,",
    ",3,2005-09-06",
    "-488844,3,2005-09-06",
    "12345678901,3,2005-09-06",
    "x,3,2005-09-06",
    "x:",
    ":",
    "",
    "<html>",
    "1488844,3,2005-09-06 1488845,3,2005-09-06 1488846,3,2005-09-06 1488847,3,2005-09-06",
]


@pytest.mark.parametrize("bad", BAD_LINES)
def test_a_line_of_another_form_is_named_with_its_number(kaggle, bad):
    text = kaggle.files["combined_data_1.txt"].split("\n")
    kaggle.files["combined_data_1.txt"] = "\n".join([*text[:5], bad, *text[5:]])
    kaggle.write()
    shown = bad[:64].replace(".", r"\.")
    with pytest.raises(
        DatasetCorruptError, match=rf"combined_data_1.txt, line 6, is '{shown}'.*, and must be a film as in '1:', or"
    ):
        kaggle.load()


def test_ratings_before_the_first_film_are_refused(kaggle):
    kaggle.files["combined_data_2.txt"] = "1025579,4,2003-03-29\n"
    kaggle.write()
    with pytest.raises(DatasetCorruptError, match=r"combined_data_2.txt, line 1, is '1025579,4,2003-03-29', and must"):
        kaggle.load()


@pytest.mark.parametrize("content", [b"", b"\x00\xff\x00\n", b"5\n", b"5", b"1:\n", b"x" * 1000])
def test_what_is_no_such_file_at_all_is_refused(kaggle, content):
    (kaggle.folder / "combined_data_4.txt").write_bytes(content)
    with pytest.raises(DatasetCorruptError, match=r"combined_data_4.txt(, line 1, is| has no line of a customer)"):
        kaggle.load()


def test_line_numbers_count_from_the_files_beginning_over_blocks(kaggle, monkeypatch):
    monkeypatch.setattr("skrec_netflix._blocks.BLOCK_BYTES", 30)
    kaggle.files["combined_data_1.txt"] += "822109,1,1999-12-32\n"
    kaggle.write()
    with pytest.raises(DatasetCorruptError, match=r"combined_data_1.txt, line 8, is '822109,1,1999-12-32'"):
        kaggle.load()


def test_probe_and_qualifying_are_checked_as_well(kaggle):
    kaggle.files["probe.txt"] += "1,2\n"
    kaggle.files["qualifying.txt"] += "12\n"
    kaggle.write()
    with pytest.raises(DatasetCorruptError, match=r"probe.txt, line 6, is '1,2', and must .* as in '30878'"):
        kaggle.load(split="probe")
    with pytest.raises(
        DatasetCorruptError, match=r"qualifying.txt, line 6, is '12', and must .* as in '1046323,2005-12-19'"
    ):
        kaggle.load(split="qualifying")


@pytest.mark.parametrize("bad", ["10,2001", "x,2001,Title", "10,200l,Title", "10,2001, ", "-1,2001,Title", ""])
def test_a_title_of_another_form_is_named_with_its_number(kaggle, bad):
    kaggle.files["movie_titles.csv"] += f"{bad}\n"
    kaggle.write()
    with pytest.raises(
        DatasetCorruptError, match=rf"movie_titles.csv, line 6, is '{bad}', and must be number, year or"
    ):
        kaggle.load()


def test_titles_must_be_there(kaggle):
    kaggle.files["movie_titles.csv"] = ""
    kaggle.write()
    with pytest.raises(DatasetCorruptError, match=r"movie_titles.csv is empty"):
        kaggle.load()


def test_a_film_listed_twice_is_refused(kaggle):
    kaggle.files["movie_titles.csv"] += "9,1991,Again\n"
    kaggle.write()
    with pytest.raises(ValueError, match=r"items has more than one row for item_id 9"):
        kaggle.load()


@pytest.mark.parametrize("layout", ["zip", "gz", "tar"], indirect=True)
def test_a_damaged_archive_is_named(layout):
    path = {
        "zip": layout.home / "netflix-prize-data.zip",
        "gz": layout.folder / "combined_data_1.txt.gz",
        "tar": layout.folder / "training_set.tar",
    }[layout.form]
    path.write_bytes(path.read_bytes()[: 700 if layout.form == "tar" else -30])
    with pytest.raises(DatasetCorruptError, match=rf"{path.name} is damaged or cut off"):
        layout.load()


@pytest.mark.parametrize("layout", ["tar"], indirect=True)
def test_a_link_in_the_tar_is_refused(layout):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        link = tarfile.TarInfo("training_set/mv_0000001.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    (layout.folder / "training_set.tar").write_bytes(stream.getvalue())
    with pytest.raises(DatasetCorruptError, match=r"holds a link or device, 'training_set/mv_0000001.txt'"):
        layout.load()
