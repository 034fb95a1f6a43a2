import tracemalloc

import numpy as np
import pytest

from skrec.datasets import make_interactions
from skrec.encoders import ImageEncoder
from skrec.exceptions import InvalidDataError, InvalidParameterError

RNG = np.random.default_rng(0)
SMALL = {"size": (12, 8), "filters": (3, 4)}


def test_pictures_become_bytes_of_one_size_and_missing_ones_grey(objects, embed):
    encoder = ImageEncoder(**SMALL)
    cells = [RNG.integers(256, size=(30, 20, 3)).astype(np.uint8), None, np.nan]
    pixels = encoder.fit_transform(objects(cells))
    assert pixels.shape == (3, 12, 8, 3)
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels[1:], 128)
    vectors = embed(encoder, pixels)
    np.testing.assert_array_equal(vectors[1], vectors[2])
    assert np.abs(vectors[0] - vectors[1]).max() > 1e-3


def test_made_up_posters_are_read_as_they_come():
    posters = make_interactions(20, 10, 100, features=("image",), random_state=0).items["poster"]
    pixels = ImageEncoder().fit_transform(posters)
    np.testing.assert_array_equal(pixels, np.stack(posters.to_list()))
    assert ImageEncoder(size=(48, 32)).fit_transform(posters).shape == (10, 48, 32, 3)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"size": (4, 4), "filters": (8,), "kernel_size": 7},
            "input of ImageEncoder is too small: convolution 1 of 1 gets 4 x 4",
        ),
        (
            {"size": (12, 8), "padding": 0},
            r"convolution 3 of 3 gets 2 x 1 \(12 x 8 -> 5 x 3 -> 2 x 1\), and a kernel of 3",
        ),
    ],
    ids=str,
)
def test_a_size_too_small_for_the_convolutions_is_refused_in_fit(parameters, message):
    with pytest.raises(InvalidParameterError, match=message):
        ImageEncoder(**parameters).fit([None])


@pytest.fixture
def broken(encoded, tmp_path):
    """A JPEG that ends in the middle."""
    data = encoded(RNG.integers(256, size=(60, 40, 3)).astype(np.uint8), "JPEG")
    path = tmp_path / "broken.jpg"
    path.write_bytes(data[: len(data) // 2])
    return path


def test_a_broken_jpeg_is_an_error_that_names_row_and_column_or_grey(objects, broken):
    good = RNG.integers(256, size=(12, 8, 3)).astype(np.uint8)
    column = objects([good, broken, good], name="poster")
    message = "Row 1 .index 'id1'. of column 'poster' names the file 'broken.jpg', which Pillow can't read .*on_error='neutral'"
    with pytest.raises(InvalidDataError, match=message):
        ImageEncoder(**SMALL).fit_transform(column)
    pixels = ImageEncoder(**SMALL, on_error="neutral").fit_transform(column)
    np.testing.assert_array_equal(pixels, np.stack([good, np.full_like(good, 128), good]))


def test_a_missing_file_is_an_error_that_names_row_and_column_or_grey(objects, tmp_path):
    column = objects(["absent.jpg"], name="poster")
    with pytest.raises(
        InvalidDataError, match="Row 0 .index 'id0'. of column 'poster' names the file .*absent.jpg', which isn't"
    ):
        ImageEncoder(**SMALL, folder=tmp_path).fit_transform(column)
    assert (ImageEncoder(**SMALL, folder=tmp_path, on_error="neutral").fit_transform(column) == 128).all()


def test_paths_start_in_the_folder(encoded, tmp_path):
    pixels = RNG.integers(256, size=(12, 8, 3)).astype(np.uint8)
    (tmp_path / "1.png").write_bytes(encoded(pixels))
    for folder in (tmp_path, str(tmp_path)):
        np.testing.assert_array_equal(ImageEncoder(**SMALL, folder=folder).fit_transform(["1.png"])[0], pixels)


def test_rows_keep_their_order_and_the_first_bad_one_is_named_whatever_thread_was_faster(objects):
    cells = [np.full((12, 8, 3), n % 256, dtype=np.uint8) for n in range(700)]
    encoder = ImageEncoder(**SMALL).fit(cells)
    assert encoder.transform(objects(cells))[:, 0, 0, 0].tolist() == [n % 256 for n in range(700)]
    cells[650] = cells[333] = cells[334] = "absent.jpg"
    with pytest.raises(InvalidDataError, match="^Row 333 .index 'id333'."):
        encoder.transform(objects(cells))


def test_nothing_is_held_twice(encoded, objects):
    # 100,000 pictures of 96 x 96 are 2.8 GB that way; a second copy would be too many.
    data = encoded(RNG.integers(256, size=(96, 96, 3)).astype(np.uint8))
    encoder = ImageEncoder(size=(96, 96)).fit([None])
    column = objects([data] * 300)
    tracemalloc.start()
    pixels = encoder.transform(column)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.3 * pixels.nbytes


def test_an_unreadable_kind_of_cell_is_refused(objects):
    with pytest.raises(
        InvalidDataError, match="Row 0 .index 'id0'. of column 'column' is of type int, and a path, bytes,"
    ):
        ImageEncoder(**SMALL).fit_transform(objects([3]))
