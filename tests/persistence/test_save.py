import os
import subprocess
import sys
import textwrap
import zipfile

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline as make_sklearn_pipeline

import skrec
from skrec.exceptions import InvalidParameterError, NotSavableError, SavedFileError
from skrec.models import EASE, GMF, KerasModel, Popularity
from skrec.persistence import load, save
from skrec.pipeline import make_pipeline
from skrec.preprocessing import Binarize, Deduplicate, KCore, RecencyWeight
from skrec.testing import checkerboard


def test_a_file_is_a_zip_of_a_manifest_and_arrays_without_pickle(saved):
    with zipfile.ZipFile(saved) as archive:
        names = archive.namelist()
        assert "manifest.json" in names
        assert all(name == "manifest.json" or name.endswith(".npy") for name in names)
    with np.load(saved, allow_pickle=False) as content:  # NumPy itself reads it
        members = {name: content[name] for name in content.files}
    assert all(name == "manifest.json" or member.dtype.kind != "O" for name, member in members.items())


def test_saving_leaves_nothing_else_in_the_folder(saved):
    assert os.listdir(saved.parent) == [saved.name]


def test_an_existing_file_is_replaced(saved):
    save(Popularity().fit(checkerboard(4)), saved)
    assert type(load(saved)) is Popularity


def test_what_cannot_be_saved_leaves_the_old_file(saved, ease):
    before = saved.read_bytes()
    broken = Popularity().fit(checkerboard(4))
    broken.extra = lambda: 1
    with pytest.raises(NotSavableError, match=r"Popularity\.extra can't be saved: it is code \(.*lambda.*\), and a"):
        save(broken, saved)
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_an_error_while_writing_leaves_the_old_file(saved, ease, monkeypatch):
    before = saved.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(ease, saved)
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_an_interrupted_replacement_leaves_the_old_file(saved, ease, monkeypatch):
    from pathlib import Path

    before = saved.read_bytes()

    def interrupted(self, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save(ease, saved)
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_a_process_killed_in_the_middle_leaves_the_old_file(saved):
    before = saved.read_bytes()
    code = f"""
        import os, signal
        from skrec.models import EASE
        from skrec.persistence import save
        from skrec.testing import checkerboard
        model = EASE().fit(checkerboard(20))
        os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
        save(model, {str(saved)!r})
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    assert saved.read_bytes() == before
    assert load(saved).regularization == 10.0


def test_a_missing_folder_is_an_error_of_the_system(ease, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        save(ease, tmp_path / "nowhere" / "x.skrec")


@pytest.mark.parametrize("thing", [EASE, checkerboard(4), {"a": 1}, None])
def test_only_estimators_are_saved(thing, tmp_path):
    with pytest.raises(InvalidParameterError, match="save keeps estimators and pipelines"):
        save(thing, tmp_path / "x.skrec")


def test_a_link_stays_a_link(saved, ease, tmp_path):
    link = tmp_path / "current.skrec"
    link.symlink_to(saved)
    save(Popularity().fit(checkerboard(4)), link)
    assert link.is_symlink()
    assert type(load(saved)) is Popularity


def test_a_pipeline_is_saved_whole(tmp_path):
    X = checkerboard(8).events.assign(rating=4.0, timestamp=range(24))
    pipeline = make_pipeline(
        KCore(users=1, items=1), Deduplicate(), Binarize(threshold=2.0), RecencyWeight(half_life=9.0, unit="s"), EASE()
    ).fit(X)
    save(pipeline, tmp_path / "p.skrec")
    again = load(tmp_path / "p.skrec")
    assert type(again) is type(pipeline)
    assert [name for name, _ in again.steps] == [name for name, _ in pipeline.steps]
    assert again.recommend(k=3).to_frame().equals(pipeline.recommend(k=3).to_frame())
    np.testing.assert_array_equal(again.predict(X), pipeline.predict(X))


def test_a_pipeline_of_scikit_learn_is_saved_too(tmp_path):
    pipeline = make_sklearn_pipeline(Deduplicate(), EASE()).fit(checkerboard(8))
    skrec.save(pipeline, tmp_path / "p.skrec")
    again = skrec.load(tmp_path / "p.skrec")
    assert type(again).__module__ == "sklearn.pipeline"
    np.testing.assert_array_equal(again.predict(checkerboard(8)), pipeline.predict(checkerboard(8)))


def test_a_transformer_of_scikit_learn_is_saved_too(tmp_path):
    data = np.random.default_rng(0).normal(size=(20, 5))
    fitted = PCA(n_components=2).fit(data)
    save(fitted, tmp_path / "pca.skrec")
    np.testing.assert_array_equal(load(tmp_path / "pca.skrec").transform(data), fitted.transform(data))


def test_an_unfitted_estimator_keeps_its_parameters(tmp_path):
    save(GMF(7, optimizer="adagrad", random_state=3), tmp_path / "gmf.skrec")
    assert load(tmp_path / "gmf.skrec").get_params() == GMF(7, optimizer="adagrad", random_state=3).get_params()


def build(spec):
    raise AssertionError("it isn't built")


def test_the_function_of_an_unfitted_keras_model_is_code(tmp_path):
    with pytest.raises(NotSavableError, match=r"KerasModel\.build can't be saved: it is code \(build\)"):
        save(KerasModel(build), tmp_path / "x.skrec")


@pytest.mark.parametrize("path", [3, None, ["a"], "", "a\0b", "\ud800\ud800"])
def test_what_is_no_path_is_refused(ease, path):
    for call in (lambda: save(ease, path), lambda: load(path)):
        with pytest.raises(InvalidParameterError, match="path must be the path of a file"):
            call()


def test_a_folder_is_no_file(ease, tmp_path):
    with pytest.raises(InvalidParameterError, match="is a folder. Name a file in it"):
        save(ease, tmp_path)
    with pytest.raises(SavedFileError, match="is a folder, a device or a pipe"):
        load(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of Unix")
def test_a_file_never_takes_the_place_of_a_pipe_or_device_and_none_is_waited_for(ease, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InvalidParameterError, match="is a device or a pipe, whose place a file would take"):
        save(ease, pipe)
    with pytest.raises(SavedFileError, match="is a folder, a device or a pipe"):
        load(pipe)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]
