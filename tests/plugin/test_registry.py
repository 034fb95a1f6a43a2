import collections

import pytest

from skrec.exceptions import PluginError, UnknownNameError
from skrec.plugin import KINDS, hookimpl, lookup, lookup_built_in, names


@pytest.fixture
def provide(manager):
    def register(targets, kind="encoders"):
        class Toy:
            pass

        toy = Toy()
        setattr(toy, f"skrec_{kind}", hookimpl(lambda: targets))
        manager.register(toy, "toy", distribution="skrec-toy")

    return register


def test_a_lazy_target_is_imported_when_its_name_is_used(provide, tmp_path, monkeypatch):
    (tmp_path / "lazy_target_module.py").write_text("class Thing: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    provide({"thing": "lazy_target_module:Thing"})
    assert "thing" in names("encoders")
    import sys

    assert "lazy_target_module" not in sys.modules
    assert lookup("encoders", "thing").__name__ == "Thing"
    assert "lazy_target_module" in sys.modules
    del sys.modules["lazy_target_module"]


@pytest.mark.parametrize("target", [dict, len, collections.OrderedDict])
def test_a_target_may_be_the_thing_itself(provide, target):
    provide({"thing": target})
    assert lookup("encoders", "thing") is target


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("no_such_module:X", "No module named 'no_such_module'"),
        ("math:no_such_name", "has no attribute 'no_such_name'"),
        ("math", "has no attribute ''"),
        ("", "Empty module name"),
        (":X", "Empty module name"),
        ("..relative:X", "relative"),
        ("a module:X", "No module named 'a module'"),
    ],
)
def test_a_lazy_target_that_is_not_there(provide, target, reason):
    provide({"thing": target})
    message = rf"Encoder 'thing' of skrec-toy can't be imported from '{target}'.*{reason}"
    with pytest.raises(PluginError, match=message):
        lookup("encoders", "thing")


@pytest.mark.parametrize("code", ["raise RuntimeError('boom')", "this is no Python", "import sys; sys.exit('boom')"])
def test_a_lazy_target_whose_module_raises(provide, tmp_path, monkeypatch, code):
    (tmp_path / "raising_target_module.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    provide({"thing": "raising_target_module:Thing", "fine": dict})
    with pytest.raises(
        PluginError, match=r"can't be imported from 'raising_target_module:Thing': (boom|invalid syntax)"
    ):
        lookup("encoders", "thing")
    assert lookup("encoders", "fine") is dict


@pytest.mark.parametrize("target", [5, None, ["x"], "math:pi"])
def test_a_target_that_is_no_class_or_function(provide, target):
    provide({"thing": target})
    with pytest.raises(PluginError, match="Encoder 'thing' of skrec-toy must be a class or a function, or a string"):
        lookup("encoders", "thing")


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("ndgc", "ndcg"),
        ("NDCG", "ndcg"),
        ("recal", "recall"),
        ("prescision", "precision"),
        ("skrec-keras:ndgc", "ndcg"),
    ],
)
def test_an_unknown_name_suggests_a_near_miss(name, guess):
    with pytest.raises(
        UnknownNameError, match=f"Unknown metric '{name}'. Did you mean '{guess}'. Known .*are: coverage"
    ):
        lookup("metrics", name)


def test_an_unknown_name_lists_the_known_ones():
    message = r"^Unknown metric 'xyzzy'\. Known are: coverage, hit, map, mrr, ndcg, novelty, precision, recall\.$"
    with pytest.raises(UnknownNameError, match=message):
        lookup("metrics", "xyzzy")


@pytest.mark.parametrize("kind", KINDS)
def test_the_message_names_the_kind_in_the_singular(kind):
    one = {"losses": "loss"}.get(kind, kind[:-1])
    with pytest.raises(UnknownNameError, match=f"Unknown {one} 'xyzzy'"):
        lookup(kind, "xyzzy")


def test_a_distribution_that_provides_nothing(provide):
    provide({"thing": dict})
    with pytest.raises(UnknownNameError, match="Unknown encoder 'nobody:thing'. Known of nobody are: none"):
        lookup("encoders", "nobody:thing")
    with pytest.raises(UnknownNameError, match="Known of skrec-toy are: thing"):
        lookup("encoders", "skrec-toy:other")


@pytest.mark.parametrize("name", [5, None, ["ndcg"], b"ndcg"])
def test_a_name_is_a_string(name):
    with pytest.raises(UnknownNameError, match="A metric is known by a name, a string. Got"):
        lookup("metrics", name)


@pytest.mark.parametrize(
    "ask", [lambda: lookup("samplers", "x"), lambda: names("samplers"), lambda: lookup_built_in("", "x")]
)
def test_an_unknown_kind(ask):
    with pytest.raises(UnknownNameError, match="Unknown kind of plugin .* Known are: encoders, datasets"):
        ask()


def test_names_are_sorted_and_distinct(provide):
    provide({"zebra": len, "ape": len, "ndcg": len}, kind="metrics")
    found = names("metrics")
    assert found == sorted(set(found))
    assert {"zebra", "ape", "ndcg"} <= set(found)


def test_a_built_in_is_found_whatever_others_call_theirs(provide):
    provide({"ndcg": len}, kind="metrics")
    assert lookup_built_in("metrics", "ndcg").__module__ == "skrec.metrics.ndcg"
    with pytest.raises(UnknownNameError, match="Unknown metric 'skrec-keras:mine'"):
        lookup_built_in("metrics", "mine")


@pytest.mark.parametrize("kind", KINDS)
def test_every_built_in_name_can_be_imported(kind):
    for name in names(kind):
        assert callable(lookup(kind, name))
