"""Run ``python -m benchmarks.sequences NAME``."""

import click

from benchmarks.sequences import cells, peers_run, quality

COMMANDS = {"quality": quality.run, "peers": peers_run.run, "cells": cells.run}


@click.group()
def main() -> None:
    """What comes next; data from SKREC_DATA_HOME. Each command prints a table and records a row."""


for name, command in COMMANDS.items():
    main.add_command(command, name)

if __name__ == "__main__":
    main()
