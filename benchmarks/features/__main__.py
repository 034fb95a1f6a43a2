"""Run ``python -m benchmarks.features NAME``."""

import click

from benchmarks.features import click_rates, cold_items, cold_users, planted, ratings

COMMANDS = {
    "cold-items": cold_items.run,
    "cold-users": cold_users.run,
    "planted": planted.run,
    "click-rates": click_rates.run,
    "ratings": ratings.run,
}


@click.group()
def main() -> None:
    """What features bring; data from SKREC_DATA_HOME. Each command prints a table and records a row."""


for name, command in COMMANDS.items():
    main.add_command(command, name)

if __name__ == "__main__":
    main()
