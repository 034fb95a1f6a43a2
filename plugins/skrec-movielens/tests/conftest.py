"""Small datasets in exactly the formats of GroupLens's files, in every form they may lie on a disk."""

import gzip
import zipfile

import pytest
from skrec_movielens.ml1m import MovieLens1M
from skrec_movielens.ml10m import MovieLens10M
from skrec_movielens.ml100k import MovieLens100K
from skrec_movielens.ml_csv import MovieLens20M, MovieLens25M, MovieLens32M, MovieLensLatestSmall

from skrec.datasets import load_dataset

GENRE_FLAGS = {
    "Toy Story (1995)": "0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0",
    "unknown": "1|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0",
    "Misérables, Les (1995)": "0|0|0|0|0|0|0|0|1|0|0|0|1|0|0|0|0|0|0",
    "Land Before Time III (1995) (V)": "0|0|0|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0|0",
}
RATINGS_100K = "3\t1\t3\t881250949\n1\t543\t5\t891717742\n1\t267\t1\t878887116\n2\t1\t4\t880606923\n"
_CUT = RATINGS_100K.index("1\t267")
SPLITS = ("ua", "ub", "u1", "u2", "u3", "u4", "u5")
FILES_100K = {
    "u.data": RATINGS_100K,
    "u.item": (
        f"1|Toy Story (1995)|01-Jan-1995||http://us.imdb.com/M/title-exact?Toy|{GENRE_FLAGS['Toy Story (1995)']}\n"
        f"267|unknown||||{GENRE_FLAGS['unknown']}\n"
        f"543|Misérables, Les (1995)|04-Feb-1996||http://us.imdb.com/M|{GENRE_FLAGS['Misérables, Les (1995)']}\n"
        f"1412|Land Before Time III (1995) (V)|30-Dec-1995|||{GENRE_FLAGS['Land Before Time III (1995) (V)']}\n"
    ),
    "u.user": "1|24|M|technician|85711\n2|53|F|other|00501\n3|23|M|writer|V3N4P\n",
    **{f"{name}.base": RATINGS_100K[:_CUT] for name in SPLITS},
    **{f"{name}.test": RATINGS_100K[_CUT:] for name in SPLITS},
}
FILES_1M = {
    "ratings.dat": "2::1193::5::978300760\n1::73::3::978302109\n1::1193::4::978301968\n",
    "users.dat": "1::F::1::10::48067\n2::M::56::16::70072\n3::M::25::0::02460-1234\n",
    "movies.dat": "73::Misérables, Les (1995)::Drama|Musical\n1193::Alien: The Cut::Again (1975)::Drama\n",
}
FILES_10M = {
    "ratings.dat": "2::122::5::838985046\n1::185::3.5::838983525\n1::122::0.5::838983392\n",
    "movies.dat": (
        "122::Boomerang (1992)::Comedy|Romance\n"
        "185::Misérables, Les (1995)::Drama\n"
        "231::Aliens: (1994)::(no genres listed)\n"
    ),
    "tags.dat": (
        "15::122::Excellent!::1215184630\n"
        "20::122::a::b|c::1188263867\n"
        "20::122:: excellent! ::1188263867\n"
        "21::185::NA::1188263867\n"
    ),
}
FILES_CSV = {
    "ratings.csv": "userId,movieId,rating,timestamp\n2,1,4.0,964982703\n1,6,0.5,964982224\n1,1,5.0,964981247\n",
    "movies.csv": (
        "movieId,title,genres\n"
        "1,Toy Story (1995),Adventure|Animation|Children\n"
        '6,"Misérables, Les ""The Film"" (1995) ",Drama\n'
        "7,Null,(no genres listed)\n"
        "8,Death Note: Desu nôto (2006–2007),Mystery\n"
    ),
    "tags.csv": (
        "userId,movieId,tag,timestamp\n"
        "2,6,funny,1445714994\n"
        "3,6,NA,1445714996\n"
        '3,6,"Funny",1445714997\n'
        '3,1,"a, b|c",1445714998\n'
    ),
    "links.csv": "movieId,imdbId,tmdbId\n1,0114709,862\n6,0113497,\n8,0877057,13916\n",
}


class Layout:
    """One dataset's name, class, files and encoding."""

    def __init__(self, name, cls, archive, files, encoding, n_ratings):
        self.name, self.cls, self.archive, self.encoding, self.n_ratings = name, cls, archive, encoding, n_ratings
        self.files = {key: text.encode(encoding) for key, text in files.items()}

    def write(self, home, form="folder", leave_out=()):
        """Write the files into `home` as a folder, a folder with some files gzipped, or a zip archive."""
        home.mkdir(exist_ok=True)
        files = {name: content for name, content in self.files.items() if name not in leave_out}
        if form == "zip":
            with zipfile.ZipFile(home / self.archive, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.mkdir(self.cls.folder)
                for name, content in files.items():
                    archive.writestr(f"{self.cls.folder}/{name}", content)
            return
        folder = home / self.cls.folder
        folder.mkdir()
        for name, content in files.items():
            if form == "gz" and name not in {"u.item", "users.dat"}:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)

    def load(self, home, **options):
        return load_dataset(self.name, home, verbose=False, **options)


LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout("movielens/100k", MovieLens100K, "ml-100k.zip", FILES_100K, "latin-1", 4),
        Layout("movielens/1m", MovieLens1M, "ml-1m.zip", FILES_1M, "latin-1", 3),
        Layout("movielens/10m", MovieLens10M, "ml-10m.zip", FILES_10M, "utf-8", 3),
        Layout("movielens/20m", MovieLens20M, "ml-20m.zip", FILES_CSV, "utf-8", 3),
        Layout("movielens/25m", MovieLens25M, "ml-25m.zip", FILES_CSV, "utf-8", 3),
        Layout("movielens/32m", MovieLens32M, "ml-32m.zip", FILES_CSV, "utf-8", 3),
        Layout("movielens/latest-small", MovieLensLatestSmall, "ml-latest-small.zip", FILES_CSV, "utf-8", None),
    )
}


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch, request):
    """Keep the user's real folders out, but for tests of real data; and let the small files pass for whole ones."""
    if "data" in request.keywords:
        return
    monkeypatch.delenv("SKREC_DATA_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for layout in LAYOUTS.values():
        monkeypatch.setattr(layout.cls, "n_ratings", layout.n_ratings)


@pytest.fixture
def layouts():
    return LAYOUTS


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"
