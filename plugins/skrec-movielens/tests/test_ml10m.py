import pytest

from skrec.exceptions import DatasetCorruptError


@pytest.fixture
def layout(layouts, home):
    layouts["movielens/10m"].write(home)
    return layouts["movielens/10m"]


def test_half_stars_are_exact(layout, home):
    assert layout.load(home).events["rating"].to_list() == [5.0, 3.5, 0.5]


def test_tags_are_distinct_lower_case_and_in_order(layout, home):
    items = layout.load(home).items
    assert items["tags"].to_list() == ["excellent!|a::b/c", "na", ""]


def test_tags_may_be_left_out(layout, home):
    assert "tags" not in layout.load(home, tags=False).items


def test_missing_tags_are_no_error(layout, home):
    (home / "ml-10M100K" / "tags.dat").unlink()
    assert "tags" not in layout.load(home).items


def test_films_without_genres_have_none(layout, home):
    items = layout.load(home).items
    assert items["genres"].to_list() == ["Comedy|Romance", "Drama", ""]
    assert items["title"].to_list()[2] == "Aliens: (1994)"


@pytest.mark.parametrize("line", [b"15::122::Excellent!", b"15::x::Excellent!::1215184630", b"15::122::\xff::1"])
def test_tags_in_another_format_are_one_clear_error(layout, home, line):
    (home / "ml-10M100K" / "tags.dat").write_bytes(line + b"\n")
    with pytest.raises(DatasetCorruptError, match=r"tags.dat in .* isn't as GroupLens ships it"):
        layout.load(home)
