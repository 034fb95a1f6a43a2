"""Options that take several values, and those that benchmarks share."""

import importlib.util
from collections.abc import Callable
from typing import Any

import click

FRAMEWORKS = {"jax": "jax", "tensorflow": "tensorflow", "torch": "torch"}
"""The module that each built-in backend needs."""


class Listed(click.ParamType):
    """Values separated by commas, such as ``10000,100000``."""

    def __init__(self, kind: Callable[[str], Any], name: str) -> None:
        self.kind, self.name = kind, name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[Any]:
        """Split and convert."""
        if not isinstance(value, str):
            return list(value)
        try:
            return [self.kind(part.strip()) for part in value.split(",") if part.strip()]
        except ValueError:
            self.fail(f"{value!r} is no list of {self.name} separated by commas.", param, ctx)


NUMBERS = Listed(lambda text: int(text.replace("_", "")), "whole numbers")
RATES = Listed(float, "numbers")
NAMES = Listed(str, "names")


def runs(default: int) -> Callable[..., Any]:
    """Give the option for how often to measure."""
    return click.option("--runs", type=click.IntRange(1), default=default, help="Medians are of so many runs.")


backend = click.option("--backend", default=None, help="Keras backend; by default skrec's own choice.")
backends = click.option(
    "--backends", type=NAMES, default="jax,tensorflow,torch", help="Keras backends, each in its own process."
)
seed = click.option("--seed", type=int, default=0, help="Of the data and of skrec.")
peer_home = click.option(
    "--peer-home",
    envvar="SKREC_PEER_HOME",
    help="Folder of the peers' virtual environments; one that is missing is made. Or SKREC_PEER_HOME.",
)


def installed(names: list[str]) -> list[str]:
    """Keep the backends whose framework is installed, and say which aren't."""
    missing = [name for name in names if importlib.util.find_spec(FRAMEWORKS.get(name, name)) is None]
    for name in missing:
        click.echo(f"Skipping {name}: it isn't installed.")
    return [name for name in names if name not in missing]
