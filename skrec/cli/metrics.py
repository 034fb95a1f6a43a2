"""``skrec metrics``: what a ranking can be measured by, by name."""

import click

from skrec.cli._listing import json_option, list_by_summary


@click.command("metrics")
@json_option
def command(as_json: bool) -> None:
    """List the metrics that are known by name; a cut-off may follow, as in ndcg@10."""
    list_by_summary("metrics", "metric", as_json=as_json)
