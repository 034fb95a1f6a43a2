import hashlib
import importlib
import json
import zipfile
from pathlib import Path

import pytest

from skrec.models import EASE
from skrec.persistence import save
from skrec.testing import checkerboard


@pytest.fixture(scope="session")
def damaged_files():
    """The module that writes files with whatever contents, and hashes as they should be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parent)
        yield importlib.import_module("damaged_files")


@pytest.fixture(scope="session")
def ease():
    return EASE(regularization=10.0).fit(checkerboard(8))


@pytest.fixture
def saved(ease, tmp_path):
    """A file of a small fitted model."""
    path = tmp_path / "ease.skrec"
    save(ease, path)
    return path


@pytest.fixture
def rewritten(saved):
    """Gives a function that writes the file anew with a changed manifest or members, each hash as it should be."""

    def rewrite(change=None, members=None, drop=()):
        with zipfile.ZipFile(saved) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(content.pop("manifest.json"))
        content |= members or {}
        for name in drop:
            del content[name]
        for name, data in content.items():
            if name in manifest["members"]:
                manifest["members"][name]["sha256"] = hashlib.sha256(data).hexdigest()
        if change is not None:
            manifest = change(manifest) or manifest
        with zipfile.ZipFile(saved, "w") as archive:
            for name, data in content.items():
                archive.writestr(name, data)
            archive.writestr("manifest.json", json.dumps(manifest))
            archive.comment = b"skrec sha256 " + b"0" * 64
        data = saved.read_bytes()[:-64]
        saved.write_bytes(data + hashlib.sha256(data).hexdigest().encode())
        return saved

    return rewrite
