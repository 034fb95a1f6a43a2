"""What holds for all seven datasets, in each form their files may have."""

import hashlib
import http.server
import threading

import numpy as np
import pytest

from skrec.datasets import load_dataset
from skrec.exceptions import DatasetCorruptError, DatasetNotFoundError, InvalidParameterError
from skrec.plugin import lookup, names, plugin_manager

NAMES = [
    "movielens/100k",
    "movielens/10m",
    "movielens/1m",
    "movielens/20m",
    "movielens/25m",
    "movielens/32m",
    "movielens/latest-small",
]


@pytest.fixture(params=NAMES)
def layout(request, layouts):
    return layouts[request.param]


def test_the_seven_names_come_from_the_entry_point():
    assert [name for name in names("datasets") if name.startswith("movielens/")] == NAMES
    (info,) = [info for info in plugin_manager().infos() if info.name == "movielens"]
    assert (info.distribution, info.status, info.faults) == ("skrec-keras-movielens", "active", [])
    assert lookup("datasets", "skrec-keras-movielens:movielens/1m").__name__ == "MovieLens1M"


@pytest.mark.parametrize("form", ["folder", "gz", "zip"])
def test_every_form_gives_the_same(layout, form, home):
    layout.write(home, form)
    X = layout.load(home)
    assert X.events.columns.to_list() == ["user_id", "item_id", "rating", "timestamp"]
    assert [str(dtype) for dtype in X.events.dtypes] == ["int64", "int64", "float32", "int64"]
    assert X.items.columns.to_list()[:4] == ["item_id", "title", "year", "genres"]
    assert str(X.items["item_id"].dtype) == "int64"
    assert X.items["title"].str.contains("Misérables, Les").sum() == 1
    assert (X.users is None) == (layout.name not in {"movielens/100k", "movielens/1m"})


def test_rows_keep_the_order_of_the_file(layout, home):
    layout.write(home)
    events = layout.load(home).events
    assert not events["user_id"].is_monotonic_increasing
    lines = next(content for name, content in layout.files.items() if name in {"u.data", "ratings.dat", "ratings.csv"})
    rows = lines.decode().replace("::", ",").replace("\t", ",").strip().split("\n")
    expected = [[float(field) for field in row.split(",")] for row in rows if not row.startswith("userId")]
    np.testing.assert_array_equal(events.to_numpy(dtype=float), expected)


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_a_missing_file_is_named(layout, form, home):
    needed = "u.item" if layout.name == "movielens/100k" else next(n for n in layout.files if n.startswith("movies"))
    layout.write(home, form, leave_out=[needed])
    source = layout.archive if form == "zip" else layout.cls.folder
    with pytest.raises(DatasetNotFoundError, match=rf"{source} is incomplete: it has no {needed} \(nor {needed}.gz\)"):
        layout.load(home)


def test_offline_with_nothing_there_the_error_says_what_to_put_where(layout, home, monkeypatch):
    monkeypatch.setattr(layout.cls, "url", f"http://127.0.0.1:1/{layout.archive}")
    with pytest.raises(DatasetNotFoundError) as caught:
        layout.load(home)
    assert f"put {layout.archive}, or the folder {layout.cls.folder} unpacked from it, into {home}" in str(caught.value)


def test_download_is_checked_and_kept(layout, home, tmp_path, monkeypatch):
    served = tmp_path / "served"
    layout.write(served, "zip")
    handler = type("Handler", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *arguments: None})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), lambda *a: handler(*a, directory=str(served))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            monkeypatch.setattr(layout.cls, "url", f"http://127.0.0.1:{server.server_address[1]}/{layout.archive}")
            # The small archive isn't the published one: its hash is wrong, and nothing is kept.
            with pytest.raises(DatasetCorruptError, match="isn't what was expected, and was deleted: SHA256 hash"):
                layout.load(home)
            assert list(home.iterdir()) == []
            digest = hashlib.sha256((served / layout.archive).read_bytes()).hexdigest()
            monkeypatch.setattr(layout.cls, "sha256", {layout.archive: digest})
            first = layout.load(home)
        finally:
            server.shutdown()
            thread.join()
    assert [path.name for path in home.iterdir()] == [layout.archive]
    assert layout.load(home).events.equals(first.events)


def test_a_file_cut_off_at_the_end_of_a_line_is_noticed(layout, home, monkeypatch):
    if layout.name == "movielens/latest-small":
        pytest.skip("GroupLens renews it, so that no count is the right one")
    monkeypatch.setattr(layout.cls, "n_ratings", 1000)
    layout.write(home)
    with pytest.raises(DatasetCorruptError, match=r"holds [34] ratings in \S+, and ml-\S+ was published with 1,000"):
        layout.load(home)


@pytest.mark.parametrize("form", ["folder", "gz", "zip"])
@pytest.mark.parametrize("garbage", [b"<html>not found</html>\n", b"1", b"\x00\xff\x00", b""])
def test_ratings_in_another_format_are_one_clear_error(layout, form, garbage, home):
    name = next(n for n in layout.files if n in {"u.data", "ratings.dat", "ratings.csv"})
    original, layout.files[name] = layout.files[name], garbage
    try:
        layout.write(home, form)
    finally:
        layout.files[name] = original
    with pytest.raises(DatasetCorruptError, match=rf"{name} in .* isn't as GroupLens ships it"):
        layout.load(home)


@pytest.mark.parametrize("garbage", [b"<html>\n", b"1\n", b"x::y::z\n", b"a|b|c|d|e\n"])
def test_films_in_another_format_are_one_clear_error(layout, garbage, home):
    name = "u.item" if layout.name == "movielens/100k" else next(n for n in layout.files if n.startswith("movies"))
    original, layout.files[name] = layout.files[name], garbage
    try:
        layout.write(home)
    finally:
        layout.files[name] = original
    with pytest.raises(DatasetCorruptError, match=rf"{name} in .* isn't as GroupLens ships it"):
        layout.load(home)


def test_damaged_archive_is_one_clear_error(layout, home):
    layout.write(home, "zip")
    path = home / layout.archive
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DatasetCorruptError, match="is damaged or cut off"):
        layout.load(home)


def test_damaged_member_is_one_clear_error(layout, home):
    layout.write(home, "zip")
    path = home / layout.archive
    raw = bytearray(path.read_bytes())
    name = next(n for n in layout.files if n in {"u.data", "ratings.dat", "ratings.csv"}).encode()
    raw[raw.index(name) + len(name) + 8] ^= 0xFF
    path.write_bytes(raw)
    with pytest.raises(DatasetCorruptError, match="is damaged or cut off"):
        layout.load(home)


def test_unknown_options_are_refused(layout, home):
    with pytest.raises(InvalidParameterError, match="has no option 'splt'"):
        layout.load(home, splt="ua")


def test_licence_is_printed_once(layout, home, capsys, monkeypatch):
    # Made different from all that this process has printed before.
    monkeypatch.setattr(layout.cls, "license", f"{layout.cls.license} ({home})")
    layout.write(home)
    load_dataset(layout.name, home)
    load_dataset(layout.name, home)
    assert capsys.readouterr().err.count("no commercial use without permission") == 1


def test_only_32m_and_latest_small_may_be_passed_on(layout):
    alike = layout.name in {"movielens/32m", "movielens/latest-small"}
    assert ("redistribution under the same terms only" in layout.cls.license) == alike
    assert ("no redistribution without permission" in layout.cls.license) != alike


def test_every_dataset_describes_itself(layout):
    cls = layout.cls
    assert cls.summary.startswith("MovieLens ")
    assert cls.homepage.startswith("https://grouplens.org/datasets/movielens/")
    assert "to download" in cls.size
    assert "permission" in cls.license
    ((archive, digest),) = cls.sha256.items()
    assert archive == layout.archive
    assert len(bytes.fromhex(digest)) == 32
    assert cls().url == f"https://files.grouplens.org/datasets/movielens/{archive}"
