import pytest

from skrec.encoders._files import BadCellError, find_file


def test_relative_paths_start_in_the_folder_and_absolute_ones_do_not(tmp_path):
    file = tmp_path / "a" / "poster.jpg"
    file.parent.mkdir()
    file.touch()
    assert find_file("a/poster.jpg", tmp_path) == file
    assert find_file("poster.jpg", str(file.parent)) == file
    assert find_file(str(file), tmp_path / "elsewhere") == file
    assert find_file(file, None) == file


@pytest.mark.parametrize("name", ["none.jpg", "", "x" * 10_000, "a\0b"], ids=["absent", "empty", "long", "null"])
def test_a_file_that_isnt_there_is_named_shortly(tmp_path, name):
    with pytest.raises(BadCellError, match="names the file .*, which isn't there") as error:
        find_file(name, tmp_path)
    assert len(str(error.value)) < 120
