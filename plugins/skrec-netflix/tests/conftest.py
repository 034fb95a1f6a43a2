"""A small Netflix Prize in exactly the formats of the files, in every form they may lie on a disk."""

import gzip
import io
import tarfile
import zipfile

import pytest
from skrec_netflix.prize import NetflixPrize

from skrec.datasets import load_dataset

FILMS = {
    1: "1488844,3,2005-09-06\n822109,5,2005-05-13\n885013,4,2005-10-19\n",
    2: "2059652,4,2005-09-05\n822109,1,1999-12-31\n",
    3: "1025579,4,2003-03-29\n",
    8: "822109,2,2005-09-06\n",
    9: "6,2,2004-02-29\n2649429,5,2005-12-31\n",
}
N_RATINGS = 9
TITLES = (
    "1,2003,Dinosaur Planet\n"
    "2,2004,Isle of Man TT 2004 Review\n"
    "3,NULL,Roti, Kapada, Aur Makaan\n"
    "4,1994,Les Misérables, Part 2\n"
    "9,1991,NULL\n"
)
PROBE = "1:\n885013\n822109\n9:\n6\n"
QUALIFYING = "1:\n1046323,2005-12-19\n3:\n1080030,2005-12-23\n1830096,2005-03-14\n"


def _block(film):
    return f"{film}:\n{FILMS[film]}"


def official_files():
    """Netflix's own files: a film a file."""
    films = {f"training_set/mv_{film:07d}.txt": _block(film) for film in FILMS}
    return {**films, "movie_titles.txt": TITLES, "probe.txt": PROBE, "qualifying.txt": QUALIFYING}


def kaggle_files():
    """Kaggle's files: many films a file, of which there are four."""
    parts = ([1, 2], [3], [8], [9])
    files = {f"combined_data_{n}.txt": "".join(map(_block, part)) for n, part in enumerate(parts, start=1)}
    return {**files, "movie_titles.csv": TITLES, "probe.txt": PROBE, "qualifying.txt": QUALIFYING}


class Layout:
    """Writes the files in a form, and loads them."""

    def __init__(self, home, form):
        self.home, self.form = home, form
        self.folder = home / "netflix-prize-data"
        self.files = official_files() if form in {"official", "tar"} else kaggle_files()

    def write(self):
        contents = {name: text.encode("latin-1") for name, text in self.files.items()}
        if self.form == "zip":
            self.home.mkdir(exist_ok=True)
            with zipfile.ZipFile(self.home / "netflix-prize-data.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                for name, content in contents.items():
                    archive.writestr(name, content)
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.form == "tar":
            contents["training_set.tar"] = _tar(contents)
        for name, content in contents.items():
            path = self.folder / name
            path.parent.mkdir(exist_ok=True)
            if self.form == "gz":
                path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content))
            else:
                path.write_bytes(content)

    def load(self, **options):
        return load_dataset("netflix/prize", self.home, verbose=False, **options)


def _tar(contents):
    """Take the films out of `contents` into a tar, the last one first."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name in sorted((name for name in contents if name.startswith("training_set/")), reverse=True):
            member = tarfile.TarInfo(name)
            member.size = len(contents[name])
            archive.addfile(member, io.BytesIO(contents.pop(name)))
    return stream.getvalue()


@pytest.fixture(autouse=True)
def _small(tmp_path, monkeypatch):
    """Keep the user's real folders out, and let the small files pass for whole ones."""
    monkeypatch.delenv("SKREC_DATA_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(NetflixPrize, "n_ratings", N_RATINGS)


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def kaggle(home):
    """The form of Kaggle, written."""
    layout = Layout(home, "kaggle")
    layout.write()
    return layout


@pytest.fixture(params=["official", "tar", "kaggle", "gz", "zip"])
def layout(request, home):
    """Each form in turn, written."""
    layout = Layout(home, request.param)
    layout.write()
    return layout
