"""Small categories in exactly the formats of the three editions, in every form they may lie on a disk."""

import gzip
import json
import zipfile

import pytest
from skrec_amazon.reviews import Amazon2014, Amazon2018, Amazon2023

from skrec.datasets import load_dataset

USERS = ("A2IBPI20UZIR0U", "A14VAT5EAX3D9S", "A195EZSQDW3E21")
EVENTS = (
    (USERS[0], "1384719342", 5.0, 1393545600),
    (USERS[1], "B00004Y2UT", 3.0, 1363392000),
    (USERS[0], "B00004Y2UT", 4.0, 1377648000),
    (USERS[2], "B00CCOBOI4", 1.0, 1392336000),
)
TEXTS = (("good", 'Not "much" to write\nabout. 5% off'), ("Jake", "Großartig, naïve ☃"), ("", ""), ("a, b", "x,y"))
CSV_ORDER = {"2014": (0, 1), "2018": (1, 0), "2023": (0, 1)}


def reviews_2014():
    helpful = ([0, 0], [13, 14], [1, 1], [0, 2])
    return [
        {
            "reviewerID": user,
            "asin": item,
            "reviewerName": "cassandra tu \"Yeah, well, that's just like, u...",
            "helpful": votes,
            "reviewText": text,
            "overall": rating,
            "summary": summary,
            "unixReviewTime": time,
            "reviewTime": "02 28, 2014",
        }
        for (user, item, rating, time), votes, (summary, text) in zip(EVENTS, helpful, TEXTS, strict=True)
    ]


def reviews_2018():
    extras = ({"vote": "1,013"}, {"style": {"Size:": " Large"}}, {}, {"image": ["https://images/x.jpg"], "vote": "2"})
    records = [
        {
            "overall": rating,
            "verified": time != EVENTS[1][3],
            "reviewTime": "09 1, 2016",
            "reviewerID": user,
            "asin": item,
            "reviewerName": "M. Smith",
            "reviewText": text,
            "summary": summary,
            "unixReviewTime": time,
            **extra,
        }
        for (user, item, rating, time), extra, (summary, text) in zip(EVENTS, extras, TEXTS, strict=True)
    ]
    del records[2]["reviewText"], records[2]["summary"]  # as where the reviewer wrote nothing
    return records


def reviews_2023():
    return [
        {
            "rating": rating,
            "title": summary,
            "text": text,
            "images": [{"small_image_url": "https://m/s.jpg", "attachment_type": "IMAGE"}],
            "asin": f"C{item[1:]}",
            "parent_asin": item,
            "user_id": user,
            "timestamp": 1000 * time + 789,
            "helpful_vote": position,
            "verified_purchase": position != 1,
        }
        for position, ((user, item, rating, time), (summary, text)) in enumerate(zip(EVENTS, TEXTS, strict=True))
    ]


META_2014 = (
    "{'asin': '0000000000', 'title': 'Nobody rated it', 'price': 1.0}",
    "{'asin': '1384719342', 'description': \"A filter's best &amp; <b>only</b> use\", 'title': 'Pop Filter', "
    "'price': 12.99, 'salesRank': {'Musical Instruments': 7}, 'imUrl': 'http://ecx.images-amazon.com/images/I/5.jpg', "
    "'related': {'also_bought': ['B00004Y2UT']}, 'brand': 'Vox', "
    "'categories': [['Musical Instruments', 'Mics | Parts'], ['Musical Instruments', 'Filters']]}",
    "{'asin': 'B00004Y2UT', 'categories': [['Musical Instruments']]}",
)
META_2018 = (
    {"asin": "0000000000", "title": "Nobody rated it", "price": "$1.00"},
    {
        "category": ["Musical Instruments", "Mics &amp; Parts"],
        "tech1": "",
        "description": ["A filter", "for pops", ""],
        "fit": "",
        "title": "Pop &quot;Filter&quot;",
        "also_buy": ["B00004Y2UT"],
        "image": [],
        "tech2": "",
        "brand": "Vox",
        "feature": ["Clamps", "Fits"],
        "rank": [">#7 in Musical Instruments"],
        "main_cat": "Musical Instruments",
        "similar_item": "",
        "date": "June 1, 2011",
        "price": "$1,012.99 - $2,000.00",
        "imageURL": ["https://images/small.jpg"],
        "imageURLHighRes": ["https://images/large.jpg", "https://images/second.jpg"],
        "asin": "1384719342",
    },
    {"asin": "1384719342", "title": "Pop Filter again", "price": "$3.00"},
    {"asin": "B00004Y2UT", "title": "var aPageStart = (new Date()).getTime();", "price": ".a-section{margin:0}"},
)
META_2023 = (
    {"parent_asin": "0000000000", "title": "Nobody rated it", "price": 1.0},
    {
        "main_category": "Musical Instruments",
        "title": "Pop Filter",
        "average_rating": 4.5,
        "rating_number": 7,
        "features": ["Clamps", "Fits"],
        "description": ["A filter"],
        "price": 12.99,
        "images": [
            {"thumb": "https://m/t.jpg", "large": "https://m/l.jpg", "variant": "MAIN", "hi_res": None},
            {"thumb": "https://m/t2.jpg", "large": "https://m/l2.jpg", "variant": "PT01", "hi_res": "https://m/h2.jpg"},
        ],
        "videos": [],
        "store": "Vox",
        "categories": ["Musical Instruments", "Filters"],
        "details": {"Color": "Black"},
        "parent_asin": "1384719342",
        "bought_together": None,
    },
    {"parent_asin": "B00004Y2UT", "title": None, "price": None, "categories": None, "images": [], "store": None},
)


def csv_lines(year):
    """Ratings only, in the edition's order."""
    first, second = CSV_ORDER[year]
    ticks = 1000 if year == "2023" else 1
    header = ["user_id,parent_asin,rating,timestamp"] if year == "2023" else []
    return [*header, *(f"{event[first]},{event[second]},{event[2]},{event[3] * ticks}" for event in EVENTS)]


RECORDS = {"2014": reviews_2014(), "2018": reviews_2018(), "2023": reviews_2023()}
METADATA = {
    "2014": META_2014,
    "2018": tuple(map(json.dumps, META_2018)),
    "2023": tuple(map(json.dumps, META_2023)),
}
CLASSES = {"2014": Amazon2014, "2018": Amazon2018, "2023": Amazon2023}
NAMES = {
    ("2014", "5-core"): "reviews_{}_5.json",
    ("2014", "reviews"): "reviews_{}.json",
    ("2014", "ratings"): "ratings_{}.csv",
    ("2018", "5-core"): "{}_5.json",
    ("2018", "reviews"): "{}.json",
    ("2018", "ratings"): "{}.csv",
    ("2023", "5-core"): "benchmark/5core/rating_only/{}.csv",
    ("2023", "reviews"): "raw/review_categories/{}.jsonl",
    ("2023", "ratings"): "benchmark/0core/rating_only/{}.csv",
}
"""As they are published."""


class Layout:
    """Writes the files of one edition, and loads them."""

    def __init__(self, home, year):
        self.home, self.year, self.name = home, year, f"amazon/{year}"
        self.folder = home / f"amazon-{year}"
        self.records = json.loads(json.dumps(RECORDS[year]))
        self.meta_name = "meta_{}.jsonl" if year == "2023" else "meta_{}.json"

    def write(self, kind="reviews", form="plain", category="Musical_Instruments", lines=None):
        """Write a file of events; `lines` replace what would stand there."""
        name = NAMES[self.year, kind].format(category)
        if lines is None:
            lines = csv_lines(self.year) if name.endswith(".csv") else [json.dumps(record) for record in self.records]
        return self.put(name, "".join(f"{line}\n" for line in lines).encode(), form)

    def write_meta(self, form="plain", category="Musical_Instruments", lines=None):
        lines = METADATA[self.year] if lines is None else lines
        return self.put(self.meta_name.format(category), "".join(f"{line}\n" for line in lines).encode(), form)

    def put(self, name, content, form="plain"):
        """Write a file, plain, gzipped or in a zip archive of its own; give its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if form == "gz":
            path = path.with_name(f"{path.name}.gz")
            path.write_bytes(gzip.compress(content))
        elif form == "zip":
            path = path.with_suffix(".zip")
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(name.rpartition("/")[2], content)
        else:
            path.write_bytes(content)
        return path

    def load(self, **options):
        return load_dataset(self.name, self.home, verbose=False, **options)


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch, request):
    """Keep the user's real folders out, but for tests of real data."""
    if "data" not in request.keywords:
        monkeypatch.delenv("SKREC_DATA_HOME", raising=False)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def layouts(home):
    """The three editions by year; nothing is written."""
    return {year: Layout(home, year) for year in ("2014", "2018", "2023")}


@pytest.fixture(params=["2014", "2018", "2023"])
def layout(request, layouts):
    """Each edition in turn; nothing is written."""
    return layouts[request.param]


@pytest.fixture
def events():
    """What every file of events holds."""
    return [list(event) for event in EVENTS]


@pytest.fixture
def classes():
    return CLASSES
