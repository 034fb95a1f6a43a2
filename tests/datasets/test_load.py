from typing import ClassVar

import pytest

from skrec import hookimpl
from skrec.data import Interactions
from skrec.datasets import _load, fetch, load_dataset
from skrec.exceptions import InvalidParameterError, PluginError, UnknownNameError
from skrec.plugin import Dataset


class Tiny(Dataset):
    homepage: ClassVar[str] = "https://example.org/tiny"
    license: ClassVar[str] = "No commercial use."

    def load(self, data_home, *, n=2, seen=None):
        if seen is not None:
            seen.append(data_home)
        return Interactions([(user, 1) for user in range(n)])


class Loose(Tiny):
    def load(self, data_home, **options):
        return Interactions([(user, 1) for user in range(len(options))])


class Free(Tiny):
    license: ClassVar[str] = "CC0-1.0"


class Broken(Tiny):
    def load(self, data_home):
        return [(1, 2)]


class Plugin:
    @hookimpl
    def skrec_datasets(self):
        return {"tiny": Tiny, "loose": Loose, "free": Free, "broken": Broken, "nothing": dict}


@pytest.fixture(autouse=True)
def _plugin(manager, monkeypatch):
    manager.register(Plugin(), "toy")
    monkeypatch.setattr(_load, "_printed", set())


def test_options_and_data_home_reach_the_dataset(tmp_path, cache, monkeypatch):
    seen = []
    assert len(load_dataset("tiny", tmp_path, n=3, seen=seen)) == 3
    load_dataset("tiny", seen=seen)
    monkeypatch.setenv("SKREC_DATA_HOME", str(tmp_path / "variable"))
    load_dataset("toy:tiny", seen=seen)
    assert seen == [tmp_path, cache, tmp_path / "variable"]


def test_unknown_name_suggests_a_near_miss():
    with pytest.raises(UnknownNameError, match=r"Unknown dataset 'tinny'. Did you mean 'tiny'"):
        load_dataset("tinny")


def test_unknown_option_is_refused_before_loading_and_suggests_a_near_miss():
    with pytest.raises(
        InvalidParameterError, match=r"'tiny' has no option 'sen'. Did you mean 'seen'\? It has: n, seen."
    ):
        load_dataset("tiny", sen=[])
    with pytest.raises(InvalidParameterError, match=r"'broken' has no option 'x'. It has: none."):
        load_dataset("broken", x=1)


def test_a_dataset_may_take_any_option():
    assert len(load_dataset("loose", a=1, b=2)) == 2


def test_licence_that_forbids_something_is_printed_once_to_standard_error(capsys):
    load_dataset("tiny")
    assert capsys.readouterr() == ("", "Licence of tiny: No commercial use. See https://example.org/tiny\n")
    load_dataset("tiny")
    assert capsys.readouterr() == ("", "")


def test_licence_is_silenced_by_verbose_and_not_taken_for_printed(capsys):
    load_dataset("tiny", verbose=False)
    assert capsys.readouterr() == ("", "")
    load_dataset("tiny")
    assert "No commercial use" in capsys.readouterr().err


def test_licence_that_forbids_nothing_is_not_printed(capsys):
    load_dataset("free")
    load_dataset("synthetic", n_users=5, n_items=5, n_events=10)
    assert capsys.readouterr() == ("", "")


def test_verbose_turns_the_progress_of_fetch_on(monkeypatch, tmp_path):
    from skrec.datasets import _progress

    shown = []
    monkeypatch.setattr(
        Tiny, "load", lambda self, data_home: shown.append(_progress._shown.get()) or Interactions([(1, 1)])
    )
    load_dataset("tiny")
    load_dataset("tiny", verbose=False)
    assert shown == [True, False]
    assert _progress._shown.get() is False
    assert callable(fetch)


def test_a_target_that_is_no_dataset_is_refused():
    with pytest.raises(PluginError, match=r"'nothing' must be a subclass of skrec.plugin.Dataset"):
        load_dataset("nothing")


def test_a_dataset_that_loads_something_else_is_refused():
    with pytest.raises(PluginError, match="'broken' must load an Interactions, and loaded a list"):
        load_dataset("broken")


def test_data_home_is_checked():
    with pytest.raises(InvalidParameterError, match="'data_home' parameter"):
        load_dataset("tiny", 3)
