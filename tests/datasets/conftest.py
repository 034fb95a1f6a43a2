"""Folders of their own, and a server on this machine, for tests of downloads."""

import http.server
import threading

import pytest

from skrec.plugin import PluginManager, use_manager


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Keep the user's real cache and data folders out of every test; gives the cache folder used instead."""
    monkeypatch.delenv("SKREC_DATA_HOME", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    folder = tmp_path / "cache"
    monkeypatch.setattr("skrec.datasets._folders.cache_folder", lambda: folder)
    return folder


@pytest.fixture
def manager():
    """A plugin manager that knows the built-in plugins alone."""
    fresh = PluginManager(discover=False)
    previous = use_manager(fresh)
    yield fresh
    use_manager(previous)


class _Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if not self.path.startswith("/cut/"):
            super().do_GET()
            return
        whole = (self.server.root / self.path.removeprefix("/cut/")).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(whole)))
        self.end_headers()
        self.wfile.write(whole[: len(whole) // 2])

    def log_message(self, *arguments):
        self.server.requests.append(self.path)


class Server(http.server.ThreadingHTTPServer):
    """Serves the files of `root`; below ``/cut/`` only their first halves."""

    def __init__(self, root):
        super().__init__(("127.0.0.1", 0), lambda *a, **k: _Handler(*a, directory=str(root), **k))
        self.root = root
        self.requests = []

    def url(self, path):
        return f"http://127.0.0.1:{self.server_address[1]}/{path}"


@pytest.fixture
def server(tmp_path):
    root = tmp_path / "served"
    root.mkdir()
    with Server(root) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()
