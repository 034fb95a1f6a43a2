import json

import pytest
from click.testing import CliRunner

from skrec.cli import make_cli
from skrec.plugin import PluginInfo, hookimpl


def run(*arguments):
    result = CliRunner().invoke(make_cli(), ["plugins", *arguments])
    assert result.exit_code == 0, result.output
    return result


class Toy:
    @hookimpl
    def skrec_metrics(self):
        return {"toy": len, "ndcg": len}


def test_every_built_in_plugin_is_active(manager):
    rows = json.loads(run("--json").stdout)
    assert {row["status"] for row in rows} == {"active"}
    assert {row["distribution"] for row in rows} == {"skrec-keras"}
    assert "ndcg" in next(row for row in rows if row["name"] == "metrics")["provides"]["metrics"]


def test_a_plugin_is_shown_with_distribution_version_and_names(manager):
    class Plain:
        @hookimpl
        def skrec_metrics(self):
            return {"toy": len}

    manager.register(Plain(), "toy", distribution="skrec-toy", version="7.1")
    row = next(row for row in json.loads(run("--json").stdout) if row["name"] == "toy")
    assert (row["distribution"], row["version"], row["provides"]) == ("skrec-toy", "7.1", {"metrics": ["toy"]})
    assert (row["status"], row["faults"]) == ("active", [])


def test_a_duplicate_name_is_shown_with_both_providers_at_both(manager):
    manager.register(Toy(), "toy", distribution="skrec-toy", version="7.1")
    rows = {row["name"]: row for row in json.loads(run("--json").stdout)}
    fault = (
        "duplicate: metrics name 'ndcg' is provided by skrec-keras and skrec-toy; select one, as in skrec-keras:ndcg"
    )
    for name in ("toy", "metrics"):
        assert (rows[name]["status"], rows[name]["faults"]) == ("duplicate", [fault])
    assert rows["models"]["status"] == "active"
    table = run().stdout
    assert "duplicate" in table
    assert f"toy: {fault}" in table


def test_a_blocked_plugin_is_shown_with_what_blocks_it(manager, monkeypatch):
    blocked = PluginInfo("toy", "skrec-toy", "1.0", status="blocked")
    monkeypatch.setattr(manager, "infos", lambda: [blocked])
    (row,) = json.loads(run("--json").stdout)
    assert row["status"] == "blocked"
    assert row["faults"] == ["the environment variable SKREC_DISABLE_PLUGINS names it, and it isn't imported"]


def test_a_broken_plugin_is_listed_with_its_error_and_without_a_warning(manager):
    class Broken:
        @hookimpl
        def skrec_datasets(self):
            raise OSError("no disk")

    with pytest.warns(match="no disk"):
        manager.register(Broken(), "broken")
    result = run()
    assert "error" in result.stdout
    assert "broken: hook 'skrec_datasets': OSError: no disk" in result.stdout
    assert result.stderr == ""
