"""Run ``python -m benchmarks.quality PROTOCOL``."""

import click

from benchmarks.quality import ml100k_ua

PROTOCOLS = {"ml100k-ua": ml100k_ua.run, "ml100k-ua-defaults": ml100k_ua.choose_defaults}


@click.command()
@click.argument("protocol", type=click.Choice(sorted(PROTOCOLS)))
@click.option("--backend", default=None, help="Keras backend of the neural models.")
def main(protocol: str, backend: str | None) -> None:
    """Measure every model under a published PROTOCOL; data from SKREC_DATA_HOME."""
    PROTOCOLS[protocol](backend)


if __name__ == "__main__":
    main()
