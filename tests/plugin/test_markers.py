import skrec
from skrec.plugin import API_VERSION, hookimpl


def test_the_marker_of_the_facade_is_the_one_of_the_hooks():
    assert skrec.hookimpl is hookimpl
    assert hookimpl.project_name == "skrec"


def test_the_version_is_a_number():
    assert API_VERSION == 1
