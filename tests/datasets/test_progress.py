import pytest
import rich.progress

from skrec.datasets._progress import progress_bar, progress_shown


@pytest.fixture
def bars(monkeypatch):
    """The rich progress bars that are made."""
    made = []

    class Spy(rich.progress.Progress):
        def __init__(self, *columns, **options):
            super().__init__(*columns, **options)
            made.append(self)

    monkeypatch.setattr(rich.progress, "Progress", Spy)
    return made


def test_no_bar_unless_asked(bars, capsys):
    with progress_bar("film.zip", None) as report:
        report(30, 100)
    assert bars == []
    assert capsys.readouterr() == ("", "")


def test_what_load_dataset_was_told_is_the_default(bars):
    with progress_shown(True):
        with progress_bar("film.zip", None):
            pass
        with progress_bar("film.zip", False):
            pass
    with progress_bar("film.zip", None):
        pass
    assert len(bars) == 1


def test_bar_counts_bytes_on_standard_error_only(bars, capsys):
    with progress_bar("film.zip", True) as report:
        report(30, 100)
        assert (bars[0].tasks[0].completed, bars[0].tasks[0].total) == (30, 100)
        report(100, 100)
        assert bars[0].finished
    assert bars[0].console.stderr
    assert capsys.readouterr().out == ""


def test_bar_of_unknown_length_has_no_total(bars):
    with progress_bar("film.zip", True) as report:
        report(30, None)
        assert (bars[0].tasks[0].completed, bars[0].tasks[0].total) == (30, None)
