import numpy as np
import pytest

from skrec.datasets import make_interactions
from skrec.encoders import AudioEncoder
from skrec.exceptions import InvalidDataError, InvalidParameterError

RATE = 8000
TONE = 0.5 * np.sin(2 * np.pi * 440.0 * np.arange(RATE) / RATE)
NETWORKS = ["cnn", "rnn", "lstm", "gru"]
SMALL = {"duration": 0.2, "n_bands": 12, "units": 4}


def test_clips_become_spectrograms_and_missing_ones_zeros(objects):
    encoder = AudioEncoder()
    rows = encoder.fit_transform(objects([TONE, None, np.nan, np.zeros(10)]))
    assert rows.shape == (4, 61, 32)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows[1:3], 0.0)
    np.testing.assert_allclose(rows[3], -1.0, atol=1e-6)
    assert rows[0].max() > 1.0


def test_made_up_clips_are_read_as_they_come():
    clips = make_interactions(20, 10, 100, features=("audio",), random_state=0).items["clip"]
    rows = AudioEncoder().fit_transform(clips)
    assert rows.shape == (10, 61, 32)
    assert (rows[:, :20].max(axis=(1, 2)) > 0).all()
    np.testing.assert_allclose(rows[:, -10:], -1.0, atol=1e-6)  # none is longer than 0.6 seconds


@pytest.mark.parametrize("network", NETWORKS)
def test_a_silent_clip_has_a_finite_vector_and_pitches_are_told_apart(embed, network):
    encoder = AudioEncoder(network, **SMALL).fit([TONE])
    high = np.sin(2 * np.pi * 3000.0 * np.arange(RATE) / RATE)
    vectors = embed(encoder, encoder.transform([np.zeros(RATE), TONE, high]))
    assert np.isfinite(vectors).all()
    assert np.abs(vectors[0] - vectors[1]).max() > 1e-3
    assert np.abs(vectors[1] - vectors[2]).max() > 1e-3


def test_8_bit_stereo_and_other_rates_sound_alike(wav, objects):
    eight = wav(np.round(TONE * 127) + 128, width=1)
    stereo = wav(np.column_stack([np.round(TONE * 32767)] * 2))
    fast = (16_000, 0.5 * np.sin(2 * np.pi * 440.0 * np.arange(16_000) / 16_000))
    rows = AudioEncoder().fit_transform(objects([TONE, eight, stereo, fast]))
    loud = rows[0] > 1.0
    assert loud.any()
    for row in rows[1:]:
        np.testing.assert_allclose(row[loud], rows[0][loud], atol=0.05)


def test_a_broken_or_missing_file_is_an_error_that_names_row_and_column_or_zeros(objects, wav, tmp_path):
    broken = wav(np.zeros(1000))[:40]
    column = objects([TONE, broken], name="clip")
    with pytest.raises(
        InvalidDataError, match="Row 1 .index 'id1'. of column 'clip' has 40 bytes, which SciPy can't .*on_error="
    ):
        AudioEncoder(**SMALL).fit_transform(column)
    rows = AudioEncoder(**SMALL, on_error="neutral").fit_transform(column)
    np.testing.assert_array_equal(rows[1], 0.0)
    assert rows[0].any()
    absent = objects(["absent.wav"], name="clip")
    with pytest.raises(
        InvalidDataError, match="Row 0 .index 'id0'. of column 'clip' names the file .*absent.wav', which isn't"
    ):
        AudioEncoder(**SMALL, folder=tmp_path).fit_transform(absent)
    assert not AudioEncoder(**SMALL, folder=tmp_path, on_error="neutral").fit_transform(absent).any()


def test_paths_start_in_the_folder(wav, tmp_path):
    (tmp_path / "tone.wav").write_bytes(wav(np.round(TONE * 32767)))
    for folder in (tmp_path, str(tmp_path)):
        assert AudioEncoder(**SMALL, folder=folder).fit_transform(["tone.wav"]).max() > 1.0


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"duration": 0.02}, "A clip of duration=0.02 s at sample_rate=8000 has 160 samples, and a frame .* has 256"),
        ({"hop": 1e-5}, "AudioEncoder needs at least one frame of two samples"),
        ({"n_bands": 200}, "'n_bands' parameter of AudioEncoder is too large: frames of 256 samples at 8000 samples"),
    ],
    ids=str,
)
def test_what_gives_no_spectrogram_is_refused_in_fit(parameters, message):
    with pytest.raises(InvalidParameterError, match=message):
        AudioEncoder(**parameters).fit([None])


def test_one_band_and_one_frame_are_enough():
    encoder = AudioEncoder(duration=0.032, n_bands=1)
    assert encoder.fit_transform([TONE]).shape == (1, 1, 1)
