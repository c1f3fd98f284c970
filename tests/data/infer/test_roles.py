"""Roles: a table of names, each with what its column is taken for. A new case is a line."""

import pytest

from fmbench.data.infer import roles
from fmbench.data.infer.kinds import kind_of

from .conftest import Cells, column, table

TWO: Cells = ["0", "1"] * 20
THREE: Cells = ["a", "b", "c", "a"] * 10

NAMES: dict[str, tuple[str, ...]] = {
    "label": ("label", "Label", "click", "is_click", "clicked", "target", "y", "rating", "stars"),
    "user": ("user", "user_id", "userId", "USER-ID", "uid", "visitorid", "customer_id", "msno"),
    "item": ("item", "item_id", "movieId", "song_id", "asin", "parent_asin", "ISBN", "adgroup_id"),
    "": ("gender", "userage", "item_count", "clicks_before", "movie_year", "usergroup", ""),
}
"""Role to names that stand for it; the last ones stand for no role."""

LISTS = {"label": roles.LABELS, "user": roles.USERS, "item": roles.ITEMS}


@pytest.mark.parametrize(
    ("role", "name"), [(role, name) for role, names in NAMES.items() for name in names]
)
def test_what_a_name_stands_for(role: str, name: str) -> None:
    found = {each for each, names in LISTS.items() if roles.by_name([name], names)}
    assert found == ({role} if role else set())


def test_of_several_names_the_more_telling_one_is_taken() -> None:
    assert roles.by_name(["rating", "click"], roles.LABELS) == ("click", "its name says so")
    assert roles.by_name(["User_ID", "user_id"], roles.USERS) == ("User_ID", "its name says so")
    assert roles.by_name([], roles.USERS) is None


def test_no_name_stands_for_two_roles() -> None:
    names = [*roles.LABELS, *roles.USERS, *roles.ITEMS]
    assert len({*names}) == len(names)
    assert [roles.plain(name) for name in names] == names


LABELS: dict[str, tuple[dict[str, Cells], str, str]] = {
    # case: columns, the label, and why
    "by its name": ({"a": TWO, "clicked": THREE, "b": TWO}, "clicked", "its name says so"),
    "the last one of two values": ({"a": TWO, "b": TWO}, "b", "it is the last column"),
    "the first one of two values": ({"a": TWO, "b": TWO, "c": THREE}, "a", "it is the first"),
    "the only one of two values": ({"a": THREE, "b": TWO, "c": THREE}, "b", "it is the only"),
    "two values and holes": ({"a": THREE, "b": [*TWO, None][1:]}, "b", "it is the last column"),
    "two in the middle": ({"a": THREE, "b": TWO, "c": TWO, "d": THREE}, "", ""),
    "no column of two values": ({"a": THREE, "b": THREE}, "", ""),
}


@pytest.mark.parametrize("case", LABELS)
def test_what_is_taken_for_the_label(case: str) -> None:
    columns, name, why = LABELS[case]
    found = roles.label_of(table(columns).columns)
    assert (found or ("", ""))[0] == name
    assert (found or ("", ""))[1].startswith(why)


PARTS: dict[str, tuple[str, Cells, bool]] = {
    "train and test": ("split", ["train", "test"], True),
    "in capitals": ("Set", ["TRAIN", "Validation", "test"], True),
    "with holes": ("fold", ["train", None, "dev"], True),
    "numbers of folds": ("fold", ["1", "2", "3"], False),
    "another word": ("split", ["train", "other"], False),
    "another name": ("phase", ["train", "test"], False),
}


@pytest.mark.parametrize("case", PARTS)
def test_what_is_taken_for_the_part(case: str) -> None:
    name, cells, is_part = PARTS[case]
    found = roles.part_of({name: column(cells, name)})
    assert found == ((name, "its name says so") if is_part else None)


TIMES = [str(1_500_000_000 + 997 * i) for i in range(150)]
IDS = [str(i % 30) for i in range(150)]
STARS = [str(0.5 * (1 + i % 10)) for i in range(150)]

RATINGS: dict[str, tuple[dict[str, Cells], bool]] = {
    "as MovieLens writes them": ({"c1": IDS, "c2": IDS, "c3": STARS, "c4": TIMES}, True),
    "one column more": ({"c1": IDS, "c2": IDS, "c3": STARS, "c4": TIMES, "c5": IDS}, False),
    "the time before": ({"c1": IDS, "c2": IDS, "c3": TIMES, "c4": STARS}, False),
    "ratings of a thousand": (
        {"c1": IDS, "c2": IDS, "c3": ["1", "1000"] * 75, "c4": TIMES},
        False,
    ),
    "too many ratings": (
        {"c1": IDS, "c2": IDS, "c3": [str(i % 22) for i in range(150)], "c4": TIMES},
        False,
    ),
    "words for ratings": ({"c1": IDS, "c2": IDS, "c3": ["a", "b"] * 75, "c4": TIMES}, False),
}


@pytest.mark.parametrize("case", RATINGS)
def test_ratings_without_a_header_are_known_by_their_order(case: str) -> None:
    columns, are_ratings = RATINGS[case]
    seen = table(columns).columns
    found = roles.ratings_without_names(seen, {name: kind_of(each) for name, each in seen.items()})
    assert found == (
        {"user": "c1", "item": "c2", "label": "c3", "time": "c4"} if are_ratings else {}
    )


@pytest.mark.parametrize("text", ["", "NA", "?", "null", "-"])
def test_what_stands_for_no_label(text: str) -> None:
    assert roles.is_missing(text)


@pytest.mark.parametrize("text", ["0", "none", "None", "no", "false"])
def test_what_is_a_label(text: str) -> None:
    assert not roles.is_missing(text)
