"""Roles: which column is the label, the user, the item, the time, the part."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from fmbench.data.infer.kinds import Kind
from fmbench.data.infer.survey import NO_NUMBER, Seen

Found = tuple[str, str]
"""A column, and why it was taken."""

LABELS: Final = (
    "label", "labels", "click", "clicked", "isclick", "clk", "target", "y", "class", "conversion",
    "converted", "purchased", "bought", "like", "liked", "rating", "ratings", "rate", "score",
    "stars",
)  # fmt: skip
USERS: Final = (
    "user", "userid", "uid", "users", "visitor", "visitorid", "customer", "customerid", "member",
    "memberid", "msno", "reviewer", "reviewerid", "username", "account", "accountid",
)  # fmt: skip
ITEMS: Final = (
    "item", "itemid", "iid", "items", "movie", "movieid", "song", "songid", "product", "productid",
    "page", "pageid", "article", "articleid", "video", "videoid", "book", "bookid", "isbn", "asin",
    "parentasin", "track", "trackid", "business", "businessid", "ad", "adid", "adgroupid", "news",
    "newsid", "anime", "animeid", "game", "gameid",
)  # fmt: skip
PARTS: Final = {
    "train": "train", "training": "train", "valid": "valid", "validation": "valid", "val": "valid",
    "dev": "valid", "test": "test", "testing": "test", "eval": "test",
}  # fmt: skip
"""What parts are called, in files' names and in columns."""

_PART_NAMES: Final = ("part", "split", "fold", "set", "partition", "subset")


def plain(name: str) -> str:
    """Return a name's letters and digits in lower case."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def by_name(columns: Sequence[str], names: Sequence[str]) -> Found | None:
    """Return the column that has the first of these names."""
    known = {plain(column): column for column in reversed(columns)}
    return next(((known[name], "its name says so") for name in names if name in known), None)


def label_of(columns: Mapping[str, Seen]) -> Found | None:
    """Return what is predicted: by its name, or by having two values as the last column has."""
    if found := by_name(list(columns), LABELS):
        return found
    of_two = [name for name, column in columns.items() if len(column.texts) == 2]
    for name, place in ((list(columns)[-1], "last"), (next(iter(columns)), "first")):
        if name in of_two:
            return name, f"it is the {place} column and has two values"
    return (of_two[0], "it is the only column with two values") if len(of_two) == 1 else None


def part_of(columns: Mapping[str, Seen]) -> Found | None:
    """Return the column that says which part of a split a row is of."""
    found = by_name(list(columns), _PART_NAMES)
    if found and {text.lower() for text in columns[found[0]].texts} <= {*PARTS}:
        return found
    return None


def ratings_without_names(columns: Mapping[str, Seen], kinds: Mapping[str, Kind]) -> dict[str, str]:
    """Return the roles of four columns without a header that are a user, an item, a rating, a time.

    This is how MovieLens and many after it write ratings.
    """
    names = list(columns)
    if len(names) != 4 or kinds[names[3]].name != "time":
        return {}
    rating = columns[names[2]].numbers
    if rating is None or len(rating) > 21 or np.nanmax(rating) > 100:
        return {}
    return dict(zip(("user", "item", "label", "time"), names, strict=True))


def is_missing(text: str) -> bool:
    """Tell whether a label's text says that there is none."""
    return text in NO_NUMBER and text not in ("none", "None")
