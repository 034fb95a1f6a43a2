"""Amazon Reviews, editions of 2014, 2018 and 2023."""

from pathlib import Path
from typing import ClassVar, final

import pandas as pd

from skrec.data import Interactions
from skrec.exceptions import DatasetNotFoundError, InvalidParameterError
from skrec.plugin import Dataset
from skrec_amazon._csv import read_ratings
from skrec_amazon._editions import EDITION_2014, EDITION_2018, EDITION_2023, Edition
from skrec_amazon._files import HOMEPAGES, KINDS, EditionFiles
from skrec_amazon._json_lines import read_reviews
from skrec_amazon._metadata import read_items

ITEMS = ("rated", "all", "none")

_TERMS = (
    "Published for research by the McAuley Lab of UC San Diego, which asks for a citation and states no licence: reviews "
    "and pictures remain those of their authors and of Amazon, so that you shouldn't pass them on. Cite "
)


class AmazonReviews(Dataset):
    """An edition of the Amazon Reviews; each of its categories is a dataset of its own.

    Attributes
    ----------
    summary, homepage, license, size
        As in :class:`skrec.plugin.Dataset`.
    sha256 : mapping
        Empty: the files are got by hand.
    edition : Edition
        How its files are written.
    """

    edition: ClassVar[Edition]

    def load(  # type: ignore[override]  # named options, so that a wrong one is refused
        self,
        data_home: Path,
        *,
        category: str | None = None,
        kind: str | None = None,
        text: bool = False,
        votes: bool = False,
        items: str | None = None,
    ) -> Interactions:
        """Read a category.

        Parameters
        ----------
        data_home : pathlib.Path
            Holds a folder ``amazon-<year>``, or any whose name begins with ``amazon``, with the files as they are
            published, in it or in folders below: plain, gzipped or in zip archives.
        category : str, optional
            As in the files' names, for example "Musical_Instruments"; case, dashes and spaces don't matter. Needed
            where files of several categories are there.
        kind : {"5-core", "reviews", "ratings"}, optional
            Which file: the reviews of users and items that have five each, all reviews, or the ratings alone. By
            default the first of these that is there. (In 2023 the 5-core has ratings only.)
        text : bool, default=False
            Read the reviews' ``summary`` and ``text``, as context. It takes the memory that the file has on disk.
        votes : bool, default=False
            Read ``helpful_votes``, the number of people who found the review helpful, as context; of 2014 also
            ``total_votes``, of those who said so or the contrary; of 2018 and 2023 also ``verified``, whether the
            reviewer bought the item at Amazon.
        items : {"rated", "all", "none"}, optional
            Which items of the file ``meta_<category>`` to read. By default "rated" if the file is there, and none if
            it isn't.

        Returns
        -------
        Interactions
            Events with ``rating`` (float32) and ``timestamp`` (int64, Unix seconds, in 2023 cut off from milliseconds),
            in the order of the file; ids are texts, stored as categories. Items with ``title``, ``description`` (with
            the features), ``categories`` (with bars between), ``brand``, ``price`` (dollars, NaN where unknown) and
            ``image_url``; texts are empty where unknown. There is no table of users.

        Raises
        ------
        InvalidParameterError
            If an option is none of the above, or `category` is needed.
        DatasetNotFoundError
            If the files aren't there: the message says what to put where.
        DatasetCorruptError
            If a file is damaged, or a line isn't as expected: with its number.
        """
        _check_option("kind", kind, KINDS, self.edition)
        _check_option("items", items, ITEMS, self.edition)
        files = EditionFiles(data_home, self.edition)
        kinds = KINDS if kind is None else (kind,)
        file = files.choose(category, kinds, ("json",) if text or votes else ("json", "csv"))
        described = None if items == "none" else files.metadata(file.category)
        if described is None and items not in {None, "none"}:
            raise DatasetNotFoundError(files.advice_on_metadata(file.category))
        events = (
            read_ratings(file, self.edition)
            if file.format == "csv"
            else read_reviews(file, self.edition, text=text, votes=votes)
        )
        table: pd.DataFrame | None = None
        if described is not None:
            wanted = None if items == "all" else frozenset(events["item_id"].cat.categories)
            table = read_items(described, self.edition, wanted)
        return Interactions(events, items=table)


def _check_option(name: str, value: str | None, known: tuple[str, ...], edition: Edition) -> None:
    if value is not None and value not in known:
        raise InvalidParameterError(
            f"The {name!r} parameter of {edition.name} must be one of {', '.join(known)}, or None. Got {value!r} instead."
        )


@final
class Amazon2014(AmazonReviews):
    """The dataset ``amazon/2014``: reviews from May 1996 to July 2014, in 24 categories."""

    summary: ClassVar[str] = "Amazon Reviews to 2014 by category: 5-core, all, or ratings only; with items' metadata"
    homepage: ClassVar[str] = HOMEPAGES["2014"]
    license: ClassVar[str] = _TERMS + (
        'R. He and J. McAuley, "Ups and downs", WWW 2016, or J. McAuley et al., "Image-based recommendations on styles '
        'and substitutes", SIGIR 2015.'
    )
    size: ClassVar[str] = "up to 22,507,155 events a category, 142.8 million in all; to be put there by hand"
    edition: ClassVar[Edition] = EDITION_2014


@final
class Amazon2018(AmazonReviews):
    """The dataset ``amazon/2018``: reviews from May 1996 to October 2018, in 29 categories."""

    summary: ClassVar[str] = "Amazon Reviews to 2018 by category: 5-core, all, or ratings only; with items' metadata"
    homepage: ClassVar[str] = HOMEPAGES["2018"]
    license: ClassVar[str] = _TERMS + (
        'J. Ni, J. Li and J. McAuley, "Justifying recommendations using distantly-labeled reviews and fine-grained '
        'aspects", EMNLP 2019.'
    )
    size: ClassVar[str] = "up to 51,311,621 events a category, 233.1 million in all; to be put there by hand"
    edition: ClassVar[Edition] = EDITION_2018


@final
class Amazon2023(AmazonReviews):
    """The dataset ``amazon/2023``: reviews from May 1996 to September 2023, in 33 categories and a rest."""

    summary: ClassVar[str] = "Amazon Reviews to 2023 by category: all, or ratings only; with items' metadata"
    homepage: ClassVar[str] = HOMEPAGES["2023"]
    license: ClassVar[str] = _TERMS + (
        'Y. Hou et al., "Bridging language and items for retrieval and recommendation", arXiv:2403.03952, 2024.'
    )
    size: ClassVar[str] = (
        "hundreds of thousands to tens of millions of events a category, 571.5 million in all; by hand"
    )
    edition: ClassVar[Edition] = EDITION_2023
