import numpy as np
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import NearestCentroid

from skrec.datasets import CLIP_RATE
from skrec.datasets._media import clips, posters

GENRES = np.arange(160) % 8
SHADES = np.arange(160) // 8 % 3


def accuracy(statistic, classes=GENRES):
    return cross_val_score(NearestCentroid(), statistic, classes, cv=4).mean()


def test_posters_are_small_pictures_whose_colours_predict_the_genre():
    drawn = posters(GENRES, SHADES, np.random.default_rng(0))
    assert {(poster.shape, poster.dtype.name) for poster in drawn} == {((36, 24, 3), "uint8")}
    assert accuracy(np.array([poster[2:-2, 2:-2].mean(axis=(0, 1)) for poster in drawn])) > 0.6


def test_posters_predict_the_genre_by_their_shapes_alone():
    # Where rows and columns differ from the mean, whatever the colour: squared since figures may be dark or bright.
    drawn = [poster[2:-2, 2:-2].mean(axis=2) for poster in posters(GENRES, SHADES, np.random.default_rng(0))]
    grey = np.array([(poster - poster.mean()) / poster.std() for poster in drawn])
    assert accuracy(np.concatenate([grey.mean(axis=1) ** 2, grey.mean(axis=2) ** 2], axis=1)) > 0.5


def test_posters_predict_the_shade_by_their_rims():
    drawn = [poster.mean(axis=2) for poster in posters(GENRES, SHADES, np.random.default_rng(0))]
    rims = [[poster[0].mean(), poster[-1].mean(), poster[4].mean(), poster[-4].mean()] for poster in drawn]
    assert accuracy(np.array(rims), SHADES) > 0.6


def test_clips_are_short_sounds_whose_pitch_predicts_the_genre():
    played = clips(GENRES, SHADES, np.random.default_rng(0))
    lengths = [len(clip) for clip in played]
    assert {clip.dtype.name for clip in played} == {"float32"}
    assert 0.4 * CLIP_RATE <= min(lengths) < max(lengths) <= 0.6 * CLIP_RATE
    assert max(np.abs(clip).max() for clip in played) <= 1.0
    pitch = [np.abs(np.fft.rfft(clip)).argmax() / len(clip) for clip in played]
    assert accuracy(np.log(np.array(pitch))[:, np.newaxis]) > 0.6


def test_clips_predict_the_genre_by_their_beat_alone():
    played = clips(GENRES, SHADES, np.random.default_rng(0))
    loudness = [np.abs(clip[:3200]).reshape(64, 50).mean(axis=1) for clip in played]
    spectra = [np.abs(np.fft.rfft(curve - curve.mean(), n=256))[:32] for curve in loudness]
    assert accuracy(np.array(spectra)) > 0.4


def test_clips_predict_the_shade_by_their_hiss():
    # Above the highest overtone there is noise alone.
    played = clips(GENRES, SHADES, np.random.default_rng(0))
    hiss = [np.abs(np.fft.rfft(clip[:3200]))[1500:].mean() for clip in played]
    assert accuracy(np.log(np.array(hiss))[:, np.newaxis], SHADES) > 0.9
