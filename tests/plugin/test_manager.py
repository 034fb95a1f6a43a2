"""Plugins registered by hand: isolation, duplicates, listings, threads."""

import threading
import warnings

import click
import pytest

from skrec.exceptions import DuplicateNameError, PluginError, PluginWarning, UnknownNameError
from skrec.plugin import API_VERSION, KINDS, OWN, PluginManager, hookimpl, lookup, names, plugin_manager, use_manager


class Toy:
    """A plugin made of the hooks it is given."""

    def __init__(self, **attributes):
        for name, value in attributes.items():
            setattr(self, name, hookimpl(value) if name.startswith("skrec_") else value)


def encoders(**targets):
    return Toy(skrec_encoders=lambda: {name.replace("_", "-"): target for name, target in targets.items()})


def boom():
    raise RuntimeError("boom")


def info_of(manager, name):
    return next(info for info in manager.infos() if info.name == name)


def test_a_registered_plugin_provides_its_names(manager):
    manager.register(encoders(phonetic=dict), "toy", distribution="skrec-keras-toy", version="1.2")
    assert lookup("encoders", "phonetic") is dict
    assert "phonetic" in names("encoders")
    info = info_of(manager, "toy")
    assert (info.distribution, info.version, info.status, info.faults) == ("skrec-keras-toy", "1.2", "active", [])
    assert info.provides == {"encoders": ["phonetic"]}


def test_an_unregistered_plugin_provides_nothing(manager):
    manager.register(encoders(phonetic=dict), "toy")
    manager.unregister("toy")
    assert "phonetic" not in names("encoders")
    assert "toy" not in [info.name for info in manager.infos()]
    manager.register(encoders(phonetic=list), "toy")
    assert lookup("encoders", "phonetic") is list


def test_unregistering_one_plugin_leaves_others_of_its_distribution(manager):
    manager.register(encoders(one=dict), "first", distribution=OWN)
    manager.register(encoders(two=list), "second", distribution=OWN)
    manager.unregister("first")
    assert lookup("encoders", "two") is list
    assert callable(lookup("metrics", "ndcg"))


def test_a_name_of_a_plugin_is_taken_once(manager):
    manager.register(encoders(one=dict), "toy")
    with pytest.raises(PluginError, match="A plugin called 'toy' is registered already. Unregister it first"):
        manager.register(encoders(two=dict), "toy")
    with pytest.raises(PluginError, match="A plugin called 'metrics' is registered already"):
        manager.register(encoders(two=dict), "metrics")
    assert lookup("encoders", "one") is dict
    assert "two" not in names("encoders")


def test_unregistering_what_is_not_there(manager):
    plugin_manager().infos()
    with pytest.raises(PluginError, match="No plugin called 'toy' is registered. Registered are: metrics"):
        manager.unregister("toy")


def test_every_kind_can_be_provided(manager):
    manager.register(Toy(**{f"skrec_{kind}": lambda kind=kind: {f"my-{kind}": len} for kind in KINDS}), "toy")
    for kind in KINDS:
        assert lookup(kind, f"my-{kind}") is len
    assert info_of(manager, "toy").provides == {kind: [f"my-{kind}"] for kind in KINDS}


def test_built_ins_are_plugins_of_skrec_itself(manager):
    assert {entry.distribution for entry in manager.provided("metrics")} == {OWN}
    assert info_of(manager, "metrics").provides["metrics"] == [
        "ndcg",
        "recall",
        "precision",
        "hit",
        "mrr",
        "map",
        "coverage",
        "novelty",
    ]


class TestIsolation:
    """A broken plugin: one warning, the rest works, and the listing says what is wrong."""

    def register(self, manager, plugin, message):
        with pytest.warns(PluginWarning, match=message) as caught:
            manager.register(plugin, "broken", distribution="skrec-broken")
        assert len(caught) == 1
        assert callable(lookup("metrics", "ndcg"))
        return info_of(manager, "broken")

    def test_a_raising_hook_spoils_no_other_hook(self, manager):
        plugin = Toy(skrec_encoders=boom, skrec_metrics=lambda: {"fine": len})
        message = "'broken' of skrec-broken is broken.*hook 'skrec_encoders': RuntimeError: boom"
        info = self.register(manager, plugin, message)
        assert (info.status, info.faults) == ("error", ["hook 'skrec_encoders': RuntimeError: boom"])
        assert lookup("metrics", "fine") is len

    def test_a_hook_that_exits(self, manager):
        def leave():
            raise SystemExit(3)

        assert self.register(manager, Toy(skrec_encoders=leave), "SystemExit: 3").status == "error"

    @pytest.mark.parametrize("result", [["text"], None, "text", {"text"}], ids=repr)
    def test_a_hook_that_returns_no_mapping(self, manager, result):
        message = f"must return a mapping from names to classes, and returned {type(result).__name__}"
        assert self.register(manager, Toy(skrec_encoders=lambda: result), message).status == "error"

    def test_a_hook_that_asks_for_arguments_that_there_are_none_of(self, manager):
        plugin = Toy(skrec_encoders=lambda cli: {"gist": dict})
        assert self.register(manager, plugin, "PluginValidationError.*cli").status == "error"
        assert "gist" not in names("encoders")

    def test_a_newer_version_of_the_interface(self, manager):
        plugin = Toy(SKREC_API_VERSION=API_VERSION + 1, skrec_encoders=lambda: {"gist-2": dict})
        message = f"it needs version {API_VERSION + 1} of the plugin API, and this skrec has {API_VERSION}. Upgrade"
        assert self.register(manager, plugin, message).status == "error"
        assert "gist-2" not in names("encoders")

    def test_a_version_that_is_no_number(self, manager):
        plugin = Toy(SKREC_API_VERSION="1", skrec_encoders=lambda: {"gist-2": dict})
        assert self.register(manager, plugin, "TypeError").status == "error"

    def test_an_unknown_hook_is_told_and_the_known_ones_work(self, manager):
        plugin = Toy(skrec_samplers=lambda: {}, skrec_encoders=lambda: {"fine": dict})
        info = self.register(manager, plugin, "hook 'skrec_samplers' is unknown to this skrec, and isn't called")
        assert info.status == "active"
        assert lookup("encoders", "fine") is dict

    @pytest.mark.parametrize("name", ["Text", "text_2", "a/b/c", "-a", "a-", "a--b", "", "a b", "a@1", "ä", 5, None])
    def test_an_invalid_name_is_left_out_and_the_valid_ones_work(self, manager, name):
        plugin = Toy(skrec_encoders=lambda: {name: dict, "fine": list})
        self.register(manager, plugin, "encoders name .* must be of lower-case letters, digits, dashes and at most one")
        assert name not in names("encoders")
        assert lookup("encoders", "fine") is list

    def test_all_faults_are_in_the_one_warning(self, manager):
        plugin = Toy(skrec_encoders=lambda: {"A": dict, "B": dict}, skrec_metrics=boom)
        info = self.register(manager, plugin, "'A' must.*'B' must.*boom")
        assert len(info.faults) == 3

    @pytest.mark.parametrize("name", ["a", "text-2", "movielens/100k", "a-b-c/d-e", "2d"])
    def test_valid_names(self, manager, name):
        manager.register(Toy(skrec_encoders=lambda: {name: dict}), "toy")
        assert lookup("encoders", name) is dict


def test_an_optional_hook_may_be_unknown(manager):
    class Modern:
        @hookimpl(optionalhook=True)
        def skrec_samplers(self):
            """A hook of some later version."""

    manager.register(Modern(), "modern")  # warnings are errors here
    assert info_of(manager, "modern").faults == []


def test_a_plugin_of_an_older_version_and_one_without_hooks_are_fine(manager):
    manager.register(Toy(SKREC_API_VERSION=API_VERSION - 1, skrec_encoders=lambda: {"old": dict}), "older")
    manager.register(Toy(), "idle")
    assert lookup("encoders", "old") is dict
    assert info_of(manager, "idle").provides == {}


class TestStrict:
    @pytest.fixture(autouse=True)
    def _strict(self, monkeypatch):
        monkeypatch.setenv("SKREC_STRICT_PLUGINS", "1")

    @pytest.mark.parametrize(
        ("plugin", "message"),
        [
            (Toy(skrec_encoders=boom), "hook 'skrec_encoders': RuntimeError: boom"),
            (Toy(skrec_encoders=lambda: {"Bad": dict}), "encoders name 'Bad' must"),
            (Toy(SKREC_API_VERSION=99), "needs version 99"),
            (Toy(skrec_samplers=lambda: {}), "'skrec_samplers' is unknown"),
            (Toy(skrec_encoders=lambda cli: {}), "PluginValidationError"),
        ],
        ids=["raises", "name", "version", "hook", "arguments"],
    )
    def test_faults_are_raised_and_the_plugin_is_not_kept(self, manager, plugin, message):
        for _ in range(2):
            with pytest.raises(PluginError, match=f"^Plugin 'toy' of toy is broken.*{message}") as caught:
                manager.register(plugin, "toy")
            assert str(caught.value).count("is broken") == 1
        assert "toy" not in [info.name for info in manager.infos()]
        assert callable(lookup("metrics", "ndcg"))

    def test_the_cause_is_kept(self, manager):
        with pytest.raises(PluginError) as caught:
            manager.register(Toy(skrec_encoders=boom), "toy")
        assert isinstance(caught.value.__cause__, RuntimeError)

    @pytest.mark.parametrize("value", ["0", "", "yes"])
    def test_only_1_is_strict(self, manager, monkeypatch, value):
        monkeypatch.setenv("SKREC_STRICT_PLUGINS", value)
        with pytest.warns(PluginWarning, match="boom"):
            manager.register(Toy(skrec_encoders=boom), "toy")


def test_warnings_as_errors_leave_nothing_half_loaded(manager):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(PluginWarning, match="boom"):
            manager.register(Toy(skrec_encoders=boom, skrec_metrics=lambda: {"fine": len}), "toy")
    assert "fine" not in names("metrics")


class TestDuplicates:
    @pytest.fixture(autouse=True)
    def _two(self, manager):
        manager.register(encoders(gist=dict, only_a=set), "a", distribution="skrec-a")
        manager.register(encoders(gist=list), "b", distribution="skrec_b")

    def test_using_the_name_names_both(self):
        message = "Encoder 'gist' is defined by both skrec-a and skrec_b. Uninstall one, or select skrec-a:gist."
        with pytest.raises(DuplicateNameError, match=message):
            lookup("encoders", "gist")
        assert lookup("encoders", "only-a") is set

    @pytest.mark.parametrize(
        ("name", "target"),
        [("skrec-a:gist", dict), ("skrec_b:gist", list), ("skrec-b:gist", list), ("Skrec.A:gist", dict)],
    )
    def test_the_distribution_picks_one_however_it_is_spelled(self, name, target):
        assert lookup("encoders", name) is target

    def test_listings_show_them(self, manager):
        for name in ("a", "b"):
            for _ in range(2):
                info = info_of(manager, name)
            fault = "encoders name 'gist' is provided by skrec-a and skrec_b; select one, as in skrec-a:gist"
            assert (info.status, info.faults) == ("duplicate", [f"duplicate: {fault}"])
        assert names("encoders").count("gist") == 1

    def test_listings_forget_them_with_the_other_plugin(self, manager):
        assert info_of(manager, "a").status == "duplicate"
        manager.unregister("b")
        info = info_of(manager, "a")
        assert (info.status, info.faults) == ("active", [])

    def test_listings_put_an_error_before_them(self, manager):
        broken = Toy(skrec_encoders=lambda: {"gist": dict}, skrec_metrics=boom)
        with pytest.warns(PluginWarning, match="boom"):
            manager.register(broken, "c", distribution="skrec-c")
        info = info_of(manager, "c")
        assert info.status == "error"
        assert [fault.split(":")[0] for fault in info.faults] == ["hook 'skrec_metrics'", "duplicate"]
        assert "is provided by skrec-a and skrec-c and skrec_b" in info.faults[1]

    def test_a_built_in_can_not_be_taken_over(self, manager):
        manager.register(Toy(skrec_metrics=lambda: {"ndcg": len}), "c", distribution="skrec-c")
        with pytest.raises(DuplicateNameError, match=r"Metric 'ndcg' is defined by both skrec-c and skrec-keras"):
            lookup("metrics", "ndcg")
        assert lookup("metrics", "skrec-c:ndcg") is len
        assert lookup("metrics", "skrec-keras:ndcg").__name__ == "ndcg"

    def test_one_distribution_that_defines_a_name_twice(self, manager):
        manager.register(encoders(voice=dict), "d", distribution="skrec-d")
        manager.register(encoders(voice=list), "e", distribution="skrec-d")
        with pytest.raises(DuplicateNameError, match="'voice' is defined twice by skrec-d. Its author must rename one"):
            lookup("encoders", "voice")
        faults = ["duplicate: encoders name 'voice' is provided by skrec-d twice; its author must rename one"]
        assert [info_of(manager, name).faults for name in ("d", "e")] == [faults, faults]


class TestCommands:
    def test_plugins_add_commands(self, manager):
        group = click.Group("skrec")

        def add(cli):
            cli.add_command(click.Command("hello"))

        manager.register(Toy(skrec_commands=add), "toy")
        manager.add_commands(group)
        assert list(group.commands) == ["hello"]

    def test_a_plugin_that_could_not_be_registered_adds_none(self, manager):
        group = click.Group("skrec")
        add = lambda cli: cli.add_command(click.Command("hello"))  # noqa: E731
        with pytest.warns(PluginWarning, match="PluginValidationError"):
            manager.register(Toy(skrec_commands=add, skrec_encoders=lambda cli: {}), "broken")
        manager.add_commands(group)
        assert list(group.commands) == []

    def test_a_raising_one_is_isolated(self, manager):
        group = click.Group("skrec")

        def add(cli):
            raise KeyError("oops")

        manager.register(Toy(skrec_commands=add), "broken")
        manager.register(Toy(skrec_commands=lambda cli: cli.add_command(click.Command("hello"))), "fine")
        with pytest.warns(PluginWarning, match="'broken' of broken.*hook 'skrec_commands': KeyError: 'oops'") as caught:
            manager.add_commands(group)
        assert len(caught) == 1
        assert list(group.commands) == ["hello"]
        assert info_of(manager, "broken").status == "error"


def test_the_first_lookups_may_come_from_many_threads():
    for _ in range(20):
        use_manager(PluginManager(discover=False))
        failures, start = [], threading.Barrier(8)

        def ask(failures=failures, start=start):
            start.wait()
            try:
                lookup("metrics", "ndcg")
            except UnknownNameError as error:
                failures.append(error)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []


def test_use_manager_gives_back_the_one_before():
    first, second = PluginManager(discover=False), PluginManager(discover=False)
    use_manager(first)
    assert use_manager(second) is first
    assert plugin_manager() is second
    use_manager(None)
    assert plugin_manager() is plugin_manager()
    assert plugin_manager() not in (first, second)
