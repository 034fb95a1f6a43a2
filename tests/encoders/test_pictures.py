import io
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
        (np.dstack([PIXELS, np.full((12, 8), 255, dtype=np.uint8)]), PIXELS),
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


def upright(pixels, orientation):
    """What a camera that was held so has stored of an upright picture."""
    stored = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a),
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }
    return np.ascontiguousarray(stored[orientation](pixels))


def as_file(picture, kind="PNG", **options):
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_upright_as_their_exif_says(orientation):
    image = pytest.importorskip("PIL.Image")
    exif = image.Exif()
    exif[0x0112] = orientation
    data = as_file(image.fromarray(upright(PIXELS, orientation)), exif=exif)
    np.testing.assert_array_equal(read_picture(data, SIZE, None), PIXELS)
    np.testing.assert_array_equal(read_picture(image.open(io.BytesIO(data)), SIZE, None), PIXELS)
    # JPEG is decoded at a fraction of its size, whose sides are exchanged, too.
    smooth = np.tile(np.linspace(0, 255, 640).astype(np.uint8)[:, np.newaxis, np.newaxis], (1, 96, 3))
    found = read_picture(as_file(image.fromarray(upright(smooth, orientation)), "JPEG", exif=exif), (40, 6), None)
    assert np.abs(found.astype(int) - resize(smooth, (40, 6))).max() <= 6


def test_metadata_that_are_broken_do_not_hide_the_picture():
    image = pytest.importorskip("PIL.Image")
    data = as_file(image.fromarray(PIXELS), exif=b"Exif\0\0no tiff")
    np.testing.assert_array_equal(read_picture(data, SIZE, None), PIXELS)


@pytest.mark.parametrize("dtype", ["<u2", ">u2"])
def test_pictures_of_16_bits_are_scaled_to_bytes(dtype):
    image = pytest.importorskip("PIL.Image")
    grey = PIXELS[..., 0]
    expected = np.repeat(grey[..., np.newaxis], 3, axis=2)
    deep = image.fromarray((grey.astype(np.uint16) * 257).astype(dtype))
    deep = deep if deep.mode.startswith("I;16") else deep.convert("I;16")
    np.testing.assert_array_equal(read_picture(deep, SIZE, None), expected)
    for kind in ("PNG", "TIFF"):
        np.testing.assert_array_equal(read_picture(as_file(deep, kind), SIZE, None), expected)


def test_a_deep_picture_is_read_as_an_array_of_its_numbers_is():
    image = pytest.importorskip("PIL.Image")
    grey = PIXELS[..., 0]
    expected = np.repeat(grey[..., np.newaxis], 3, axis=2)
    np.testing.assert_array_equal(read_picture(image.fromarray(grey / np.float32(255.0)), SIZE, None), expected)
    np.testing.assert_array_equal(read_picture(image.fromarray(grey.astype(np.int32)), SIZE, None), expected)
    for wrong, message in (
        (grey.astype(np.float32), "is a picture of mode 'F' of float32 from .* and values from 0 to 1.0 are expected"),
        (grey.astype(np.int32) * 9, "is a picture of mode 'I' of int32 from .* values from 0 to 255 are expected"),
    ):
        for cell in (image.fromarray(wrong), as_file(image.fromarray(wrong), "TIFF")):
            with pytest.raises(BadCellError, match=message + ": bytes, or floats of which 1 is white. Divide by what"):
                read_picture(cell, SIZE, None)


def clear(mode):
    """A picture whose left half, of a colour that must not show, is transparent, and whose right half is a grey of 60."""
    from PIL import Image

    grey = np.full((4, 4), 60, dtype=np.uint8)
    grey[:, :2] = 7
    alpha = np.where(grey == 7, 0, 255).astype(np.uint8)
    plain = Image.fromarray(grey)
    if mode in {"LA", "RGBA", "PA"}:
        rich = Image.merge("LA", [plain, Image.fromarray(alpha)])
        return rich if mode == "LA" else rich.convert("RGBA").convert(mode)
    if mode == "La":
        return Image.merge("LA", [plain, Image.fromarray(alpha)]).convert("La")
    if mode == "P":
        picture = Image.fromarray(np.where(grey == 7, 0, 1).astype(np.uint8), mode="P")
        picture.putpalette([7, 7, 7, 60, 60, 60])
    elif mode == "I;16":
        picture = Image.fromarray(grey.astype(np.uint16) * 257)
    else:
        picture = plain.convert(mode)
    picture.info["transparency"] = {"P": 0, "L": 7, "RGB": (7, 7, 7), "I;16": 7 * 257}[mode]
    return picture


@pytest.mark.parametrize("mode", ["RGBA", "LA", "La", "PA", "P", "L", "RGB", "I;16"])
def test_transparent_pixels_are_white_whatever_lies_under_them(mode):
    pytest.importorskip("PIL.Image")
    picture = clear(mode)
    expected = np.full((4, 4, 3), 60)
    expected[:, :2] = 255
    np.testing.assert_array_equal(read_picture(picture, (4, 4), None), expected)
    if mode not in {"La", "PA", "I;16"}:  # which PNG, as Pillow writes it, has not
        np.testing.assert_array_equal(read_picture(as_file(picture), (4, 4), None), expected)


@pytest.mark.parametrize("n_colours", [1, 3])
@pytest.mark.parametrize("top", [255, 1.0])
def test_the_last_channel_of_an_array_is_opacity_over_white(n_colours, top):
    colours = np.full((1, 3, n_colours), 60)
    opacity = np.array([0, 51, 255]).reshape(1, 3, 1)
    array = np.concatenate([colours, opacity], axis=2)
    array = array.astype(np.uint8) if top == 255 else array / 255.0
    expected = np.array([255, 216, 60]).reshape(1, 3, 1) * np.ones(3)
    np.testing.assert_array_equal(read_picture(array, (1, 3), None), expected)


def test_of_an_animated_picture_the_first_frame_is_read():
    image = pytest.importorskip("PIL.Image")
    frames = [image.new("RGB", (8, 12), (level, 0, 0)) for level in (200, 90, 10)]
    data = as_file(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert image.open(io.BytesIO(data)).n_frames == 3
    np.testing.assert_array_equal(read_picture(data, SIZE, None)[0, 0], [200, 0, 0])


def test_an_open_picture_whose_file_is_broken_is_refused():
    image = pytest.importorskip("PIL.Image")
    data = as_file(image.fromarray(np.tile(PIXELS, (8, 8, 1))))
    with pytest.raises(BadCellError, match="is a picture of mode 'RGB', which Pillow can't show: "):
        read_picture(image.open(io.BytesIO(data[: len(data) // 2])), SIZE, None)
