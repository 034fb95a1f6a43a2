"""The group of all commands, loaded late, and the one line that wrong input gets."""

import importlib
import sys
import warnings
from collections.abc import Sequence
from functools import partial
from importlib.metadata import entry_points
from typing import Any, NoReturn, final

import click

COMMANDS = {
    "backends": "skrec.cli.backends",
    "datasets": "skrec.cli.datasets",
    "demo": "skrec.cli.demo",
    "encoders": "skrec.cli.encoders",
    "losses": "skrec.cli.losses",
    "metrics": "skrec.cli.metrics",
    "models": "skrec.cli.models",
    "plugins": "skrec.cli.plugins",
    "retrievers": "skrec.cli.retrievers",
}
"""Modules of skrec's own commands, by name; each holds a command ``command``."""

EXIT_WRONG_INPUT = 2
EXIT_INTERRUPTED = 130


@final
class LateGroup(click.Group):
    """A group whose commands, and those of plugins, are imported only when they are called or listed."""

    _plugins_asked = False

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name all commands, sorted."""
        self._ask_plugins()
        return sorted({*COMMANDS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; plugins are asked only for a name that isn't skrec's own."""
        if cmd_name in COMMANDS:
            found = importlib.import_module(COMMANDS[cmd_name]).command
            assert isinstance(found, click.Command)
            return found
        self._ask_plugins()
        return super().get_command(ctx, cmd_name)

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a plugin's command.

        Raises
        ------
        ValueError
            If the name is taken: the plugin manager shows it as that plugin's fault.
        """
        wanted = name or cmd.name
        if wanted in COMMANDS or wanted in self.commands:
            raise ValueError(f"command {wanted!r} exists already; give the plugin's command another name")
        super().add_command(cmd, name)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command line; wrong input ends with exit code 2 and one line."""
        run = partial(super().main, args, prog_name, complete_var, standalone_mode=False, **extra)
        if not standalone_mode:
            return run()
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            try:
                code: Any = run()
            except click.Abort:
                sys.exit(EXIT_INTERRUPTED)
            except Exception as error:
                _refuse(error)
        sys.exit(code if isinstance(code, int) else 0)

    def _ask_plugins(self) -> None:
        """Let plugins add their commands; without any installed, nothing needs to be imported for that."""
        if self._plugins_asked:
            return
        self._plugins_asked = True
        if entry_points(group="skrec"):
            from skrec.plugin import plugin_manager

            plugin_manager().add_commands(self)


def _refuse(error: Exception) -> NoReturn:
    """Say in one line what was wrong with the input; anything else is a bug, and is raised on."""
    # Not at the top of the file: these errors build on scikit-learn's, whose import takes longer than --help may take.
    from skrec.exceptions import SkrecError

    if not isinstance(error, (click.ClickException, SkrecError)):
        raise error
    message = error.format_message() if isinstance(error, click.ClickException) else str(error)
    click.echo(f"skrec: {' '.join(message.split())}", err=True)
    sys.exit(EXIT_WRONG_INPUT)


def _show_warning(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
    """Show a warning without the source line that raised it, which tells a user nothing."""
    click.echo(f"skrec: warning: {' '.join(str(message).split())}", err=True)


def make_cli() -> click.Group:
    """Make the command group; plugins add to it what ``skrec_commands`` says.

    Returns
    -------
    click.Group
    """

    @click.group(
        cls=LateGroup,
        name="skrec",
        invoke_without_command=True,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        help="Deep recommenders as scikit-learn estimators, on any Keras backend, with plugins.",
    )
    @click.version_option(package_name="skrec-keras", prog_name="skrec")
    @click.pass_context
    def group(ctx: click.Context) -> None:
        if ctx.invoked_subcommand is None:
            click.echo(ctx.get_help())

    return group


def main() -> None:
    """Run the ``skrec`` command; the console script."""
    make_cli()(prog_name="skrec")
