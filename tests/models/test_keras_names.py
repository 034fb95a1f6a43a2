import pytest

from skrec.models._keras_names import is_known


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("keras.layers", "Dense"),
        ("keras.layers", "InputLayer"),
        ("keras", "DTypePolicy"),
        ("keras.initializers", "GlorotUniform"),
        ("keras.src.models.functional", "Functional"),
        ("keras.src.ops.numpy", "Multiply"),
        (None, "__keras_tensor__"),
    ],
)
def test_what_only_computes_is_known(module, name):
    assert is_known(module, name)


@pytest.mark.parametrize(
    "name", ["Lambda", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer", "Wrapper", "Unheard"]
)
def test_layers_that_hold_code_or_files_are_not(name):
    assert not is_known("keras.layers", name)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (None, "__lambda__"),
        (None, "Dense"),
        ("os", "system"),
        ("keras.saving", "load_model"),
        ("keras.utils", "get_file"),
        ("keras.initializers", "deserialize"),
        ("keras.src.ops.core", "Map"),
        ("keras.src.ops.numpy.os", "System"),
        ("builtins", "eval"),
        (["keras"], "Dense"),
        ("keras.layers", ["Dense"]),
    ],
    ids=str,
)
def test_what_is_elsewhere_is_not(module, name):
    assert not is_known(module, name)
