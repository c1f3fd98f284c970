"""Kinds: a table of columns, each with what it is taken for. A new case is a line."""

import pytest

from fmbench.data.infer.kinds import kind_of
from fmbench.data.readers.words import LIST

from .conftest import Cells, column


def cycle(*texts: str | None, rows: int = 600) -> list[str | None]:
    return [texts[i % len(texts)] for i in range(rows)]


def whole(first: int, step: int, n: int, rows: int = 600) -> list[str | None]:
    """Return `n` whole numbers, again and again."""
    return cycle(*(str(first + step * i) for i in range(n)), rows=rows)


SKEWED = [str(i**5) for i in range(60)] * 10
TIMES = [str(1_500_000_000 + 997 * (i % 300)) for i in range(600)]
DAYS = [f"2017-07-{1 + i % 28:02}" for i in range(600)]

CASES: dict[str, tuple[str, Cells, str]] = {
    # case: name of the column, its cells, kind
    "one value": ("x", cycle("a"), "constant"),
    "nothing but holes": ("x", cycle(None), "constant"),
    "one value and holes": ("x", cycle("a", None), "categories"),
    "no value twice": ("x", [f"name {i}" for i in range(600)], "unique"),
    "whole numbers, none twice": ("x", whole(0, 1, 600), "unique"),
    "fractions, none twice": ("x", [f"{i / 7:.4f}" for i in range(600)], "numbers"),
    "text": ("x", cycle("red", "green", "blue"), "categories"),
    "numbers and text": ("x", cycle("1", "2", "many"), "categories"),
    "true and false": ("x", cycle("True", "False"), "categories"),
    "fractions": ("x", cycle("0.5", "1", "1.5"), "numbers"),
    "fractions with holes": ("x", cycle("0.5", None, "NA", "1.5"), "numbers"),
    "whole floats are whole": ("genre_id", [f"{i % 40}.0" for i in range(600)], "categories"),
    "few whole numbers": ("x", whole(1, 1, 12), "categories"),
    "one more": ("x", whole(1, 1, 13), "numbers"),
    "negative numbers": ("x", whole(-40, 3, 40), "numbers"),
    "all numbers of a span": ("x", whole(10, 1, 80), "numbers"),
    "numbers of things": ("x", whole(1000, 7919, 80), "categories"),
    "most far below the largest": ("x", SKEWED, "numbers"),
    "hardly one twice": ("x", whole(0, 17, 400), "numbers"),
    "leading zeros": ("x", [f"{i % 80:05}" for i in range(600)], "categories"),
    "twenty digits": ("x", whole(10**20, 1, 80), "categories"),
    "named id": ("adgroup_id", whole(1, 1, 80), "categories"),
    "named ID in camels": ("campaignId", whole(1, 1, 80), "categories"),
    "named zip": ("zip-code", whole(10_000, 3, 80), "categories"),
    "named paid, not id": ("paid", SKEWED, "numbers"),
    "named as a quantity": ("capital-gain", whole(0, 7919, 80), "numbers"),
    "named age": ("age", whole(17, 7, 20), "numbers"),
    "named as Criteo's": ("I7", whole(0, 7919, 80), "numbers"),
    "quantity of few": ("hours", whole(0, 1, 5), "categories"),
    "seconds by name": ("timestamp", TIMES, "time"),
    "seconds by camels": ("createdAt", TIMES, "time"),
    "seconds without a name": ("c4", TIMES, "time"),
    "seconds under another name": ("x", TIMES, "numbers"),
    "seconds named as an id": ("time_id", TIMES, "categories"),
    "few seconds without a name": ("c4", cycle(*TIMES[:20]), "categories"),
    "milliseconds": ("ts", [f"{time}123" for time in TIMES], "time"),
    "days": ("x", DAYS, "time"),
    "days with holes": ("x", [*DAYS, None], "time"),
    "days without dashes": ("date", [day.replace("-", "") for day in DAYS], "time"),
    "such numbers by another name": ("x", [day.replace("-", "") for day in DAYS], "numbers"),
    "hours as Avazu has them": ("hour", [f"141021{i % 24:02}" for i in range(600)], "time"),
    "days before months": ("date", [f"{1 + i % 28:02}/07/2017" for i in range(600)], "categories"),
    "a year": ("year", whole(1950, 1, 60), "numbers"),
    "bars": ("x", cycle("a|b", "b|c|a", "c", "a|c"), "lists"),
    "one with bars in fifty": ("x", [*["a"] * 49, "a|b"] * 12, "lists"),
    "one with bars in a hundred": ("x", [*["a"] * 99, "a|b"] * 6, "categories"),
    "carets": ("x", cycle("a^b", "b^c^a", "c"), "lists"),
    "lists of a column format": ("x", cycle(f"a{LIST}b", "a"), "lists"),
    "brackets": ("x", cycle("[1, 2]", "[2]", "[]", "['a', 'b']"), "lists"),
    "commas of few": (
        "x",
        cycle(*(f"{a},{b}" for a in "abcdef" for b in "abcdef" if a != b)),
        "lists",
    ),
    "sentences with commas": ("x", cycle("Hello, Dolly!", "Up, up", "Oh, no"), "categories"),
    "holes of every name": ("x", cycle("NA", "", "?", "null"), "categories"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_a_column_is_taken_for(case: str) -> None:
    name, cells, kind = CASES[case]
    found = kind_of(column(cells, name))
    assert found.name == kind, found
    assert found.why


DETAILS = {
    "bars": "|",
    "carets": "^",
    "lists of a column format": LIST,
    "brackets": "[,]",
    "commas of few": ",",
    "seconds by name": "seconds",
    "milliseconds": "milliseconds",
    "days": "iso",
    "days without dashes": "%Y%m%d",
    "hours as Avazu has them": "%y%m%d%H",
}


@pytest.mark.parametrize("case", DETAILS)
def test_what_separates_lists_and_how_a_time_is_told(case: str) -> None:
    name, cells, _ = CASES[case]
    assert kind_of(column(cells, name)).detail == DETAILS[case]


TYPED: dict[str, tuple[str, Cells, str]] = {
    # case: type in the header, cells, kind
    "numbers that are ids": ("token", whole(1, 1, 80), "categories"),
    "ids that are numbers": ("float", whole(1, 1, 5), "numbers"),
    "a time": ("float", TIMES, "time"),
    "a time that is an id": ("token", TIMES, "categories"),
    "a list": ("token_seq", cycle("a b", "b"), "lists"),
    "a list of numbers": ("float_seq", cycle("1 2", "2"), "lists"),
    "a list in no row": ("token_seq", cycle("a"), "lists"),
    "a constant": ("token", cycle("a"), "constant"),
    "no value twice": ("token", whole(0, 1, 600), "unique"),
}


@pytest.mark.parametrize("case", TYPED)
def test_what_a_header_of_types_says(case: str) -> None:
    typed, cells, kind = TYPED[case]
    found = kind_of(column(cells, "timestamp" if "time" in case else "x"), typed)
    assert found.name == kind, found
    assert kind != "lists" or found.detail == " "


def test_a_time_that_a_later_value_disproves() -> None:
    days = [f"20{10 + i // 336:02}-{1 + i // 28 % 12:02}-{1 + i % 28:02}" for i in range(1_500)] * 2
    assert kind_of(column(days)).name == "time"
    assert kind_of(column([*days, "soon"])).name == "categories"


def test_the_reason_says_what_was_seen() -> None:
    assert kind_of(column(DAYS)).why == "its values are iso of 2017-07-01 to 2017-07-28"
    assert kind_of(column(whole(10, 1, 80))).why == "it has nearly all numbers from 10 to 89"
    assert kind_of(column(whole(1, 1, 80), "ad_id")).why == (
        "its name says so, and it has 80 distinct numbers"
    )
