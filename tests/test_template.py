"""The pages for plugin authors, followed to the letter: every file written, every command run, in an empty folder.

Each page gets an environment of its own, with the ``pip``, ``python``, ``pytest``, ``skrec`` and ``copier`` that a reader has
after installing skrec. Nothing is downloaded: what is installed beside pytest is there, and pip builds with that.
"""

import os
import re
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "templates" / "plugin"
KINDS = ("encoder", "dataset", "metric", "model", "neural", "loss", "retriever", "backend")
HOOKS = {"neural": "skrec_models", "loss": "skrec_losses"}
"""Of a kind whose hook isn't named for it."""

END = "these commands ended in "
FENCE = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<text>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
CAPTION = re.compile(r"\A:caption: (?P<path>\S+)\n\n")
OFFLINE = ["--no-index", "--no-build-isolation", "--no-cache-dir", "--quiet"]
SCRIPTS = {
    "pip": f"import runpy, sys\nif sys.argv[1] == 'install': sys.argv[2:2] = {OFFLINE}\nrunpy.run_module('pip', run_name='__main__')",
    "pytest": "import runpy\nrunpy.run_module('pytest', run_name='__main__')",
    "copier": "import runpy\nrunpy.run_module('copier', run_name='__main__')",
    "skrec": "from skrec.cli import main\nmain()",
}


@dataclass
class Workplace:
    """An empty folder to work in, and a virtual environment that sees all that is installed for these tests."""

    folder: Path
    bin: Path

    def run(self, command, folder=None):
        """Run shell commands; gives what they print, and the folder that they end in."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("SKREC_", "PYTHON", "KERAS_"))
        }
        environment = {**kept, "PATH": f"{self.bin}{os.pathsep}{kept['PATH']}", "COLUMNS": "200"}
        script = f"set -e\n{command}\nprintf '{END}%s' \"$PWD\""
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=folder or self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        printed, _, place = done.stdout.rpartition(END)
        return printed, Path(place)


@pytest.fixture
def workplace(tmp_path):
    home = tmp_path / "venv"
    venv.create(home, symlinks=True)
    (packages,) = home.glob("lib/python*/site-packages")
    # Read when Python starts: what is installed beside pytest, editable installations included, is there too.
    (packages / "beside.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    for name, code in SCRIPTS.items():
        script = home / "bin" / name
        script.write_text(f"#!{home}/bin/python\n{code}\n")
        script.chmod(0o755)
    folder = tmp_path / "empty"
    folder.mkdir()
    return Workplace(folder, home / "bin")


def steps(page):
    """Give what a page asks for, in order: ("file", path, text), ("run", commands) or ("prints", text)."""
    previous = ""
    for match in FENCE.finditer((ROOT / "docs" / "plugins" / page).read_text(encoding="utf-8")):
        kind, text = match["kind"].strip(), match["text"]
        if kind.startswith("{code-block}"):
            caption = CAPTION.match(text)
            assert caption, f"a file of {page} has no name: {text[:80]}"
            yield "file", caption["path"], text[caption.end() :]
        elif kind == "console":
            yield "run", text.replace("path/to/skrec", str(ROOT))
        elif kind == "text" and previous == "console":
            yield "prints", text
        previous = kind


def lines(text):
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def follow(page, workplace):
    """Do what a page says; gives the folder that its commands end in."""
    folder, printed = workplace.folder, ""
    for step, *rest in steps(page):
        if step == "file":
            path = folder / rest[0]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(rest[1], encoding="utf-8")
        elif step == "run":
            printed, folder = workplace.run(rest[0], folder)
        else:
            assert lines(printed) == lines(rest[0])
    return folder


@pytest.mark.slow
def test_a_plugin_from_the_template_is_installed_used_by_name_in_a_search_and_passes_its_tests(workplace):
    folder = follow("template.md", workplace)
    assert folder.name == "skrec-keras-phone"
    listed, _ = workplace.run("skrec encoders; skrec metrics; skrec datasets")
    assert all(name in listed for name in ("phone-ngrams", "phone-serendipity", " phone "))


@pytest.mark.slow
def test_the_tutorial_builds_a_plugin_of_each_kind_from_an_empty_folder_and_saves_its_model(workplace):
    folder = follow("tutorial.md", workplace)
    modules = {path.stem for path in (folder / "skrec_shelf").glob("*.py")}
    assert {"metric", "dataset", "encoder", "model", "loss", "retriever", "backend", "command"} <= modules
    assert len((folder / "skrec_shelf" / "metric_learning.py").read_text().splitlines()) <= 40
    # The page has saved a model, and loaded it in another process that has the plugin; this one hasn't.
    load = f"import skrec; skrec.load({str(folder / 'cml.skrec')!r})"
    done = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True, check=False)
    assert re.search(
        r"SavedFileError: .* needs the class 'skrec-keras-shelf:models/cml', which isn't registered", done.stderr
    )


@pytest.mark.slow
def test_a_plugin_of_all_kinds_passes_its_tests(workplace):
    workplace.run(f"copier copy -q --defaults -d thing=old-books -d 'kinds=[{', '.join(KINDS)}]' {TEMPLATE} all")
    workplace.run("pip install ./all")
    # Those of the kinds that the page on the template doesn't generate.
    printed, _ = workplace.run("cd all && pytest -q tests/test_{plugin,model,neural,loss,retriever,backend}.py")
    assert re.search(r"^\d+ passed", printed, re.MULTILINE), printed


def generate(folder, *answers):
    """Run copier here; gives the files below the folder."""
    data = [part for answer in answers for part in ("--data", answer)]
    command = [sys.executable, "-m", "copier", "copy", "--quiet", "--defaults", *data, str(TEMPLATE), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done, {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_by_default_there_are_an_encoder_a_dataset_and_a_metric(tmp_path):
    done, files = generate(tmp_path / "made", "thing=phone")
    assert done.returncode == 0, done.stderr
    modules = {"skrec_phone/__init__.py", "skrec_phone/py.typed"} | {
        f"skrec_phone/{kind}.py" for kind in ("encoder", "dataset", "metric")
    }
    tests = {"tests/test_plugin.py", "tests/test_encoder.py", "tests/test_dataset.py", "tests/test_metric.py"}
    assert files == {".gitignore", "README.md", "pyproject.toml"} | modules | tests


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_had_alone(tmp_path, kind):
    done, files = generate(tmp_path, "thing=old-books", f"kinds=[{kind}]")
    assert done.returncode == 0, done.stderr
    modules = {path for path in files if path.startswith("skrec_old_books/") and path.endswith(".py")}
    assert modules == {"skrec_old_books/__init__.py", f"skrec_old_books/{kind}.py"}
    hooks = (tmp_path / "skrec_old_books" / "__init__.py").read_text()
    assert re.findall(r"def (\w+)\(", hooks) == [HOOKS.get(kind, f"skrec_{kind}s")]
    compile(hooks, "__init__.py", "exec")
    for path in files:
        text = (tmp_path / path).read_text()
        assert "{{" not in text, path
        assert "{%" not in text, path
        assert not text.endswith("\n\n"), path


@pytest.mark.parametrize("thing", ["Phone", "old books", "-phone", "old--books", "1984", ""])
def test_a_name_that_could_not_be_a_distribution_is_refused(tmp_path, thing):
    done, files = generate(tmp_path, f"thing={thing}")
    assert done.returncode != 0
    assert files == set()


def test_no_kind_at_all_is_refused(tmp_path):
    done, files = generate(tmp_path, "thing=phone", "kinds=[]")
    assert "Choose at least one kind" in done.stderr + done.stdout
    assert files == set()
