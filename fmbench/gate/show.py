"""Showing a check: one JSON, and every other format made from nothing but what that holds."""

from collections import Counter
from collections.abc import Callable, Mapping

import msgspec

from fmbench.errors import UnknownName
from fmbench.gate.gates import PARAMETERS
from fmbench.gate.junit import junit
from fmbench.gate.verdict import VERDICTS, Cell, Check
from fmbench.metrics import METRICS
from fmbench.pages import json_object, show_sections, table
from fmbench.pages.page import NOTHING, Grid, Section

MARKER = "<!-- fmbench gate -->"
"""The first line of the Markdown, by which a bot finds its comment of last time and updates it."""

LONGEST = 60_000
"""Characters of Markdown; GitHub refuses a comment of more than 65,536."""

_SHORTEST_ROW = 60
"""Characters, with the bars between its cells."""

HEADERS = ("verdict", "cell", "metric", "base", "new", "change [95 %]", "why")

_RIGHT = [header in ("base", "new") for header in HEADERS]

_KEYS = Cell.__struct_fields__


def show(check: Check, format: str) -> str:
    """Return a check in one format.

    Raises:
        UnknownName: There is no such format.
    """
    if format not in _SHOW:
        raise UnknownName("format", format, FORMATS)
    return _SHOW[format](check)


def headline(check: Check) -> str:
    """Say in one line what a check came to."""
    counts = Counter(cell.verdict if cell.is_open else "ACCEPTED" for cell in check.cells)
    found = (f"{n} {_spoken(word)}" for word in (*VERDICTS, "ACCEPTED") if (n := counts[word]))
    return f"{'not passed' if check.exit else 'passed'}: {', '.join(found)}"


def sections(check: Check, most: int | None = None) -> list[Section]:
    """Return what people read: first what is worth a look, then what is equal.

    `most` bounds the rows; those that remain are the gravest, and what is missing is said.
    """
    kept = check.cells[:most]
    loud = [_row(cell) for cell in kept if cell.verdict != "EQUIVALENT"]
    equal = [_row(cell) for cell in kept if cell.verdict == "EQUIVALENT"]
    left_out = len(check.cells) - len(kept)
    first = Section(
        title=f"Gate {headline(check)}",
        above=[f"Base: {check.base}", f"New: {check.new}"],
        grid=Grid(HEADERS, loud or equal, _RIGHT),
        below=[f"{left_out} rows are left out here; JSON has them all"] * bool(left_out)
        + check.notes,
    )
    if not loud or not equal:
        return [first]
    return [first, Section(title="Equal", grid=Grid(HEADERS, equal, _RIGHT))]


def _json(check: Check) -> str:
    return json_object(msgspec.to_builtins(check))


def _csv(check: Check) -> str:
    return table(_KEYS, [[getattr(cell, k) for k in _KEYS] for cell in check.cells], "csv")


def _markdown(check: Check) -> str:
    """Return Markdown for a comment: what is equal is folded, and what is too much is left out."""
    low, high = 0, min(len(check.cells), LONGEST // _SHORTEST_ROW)
    if len(shown := _comment(check, high)) <= LONGEST:
        return shown
    while high - low > 1:  # `low` rows fit, `high` do not
        middle = (low + high) // 2
        low, high = (middle, high) if len(_comment(check, middle)) <= LONGEST else (low, middle)
    return _comment(check, low)[:LONGEST]


def _comment(check: Check, most: int) -> str:
    first, *rest = sections(check, most)
    folded = (
        f"<details><summary>{len(each.grid.cells)} equal</summary>\n\n"
        f"{show_sections([each], 'md')}\n\n</details>"
        for each in rest
    )
    return "\n\n".join((MARKER, show_sections([first], "md"), *folded))


def _row(cell: Cell) -> list[str]:
    accepted = "" if cell.is_open else f"; accepted {cell.accepted}"
    return [
        f"{_spoken(cell.verdict)}{' (accepted)' * (not cell.is_open)}",
        cell.name,
        cell.metric,
        _number(cell.base, cell.metric),
        _number(cell.new, cell.metric),
        _change(cell),
        f"{cell.why}{accepted}",
    ]


def _spoken(word: str) -> str:
    """Return a verdict in small letters: in capitals it shouts what is only to be known."""
    return word.lower().replace("_", " ")


def _change(cell: Cell) -> str:
    if cell.change is None:
        return NOTHING
    change = _number(cell.change, cell.metric, "+")
    if cell.low is None or cell.high is None:
        return change
    low, high = (_number(bound, cell.metric, "+") for bound in (cell.low, cell.high))
    return f"{change} [{low}, {high}]"


def _number(value: float | None, metric: str, sign: str = "") -> str:
    if value is None:
        return NOTHING
    # One digit more than a table has: what is held here are small differences.
    digits = 0 if metric == PARAMETERS else METRICS[metric].digits + 1
    return f"{value:{sign},.{digits}f}"


_SHOW: Mapping[str, Callable[[Check], str]] = {
    "table": lambda check: show_sections(sections(check), "table"),
    "md": _markdown,
    "csv": _csv,
    "json": _json,
    "latex": lambda check: show_sections(sections(check), "latex"),
    "html": lambda check: show_sections(sections(check), "html"),
    "junit": junit,
}

FORMATS = tuple(_SHOW)
