import io

import numpy as np
import pytest
from scipy.io import wavfile

from skrec.encoders._files import BadCellError
from skrec.encoders._sound import log_mel, mel_filters, read_clip

RATE = 8000
TIMES = np.arange(RATE) / RATE
TONE = 0.5 * np.sin(2 * np.pi * 440.0 * TIMES)
SILENCE = np.zeros(400)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_wav_of_any_width_gives_the_same_sound(wav, width):
    samples = np.round(TONE * (2 ** (8 * width - 1) - 1)) + (128 if width == 1 else 0)
    np.testing.assert_allclose(
        read_clip(wav(samples, width=width), RATE, RATE, None), TONE, atol=1.5 / 2 ** (8 * width - 1)
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_wav_of_floats_is_read_from_a_file(tmp_path, dtype):
    wavfile.write(tmp_path / "tone.wav", RATE, TONE.astype(dtype))
    for cell, folder in (
        ("tone.wav", tmp_path),
        (tmp_path / "tone.wav", None),
        (str(tmp_path / "tone.wav"), "elsewhere"),
    ):
        np.testing.assert_allclose(read_clip(cell, RATE, RATE, folder), TONE, atol=1e-6)


def test_channels_are_mixed_down(wav):
    stereo = np.column_stack([np.round(TONE * 20_000), np.zeros(RATE)])
    np.testing.assert_allclose(read_clip(wav(stereo), RATE, RATE, None), TONE * 20_000 / 32768 / 2, atol=1e-4)
    np.testing.assert_allclose(read_clip(np.column_stack([TONE, -TONE]), RATE, RATE, None), 0.0, atol=1e-9)


@pytest.mark.parametrize("rate", [4000, 11_025, 16_000, 44_100, 48_000])
def test_other_rates_are_resampled(rate):
    tone = 0.5 * np.sin(2 * np.pi * 440.0 * np.arange(2 * rate) / rate)
    found = read_clip((rate, tone), RATE, RATE, None)
    np.testing.assert_allclose(found[50:-50], TONE[50:-50], atol=0.02)


def test_a_clip_is_cut_or_filled_up_with_silence():
    np.testing.assert_array_equal(read_clip(TONE, RATE, 100, None), TONE[:100])
    np.testing.assert_array_equal(read_clip(TONE[:100], RATE, 300, None), np.append(TONE[:100], np.zeros(200)))
    np.testing.assert_array_equal(read_clip(np.zeros(0), RATE, 10, None), np.zeros(10))
    np.testing.assert_array_equal(read_clip((16_000, np.zeros(0)), RATE, 10, None), np.zeros(10))
    assert read_clip([0.5, -0.5], RATE, 2, None).tolist() == [0.5, -0.5]


def test_integers_are_read_as_wav_has_them():
    assert read_clip(np.array([128, 0, 255], dtype=np.uint8), RATE, 3, None).tolist() == [0.0, -1.0, 127 / 128]
    assert read_clip(np.array([-(2**15), 2**14], dtype=np.int16), RATE, 2, None).tolist() == [-1.0, 0.5]
    assert read_clip(np.array([-(2**31), 2**30], dtype=np.int32), RATE, 2, None).tolist() == [-1.0, 0.5]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("absent.wav", "names the file 'absent.wav', which isn't there"),
        (b"", "has 0 bytes, which SciPy can't read as a WAV file"),
        (b"RIFF\0\0\0\0WAVE", "has 12 bytes, which SciPy can't read as a WAV file"),
        (b"ID3 an mp3", "has 10 bytes, which SciPy can't read as a WAV file: ValueError"),
        (
            3,
            "is of type int, and the path of a WAV file, its bytes, samples, or a tuple of rate and samples is expected",
        ),
        (np.zeros((2, 3, 4)), r"has samples of shape \(2, 3, 4\), and \(n,\) or \(n, n_channels\) is expected"),
        (np.zeros((2, 8000)), r"has samples of shape \(2, 8000\), and"),
        ([1, 2, 3], "has samples of dtype int64, and float, uint8, int16 or int32 is expected"),
        (["a"], "has samples of dtype <U1, and float"),
        ([[0.1], [0.1, 0.2]], "has samples of different lengths, and an array of numbers is expected"),
        ([0.1, np.nan], "has samples that are NaN or infinite"),
        ((0, TONE), "has a rate of 0 samples a second, and 100 to 1,000,000 are expected"),
        ((8000.5, TONE), "has a rate of 8000.5 samples a second"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_clip_is_refused(cell, message):
    with pytest.raises(BadCellError, match=message):
        read_clip(cell, RATE, RATE, None)


@pytest.mark.parametrize("length", [10, 30, 43])
def test_a_wav_that_ends_in_its_header_is_refused(wav, length):
    with pytest.raises(BadCellError, match=f"has {length} bytes, which SciPy can't read as a WAV file"):
        read_clip(wav(np.zeros(100))[:length], RATE, RATE, None)


def test_metadata_in_a_wav_is_no_warning(wav):
    data = wav(np.full(100, 16_384))
    chunk = b"LIST" + (8).to_bytes(4, "little") + b"INFOabcd"
    data = data[:4] + (len(data) + len(chunk) - 8).to_bytes(4, "little") + data[8:36] + chunk + data[36:]
    np.testing.assert_array_equal(read_clip(data, RATE, 100, None), 0.5)


def test_bands_are_equally_far_apart_on_the_mel_scale():
    filters = mel_filters(RATE, 2048, 10)
    assert filters.shape == (10, 1025)
    peaks = filters.argmax(axis=1) * RATE / 2048
    mel = 2595 * np.log10(1 + peaks / 700)
    np.testing.assert_allclose(np.diff(mel), 2595 * np.log10(1 + 4000 / 700) / 11, rtol=0.03)
    assert filters.max() <= 1.0
    # Between two peaks, the two triangles add up to 1.
    inside = slice(filters[0].argmax(), filters[-1].argmax())
    np.testing.assert_allclose(filters[:, inside].sum(axis=0), 1.0, atol=1e-5)


def naive(clip, window, hop, filters):
    """The documented equations, frame by frame and frequency by frequency."""
    hann = np.array([0.5 - 0.5 * np.cos(2 * np.pi * n / window) for n in range(window)])
    rows = []
    for start in range(0, len(clip) - window + 1, hop):
        power = []
        for k in range(window // 2 + 1):
            total = sum(hann[n] * clip[start + n] * np.exp(-2j * np.pi * k * n / window) for n in range(window))
            power.append((2 * abs(total) / hann.sum()) ** 2)
        rows.append([(10 * np.log10(1e-10 + filters[band] @ power) + 60) / 40 for band in range(len(filters))])
    return np.array(rows)


def test_a_spectrogram_follows_its_equations():
    clip = np.random.default_rng(0).normal(size=100)
    filters = mel_filters(RATE, 32, 4)
    found = log_mel(clip, 32, 16, filters)
    assert found.shape == (5, 4)
    np.testing.assert_allclose(found, naive(clip, 32, 16, filters), rtol=1e-5, atol=1e-5)


def test_silence_is_finite_and_a_full_tone_is_0_decibels():
    filters = mel_filters(RATE, 256, 32)
    np.testing.assert_allclose(log_mel(np.zeros(RATE), 256, 128, filters), -1.0, atol=1e-6)
    tone = np.sin(2 * np.pi * 1000.0 * TIMES)
    assert log_mel(tone, 256, 128, filters).max() == pytest.approx(1.5, abs=0.125)
    quiet = log_mel(tone / 10, 256, 128, filters).max()
    assert log_mel(tone, 256, 128, filters).max() - quiet == pytest.approx(0.5, abs=1e-3)


def test_a_wav_that_ends_before_its_sound_does_is_refused(wav, tmp_path):
    for width in (1, 2, 3):
        data = wav(np.full(1000, 3), width=width)
        for cut in (1, 500):
            there = 1000 * width - cut
            message = f"is cut off: by its header it holds {1000 * width:,} bytes of sound, and {there:,} are there"
            with pytest.raises(BadCellError, match=f"has {len(data) - cut:,} bytes, which {message}"):
                read_clip(data[:-cut], RATE, 10, None)
    (tmp_path / "cut.wav").write_bytes(wav(np.zeros(1000))[:-100])
    with pytest.raises(BadCellError, match="names the file 'cut.wav', which is cut off"):
        read_clip("cut.wav", RATE, 10, tmp_path)


def with_sizes(data, riff, sound):
    return data[:4] + riff.to_bytes(4, "little") + data[8:40] + sound.to_bytes(4, "little") + data[44:]


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000])
def test_a_wav_from_a_stream_which_states_no_length_is_played_to_its_end(wav, size):
    data = with_sizes(wav(np.full(100, 16_384)), min(size + 36, 0xFFFFFFFF), size)
    np.testing.assert_array_equal(read_clip(data, RATE, 100, None), 0.5)


def test_a_wav_whose_recording_was_never_finished_is_refused(wav):
    with pytest.raises(BadCellError, match="its header was never finished: it states no sound, and 200 bytes follow"):
        read_clip(with_sizes(wav(np.full(100, 16_384)), 0, 0), RATE, 100, None)
    assert not read_clip(wav(np.zeros(0)), RATE, 100, None).any()


def test_metadata_that_are_cut_off_do_not_hide_the_sound(wav):
    data = wav(np.full(100, 16_384)) + b"LIST" + (800).to_bytes(4, "little") + b"INFO"
    data = data[:4] + (len(data) - 8 + 796).to_bytes(4, "little") + data[8:]
    np.testing.assert_array_equal(read_clip(data, RATE, 100, None), 0.5)


def test_floats_beyond_full_scale_are_cut_before_channels_are_mixed():
    assert read_clip([1.5, -4.0, 0.25], RATE, 3, None).tolist() == [1.0, -1.0, 0.25]
    assert read_clip(np.array([[3.0, 0.0]]), RATE, 1, None).tolist() == [0.5]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_that_were_integers_are_refused(tmp_path, dtype):
    loud = (TONE * 40_000).astype(dtype)
    message = "has float samples as far from 0 as .*, and -1 to 1 is expected. Divide them by the largest that their format has"
    target = io.BytesIO()
    wavfile.write(target, RATE, loud)
    for cell in (loud, (RATE, loud), target.getvalue(), loud.tolist()):
        with pytest.raises(BadCellError, match=message):
            read_clip(cell, RATE, RATE, None)


def test_samples_and_rate_in_the_order_of_other_libraries_are_refused():
    with pytest.raises(BadCellError, match="is a tuple of samples and rate, and the rate is expected in front"):
        read_clip((TONE, 8000), RATE, RATE, None)
    np.testing.assert_array_equal(read_clip((8000.0, TONE), RATE, RATE, None), TONE)


def test_big_endian_wav_is_read(tmp_path):
    wavfile.write(tmp_path / "big.wav", RATE, (TONE * 32_768).astype(">i2"))
    np.testing.assert_allclose(read_clip(tmp_path / "big.wav", RATE, RATE, None), TONE, atol=1e-4)
