"""Reports: records in; tables and pages out. Reads no data and imports no torch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import msgspec

from fmbench.errors import UnknownName
from fmbench.record import Record
from fmbench.report import (
    answers,
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
from fmbench.report.answers import Answers as Answers
from fmbench.report.answers import ask as ask
from fmbench.report.answers import keep as keep
from fmbench.report.answers import kept as kept
from fmbench.report.folder import Chapter as Chapter
from fmbench.report.folder import Report as Report
from fmbench.report.folder import files as files
from fmbench.report.folder import pictures as pictures
from fmbench.report.held import hold_files as hold_files
from fmbench.report.machine import json_object as json_object
from fmbench.report.page import Cell as Cell
from fmbench.report.page import Section, listing
from fmbench.report.pairs import Scored as Scored
from fmbench.report.pairs import build_pairs as build_pairs
from fmbench.report.slices import Traits as Traits
from fmbench.report.slices import build_parts
from fmbench.report.tables import Table as Table
from fmbench.report.tables import split_tables as split_tables
from fmbench.report.verify import VERIFICATION as VERIFICATION
from fmbench.report.verify import Rows as Rows
from fmbench.report.verify import Verification as Verification
from fmbench.report.verify import verify as verify
from fmbench.tuning import Search

_FOR_PEOPLE: Mapping[str, Callable[[Sequence[Section]], str]] = {
    "table": render.text,
    "md": render.markdown,
    "latex": render.latex,
    "html": web.page,
}

FORMATS = ("table", "md", "csv", "json", "latex", "html")


def show(records: Sequence[Record], format: str, asked: answers.Ask = answers.nobody) -> str:
    """Return the leaderboard of these records, one table a split.

    `asked` gives what predictions say of a table, for the page.

    Raises:
        UnknownName: There is no such format.
    """
    tables = split_tables(records)
    if format == "json":
        return machine.json_tables(tables)
    if format == "csv":
        return machine.csv_tables(tables)
    if format == "html":
        return show_boards(board.boards(tables, records, asked))
    return _render(format)(leaderboard.sections(tables))


def report_of(records: Sequence[Record], asked: answers.Ask = answers.nobody) -> Report:
    """Return what is written of records into a folder, a chapter a table."""
    tables = split_tables(records)
    known = {str(table.fingerprint): asked(table) for table in tables}
    shown = board.boards(tables, records, lambda table: known[str(table.fingerprint)])
    said = {print: msgspec.to_builtins(each) for print, each in known.items() if each}
    return Report(
        title="Which model, and is the gap real?",
        chapters=[
            Chapter(
                each.section.title,
                each.headline,
                [replace(each.section, charts=each.charts), *each.folded],
            )
            for each in shown
        ],
        html=show_boards(shown),
        csv=machine.csv_tables(tables),
        json=machine.json_tables(tables, {"answers": said}),
    )


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


def show_boards(boards: Sequence[board.Board], question: str = web.QUESTION) -> str:
    """Return the page of boards, under the question that they answer."""
    return web.main_page(boards, question)


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
