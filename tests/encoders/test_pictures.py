import sys

import numpy as np
import pytest

from skrec.encoders import _pictures
from skrec.encoders._files import BadCellError
from skrec.encoders._pictures import read_picture, resize
from skrec.exceptions import MissingExtraError

PIXELS = np.random.default_rng(0).integers(256, size=(12, 8, 3)).astype(np.uint8)
SIZE = (12, 8)


def test_a_picture_of_the_right_size_stays_as_it_is():
    np.testing.assert_array_equal(read_picture(PIXELS, SIZE, None), PIXELS)


def test_files_bytes_and_pictures_of_pillow_give_the_same_pixels(tmp_path, encoded):
    image = pytest.importorskip("PIL.Image")
    data = encoded(PIXELS)
    (tmp_path / "poster.png").write_bytes(data)
    for cell in (data, bytearray(data), str(tmp_path / "poster.png"), tmp_path / "poster.png", image.fromarray(PIXELS)):
        np.testing.assert_array_equal(read_picture(cell, SIZE, None), PIXELS)
    np.testing.assert_array_equal(read_picture("poster.png", SIZE, tmp_path), PIXELS)


def test_jpeg_is_read(encoded):
    smooth = np.tile(np.linspace(0, 255, 64).astype(np.uint8)[:, np.newaxis, np.newaxis], (1, 64, 3))
    found = read_picture(encoded(smooth, "JPEG"), (16, 16), None).astype(int)
    assert np.abs(found - resize(smooth, (16, 16)).astype(int)).max() <= 12


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1", "I;16"])
def test_pictures_of_any_mode_become_red_green_and_blue(mode):
    image = pytest.importorskip("PIL.Image")
    picture = image.fromarray(PIXELS)
    picture = image.fromarray(PIXELS[..., 0].astype(np.uint16)) if mode == "I;16" else picture.convert(mode)
    assert read_picture(picture, SIZE, None).shape == (12, 8, 3)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (PIXELS[..., 0], np.repeat(PIXELS[..., :1], 3, axis=2)),
        (PIXELS[..., :1], np.repeat(PIXELS[..., :1], 3, axis=2)),
        (np.dstack([PIXELS, PIXELS[..., :1]]), PIXELS),
        (PIXELS / 255.0, PIXELS),
        ((PIXELS / 255.0).astype(np.float32), PIXELS),
        (PIXELS.astype(np.int64), PIXELS),
        (PIXELS[..., 0] > 99, np.where(PIXELS[..., :1] > 99, 255, 0) * np.ones(3)),
    ],
    ids=["grey", "one-channel", "alpha", "double", "float", "integer", "bool"],
)
def test_arrays_of_any_usual_form_are_pictures(array, expected):
    np.testing.assert_array_equal(read_picture(array, SIZE, None), expected)


@pytest.mark.parametrize("size", [(6, 4), (5, 3), (24, 16), (12, 4), (30, 8), (1, 1)])
def test_scaling_is_pillows(size):
    image = pytest.importorskip("PIL.Image")
    expected = np.asarray(image.fromarray(PIXELS).resize(size[::-1], image.Resampling.BILINEAR))
    assert np.abs(resize(PIXELS, size).astype(int) - expected).max() <= 1


def test_scaling_keeps_a_plain_picture_plain():
    np.testing.assert_array_equal(resize(np.full((7, 9, 3), 200, dtype=np.uint8), (48, 32)), 200)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("absent.jpg", "names the file '.*absent.jpg', which isn't there"),
        (b"", "has 0 bytes, which Pillow can't read as a picture: UnidentifiedImageError"),
        (b"no picture", "has 10 bytes, which Pillow can't read as a picture: UnidentifiedImageError"),
        (3, "is of type int, and a path, bytes, an array of shape .height, width, 3. or .* is expected"),
        (np.zeros(5), r"is an array of shape \(5,\), and \(height, width, 3\) or \(height, width\) is expected"),
        (np.zeros((3, 12, 8)), r"is an array of shape \(3, 12, 8\), and"),
        (np.zeros((0, 8, 3)), r"is an array of shape \(0, 8, 3\), and"),
        (np.full((4, 4), 2.0), "is an array of float64 from 2.0 to 2.0, and values from 0 to 1.0 are expected"),
        (np.full((4, 4), np.nan), "is an array of float64 from nan to nan, and values from 0 to 1.0 are expected"),
        (np.full((4, 4), -1), "is an array of int64 from -1 to -1, and values from 0 to 255 are expected"),
        (np.full((4, 4), "x"), "is an array of dtype <U1, and numbers are expected"),
    ],
    ids=str,
)
def test_what_is_no_picture_is_refused(cell, message):
    with pytest.raises(BadCellError, match=message):
        read_picture(cell, SIZE, None)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_broken_jpeg_is_refused(encoded, tmp_path, share):
    data = encoded(np.tile(PIXELS, (8, 8, 1)), "JPEG")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(data[: int(share * len(data))])
    with pytest.raises(BadCellError, match="names the file 'broken.jpg', which Pillow can't read as a picture"):
        read_picture(broken, SIZE, None)


def test_without_pillow_arrays_are_read_and_files_name_the_extra(monkeypatch, tmp_path):
    (tmp_path / "poster.png").touch()
    monkeypatch.setitem(sys.modules, "PIL", None)
    _pictures._pillow.cache_clear()
    try:
        assert read_picture(PIXELS, (6, 4), None).shape == (6, 4, 3)
        with pytest.raises(
            MissingExtraError, match=r'need Pillow, the .image. extra. Run: pip install "skrec-keras\[image\]"'
        ):
            read_picture(tmp_path / "poster.png", SIZE, None)
    finally:
        _pictures._pillow.cache_clear()
