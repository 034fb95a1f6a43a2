"""Keras on the backend of this process, and small columns for each encoder."""

import importlib
import io
import wave

import numpy as np
import pandas as pd
import pytest

from skrec.backends import find_backend, start


@pytest.fixture(scope="session")
def keras():
    return start(find_backend())


@pytest.fixture(scope="session")
def embed(keras):
    """Build an encoder's network, draw its weights, and call it on transformed rows."""
    networks = importlib.import_module("skrec.networks")

    def run(encoder, rows, dim=4):
        layer = encoder.build(dim)
        layer.build((None, *rows.shape[1:]))
        for variable, value in zip(
            layer.trainable_variables, networks.initial_weights(layer, np.random.default_rng(0))[0], strict=True
        ):
            variable.assign(value)
        return keras.ops.convert_to_numpy(layer(keras.ops.convert_to_tensor(rows)))

    return run


@pytest.fixture(scope="session")
def wav():
    """Write samples of shape (n,) or (n, n_channels), integers of so many bytes each, as the bytes of a WAV file."""

    def write(samples, rate=8000, width=2):
        samples = np.asarray(samples)
        if width == 3:
            raw = samples.astype("<i4")[..., np.newaxis].view(np.uint8)[..., :3].tobytes()
        else:
            raw = samples.astype({1: "u1", 2: "<i2", 4: "<i4"}[width]).tobytes()
        target = io.BytesIO()
        with wave.open(target, "wb") as file:
            file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
            file.setsampwidth(width)
            file.setframerate(rate)
            file.writeframes(raw)
        return target.getvalue()

    return write


@pytest.fixture(scope="session")
def encoded():
    """Encode pixels as the bytes of a file."""
    image = pytest.importorskip("PIL.Image")

    def write(pixels, kind="PNG"):
        target = io.BytesIO()
        image.fromarray(pixels).save(target, kind)
        return target.getvalue()

    return write


@pytest.fixture
def objects():
    """Make a Series of arbitrary cells, with labels that aren't positions."""

    def make(cells, name="column", labels=None):
        values = np.empty(len(cells), dtype=object)
        for position, cell in enumerate(cells):
            values[position] = cell
        return pd.Series(values, index=labels or [f"id{position}" for position in range(len(cells))], name=name)

    return make
