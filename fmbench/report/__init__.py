"""Reports: records in; tables and pages out. Reads no data and imports no torch."""

from collections.abc import Callable, Mapping, Sequence

from fmbench.errors import UnknownName
from fmbench.record import Record
from fmbench.report import (
    board,
    leaderboard,
    machine,
    pairs,
    pareto,
    render,
    slice_grids,
    tuning,
    web,
)
from fmbench.report.machine import json_object as json_object
from fmbench.report.page import Cell as Cell
from fmbench.report.page import Section, listing
from fmbench.report.pairs import Scored as Scored
from fmbench.report.pairs import build_pairs as build_pairs
from fmbench.report.slices import Traits as Traits
from fmbench.report.slices import build_parts
from fmbench.report.tables import Table as Table
from fmbench.report.tables import split_tables
from fmbench.report.verify import VERIFICATION as VERIFICATION
from fmbench.report.verify import Rows as Rows
from fmbench.report.verify import verify as verify
from fmbench.tuning import Search

_FOR_PEOPLE: Mapping[str, Callable[[Sequence[Section]], str]] = {
    "table": render.text,
    "md": render.markdown,
    "latex": render.latex,
    "html": web.page,
}

FORMATS = ("table", "md", "csv", "json", "latex", "html")


def show(records: Sequence[Record], format: str) -> str:
    """Return the leaderboard of these records, one table a split.

    Raises:
        UnknownName: There is no such format.
    """
    tables = split_tables(records)
    if format == "json":
        return machine.json_tables(tables)
    if format == "csv":
        return machine.csv_tables(tables)
    if format == "html":
        return web.main_page(board.boards(tables, records))
    return _render(format)(leaderboard.sections(tables))


def show_pairs(
    records: Sequence[Record], format: str, score: Callable[[Table], Scored | None]
) -> str:
    """Return every pair of cases of each split, by AUC and by logloss.

    `score` gives a table's test rows and what its models said of them, where they can be had.

    Raises:
        UnknownName: There is no such format.
    """
    tables = split_tables(records)
    scored = [(table, score(table)) for table in tables]
    if format in ("json", "csv"):
        found = [
            (table, pair)
            for table, rows in scored
            for metric in pairs.MARGINS
            for pair in pairs.build_pairs(table, records, rows, metric)
        ]
        return machine.pairs(found, format)
    return _render(format)(
        [s for table, rows in scored for s in pairs.sections(table, records, rows)]
    )


def show_slices(
    records: Sequence[Record],
    format: str,
    score: Callable[[Table], tuple[Scored, Traits] | None],
) -> str:
    """Return how good each case is on parts of the test rows, for each split.

    `score` gives a table's test rows, what its models said of them, and what they are sliced by,
    where it can be had.

    Raises:
        UnknownName: There is no such format.
    """
    tables = split_tables(records)
    found = []
    for table in tables:
        known = score(table)
        found.append((table, [*build_parts(table, *known)] if known else []))
    if format in ("json", "csv"):
        return machine.listed("slices", found, format)
    return _render(format)([s for of in found for s in slice_grids.sections(*of)])


def show_pareto(records: Sequence[Record], format: str) -> str:
    """Return AUC against each cost, and which cases are on the front, for each split.

    Raises:
        UnknownName: There is no such format.
    """
    found = [(table, pareto.build_places(table, records)) for table in split_tables(records)]
    if format in ("json", "csv"):
        return machine.listed("pareto", found, format)
    return _render(format)([pareto.section(*of) for of in found])


def show_searches(searches: Sequence[Search], format: str) -> str:
    """Return what tuning found of each model, all on the same data.

    Raises:
        UnknownName: There is no such format.
    """
    if format == "json":
        return machine.json_object(tuning.objects(searches))
    if format == "csv":
        return machine.csv_listing(*tuning.rows(searches))
    return _render(format)([tuning.section(searches)])


def table(headers: Sequence[str], rows: Sequence[Sequence[Cell]], format: str) -> str:
    """Return a listing of values in the same formats, as safely escaped.

    Raises:
        UnknownName: There is no such format.
    """
    if format == "json":
        return machine.json_listing(headers, rows)
    if format == "csv":
        return machine.csv_listing(headers, rows)
    return show_sections([listing(headers, rows)], format)


def show_sections(sections: Sequence[Section], format: str) -> str:
    """Return sections in a format for people.

    Raises:
        UnknownName: There is no such format.
    """
    return _render(format)(sections)


def _render(format: str) -> Callable[[Sequence[Section]], str]:
    if format not in _FOR_PEOPLE:
        raise UnknownName("format", format, FORMATS)
    return _FOR_PEOPLE[format]
