import os
import subprocess
import sys
import types
import warnings

import click
import pytest
from click.testing import CliRunner

from skrec import hookimpl
from skrec.cli import _app, make_cli
from skrec.exceptions import InvalidDataError, PluginWarning


def invoke(*arguments, cli=None):
    return CliRunner().invoke(cli or make_cli(), list(arguments), prog_name="skrec")


@pytest.fixture
def installed(monkeypatch, manager):
    """The test's own plugin manager; the command line thinks that plugins are installed, and asks it."""
    monkeypatch.setattr(_app, "entry_points", lambda group: ["something"])
    return manager


def plugin_with_command(command):
    plugin = types.ModuleType("toy")
    plugin.skrec_commands = hookimpl(lambda cli: cli.add_command(command), specname="skrec_commands")
    return plugin


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_lists_every_command(arguments):
    result = invoke(*arguments)
    assert result.exit_code == 0
    assert all(f"\n  {name} " in result.output for name in _app.COMMANDS)


def test_version_is_that_of_the_distribution():
    from importlib.metadata import version

    assert invoke("--version").output == f"skrec, version {version('skrec-keras')}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["plugins", "--jsn"], "No such option '--jsn'"),
        (["plugins", "extra"], "unexpected extra argument"),
        (["demo", "-k", "0"], "0 is not in the range x>=1"),
        (["demo", "--model", "eas"], "Unknown model 'eas'. Did you mean 'ease'?"),
        (["demo", "--dataset", "sinthetic"], "Unknown dataset 'sinthetic'. Did you mean 'synthetic'?"),
    ],
)
def test_wrong_input_ends_with_exit_code_2_and_one_line(arguments, message):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("skrec: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def raising(error):
    cli = make_cli()

    @cli.command("raise")
    def command():
        raise error

    return cli


def test_an_error_of_skrec_is_wrong_input_on_one_line():
    result = invoke("raise", cli=raising(InvalidDataError("no\nevents")))
    assert (result.exit_code, result.stderr) == (2, "skrec: no events\n")


def test_any_other_error_is_a_bug_and_keeps_its_traceback():
    result = invoke("raise", cli=raising(ZeroDivisionError("bug")))
    assert isinstance(result.exception, ZeroDivisionError)


def test_an_interrupt_ends_with_exit_code_130():
    assert invoke("raise", cli=raising(KeyboardInterrupt())).exit_code == 130


def test_a_warning_is_one_line_without_source():
    cli = make_cli()

    @cli.command("warn")
    def command():
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("be\ncareful", UserWarning, stacklevel=1)

    result = invoke("warn", cli=cli)
    assert (result.exit_code, result.stderr) == (0, "skrec: warning: be careful\n")


def test_a_command_of_a_plugin_is_listed_and_runs(installed):
    installed.register(
        plugin_with_command(click.Command("hello", callback=lambda: click.echo("hi"), help="Greet.")), "toy"
    )
    assert "hello" in invoke("--help").output
    assert invoke("hello").output == "hi\n"


def test_a_plugin_cannot_take_the_name_of_another_command(installed):
    installed.register(plugin_with_command(click.Command("demo")), "toy")
    with pytest.warns(PluginWarning, match="command 'demo' exists already"):
        make_cli().list_commands(None)
    assert next(info for info in installed.infos() if info.name == "toy").status == "error"


def test_own_commands_run_without_asking_plugins(installed):
    installed.register(plugin_with_command(click.Command("demo")), "toy")
    assert make_cli().get_command(None, "models").name == "models"


def run_skrec(*arguments, **options):
    code = "import sys; from skrec.cli import main; sys.argv = ['skrec', *sys.argv[1:]]; main()"
    return subprocess.run([sys.executable, "-c", code, *arguments], text=True, check=False, **options)


def test_help_imports_nothing_heavy_where_no_plugin_is_installed():
    code = (
        "import sys; from skrec.cli import _app; _app.entry_points = lambda group: []; "
        "_app.make_cli()(['--help'], standalone_mode=False); print(*sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in answer.stdout.splitlines()[-1].split()}
    assert loaded & {"sklearn", "pandas", "keras", "jax", "tensorflow", "torch", "rich", "pooch"} == set()


def test_a_reader_that_goes_away_ends_the_command_quietly():
    reader, writer = os.pipe()
    os.close(reader)
    try:
        answer = run_skrec("plugins", "--json", stdout=writer, stderr=subprocess.PIPE)
    finally:
        os.close(writer)
    assert answer.returncode == 1
    assert answer.stderr == ""


def test_the_console_script_prints_no_traceback_for_wrong_input():
    answer = run_skrec("demo", "--user", "nobody", "--dataset", "synthetic", "--model", "ease", capture_output=True)
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert "There is no 'nobody' among the 600 users" in answer.stderr
