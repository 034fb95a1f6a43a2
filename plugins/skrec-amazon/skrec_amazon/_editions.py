"""How the three editions differ: names of fields and files, units of time, and how a product is described."""

from dataclasses import dataclass
from typing import final

EVENT_COLUMNS = ("user_id", "item_id", "rating", "timestamp")


@final
@dataclass(frozen=True)
class Edition:
    """One edition.

    Attributes
    ----------
    year : str
        "2014", "2018" or "2023".
    user, item, rating, time, title, text : str
        Fields of a review.
    marker : str
        A field that every review of this edition has, and none of another.
    verified : str or None
        Field that says whether the reviewer bought the item there; None where there is none.
    votes : str
        Field that counts those who found the review helpful.
    ticks : int
        Units of `time` in a second.
    csv_columns : tuple of str
        Order of the columns of a file of ratings only.
    csv_header : tuple of str or None
        Their names on its first line; None where it has no such line.
    example : str
        Name of a file of reviews as it is published, for messages; ``{}`` stands for the category.
    """

    year: str
    user: str
    item: str
    rating: str
    time: str
    title: str
    text: str
    marker: str
    verified: str | None
    votes: str
    ticks: int
    csv_columns: tuple[str, ...]
    csv_header: tuple[str, ...] | None
    example: str

    @property
    def name(self) -> str:
        """Name of the dataset."""
        return f"amazon/{self.year}"

    @property
    def folder(self) -> str:
        """Name of its folder below ``data_home``."""
        return f"amazon-{self.year}"


EDITION_2014 = Edition(
    year="2014",
    user="reviewerID",
    item="asin",
    rating="overall",
    time="unixReviewTime",
    title="summary",
    text="reviewText",
    marker="helpful",
    verified=None,
    votes="helpful",
    ticks=1,
    csv_columns=("user_id", "item_id", "rating", "timestamp"),
    csv_header=None,
    example="reviews_{}_5.json.gz",
)
EDITION_2018 = Edition(
    year="2018",
    user="reviewerID",
    item="asin",
    rating="overall",
    time="unixReviewTime",
    title="summary",
    text="reviewText",
    marker="verified",
    verified="verified",
    votes="vote",
    ticks=1,
    csv_columns=("item_id", "user_id", "rating", "timestamp"),
    csv_header=None,
    example="{}_5.json.gz",
)
EDITION_2023 = Edition(
    year="2023",
    user="user_id",
    item="parent_asin",
    rating="rating",
    time="timestamp",
    title="title",
    text="text",
    marker="parent_asin",
    verified="verified_purchase",
    votes="helpful_vote",
    ticks=1000,
    csv_columns=("user_id", "item_id", "rating", "timestamp"),
    csv_header=("user_id", "parent_asin", "rating", "timestamp"),
    example="{}.jsonl.gz",
)
EDITIONS = (EDITION_2014, EDITION_2018, EDITION_2023)
