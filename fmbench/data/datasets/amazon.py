"""Amazon reviews: the ratings alone, a file a category, in three editions.

A category's file is named as `data.file`. A rating of 4 and more is positive. User and item are all
there is, and so the default fields are these (`ids`).
"""

from fmbench.data.datasets._declared import declare
from fmbench.data.datasets._readings import with_header, without_header
from fmbench.data.readers.reading import Reading


def _amazon(
    name: str,
    summary: str,
    file: str,
    reading: Reading,
    about: dict[str, str | int],
    *,
    item: str,
    unit: str = "seconds",
) -> None:
    """Declare an edition."""
    declare(
        name,
        summary,
        files={file: None},
        reading=reading,
        about={"licence": "not stated by its authors", **about},
        label="rating>=4",
        user="user_id",
        item=item,
        time="timestamp",
        time_format=unit,
        numeric=["rating"],
        fields="ids",
    )


_amazon(
    "amazon-2014",
    "Amazon reviews to 2014: ratings of one category, movies and series unless another is named.",
    "ratings_Movies_and_TV.csv",
    without_header(["user_id", "item_id", "rating", "timestamp"], ","),
    {
        "paper": "He and McAuley, 2016, Ups and downs: modeling the visual evolution of fashion "
        "trends with one-class collaborative filtering",
        "year": 2016,
        "home": "https://jmcauley.ucsd.edu/data/amazon",
    },
    item="item_id",
)
# The item stands before the user in this edition.
_amazon(
    "amazon-2018",
    "Amazon reviews to 2018: ratings of one category, movies and series unless another is named.",
    "Movies_and_TV.csv",
    without_header(["item_id", "user_id", "rating", "timestamp"], ","),
    {
        "paper": "Ni et al., 2019, Justifying recommendations using distantly-labeled reviews and "
        "fine-grained aspects",
        "year": 2019,
        "home": "https://nijianmo.github.io/amazon",
    },
    item="item_id",
)
_amazon(
    "amazon-2023",
    "Amazon reviews to 2023: ratings of one category, movies and series unless another is named.",
    "Movies_and_TV.csv",
    with_header("user_id", "parent_asin", "rating", "timestamp"),
    {
        "paper": "Hou et al., 2024, Bridging language and items for retrieval and recommendation",
        "year": 2024,
        "home": "https://amazon-reviews-2023.github.io",
    },
    item="parent_asin",
    unit="milliseconds",
)
