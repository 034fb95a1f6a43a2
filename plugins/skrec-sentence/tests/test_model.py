"""How models are found, loaded and run, with a stand-in for sentence-transformers."""

import os
import sys
from types import ModuleType

import numpy as np
import pytest
from skrec_sentence import _model
from skrec_sentence.encoder import SentenceEncoder

from skrec.exceptions import DeviceNotFoundError, InvalidDataError, InvalidParameterError, MissingExtraError


def test_without_sentence_transformers_the_error_says_what_to_install(monkeypatch, make_folder):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(
        MissingExtraError, match=r'needs sentence-transformers, .* Run: pip install "skrec-keras-sentence\[model\]"'
    ):
        SentenceEncoder(make_folder()).fit(["a text"])
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match="needs PyTorch, which can't be imported"):
        SentenceEncoder(make_folder(), device="gpu").fit(["a text"])


def test_a_name_that_cannot_be_loaded_is_refused_after_one_look_at_the_hub(stand_in, hub):
    message = "is 'mini', which is no folder, wasn't downloaded before, and can't be downloaded now: ConnectionError: Name or service"
    with pytest.raises(InvalidParameterError, match=message):
        SentenceEncoder("mini").fit(["a text"])
    with pytest.raises(InvalidParameterError, match="copy the model's folder here and pass its path"):
        SentenceEncoder("somebody/mini").fit(["a text"])
    assert hub.asked == ["sentence-transformers/mini", "somebody/mini"]


def test_a_model_that_was_downloaded_before_needs_no_hub(stand_in, hub, monkeypatch):
    monkeypatch.setattr(stand_in, "__init__", lambda self, name, **options: vars(self).update(options, width=4, seed=0))
    assert SentenceEncoder("somebody/mini").fit_transform(["a", "b"]).shape == (2, 4)
    assert hub.asked == []
    assert _model._loaded(("somebody/mini", 0), None).local_files_only


def test_a_model_that_the_hub_has_is_downloaded(stand_in, hub, monkeypatch):
    def load(self, name, local_files_only=False, **options):
        if local_files_only:
            raise OSError("not in the cache")
        self.width, self.seed = 4, 0

    monkeypatch.setattr(stand_in, "__init__", load)
    monkeypatch.setattr(hub, "model_info", lambda name, timeout: hub.asked.append(name))
    assert SentenceEncoder("mini").fit_transform(["a", "b"]).shape == (2, 4)
    assert hub.asked == ["sentence-transformers/mini"]


def test_a_folder_without_a_model_is_refused_without_asking_the_hub(stand_in, hub, tmp_path):
    with pytest.raises(
        InvalidParameterError, match="holds no model that can be loaded: OSError: no model in .*Pass a folder that"
    ):
        SentenceEncoder(str(tmp_path)).fit(["a text"])
    assert hub.asked == []


def test_code_that_comes_with_a_model_is_not_trusted(folder, stand_in):
    SentenceEncoder(folder, device="cpu").fit(["a text"])
    assert stand_in.loaded == [(folder, {"local_files_only": True, "device": "cpu", "trust_remote_code": False})]


def test_auto_leaves_the_device_to_sentence_transformers(folder, stand_in):
    SentenceEncoder(folder).fit(["a text"])
    assert stand_in.loaded[0][1]["device"] is None


def test_devices_have_skrecs_names(folder, stand_in, monkeypatch):
    torch = ModuleType("torch")
    torch.cuda = ModuleType("torch.cuda")
    torch.cuda.is_available, torch.cuda.device_count = (lambda: True), (lambda: 2)
    torch.backends = ModuleType("torch.backends")
    torch.backends.mps = ModuleType("torch.backends.mps")
    torch.backends.mps.is_available = lambda: False
    monkeypatch.setitem(sys.modules, "torch", torch)
    SentenceEncoder(folder, device="gpu:1").fit(["a text"])
    assert stand_in.loaded[0][1]["device"] == "cuda:1"
    with pytest.raises(DeviceNotFoundError, match="'gpu:2' isn't there. PyTorch has: cpu, gpu, gpu:0, gpu:1"):
        SentenceEncoder(folder, device="gpu:2").fit(["a text"])
    torch.cuda.is_available, torch.backends.mps.is_available = (lambda: False), (lambda: True)
    assert _model.device_names() == {"cpu": "cpu", "gpu": "mps", "gpu:0": "mps"}


def test_a_model_that_is_saved_anew_is_read_anew(make_folder, stand_in):
    first = SentenceEncoder(make_folder(), standardize=False).fit_transform(["a text"])
    folder = make_folder(seed=1)
    os.utime(f"{folder}/width", ns=(2**60, 2**60))  # a clock may be too coarse to tell the two apart
    assert not np.allclose(SentenceEncoder(folder, standardize=False).fit_transform(["a text"]), first)
    assert len(stand_in.loaded) == 2


def test_batches_are_as_large_as_asked_for(folder, stand_in):
    SentenceEncoder(folder, batch_size=3).fit(["a text"])
    assert _model._loaded(_model._source(folder), None).batch_size == 3


def test_no_more_vectors_are_kept_than_there_is_room_for_and_the_last_used_stay(folder, stand_in, monkeypatch):
    monkeypatch.setattr(_model, "MAX_BYTES", 3 * 6 * 4)
    monkeypatch.setattr(_model, "_AT_ONCE", 2)
    vectors = _model.encode(list("abcde"), folder, "cpu", 2)
    assert stand_in.seen == [["a", "b"], ["c", "d"], ["e"]]
    _model.encode(["c"], folder, "cpu", 2)
    _model.encode(["f"], folder, "cpu", 2)  # takes the room of "d", which was used longest ago
    np.testing.assert_array_equal(_model.encode(["c", "e", "f"], folder, "cpu", 2)[:2], vectors[[2, 4]])
    assert stand_in.seen[3:] == [["f"]]
    np.testing.assert_array_equal(_model.encode(["d"], folder, "cpu", 2), vectors[[3]])
    assert stand_in.seen[4:] == [["d"]]
    assert len(_model._KEPT) == 3


def test_vectors_that_are_not_finite_are_refused(folder, stand_in, monkeypatch):
    monkeypatch.setattr(stand_in, "encode", lambda self, texts, **options: np.full((len(texts), 6), np.nan))
    with pytest.raises(InvalidDataError, match="gives NaN or infinity for the text 'A probe of the model.'"):
        SentenceEncoder(folder).fit(["a text"])
