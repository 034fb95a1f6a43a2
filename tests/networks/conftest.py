"""Keras is started on the backend of this process before anything of ``skrec.networks`` is imported."""

import importlib

import pytest

from skrec.backends import find_backend, start


@pytest.fixture(scope="session", autouse=True)
def keras():
    return start(find_backend())


@pytest.fixture(scope="session")
def networks(keras):
    return importlib.import_module("skrec.networks")


@pytest.fixture(scope="session")
def to_numpy(keras):
    return keras.ops.convert_to_numpy
