import inspect

from skrec.plugin import KINDS, hookspecs


def hooks():
    return {name: value for name, value in vars(hookspecs).items() if name.startswith("skrec_")}


def test_there_is_a_hook_for_each_kind_and_one_for_commands():
    assert list(hooks()) == [*(f"skrec_{kind}" for kind in KINDS), "skrec_commands"]


def test_every_hook_has_a_contract():
    for hook in hooks().values():
        assert len(inspect.getdoc(hook)) > 20


def test_hooks_ask_for_no_arguments_but_that_of_the_command_line():
    arguments = {name: list(inspect.signature(hook).parameters) for name, hook in hooks().items()}
    assert arguments.pop("skrec_commands") == ["cli"]
    assert set(map(tuple, arguments.values())) == {()}
