"""Kinds: whether a column holds categories, lists of them, numbers or times."""

import re
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from fmbench.data import times
from fmbench.data.infer.survey import Seen
from fmbench.data.lists import BRACKETS, split
from fmbench.data.readers.words import LIST

Floats = npt.NDArray[np.float64]

Name = Literal["categories", "lists", "numbers", "time", "constant", "unique"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a column holds, and why it is taken for that."""

    name: Name
    why: str
    detail: str = ""
    """What separates the values of lists, or how a time is told."""


FEW: Final = 12
"""Distinct whole numbers that are taken for categories: there is little to gain from an order."""

DIGITS: Final = 15
"""Digits that a float of 64 bits keeps of every number."""

_IDENTITY: Final = re.compile(
    r"(?!.*(?:\b|_)(?:bid|paid|grid|valid|invalid)$)"
    r"(?:.*id|(?:.*[^a-z])?(?:ids|code|codes|zip|zipcode|hash|no|nr|key|uuid|type|category))"
)
_QUANTITY: Final = re.compile(
    r"(?:.*[^a-z])?(?:age|price|cost|count|cnt|num|amount|duration|hours?|minutes?|seconds?|days|"
    r"gain|loss|income|size|score|length|height|weight|width|salary|views|total|avg|mean|qty|"
    r"quantity|balance|rate|rating|ratio|share|year|distance|bid|i\d{1,2})(?:[^a-z].*)?"
)
_TIME: Final = re.compile(
    r".*(?:time|date|stamp|hour|created|updated)(?:_.*)?|(?:.*[^a-z])?(?:ts|at|day|when)"
)

_SHORTENED: Final = re.compile(r"[1-9](?:\.[0-9]+)?[eE]\+?[0-9]{2}")

_SEPARATORS: Final = (LIST, "|", "^", ";", ",")


def kind_of(column: Seen, typed: str = "") -> Kind:
    """Return what a column holds; `typed` is what a header of RecBole says of it."""
    if typed in ("token_seq", "float_seq"):
        return Kind("lists", f"the header says {typed}", " ")
    if column.is_constant:
        return Kind("constant", "every row has the same")
    numbers = column.numbers
    if (told := _time(column, typed)) is not None:
        return Kind("time", f"its values are {told} of {_span(column, told)}", told)
    if column.is_unique and (numbers is None or column.is_whole):
        return Kind("unique", "no two rows have the same")
    if typed == "float":
        return Kind("numbers", "the header says float")
    if typed == "token":
        return Kind("categories", "the header says token")
    if numbers is not None:
        return _number_or_code(column, numbers)
    if separator := _separator(column):
        shown = {LIST: "lists", BRACKETS: "lists in brackets"}.get(separator, repr(separator))
        return Kind("lists", f"its values are separated by {shown}", separator)
    return Kind("categories", "it holds text")


def _number_or_code(column: Seen, numbers: Floats) -> Kind:
    """Tell quantities from the numbers of things, by the name first and then by the values."""
    name, known = _words(column.name), ~np.isnan(numbers)
    values, rows = numbers[known], np.array(list(column.counts.values()))[known]
    low, high, distinct = values.min(), values.max(), len(values)
    number = "its name says so, and it has"
    if not column.is_whole:
        return Kind("numbers", "it has fractions")
    if any(len(text) > 1 and text[0] == "0" and text.isdigit() for text in column.texts):
        return Kind("categories", "its numbers have leading zeros")
    if any(len(text) > DIGITS and text.isdigit() for text in column.texts):
        return Kind("categories", "its numbers have more digits than a quantity keeps")
    if _IDENTITY.fullmatch(name):
        return Kind("categories", f"{number} {distinct:,} distinct numbers")
    if distinct <= FEW:
        return Kind("categories", f"it has only {distinct} distinct numbers")
    if low < 0:
        return Kind("numbers", "it has negative numbers")
    if _QUANTITY.fullmatch(name):
        return Kind("numbers", f"{number} {distinct:,} distinct numbers")
    if distinct <= 200 and distinct > (high - low) / 2:
        return Kind("numbers", f"it has nearly all numbers from {low:,.0f} to {high:,.0f}")
    if distinct > 0.25 * column.rows:
        return Kind("numbers", "hardly two rows have the same number")
    if _median(values, rows) < low + 0.05 * (high - low):
        return Kind("numbers", "most of its numbers are far below the largest")
    return Kind("categories", f"its {distinct:,} distinct numbers look like those of things")


def _median(values: Floats, rows: npt.NDArray[np.int64]) -> float:
    order = np.argsort(values)
    middle = np.searchsorted(np.cumsum(rows[order]), rows.sum() / 2)
    return float(values[order][middle])


def _time(column: Seen, typed: str) -> str | None:
    """Return how a column tells times; None where it does not, or its name speaks against it."""
    texts = column.texts
    name = _words(column.name)
    if typed == "token" or not texts or _IDENTITY.fullmatch(name):
        return None
    told = times.told(texts[:1000])
    if told is None or (told != times.ISO and not _is_time(column, name, told)):
        return None
    return told if len(texts) <= 1000 or times.told(texts) == told else None


def _is_time(column: Seen, name: str, told: str) -> bool:
    """Tell whether numbers that could be times are some: by their name, or without one as many."""
    if re.fullmatch(r"c\d+|column_\d+", name):
        return len(column.counts) > 100 and told in times.UNITS
    return _TIME.fullmatch(name) is not None


def _span(column: Seen, told: str) -> str:
    found = times.parsed(column.texts, told, "UTC")
    days = np.array([found.min(), found.max()]).astype("datetime64[s]").astype("datetime64[D]")
    return f"{days[0]} to {days[1]}"


def _separator(column: Seen) -> str:
    """Return what separates the values of a list in a cell; nothing where cells are no lists."""
    texts = column.texts
    if all(text[0] == "[" and text[-1] == "]" for text in texts):
        return BRACKETS
    for separator in _SEPARATORS:
        several = [text for text in texts if separator in text]
        rows = sum(column.counts[text] for text in several)
        if not several or rows < 0.02 * column.rows:
            continue
        parts = {part for text in texts for part in split(text, separator)}
        if (
            separator == LIST
            or len(parts) < 0.5 * len(texts)
            or (separator in "|^" and len(parts) <= len(texts))
        ):
            return separator
    return ""


def without_digits(column: Seen) -> str | None:
    """Return a text that was the number of a thing before a spreadsheet took its digits, if any."""
    return next((text for text in column.texts if _SHORTENED.fullmatch(text)), None)


def _words(name: str) -> str:
    """Return a name in lower case with its words apart: `userId` and `user-id` are `user_id`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\s.-]+", "_", name).lower()
