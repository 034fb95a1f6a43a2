"""Run ``python -m benchmarks.speed NAME``."""

import click

from benchmarks.speed import (
    first_fit,
    gowalla,
    latency,
    memory,
    plots,
    precision,
    profiles,
    recommend,
    scaling,
    search,
    time_to_quality,
    widths,
)


@click.group(context_settings={"show_default": True, "max_content_width": 120})
@click.option("--record/--no-record", default=True, help="Append the run to benchmarks/results.")
def main(record: bool) -> None:
    """Measure speed: each benchmark prints its tables and records one JSON row."""


COMMANDS = {
    "scaling": scaling.run,
    "time-to-quality": time_to_quality.run,
    "gowalla": gowalla.run,
    "recommend": recommend.run,
    "latency": latency.run,
    "search": search.run,
    "first-fit": first_fit.run,
    "memory": memory.run,
    "widths": widths.run,
    "precision": precision.run,
    "profile": profiles.run,
    "plots": plots.run,
}
for name, command in COMMANDS.items():
    main.add_command(command, name)

if __name__ == "__main__":
    main(prog_name="python -m benchmarks.speed")
