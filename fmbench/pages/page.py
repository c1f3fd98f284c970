"""Pages: what every format shows, as plain words in the order of reading."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fmbench.pages.chart import Chart

Cell = str | int | float | bool | None
"""A value in a listing."""

NOTHING = "–"
"""The text of a cell that has no value."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Headers and cells as text; further lines of a header are its unit, or its counts."""

    headers: Sequence[str]
    cells: Sequence[Sequence[str]]
    right: Sequence[bool]
    """Which columns are numbers, and so stand to the right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One grid with what must be read before it and after it."""

    title: str = ""
    warning: str = ""
    """A warning that nobody may miss."""
    above: Sequence[str] = ()
    grid: Grid
    of: Sequence[str] = ()
    """Name of the cell behind each row; empty where a row is made of several cells."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Addresses by the text of the cell that leads to them in a browser."""
    charts: Sequence[Chart] = ()
    """Figures, shown in a browser alone."""
    below: Sequence[str] = ()


def listing(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Section:
    """Return a section of nothing but values."""
    rows = list(rows)
    columns = [[row[i] for row in rows] for i in range(len(headers))]
    return Section(
        grid=Grid(
            headers=headers,
            cells=[[show_cell(cell) for cell in row] for row in rows],
            right=[_is_numeric(column) for column in columns],
        )
    )


def show_cell(cell: Cell) -> str:
    """Return a value as one reads it: long numbers in groups of three, years as they are."""
    match cell:
        case None | "":
            return NOTHING
        case bool():
            return "yes" if cell else "no"
        case int():
            return f"{cell:,}" if abs(cell) >= 10_000 else str(cell)
        case float():
            return f"{cell:.6g}"
    return cell


def _is_numeric(column: Sequence[Cell]) -> bool:
    values = [cell for cell in column if cell is not None]
    return bool(values) and all(type(cell) in (int, float) for cell in values)
