from skrec.models._sequence_progress import reading_shown


def test_the_bar_goes_to_standard_error_and_takes_reports(capsys):
    with reading_shown(10) as report:
        report(4)
        report(6)
    with reading_shown(None) as report:
        report(3)
    assert capsys.readouterr().out == ""
