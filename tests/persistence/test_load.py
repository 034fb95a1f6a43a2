import builtins
import io
import json
import os
import random
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from skrec.exceptions import SavedFileError
from skrec.models import EASE, ItemKNN, Popularity
from skrec.persistence import load, save
from skrec.testing import checkerboard

N_FLIPPED, N_CUT = 150, 40


@pytest.fixture
def _nothing_runs(monkeypatch):
    """Let a test fail if loading runs code that could come from a file."""

    def refuse(*arguments, **options):
        raise AssertionError("code was run")

    import pickle
    import subprocess

    for module, name in (
        (pickle, "loads"),
        (pickle, "load"),
        (pickle, "Unpickler"),
        (builtins, "eval"),
        (os, "system"),
        (subprocess, "Popen"),
    ):
        monkeypatch.setattr(module, name, refuse)


SLOW = (
    *(
        "keras",
        "jax",
        "torch",
        "tensorflow",
        "rich",
        "PIL",
        "scipy.signal",
        "scipy.io",
        "sklearn.pipeline",
        "sklearn.metrics",
    ),
    *(
        "sklearn.model_selection",
        "sklearn.preprocessing",
        "skrec.training",
        "skrec.serving",
        "skrec.models.sasrec",
        "skrec.encoders.audio",
    ),
)
"""What a model without a network does without, and what takes its time to import."""


def test_loading_a_model_without_a_network_imports_nothing_that_it_does_without(tmp_path):
    save(EASE().fit(checkerboard(6)), tmp_path / "m")
    code = (
        f"import sys, skrec; skrec.load(sys.argv[1]).recommend([0], k=1); print(sorted({{*{SLOW}}} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "m")], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("model", [Popularity(), ItemKNN(3), EASE(20.0)], ids=lambda model: type(model).__name__)
def test_a_loaded_model_is_the_one_saved(model, tmp_path):
    X = checkerboard(10)
    model.fit(X)
    save(model, tmp_path / "m")
    again = load(tmp_path / "m")
    assert type(again) is type(model)
    assert again.get_params() == model.get_params()
    assert set(vars(again)) == set(vars(model))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert again.recommend(k=4).to_frame().equals(model.recommend(k=4).to_frame())
    history = [(999, 0), (999, 2)]
    assert again.recommend(history=history, k=3).to_frame().equals(model.recommend(history=history, k=3).to_frame())


def test_a_loaded_model_learns_on(saved, ease):
    more = [(100, 0), (100, 2)]
    again = load(saved).partial_fit(more)
    np.testing.assert_array_equal(again.users_, [*ease.users_, 100])


def test_string_ids_and_names_of_columns_are_kept(tmp_path):
    events = checkerboard(6).events.astype(str).rename(columns={"user_id": "user_id", "item_id": "item_id"})
    events["item_id"] = "häß☃" + events["item_id"]
    model = EASE().fit(events)
    save(model, tmp_path / "m")
    again = load(tmp_path / "m")
    np.testing.assert_array_equal(again.items_, model.items_)
    np.testing.assert_array_equal(again.feature_names_in_, model.feature_names_in_)
    assert again.items_.dtype == model.items_.dtype


@pytest.mark.usefixtures("_nothing_runs")
def test_every_flipped_byte_is_noticed(saved):
    data = saved.read_bytes()
    draw = random.Random(0)
    places = [0, 1, len(data) - 1, len(data) - 64, len(data) - 70, *draw.sample(range(len(data)), N_FLIPPED)]
    for place in places:
        saved.write_bytes(data[:place] + bytes([data[place] ^ (1 << draw.randrange(8))]) + data[place + 1 :])
        with pytest.raises(SavedFileError, match="Copy or save it anew|no file of skrec|newer skrec"):
            load(saved)


@pytest.mark.usefixtures("_nothing_runs")
def test_every_shortened_file_is_noticed(saved):
    data = saved.read_bytes()
    for length in [0, 1, len(data) - 1, *random.Random(0).sample(range(len(data)), N_CUT)]:
        saved.write_bytes(data[:length])
        with pytest.raises(SavedFileError, match="cut short|damaged"):
            load(saved)


def test_anything_after_the_end_is_noticed(saved):
    saved.write_bytes(saved.read_bytes() + b"more")
    with pytest.raises(SavedFileError):
        load(saved)


@pytest.mark.usefixtures("_nothing_runs")
def test_every_missing_member_is_noticed(rewritten, saved):
    with zipfile.ZipFile(saved) as archive:
        names = [name for name in archive.namelist() if name != "manifest.json"]
    assert names
    for name in names:
        data = saved.read_bytes()
        with pytest.raises(SavedFileError, match="members are missing, or were added"):
            load(rewritten(drop=[name]))
        saved.write_bytes(data)


def test_an_added_member_is_noticed(rewritten):
    with pytest.raises(SavedFileError, match="members are missing, or were added"):
        load(rewritten(members={"code.py": b"raise SystemExit"}))


def test_a_missing_manifest_is_noticed(saved):
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("arrays/0.npy", b"")
    with pytest.raises(SavedFileError, match=r"no file of skrec\.save: it has no manifest\.json"):
        load(saved)


def test_another_programs_archive_is_told_apart(saved):
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("manifest.json", '{"format": "zebra"}')
    with pytest.raises(SavedFileError, match="its manifest is another program's"):
        load(saved)


def test_a_newer_format_asks_for_a_newer_skrec(rewritten):
    with pytest.raises(
        SavedFileError, match=r"saved by a newer skrec \(0\.1\.0\): its format is 99.*Upgrade skrec-keras"
    ):
        load(rewritten(lambda manifest: {**manifest, "format_version": 99}))


@pytest.mark.parametrize("number", [0, -1, None, "1", 1.5, [1]])
def test_a_senseless_version_is_damage(rewritten, number):
    with pytest.raises(SavedFileError, match="its manifest says of no version what it is"):
        load(rewritten(lambda manifest: {**manifest, "format_version": number}))


def _object(name):
    def change(manifest):
        manifest["object"]["$object"] = name

    return change


@pytest.mark.parametrize(
    "name",
    [
        "os:system",
        "skrec:Unheard",
        "skrec-keras:models/unheard",
        "skrec-keras:metrics/ndcg",
        "skrec-keras-unheard:models/ease",
        "sklearn:os.system",
        "sklearn:sklearn.utils.Bunch",
        "sklearn:sklearn.base.clone",
        "sklearn:sklearn.externals.joblib.Memory",
        "subprocess.Popen",
        "",
        "builtins:eval",
    ],
)
@pytest.mark.usefixtures("_nothing_runs")
def test_a_class_that_is_not_registered_is_named(rewritten, name):
    with pytest.raises(SavedFileError, match=r"needs the class .*, which isn't registered"):
        load(rewritten(_object(name)))


@pytest.mark.parametrize("name", [None, 3, ["x"], {"a": 1}])
def test_a_class_without_a_name_is_damage(rewritten, name):
    with pytest.raises(SavedFileError, match="is damaged"):
        load(rewritten(_object(name)))


class Evil:
    """What an array of objects may do to a careless reader."""

    def __reduce__(self):
        return (os.system, ("touch evil",))


def member(array):
    """Bytes of an array in NumPy's format, pickled if need be."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=True)
    return buffer.getvalue()


EVIL = member(np.array([Evil()], dtype=object))


@pytest.mark.usefixtures("_nothing_runs")
def test_an_array_declared_object_is_refused(rewritten):
    def change(manifest):
        manifest["members"]["arrays/0.npy"] |= {"dtype": "|O", "shape": [1]}

    with pytest.raises(SavedFileError, match="declared an array of objects"):
        load(rewritten(change, members={"arrays/0.npy": EVIL}))


@pytest.mark.usefixtures("_nothing_runs")
def test_an_array_of_objects_under_another_name_is_refused(rewritten):
    with pytest.raises(SavedFileError, match="not what the manifest says"):
        load(rewritten(members={"arrays/0.npy": EVIL}))


def test_a_header_that_claims_more_than_there_is_takes_no_memory(rewritten, saved):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})

    def change(manifest):
        manifest["members"]["arrays/0.npy"] |= {"dtype": "<f8", "shape": [10**12]}

    with pytest.raises(SavedFileError, match="isn't as long as its shape says"):
        load(rewritten(change, members={"arrays/0.npy": buffer.getvalue()}))


def test_a_compressed_member_is_refused(saved):
    with zipfile.ZipFile(saved) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    with pytest.raises(SavedFileError, match=r"manifest\.json is compressed"):
        load(saved)


def test_a_rewritten_file_without_the_hash_at_its_end_is_damaged(saved):
    with zipfile.ZipFile(saved) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(saved, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    with pytest.raises(SavedFileError, match="the hash at its end is missing"):
        load(saved)


@pytest.mark.parametrize(
    "tree",
    [
        {"$unheard": 1},
        {"$float": "1e5"},
        {"$array": "arrays/99.npy"},
        {"$array": "manifest.json"},
        {"$strings": ["arrays/0.npy", "arrays/0.npy"], "shape": [1]},
        {"$random": "Generator", "state": {"bit_generator": "os"}},
        {"$random": "RandomState", "state": {"bit_generator": "MT19937"}},
        {"$sparse": "csr_array", "shape": [2, 2]},
        {"$slice": [1, 2, 3, 4]},
        {"$dtype": "O,O", "type": False, "$tuple": []},
        {"$set": [[]], "frozen": False},
    ],
    ids=str,
)
def test_a_senseless_part_is_an_error(rewritten, tree):
    def change(manifest):
        manifest["object"]["state"]["extra"] = tree

    with pytest.raises(SavedFileError, match="damaged|doesn't suit"):
        load(rewritten(change))


def test_a_manifest_nested_too_deeply_is_an_error(rewritten):
    def change(manifest):
        tree = 1
        for _ in range(600):
            tree = [tree]
        manifest["object"]["state"]["extra"] = tree

    with pytest.raises(SavedFileError, match="nested too deeply"):
        load(rewritten(change))


def test_a_file_that_holds_no_estimator_is_damaged(rewritten):
    with pytest.raises(SavedFileError, match="holds no estimator"):
        load(rewritten(lambda manifest: {**manifest, "object": [1, 2]}))


def test_a_state_of_another_kind_says_so(rewritten):
    def change(manifest):
        manifest["object"]["state"] = [1, 2]

    with pytest.raises(SavedFileError, match="doesn't suit the installed versions"):
        load(rewritten(change))


def test_a_parameter_that_came_later_gets_its_default(rewritten):
    def change(manifest):
        del manifest["object"]["state"]["regularization"]

    assert load(rewritten(change)).regularization == EASE().regularization


def test_a_missing_file_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "nowhere")


def test_what_is_no_archive_is_told(tmp_path):
    (tmp_path / "text").write_text("hello")
    with pytest.raises(SavedFileError, match=r"text is no file of skrec\.save, or was cut short"):
        load(tmp_path / "text")


def test_the_manifest_names_versions_and_hashes(saved):
    with zipfile.ZipFile(saved) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["format"] == "skrec"
    assert {"python", "numpy", "scikit-learn", "keras", "skrec-keras"} <= set(manifest["versions"])
    assert all(len(member["sha256"]) == 64 for member in manifest["members"].values())
    assert manifest["object"]["$object"] == "skrec-keras:models/ease"
