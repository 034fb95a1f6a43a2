import pytest

from skrec.serving import reading_shown


@pytest.fixture(autouse=True)
def _terminal(monkeypatch):
    """Let rich take what is captured for a terminal."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")


def test_the_bar_goes_to_standard_error_and_counts_what_is_reported(capsys):
    with reading_shown(10) as report:
        report(4)
        report(6)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "histories read" in shown.err
    assert "10/10" in shown.err


def test_how_many_there_will_be_need_not_be_known(capsys):
    with reading_shown(None) as report:
        report(3)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "3/?" in shown.err
