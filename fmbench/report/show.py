"""The leaderboard, its pairs, slices and costs, in every format."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from fmbench.pages.folder import Chapter, Report
from fmbench.pages.plain import csv_listing, json_object
from fmbench.pages.show import show_boards, show_sections
from fmbench.record import Record
from fmbench.report import (
    answers,
    average_grids,
    averages,
    board,
    leaderboard,
    machine,
    pairs,
    pareto,
    published,
    slice_grids,
    tuning,
)
from fmbench.report.pairs import Scored
from fmbench.report.slices import Traits, build_parts
from fmbench.report.tables import Table, split_tables
from fmbench.tuning import Search


def show(
    records: Sequence[Record],
    format: str,
    asked: answers.Ask = answers.nobody,
    averaged: averages.Averaged = averages.nothing,
) -> str:
    """Return the leaderboard of these records, one table a split.

    `asked` gives what predictions say of a table, for the page; `averaged` gives the averages that
    stand beside it.

    Raises:
        UnknownName: There is no such format.
    """
    tables = split_tables(records)
    known = [(table, averaged(table)) for table in tables]
    if format == "json":
        return machine.json_tables(tables, _averages(known))
    if format == "csv":
        rows = [row for each in known for row in average_grids.columns(*each)]
        return machine.csv_tables(tables, rows)
    if format == "html":
        of = {id(table): found for table, found in known}
        return show_boards(board.boards(tables, records, asked, lambda table: of[id(table)]))
    beside = [section for each in known for section in average_grids.sections(*each)]
    beside += [section for table in tables for section in published.sections(table)]
    return show_sections([*leaderboard.sections(tables), *beside], format)


def _averages(known: Sequence[tuple[Table, averages.Averages | None]]) -> dict[str, Any]:
    """Return the averages of all tables; nothing where there are none."""
    found = [each for of in known for each in average_grids.objects(*of)]
    return {"averages": found} if found else {}


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
                [replace(each.section, charts=each.charts), *each.beside, *each.folded],
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
    sections = [s for table, rows in scored for s in pairs.sections(table, records, rows)]
    return show_sections(sections, format)


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
    return show_sections([s for of in found for s in slice_grids.sections(*of)], format)


def show_pareto(records: Sequence[Record], format: str) -> str:
    """Return AUC against each cost, and which cases are on the front, for each split.

    Raises:
        UnknownName: There is no such format.
    """
    found = [(table, pareto.build_places(table, records)) for table in split_tables(records)]
    if format in ("json", "csv"):
        return machine.listed("pareto", found, format)
    return show_sections([pareto.section(*of) for of in found], format)


def show_searches(searches: Sequence[Search], format: str) -> str:
    """Return what tuning found of each model, all on the same data.

    Raises:
        UnknownName: There is no such format.
    """
    if format == "json":
        return json_object(tuning.objects(searches))
    if format == "csv":
        return csv_listing(*tuning.rows(searches))
    return show_sections([tuning.section(searches)], format)
