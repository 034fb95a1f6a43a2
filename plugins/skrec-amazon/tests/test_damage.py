"""Every damaged file is one clear sentence, with the file and the line."""

import json

import pytest

from skrec.exceptions import DatasetCorruptError


@pytest.fixture
def damage(layout):
    """Write reviews whose third line is another one."""

    def write(line):
        lines = [json.dumps(record) for record in layout.records]
        return layout.write(lines=[*lines[:2], line, *lines[2:]])

    return write


def changed(layout, field, value):
    """Give a review with another value in one of the fields that every edition has."""
    names = {
        "2014": {"user": "reviewerID", "item": "asin", "rating": "overall", "time": "unixReviewTime"},
        "2023": {"user": "user_id", "item": "parent_asin", "rating": "rating", "time": "timestamp"},
    }
    name = names["2023" if layout.year == "2023" else "2014"][field]
    record = {**layout.records[0], name: value}
    if value is ...:
        del record[name]
    return name, json.dumps(record)


@pytest.mark.parametrize("bad", ['{"asin": "B0', "nonsense", "[1, 2]", '"text"', "5", "null", "{'asin': 'B0'}", "\x00"])
def test_a_line_that_is_no_object_is_named_with_its_number(layout, damage, bad):
    path = damage(bad)
    with pytest.raises(DatasetCorruptError, match=rf"{path.name}, line 3, isn't a JSON object"):
        layout.load()


@pytest.mark.parametrize("field", ["user", "item", "rating", "time"])
def test_a_missing_field_is_named(layout, damage, field):
    name, line = changed(layout, field, ...)
    path = damage(line)
    with pytest.raises(DatasetCorruptError, match=rf"{path.name}, line 3, has no field '{name}'"):
        layout.load()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("user", 5, "a text"),
        ("user", "", "a text"),
        ("item", None, "a text"),
        ("item", ["B0"], "a text"),
        ("rating", "5.0", "a number"),
        ("rating", None, "a number"),
        ("time", 1.5, "a whole number"),
        ("time", "1393545600", "a whole number"),
    ],
)
def test_a_field_of_another_type_is_named(layout, damage, field, value, words):
    name, line = changed(layout, field, value)
    path = damage(line)
    shown = repr(value).replace("[", r"\[").replace("]", r"\]").replace(".", r"\.")
    with pytest.raises(
        DatasetCorruptError, match=rf"{path.name}, line 3, has {shown} as '{name}', which must be {words}"
    ):
        layout.load()


@pytest.mark.parametrize("field", ["rating", "time"])
def test_a_number_that_is_not_finite_is_no_json(layout, damage, field):
    path = damage(changed(layout, field, float("nan"))[1])
    with pytest.raises(DatasetCorruptError, match=rf"{path.name}, line 3, isn't a JSON object"):
        layout.load()


def test_a_time_beyond_64_bits_is_refused(layout, damage):
    path = damage(changed(layout, "time", 2**63)[1])
    with pytest.raises(DatasetCorruptError, match=rf"{path.name}, line 3, has a number that is too large"):
        layout.load()


@pytest.mark.parametrize(("option", "field"), [("text", 0), ("votes", 1)])
def test_optional_fields_are_checked_when_they_are_read(layout, damage, option, field):
    names = {"2014": ("reviewText", "helpful"), "2018": ("summary", "vote"), "2023": ("title", "helpful_vote")}
    path = damage(json.dumps({**layout.records[0], names[layout.year][field]: {"a": 1}}))
    assert len(layout.load()) == 5
    with pytest.raises(DatasetCorruptError, match=rf"{path.name}, line 3, has a number .* or a field of another type"):
        layout.load(**{option: True})


def test_text_that_is_no_utf8_is_refused(layout):
    path = layout.write()
    path.write_bytes(path.read_bytes() + b'{"asin": "\xff"}\n')
    with pytest.raises(DatasetCorruptError, match=r"line 5, isn't a JSON object"):
        layout.load()


@pytest.mark.parametrize("kind", ["reviews", "ratings"])
def test_a_gzip_that_was_cut_off_is_named(layout, kind):
    path = layout.write(kind, "gz")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(
        DatasetCorruptError, match=rf"{path.name} is damaged or cut off( after line \d+)?: Compressed file"
    ):
        layout.load()


def test_a_damaged_zip_is_named(layout):
    path = layout.write(form="zip")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DatasetCorruptError, match=rf"{path.name} is damaged or cut off: File is not a zip file"):
        layout.load()


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_an_empty_file_is_refused(layout, content):
    path = layout.write()
    path.write_bytes(content)
    with pytest.raises(DatasetCorruptError, match=rf"{path.name} is empty"):
        layout.load()


def test_a_line_without_end_is_refused(layout, monkeypatch):
    monkeypatch.setattr("skrec_amazon._files._LONGEST_LINE", 1000)
    path = layout.write(lines=["[" * 2000])
    with pytest.raises(DatasetCorruptError, match=rf"{path.name}, line 1, is longer than 1,000 bytes"):
        layout.load()


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ("A1,B1,5.0", "has 3 fields instead of 4"),
        ("A1,B1,5.0,1,2", "has 5 fields instead of 4"),
        ("", "has 1 fields instead of 4"),
        (",B1,5.0,1", "has no (user_id|item_id)"),
        ("A1,,5.0,1", "has no (user_id|item_id)"),
        ("A1,B1,five,1", "has 'five' as rating, which must be a number"),
        ("A1,B1,nan,1", "has 'nan' as rating, which must be a number"),
        ("A1,B1,,1", "has '' as rating, which must be a number"),
        ("A1,B1,5.0,1.5", "has '1.5' as timestamp, which must be a whole number"),
        ("A1,B1,5.0,", "has '' as timestamp, which must be a whole number"),
    ],
)
@pytest.mark.parametrize("place", [0, 2])
def test_a_wrong_line_of_ratings_is_named(layout, bad, problem, place):
    path = layout.write("ratings")
    lines = path.read_text().splitlines()
    place += layout.year == "2023"
    layout.write("ratings", lines=[*lines[:place], bad, *lines[place:]])
    with pytest.raises(DatasetCorruptError, match=rf"{path.name}, line {place + 1}, {problem}"):
        layout.load()


def test_ratings_go_over_chunks_with_the_right_line_number(layout, monkeypatch):
    monkeypatch.setattr("skrec_amazon._csv._CHUNK", 2)
    path = layout.write("ratings")
    assert len(layout.load()) == 4
    with path.open("a") as sink:
        sink.write("A1,B1,x,1\n")
    with pytest.raises(DatasetCorruptError, match=rf"line {6 if layout.year == '2023' else 5}, has 'x' as rating"):
        layout.load()


def test_ratings_of_2023_must_have_their_header(layouts):
    path = layouts["2023"].write("ratings", lines=["user_id,item,rating,timestamp", "A,B,1.0,9"])
    with pytest.raises(DatasetCorruptError, match=rf"{path.name}, line 1, must name the columns user_id, parent_asin"):
        layouts["2023"].load()


@pytest.mark.parametrize("content", ["", "user_id,parent_asin,rating,timestamp\n"])
def test_ratings_must_be_there(layouts, content):
    path = layouts["2023"].write("ratings")
    path.write_text(content)
    with pytest.raises(DatasetCorruptError, match=rf"{path.name} is empty"):
        layouts["2023"].load()
